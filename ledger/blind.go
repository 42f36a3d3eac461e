package ledger

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"iamvigil/internal/order"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

const (
	// blindAfter is how old a gap is on its third night: a schedule may be an hour
	// early.
	blindAfter = 2*day - time.Hour
	// mostNamed is how many resources, and rules, a finding about them names.
	mostNamed = 20
)

// lasting reports whether the gap, as the ledger has it, is in its third night.
// That other Regions cannot be seen is told once, and lasts for good.
func (d *diff) lasting(g *GapRecord) bool {
	return g.Fact != account.OtherRegions && d.report.Time.Sub(g.FirstSeen) >= blindAfter
}

// blindness makes findings of the gaps that a digest still has on their third
// night: one for each fact, about the account, however many resources it is
// missing for and whichever permissions it wants. So it stays the same finding
// while these come and go.
func (d *diff) blindness() []scanner.Finding {
	if d.kind != Digest {
		return nil
	}
	byFact := map[account.Fact][]GapRecord{}
	for _, key := range sortedKeys(d.gapsFound) {
		g, known := d.gapsFound[key], d.gapsKnown[key]
		if known.Fact == g.Fact && d.lasting(&known) {
			g.FirstSeen = known.FirstSeen
			byFact[g.Fact] = append(byFact[g.Fact], g)
		}
	}
	findings := make([]scanner.Finding, 0, len(byFact))
	for _, gaps := range byFact {
		findings = append(findings, d.blindFinding(gaps))
	}
	order.By(findings, scanner.CompareFindings)
	for i := range findings {
		d.exempt(&findings[i])
	}
	return findings
}

// blindFinding is the finding that gaps of one fact make.
func (d *diff) blindFinding(gaps []GapRecord) scanner.Finding {
	about, resource, now := scanner.Blindness(), d.report.Account.Ref(), d.report.Time
	oldest := slices.MinFunc(gaps, func(a, b GapRecord) int { return a.FirstSeen.Compare(b.FirstSeen) })
	var permissions, rules []string
	for _, g := range gaps {
		permissions, rules = union(permissions, []string{g.Permission}), union(rules, g.Rules)
	}
	permissions = slices.DeleteFunc(permissions, func(p string) bool { return p == "" })
	part, permission := string(oldest.Fact), strings.Join(permissions, ", ")
	wanted, fix := oldest.Reason, about.Fix
	if permission != "" {
		wanted = "grant " + permission
		fix = "Grant " + permission + " to the role of the audit function, and see that neither its permissions boundary nor a service control policy denies it."
	}
	nights := 1 + int((now.Sub(oldest.FirstSeen)+time.Hour)/day)
	return scanner.Finding{
		Rule: about.ID, Severity: about.Severity, Resource: resource, Part: part,
		Message: fmt.Sprintf("cannot see %s of %s for %d nights: %s", part, whose(gaps), nights, wanted),
		Evidence: map[string]string{
			"as_of": when(now), "since": when(oldest.FirstSeen), "fact": part, "permission": permission,
			"reason": oldest.Reason, "rules": some(rules), "resources": some(names(gaps)),
		},
		Controls: []string{}, Fix: fix, Commands: []string{}, Console: scanner.Console(resource), Owner: d.report.Owner,
		ID: scanner.FindingID(d.report.Account.ID, about.ID, resource, part), Status: scanner.Open, AsOf: now,
	}
}

// whose is what the gaps' fact is missing for: the account, if for all of it.
func whose(gaps []GapRecord) string {
	kind := account.Kind("")
	for _, g := range gaps {
		switch {
		case g.Resource == nil || g.Resource.Kind == account.KindAccount:
			return "the account"
		case kind == "":
			kind = g.Resource.Kind
		case kind != g.Resource.Kind:
			kind = "resource"
		}
	}
	if len(gaps) == 1 {
		return fmt.Sprintf("%s %q", kind, cmp.Or(gaps[0].Resource.Name, gaps[0].Resource.Key()))
	}
	return fmt.Sprintf("%d %ss", len(gaps), kind)
}

func names(gaps []GapRecord) []string {
	var all []string
	for _, g := range gaps {
		if g.Resource != nil {
			all = append(all, strconv.Quote(cmp.Or(g.Resource.Name, g.Resource.Key())))
		}
	}
	return all
}

// some lists the first of many.
func some(list []string) string {
	text := strings.Join(list[:min(len(list), mostNamed)], ", ")
	if more := len(list) - mostNamed; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// exempt applies the configured exemptions to a finding that no report has.
func (d *diff) exempt(f *scanner.Finding) {
	for i := range d.uses {
		x := &d.uses[i]
		if !x.Expired(d.report.Time) && x.Silences(f.Rule, d.report.Account.ID, f.Resource) {
			x.Findings++
			exemption := x.Exemption
			f.Status, f.Exempt = scanner.Exempt, &exemption
			return
		}
	}
}

// see judges, in a digest, a record of blindness that the night does not have
// again. Nothing but seeing the fact mends it: a gap that another hides stands,
// and of a fact that no rule wants any more nobody can tell.
func (d *diff) see(e *entry) {
	if d.kind != Digest || e.record.State == Resolved && e.record.Told != Open {
		return
	}
	wanted := slices.ContainsFunc(strings.Split(e.record.Evidence["rules"], ", "), func(rule string) bool { return d.on[rule] })
	for key, g := range d.gapsKnown {
		if string(g.Fact) != e.record.Part || !d.lasting(&g) {
			continue
		}
		if _, found := d.gapsFound[key]; found || !d.ended(&g) {
			return
		}
		wanted = wanted || slices.ContainsFunc(g.Rules, func(rule string) bool { return d.on[rule] })
	}
	if !wanted {
		e.withdrawn = true
		return
	}
	e.gone(Mended, d.report.Time, d.report.Time)
}
