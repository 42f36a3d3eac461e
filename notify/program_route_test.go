package notify_test

import (
	"slices"

	"iamvigil/ledger"
	"iamvigil/scanner"
)

// goesTogether fails for what a filter policy for this owner and severity must
// not let through. A finding whose severity changed goes by the worse.
func goesTogether(t tester, p *program) {
	if remediation := p.Kind == ledger.Remediation; remediation != (p.Steps != nil) || remediation != (p.Notices != nil) {
		t.Errorf("of kind %s, with steps %v and notices %v", p.Kind, p.Steps, p.Notices)
	}
	is := routeOf(p.Owner, p.Severity)
	belongs := func(what, owner string, s scanner.Severity) {
		if got := routeOf(owner, s); got != is {
			t.Errorf("%s, %s, comes with what is %s", what, got, is)
		}
	}
	for _, a := range p.Alerts {
		belongs(a.Rule, a.Owner, a.Severity)
	}
	for _, f := range slices.Concat(p.New, p.Resolved, p.Silenced, p.Reranked) {
		s := f.Severity
		if f.Was != "" && f.Was.Rank() < s.Rank() {
			s = f.Was
		}
		belongs(f.Rule, f.Owner, s)
	}
	for _, n := range slices.Concat(p.NewRules, p.Withdrawn) {
		belongs(n.Rule, "", n.Severity)
	}
	for i := range p.Steps {
		s := &p.Steps[i]
		if s.Finding != nil {
			belongs(s.Action, s.Finding.Owner, s.Finding.Severity)
		}
	}
	for _, n := range p.Notices {
		belongs("notice "+n.Kind, "", gravity(n))
	}
	if len(p.Gaps)+len(p.Exemptions)+len(p.Unknown) > 0 {
		belongs("what has no severity", "", scanner.Info)
	}
}

// gravity is how bad it is that acts are held; other notices inform.
func gravity(n ledger.Notice) scanner.Severity {
	if n.Kind == ledger.NoticeDisagree {
		return scanner.Info
	}
	return scanner.Medium
}
