package scanner

import (
	"fmt"
	"maps"
	"time"

	"iamvigil/scanner/account"
)

// Pass is one rule asked about one resource. A check must not keep it.
type Pass struct {
	Rule     *Rule
	Resource account.Ref
	Snapshot *account.Snapshot
	Now      time.Time

	own   map[account.Fact]account.Seen
	index *index
	asOf  time.Time
	found []Finding
	gaps  []Gap
}

// Fail reports a fault. Part tells faults of one resource apart (a key's id, a
// policy's name) and must not change while the fault stays the same; empty:
// there can be only one. The message names the thing, the number and the limit.
func (p *Pass) Fail(part string, evidence map[string]string, format string, args ...any) {
	p.FailAs(p.Rule.Severity, part, evidence, format, args...)
}

// FailAs is [Pass.Fail] for a fault that is worse or milder than the rule's own
// severity says.
func (p *Pass) FailAs(severity Severity, part string, evidence map[string]string, format string, args ...any) {
	all := map[string]string{"as_of": p.asOf.UTC().Format(time.RFC3339)}
	maps.Copy(all, evidence)
	p.found = append(p.found, Finding{
		Rule:     p.Rule.ID,
		Severity: severity,
		Resource: p.Resource,
		Part:     part,
		Message:  fmt.Sprintf(format, args...),
		Evidence: all,
		Controls: present(p.Rule.Controls),
		Fix:      p.Rule.Fix,
		Commands: []string{},
		Status:   Open,
		AsOf:     p.asOf,
	})
}

// Gap says that the question could not be answered for want of a fact, and in
// what state that fact is: one of the snapshot's, or one that the check makes
// because AWS was not able to tell, whatever was asked. A fact is told once, and
// of the whole account where it is missing for that.
func (p *Pass) Gap(fact account.Fact, state account.Seen) {
	for _, g := range p.gaps {
		if g.Fact == fact && g.Reason == state.Missing {
			return
		}
	}
	var about *account.Ref
	if _, own := p.own[fact]; own || state != p.Snapshot.Seen[fact] {
		resource := p.Resource
		about = &resource
	}
	p.gaps = append(p.gaps, Gap{
		Rule: p.Rule.ID, Resource: about, Fact: fact, Reason: state.Missing, Permission: state.Permission,
	})
}

// Known reports whether a fact was seen for this resource.
func (p *Pass) Known(f account.Fact) bool { return p.Snapshot.Of(p.own, f).Known() }

// Age is the number of whole days since t.
func (p *Pass) Age(t time.Time) int { return int(p.Now.Sub(t) / (24 * time.Hour)) }

// Old reports whether t is strictly more than the rule's limit of whole days
// ago.
func (p *Pass) Old(t time.Time) bool { return p.Age(t) > p.Rule.Limit.Value }

// present is a list that is not nil, so that its JSON is not null.
func present(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
