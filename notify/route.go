package notify

import (
	"cmp"
	"slices"
	"strings"

	"iamvigil/internal/order"
	"iamvigil/internal/plain"
	"iamvigil/ledger"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/trail"
)

// route is what messages for programs are told apart by: whose things they are
// about, empty for nobody's, and how bad it is. What is about the account or
// the rules is nobody's; what has no severity is for information.
type route struct {
	owner    string
	severity scanner.Severity
}

func routeOf(owner string, severity scanner.Severity) route {
	return route{owner, cmp.Or(severity, scanner.Info)}
}

// forInformation is the route of what is neither anybody's nor bad.
var forInformation = routeOf("", "")

func (r route) compare(to route) int {
	return cmp.Or(cmp.Compare(r.severity.Rank(), to.severity.Rank()), cmp.Compare(r.owner, to.owner),
		cmp.Compare(r.severity, to.severity))
}

// attributes are what filter policies look at. Without an owner there is no
// attribute owner, which a policy finds by {"exists": false}: SNS refuses an
// empty value.
func (r route) attributes(c *ledger.Telling) map[string]string {
	a := attributes(c, r.severity)
	if owner := attributeText(r.owner); owner != "" {
		a["owner"] = owner
	}
	return a
}

// maxAttribute is more than a tag's value can have: 256 characters.
const maxAttribute = 1024

// attributeText is a text as an attribute's value: SNS refuses characters
// beyond the Basic Multilingual Plane, which are question marks, and control
// characters, which are escaped. The body has the text as it is.
func attributeText(s string) string {
	if strings.TrimSpace(s) == "" {
		return ""
	}
	return strings.Map(func(r rune) rune {
		if r > 0xffff {
			return '?'
		}
		return r
	}, plain.Short(s, maxAttribute))
}

// group is what goes the same way.
type group struct {
	route
	units []unit
}

// groups are the worst first, and those of no owner before others.
func groups(c *ledger.Telling) []group {
	by := map[route][]unit{}
	for _, e := range events(c) {
		u := unitOf(forInformation, func(p *part) *list { return &p.Events }, e, "")
		for _, to := range concerned(c, &e) {
			by[to] = append(by[to], u)
		}
	}
	for _, u := range units(c) {
		by[u.route] = append(by[u.route], u)
	}
	all := make([]group, 0, len(by))
	for to, units := range by {
		all = append(all, group{to, units})
	}
	order.By(all, func(a, b group) int { return a.compare(b.route) })
	return all
}

// concerned are the routes of all that is told of what the event did, or that
// for information where nothing is.
func concerned(c *ledger.Telling, e *trail.Event) []route {
	var all []route
	add := func(to route) {
		if !slices.Contains(all, to) {
			all = append(all, to)
		}
	}
	for i := range c.Alerts {
		if c.Alerts[i].Event.ID == e.ID {
			add(routeOf(c.Alerts[i].Owner, c.Alerts[i].Severity))
		}
	}
	for _, records := range [][]ledger.Record{c.New, c.Resolved, c.Silenced, c.Reranked} {
		for i := range records {
			r := &records[i]
			if r.By != nil && r.By.ID == e.ID || touched(e, r.Resource) {
				add(routeOfRecord(r))
			}
		}
	}
	if len(all) == 0 {
		return []route{forInformation}
	}
	return all
}

func touched(e *trail.Event, about account.Ref) bool {
	return slices.ContainsFunc(e.Touched, func(r account.Ref) bool { return r.Same(about) })
}
