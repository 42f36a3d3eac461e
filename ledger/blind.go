package ledger

import (
	"fmt"
	"slices"
	"time"

	"iamvigil/internal/order"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

// blindAfter is how old a gap is on its third night: a schedule may be an hour
// early.
const blindAfter = 2*day - time.Hour

// lasting reports whether the gap, as the ledger has it, is in its third night.
// One refusal that no event has put to the test again may be over. Which events
// do not come is told once, and lasts for good.
func (d *diff) lasting(g *GapRecord) bool {
	again := !g.denial() || g.MetAt.Sub(g.FirstSeen) >= day
	return g.Fact != account.OtherRegions && g.Fact != account.FurtherEvents && again && d.report.Time.Sub(g.FirstSeen) >= blindAfter
}

// blindness makes findings of the gaps that a digest still has on their third
// night, and of what watch has been denied as long: one for each fact, about the
// account, however many resources it is missing for and whichever permissions it
// wants. So it stays the same finding while these come and go.
func (d *diff) blindness() []scanner.Finding {
	if d.kind != Digest {
		return nil
	}
	byFact := map[account.Fact][]GapRecord{}
	add := func(g GapRecord) {
		if d.lasting(&g) {
			byFact[g.Fact] = append(byFact[g.Fact], g)
		}
	}
	for _, key := range sortedKeys(d.gapsFound) {
		add(d.gapsFound[key])
	}
	for _, key := range sortedKeys(d.gapsKnown) {
		if g := d.gapsKnown[key]; g.denial() && !g.Ended() && !d.over(&g) {
			add(g)
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
	var rules []string
	for _, g := range gaps {
		rules = union(rules, g.Rules)
	}
	part, wants := string(oldest.Fact), wantsOf(gaps)
	how := "for"
	if oldest.flaps() {
		how = "on and off for"
	}
	nights := 1 + int((now.Sub(oldest.FirstSeen)+time.Hour)/day)
	return scanner.Finding{
		Rule: about.ID, Severity: about.Severity, Resource: resource, Part: part,
		Message: fmt.Sprintf("cannot see %s of %s %s %d nights: %s", part, whose(gaps), how, nights, wants.short()),
		Evidence: map[string]string{
			"as_of": when(now), "since": when(oldest.FirstSeen), "fact": part, "permission": wants.permission(),
			"reason": oldest.Reason, "rules": some(rules), "resources": some(names(gaps)),
		},
		Controls: []string{}, Fix: wants.fix(), Commands: []string{}, Console: scanner.Console(resource), Owner: d.report.Owner,
		ID: scanner.FindingID(d.report.Account.ID, about.ID, resource, part), Status: scanner.Open, AsOf: now,
	}
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
// one that comes and goes has not gone, a younger one of the whole account leaves
// nothing to be seen, and of a fact that no rule wants any more nobody can tell.
func (d *diff) see(e *entry) {
	if d.kind != Digest || e.record.State == Resolved && e.record.Told != Open {
		return
	}
	if whole := (GapRecord{Fact: account.Fact(e.record.Part)}); d.gapsFound[whole.Key()].Fact != "" {
		return
	}
	known, wanted := false, false
	for key, g := range d.gapsKnown {
		if string(g.Fact) != e.record.Part || !d.lasting(&g) && g.Returns == 0 {
			continue
		}
		if d.blinds(key, &g) {
			return
		}
		known, wanted = true, wanted || d.wanted(&g)
	}
	if known && !wanted {
		e.withdrawn = true
		return
	}
	e.gone(Mended, d.report.Time, d.report.Time)
}

// blinds reports whether a known gap still keeps the fact from being seen.
func (d *diff) blinds(key string, g *GapRecord) bool {
	_, found := d.gapsFound[key]
	switch {
	case found:
		return true
	case g.Ended():
		return g.flaps() && !d.forgotten(g)
	case d.over(g):
		return g.flaps() && d.wanted(g)
	}
	return true
}
