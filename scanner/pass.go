package scanner

import (
	"fmt"
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
	user  *account.User // asked about, or nil
	index *index
	asOf  time.Time
	found []found
	gaps  []Gap
}

// found is a fault as it was reported, and what was added to it.
type found struct {
	Finding
	reported *Reported
}

// Reported is a fault or an act that a check has reported.
type Reported struct {
	commands []string
	saidBy   string
}

// SaidBy leaves telling the fault to another rule, while that is asked, which finds
// it in other resources, as in everybody who has the policy at hand, or in another
// part of this one. It is for the check to know that it does. What that rule finds in
// this resource and is exempt says nothing.
func (r *Reported) SaidBy(rule string) *Reported {
	r.saidBy = rule
	return r
}

// Mend gives the commands that mend the fault, or for the next minute after the
// act, in their order, each made by [Command]. They are safe to paste, all at once
// too: none needs another to succeed so as to lose nothing, and what cannot be
// undone fails where it would do more than the fault says. None given: only a
// person can say how.
func (r *Reported) Mend(commands ...string) { r.commands = commands }

// Fail reports a fault. Part tells faults of one resource apart (a key's id, a
// policy's name) and must not change while the fault stays the same; empty:
// there can be only one. The message names the thing, the number and the limit.
func (p *Pass) Fail(part string, evidence map[string]string, format string, args ...any) *Reported {
	return p.FailAs(p.Rule.Severity, part, evidence, format, args...)
}

// FailAs is [Pass.Fail] for a fault that is worse or milder than the rule's own
// severity says.
func (p *Pass) FailAs(severity Severity, part string, evidence map[string]string, format string, args ...any) *Reported {
	reported := &Reported{}
	p.found = append(p.found, found{reported: reported, Finding: Finding{
		Rule:     p.Rule.ID,
		Severity: severity,
		Resource: p.Resource,
		Part:     part,
		Message:  fmt.Sprintf(format, args...),
		Evidence: p.index.evidence(p.asOf, evidence),
		Controls: present(p.Rule.Controls),
		Limit:    p.Limit(),
		Fix:      p.Rule.Fix,
		Status:   Open,
		AsOf:     p.asOf,
	}})
	return reported
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

// Limit is the rule's limit for the resource at hand, which may be another one
// for users without a console password. Where it cannot be known whether the
// user has one it is the laxer of the two: see [Pass.Old].
func (p *Pass) Limit() int {
	lax, _ := p.limits()
	return lax
}

func (p *Pass) limits() (lax, strict int) {
	l := &p.Rule.Limit
	switch {
	case p.user == nil || !l.split():
		return l.Value, l.Value
	case !p.Known(account.Logins):
		return max(l.Value, l.WithoutPassword), min(l.Value, l.WithoutPassword)
	case p.user.Login == nil:
		return l.WithoutPassword, l.WithoutPassword
	}
	return l.Value, l.Value
}

// Old reports whether t is strictly more than the limit of whole days ago. Where
// that depends on whether the user has a console password, and this cannot be
// known, it tells a gap and reports false.
func (p *Pass) Old(t time.Time) bool {
	lax, strict := p.limits()
	age := p.Age(t)
	if age > strict && age <= lax {
		p.Gap(account.Logins, p.logins())
	}
	return age > lax
}

// logins is why it is not known whether the user has a console password.
func (p *Pass) logins() account.Seen {
	if seen := p.Snapshot.Of(p.own, account.Logins); seen.Asked() {
		return seen
	}
	return account.Seen{Missing: "whether the user has a console password was not asked for"}
}

// InGrace reports whether what was created then is still so new that the rule
// lets it be. What nobody knows the creation of is not.
func (p *Pass) InGrace(created time.Time) bool {
	grace := time.Duration(p.Rule.Grace.Value) * 24 * time.Hour
	return grace > 0 && !created.IsZero() && p.Now.Sub(created) < grace
}

// List is the rule's list, see [List].
func (p *Pass) List() []string { return p.Rule.List.Values }

// ListOf is another rule's list, if that is asked too.
func (p *Pass) ListOf(rule string) []string {
	if r := p.index.rule(rule); r != nil {
		return r.List.Values
	}
	return nil
}

// Asked gives the limit of another rule, if that is asked too: a command may
// have to do for a whole family of rules.
func (p *Pass) Asked(rule string) (limit int, asked bool) {
	if r := p.index.rule(rule); r != nil {
		return r.Limit.Value, true
	}
	return 0, false
}

// present is a list that is not nil, so that its JSON is not null.
func present(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
