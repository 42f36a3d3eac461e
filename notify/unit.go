package notify

import (
	"encoding/json"
	"time"

	"iamvigil/ledger"
	"iamvigil/scanner"
	"iamvigil/scanner/trail"
)

// list is one of a part's lists, as items in JSON.
type list = []json.RawMessage

// unit is one item of one of a part's lists.
type unit struct {
	route
	list func(*part) *list
	json json.RawMessage
	rule string
}

func unitOf(to route, in func(*part) *list, item any, rule string) unit {
	return unit{to, in, encodeWithin(item, maxUnit), rule}
}

// cost is how many bytes a part with the given rules grows by at most: the item,
// its rule among the attributes, a comma each.
func (u unit) cost(told map[string]bool) int {
	cost := len(u.json) + 1
	if u.rule != "" && !told[u.rule] {
		cost += len(encode(u.rule)) + 1
	}
	return cost
}

// units are all items but the events.
func units(c *ledger.Telling) []unit {
	var all []unit
	for _, a := range c.Alerts {
		a.Controls, a.Commands = notNil(a.Controls), notNil(a.Commands)
		all = append(all, unitOf(routeOf(a.Owner, a.Severity), func(p *part) *list { return &p.Alerts }, a, a.Rule))
	}
	records := func(of []ledger.Record, in func(*part) *list) {
		for i := range of {
			all = append(all, unitOf(routeOfRecord(&of[i]), in, findingOf(&of[i]), of[i].Rule))
		}
	}
	records(c.New, func(p *part) *list { return &p.New })
	records(c.Resolved, func(p *part) *list { return &p.Resolved })
	records(c.Silenced, func(p *part) *list { return &p.Silenced })
	records(c.Reranked, func(p *part) *list { return &p.Reranked })
	counts := func(of []ledger.RuleCount, in func(*part) *list) {
		for _, n := range of {
			all = append(all, unitOf(routeOf("", n.Severity), in, n, n.Rule))
		}
	}
	counts(c.NewRules, func(p *part) *list { return &p.NewRules })
	counts(c.Withdrawn, func(p *part) *list { return &p.Withdrawn })
	for _, x := range c.Exemptions {
		all = append(all, unitOf(forInformation, func(p *part) *list { return &p.Exemptions }, exemptionOf(x), ""))
	}
	for _, g := range gapsOf(c.Gaps) {
		all = append(all, unitOf(forInformation, func(p *part) *list { return &p.Gaps }, g, g.Rule))
	}
	for i := range c.Steps {
		s := &c.Steps[i]
		all = append(all, unitOf(routeOf(s.Record.Owner, s.Record.Severity), func(p *part) *list { return &p.Steps }, stepOf(s), s.Record.Rule))
	}
	for _, n := range c.Notices {
		all = append(all, unitOf(routeOf("", gravity(n)), func(p *part) *list { return &p.Notices }, n, ""))
	}
	for _, n := range unknown(c) {
		all = append(all, unitOf(forInformation, func(p *part) *list { return &p.Unknown }, n, ""))
	}
	return all
}

// routeOfRecord is the finding's owner and severity. One whose severity has
// changed goes by the worse, to whoever hears of either.
func routeOfRecord(r *ledger.Record) route {
	return routeOf(r.Owner, worse(r.Severity, r.Was))
}

// findingJSON is a finding as a scan prints it, with its history.
type findingJSON struct {
	scanner.Finding
	By         *trail.Origin      `json:"by"`
	Was        scanner.Severity   `json:"was,omitempty"`
	Lapsed     *scanner.Exemption `json:"lapsed"`
	Ack        *ledger.Ack        `json:"ack"`
	FirstSeen  time.Time          `json:"first_seen"`
	ResolvedAt time.Time          `json:"resolved_at,omitzero"`
	How        string             `json:"how,omitempty"`
	Flapping   bool               `json:"flapping,omitempty"`
	Released   bool               `json:"released,omitempty"`
}

func findingOf(r *ledger.Record) findingJSON {
	f := findingJSON{r.Finding, r.By, r.Was, lapsedJSON(r.Lapsed), r.Ack, r.FirstSeen.UTC(), r.ResolvedAt, r.How, r.Flapping, r.Released}
	f.Controls, f.Commands = notNil(f.Controls), notNil(f.Commands)
	if f.Evidence == nil {
		f.Evidence = map[string]string{}
	}
	return f
}

// lapsedJSON is what silenced a finding, as the exemption that it was or was like.
func lapsedJSON(l *ledger.Lapse) *scanner.Exemption {
	if l == nil {
		return nil
	}
	return &l.Exemption
}

// exemptionJSON is an exemption as it is configured, and why to look after it.
type exemptionJSON struct {
	Why      string            `json:"why"`
	Rules    []string          `json:"rules"`
	Resource string            `json:"resource"`
	Account  string            `json:"account"`
	Tags     map[string]string `json:"tags"`
	Reason   string            `json:"reason"`
	Owner    string            `json:"owner"`
	Expires  time.Time         `json:"expires"`
	// Findings is how many it silences now.
	Findings int `json:"findings"`
}

func exemptionOf(x ledger.ExemptionNote) exemptionJSON {
	tags := x.Tags
	if tags == nil {
		tags = map[string]string{}
	}
	return exemptionJSON{x.Why, notNil(x.Rules), x.Resource, x.Account, tags, x.Reason, x.Owner, x.Expires.UTC(), x.Findings}
}

type gapJSON struct {
	scanner.Gap
	FirstSeen time.Time `json:"first_seen"`
}

// gapsOf has an entry for every rule that a gap leaves without an answer, as a
// scan prints them.
func gapsOf(gaps []ledger.GapRecord) []gapJSON {
	var all []gapJSON
	for _, g := range gaps {
		for _, rule := range g.Rules {
			gap := scanner.Gap{Rule: rule, Resource: g.Resource, Fact: g.Fact, Reason: g.Reason, Permission: g.Permission}
			all = append(all, gapJSON{gap, g.FirstSeen.UTC()})
		}
	}
	return all
}

// actorJSON is an actor with every field, told or not.
type actorJSON struct {
	Type      string `json:"type"`
	ARN       string `json:"arn"`
	Name      string `json:"name"`
	Issuer    string `json:"issuer"`
	IP        string `json:"ip"`
	Agent     string `json:"agent"`
	MFA       string `json:"mfa"`
	Key       string `json:"key"`
	InvokedBy string `json:"invoked_by"`
}

// actorOf is the one actor of all events, with what is the same in all of them,
// or nil where there are several or none.
func actorOf(all []trail.Event) *actorJSON {
	if len(all) == 0 {
		return nil
	}
	one := all[0].Actor
	for _, e := range all {
		a := e.Actor
		if !a.Same(all[0].Actor) {
			return nil
		}
		one.ARN = common(one.ARN, a.ARN)
		one.IP, one.Agent, one.MFA = common(one.IP, a.IP), common(one.Agent, a.Agent), common(one.MFA, a.MFA)
		one.Key, one.InvokedBy = common(one.Key, a.Key), common(one.InvokedBy, a.InvokedBy)
	}
	same := actorJSON(one)
	return &same
}

func common(a, b string) string {
	if a != b {
		return ""
	}
	return a
}

func notNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
