package remediate

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"iamvigil/ledger"
	"iamvigil/scanner/access"
	"iamvigil/scanner/account"
)

// planner makes one plan.
type planner struct {
	*guards
	b     *Book
	deeds []deed
	// cases are the stored ones that no finding was considered for yet.
	cases map[caseKey]ledger.Case
	daily *daily
	blind string
	all   []draft
	// planned is taken by what was, and by the acts of this plan. Acts are those
	// alone.
	planned, acts taken
}

type caseKey struct{ finding, cure string }

func newPlanner(b *Book, v *access.View, s *Settings, now time.Time) *planner {
	deeds := deedsOf(b.Course.Journal)
	p := &planner{
		guards: newGuards(v, s, deeds, now), b: b, deeds: deeds, cases: map[caseKey]ledger.Case{},
		daily: newDaily(v.Snapshot(), deeds, s.Mode, now), blind: unseen(v.Snapshot()),
	}
	p.planned = p.gone
	for _, c := range b.Course.Cases {
		p.cases[caseKey{c.Finding, c.Cure}] = c
	}
	return p
}

// unseen says which of the facts that guards rest on was not seen; empty: all
// were.
func unseen(s *account.Snapshot) string {
	for _, f := range []account.Fact{account.Users, account.Groups, account.Policies, account.Logins, account.Keys} {
		if seen := s.Seen[f]; !seen.Known() {
			return fmt.Sprintf("the account's %s could not be seen: %s", f, cmp.Or(seen.Missing, "nobody asked for them"))
		}
	}
	return ""
}

// consider takes one finding as far as it alone goes.
func (p *planner) consider(r *ledger.Record) {
	cure := p.s.cureFor(r.Rule)
	key := caseKey{r.ID, string(cure)}
	c := caseOf(p.cases[key], r, cure, p.s.Mode, p.undone(key), p.now)
	delete(p.cases, key)
	d := draft{Action: Action{Record: *r, Case: c}, user: p.view.User(r.Resource.ID)}
	d.Do, d.Deadline = next(&c, p.s.Schedules[r.Rule], p.now)
	d.due = d.Deadline
	gone := d.user == nil
	if gone {
		d.user = &account.User{ARN: r.Resource.ARN, ID: r.Resource.ID, Name: r.Resource.Name}
	}
	refusal := ""
	d.intents, refusal = cureOf(cure).intents(r, d.user, p.view, p.s)
	if len(d.intents) == 0 {
		d.intents = []ledger.Intent{intentFor(cure, r, d.user, p.s)}
	}
	switch {
	case d.Do == Wait:
	case p.blind != "":
		d.wait(p.blind)
	case gone:
		d.wait("the user is gone")
	default:
		if why := p.refused(&d, refusal); why != "" {
			d.refuse(why)
		}
	}
	p.all = append(p.all, d)
}

// refused says why the finding is left to a person, whatever else is due; empty:
// it is not.
func (p *planner) refused(d *draft, byCure string) string {
	if d.Record.Resource.Kind != account.KindUser {
		return "it is about no user"
	}
	if d.Case.Failures >= mostFailures {
		return leftToPerson
	}
	return cmp.Or(p.protected(d.user, &d.Record), byCure, p.daily.tooMuch(needOf(d.intents)), p.lastAdministrator(d.user, d.intents, p.gone))
}

// undone is when what a case came to was last undone; zero: never.
func (p *planner) undone(of caseKey) time.Time {
	var last time.Time
	for i := range p.deeds {
		if d := &p.deeds[i]; d.Undo && d.outcome == ledger.Done && (caseKey{d.Finding, d.Cure}) == of {
			last = latest(last, d.at)
		}
	}
	return last
}

// ended are the stored cases that no finding was considered for.
func (p *planner) ended() []ledger.Case {
	var all []ledger.Case
	for _, c := range p.b.Course.Cases {
		if _, left := p.cases[caseKey{c.Finding, c.Cure}]; left {
			all = append(all, c)
		}
	}
	return all
}

// due counts the findings whose acts are due, and keeps for those of which people
// were told another day their room on it.
func (p *planner) due() int {
	n := 0
	for i := range p.all {
		switch d := &p.all[i]; {
		case d.Do == Act:
			n++
		case d.Do == Wait && d.Case.Stage == ledger.FinalWarned:
			p.daily.take(needOf(d.intents), d.Deadline)
		}
	}
	return n
}

// bind holds what is due against all that goes before it.
func (p *planner) bind(d *draft) {
	left := slices.DeleteFunc(slices.Clone(d.intents), func(i ledger.Intent) bool { return p.doneElsewhere(&d.Record, &i) })
	if len(left) == 0 {
		d.wait("it is done for another finding of the user")
		return
	}
	if lacking := p.daily.lacks(needOf(left), p.now); lacking != "" {
		d.postpone(fmt.Sprintf("no more than %d %s are taken away in a day", p.daily.most[lacking], lacking), p.daily.later(needOf(left), p.now))
		return
	}
	if why := p.lastAdministrator(d.user, left, p.planned); why != "" {
		d.refuse(why)
		return
	}
	d.intents = left
	p.daily.take(needOf(left), p.now)
	p.planned = p.planned.with(left)
	p.acts = p.acts.with(left)
}

// doneElsewhere reports whether an act of this plan does the same to the user, or
// more; in a dry run, also whether one of another finding would have.
func (p *planner) doneElsewhere(r *ledger.Record, i *ledger.Intent) bool {
	acts, denies := p.acts[i.Resource.ID], p.s.Denies
	if acts[i.Target] || kindOf(i) == users && acts[denies.All] || i.Target == denies.WithoutMFA && acts[denies.Console] {
		return true
	}
	return p.s.Mode == DryRun && slices.ContainsFunc(p.deeds, func(d deed) bool {
		return d.outcome == ledger.Would && d.Finding != i.Finding && d.Resource.ID == i.Resource.ID && d.Target == i.Target && d.at.After(r.OpenedAt)
	})
}
