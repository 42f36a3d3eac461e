package remediate

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"iamvigil/internal/order"
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
	// acts are what this plan takes.
	acts losses
}

type caseKey struct{ finding, cure string }

func newPlanner(b *Book, v *access.View, s *Settings, now time.Time) *planner {
	deeds := deedsOf(b.Course.Journal)
	p := &planner{
		guards: newGuards(v, s, deeds, now), b: b, deeds: deeds, cases: map[caseKey]ledger.Case{},
		daily: newDaily(v.Snapshot(), deeds, s.Mode, now), blind: unseen(v.Snapshot()), acts: losses{},
	}
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
	d.rank = d.Deadline
	absent := d.user == nil
	if absent {
		d.user = &account.User{ARN: r.Resource.ARN, ID: r.Resource.ID, Name: r.Resource.Name}
	}
	refusal := ""
	d.intents, refusal = cureOf(cure).intents(r, d.user, p.view, p.s)
	if len(d.intents) == 0 {
		d.intents = []ledger.Intent{intentFor(cure, r, d.user, p.s)}
	}
	switch {
	case c.Stage == ledger.Acted && p.s.Mode == DryRun:
		d.Reason = wouldBeDone
	case c.Stage == ledger.Acted:
		d.Reason = doneAlready
	case d.Do == Wait:
	case p.blind != "":
		d.wait(p.blind)
	case absent:
		d.wait("the user is gone")
	case d.Do != Act && d.inEffect():
		d.wait(soAlready)
	default:
		if d.Do == Postpone {
			d.Reason = moreTime
		}
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
	if strings.HasPrefix(d.Case.Said, usesOther) {
		return d.Case.Said
	}
	return cmp.Or(p.protected(d.user, &d.Record), byCure, p.daily.tooMuch(needOf(d.intents)), p.lastAdministrator(d.user, d.intents, p.lately))
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

// mostWarnings is how many first warnings a night tells at most, and how many
// final ones: what people are to act on must not be cut from a message.
const mostWarnings = 300

// ration has all but the oldest findings of those to be warned of wait for the
// next night. That is the same each time: who waits has become older by then.
func (p *planner) ration(warning Do) {
	var asked []*draft
	for i := range p.all {
		if p.all[i].Do == warning {
			asked = append(asked, &p.all[i])
		}
	}
	order.Stable(asked, func(a, b *draft) int {
		return cmp.Or(a.Record.OpenedAt.Compare(b.Record.OpenedAt), strings.Compare(a.Record.ID, b.Record.ID))
	})
	for n, d := range asked {
		if n >= mostWarnings {
			d.wait(fmt.Sprintf("no more than %d warnings of a kind are told in a night, of the oldest findings first", mostWarnings))
		}
	}
}

// countDue counts what is due to be acted on, each key and each user once, and
// keeps for what people were told another day of their room on it.
func (p *planner) countDue() int {
	due := losses{}
	n := 0
	for i := range p.all {
		d := &p.all[i]
		first := &d.intents[0]
		switch {
		case d.Do == Act:
			if !due[first.Resource.ID][first.Target] {
				n++
			}
			due.add(first)
		case d.Do == Wait && d.Case.Stage == ledger.FinalWarned:
			p.daily.speakFor(needOf(d.intents), d.Deadline)
		}
	}
	return n
}

// bindAll holds all that is due against what goes before it, or holds it all, and
// tells why: for the circuit breaker, until a time, or for the book. Nobody is told
// another day while that lasts.
func (p *planner) bindAll(breaker string, until time.Time) (held string) {
	for i := range p.all {
		d := &p.all[i]
		switch {
		case d.Do == Postpone && cmp.Or(p.b.Held, breaker) != "":
			d.wait(cmp.Or(p.b.Held, breaker))
			d.Deadline = d.Case.Deadline
			continue
		case p.b.Held != "" && d.overdue():
			d.postpone(p.b.Held, latest(d.Case.Deadline, after(d.Case.FinalAt, 1)))
		case d.Do != Act:
			continue
		case breaker != "":
			d.postpone(breaker, until)
		default:
			p.bind(d)
			continue
		}
		held = cmp.Or(breaker, p.b.Held)
	}
	return held
}

// overdue reports whether the day that people were told has come, be it so long
// ago that they are to be warned once more.
func (d *draft) overdue() bool {
	return d.Do == Act || d.Do == WarnFinally && d.Case.Stage == ledger.FinalWarned
}

// bind holds what is due against all that goes before it.
func (p *planner) bind(d *draft) {
	left := slices.DeleteFunc(slices.Clone(d.intents), func(i ledger.Intent) bool { return p.doneElsewhere(&d.Record, &i) })
	switch {
	case len(left) > 0:
	case p.s.Mode == DryRun:
		d.wait(wouldBeDone)
		return
	default:
		d.wait(doneForAnother)
		return
	}
	// First of all: what a person applies goes beyond the bound of a day.
	if why := p.lastAdministrator(d.user, left, p.accepted); why != "" {
		d.refuse(why)
		return
	}
	if lacking := p.daily.lacks(needOf(left), p.now); lacking != "" {
		why := fmt.Sprintf("no more than %s may be taken away in a day", lacking.counted(p.daily.most[lacking]))
		d.postpone(why, p.daily.later(needOf(left), p.now))
		return
	}
	d.intents = left
	p.daily.speakFor(needOf(left), p.now)
	p.accepted, p.acts = p.accepted.with(left), p.acts.with(left)
}

// moreTime is why a deadline that people were told moves on, which nobody's hand
// goes against.
const moreTime = "the configuration gives it more time now"

// Why a finding waits for the next audit, which resolves it or does not.
const (
	doneAlready    = "done; the next audit will see it"
	doneForAnother = "done for another finding of the user; the next audit will see it"
	soAlready      = "it is so already; the next audit will see it"
	wouldBeDone    = "it would be done by now: a dry run does it once, and changes nothing"
)

// inEffect reports whether the view shows all that the intents would make.
func (d *draft) inEffect() bool {
	return !slices.ContainsFunc(d.intents, func(i ledger.Intent) bool {
		if kindOf(&i) != accessKeys {
			return !slices.ContainsFunc(d.user.Attached, func(a account.Attachment) bool { return a.ARN == i.Target })
		}
		return !slices.ContainsFunc(d.user.Keys, func(k account.AccessKey) bool { return k.ID == i.Target && k.Status == account.Inactive })
	})
}

// doneElsewhere reports whether an act of this plan does the same to the user, or
// more, or whether one of another finding has just done it, or in a dry run would
// have.
func (p *planner) doneElsewhere(r *ledger.Record, i *ledger.Intent) bool {
	acts, denies := p.acts[i.Resource.ID], p.s.Denies
	if acts[i.Target] || kindOf(i) == consoleUsers && acts[denies.All] || i.Target == denies.WithoutMFA && acts[denies.Console] {
		return true
	}
	return slices.ContainsFunc(p.deeds, func(d deed) bool {
		// What a person tried in a dry run says nothing of what a finding would do.
		recent := d.outcome == ledger.Done && p.now.Sub(d.at) < justNow || d.outcome == ledger.Would && d.Finding != "" && d.at.After(r.OpenedAt)
		return recent && !d.Undo && !d.undone && d.Mode == i.Mode && d.Finding != i.Finding && d.Resource.ID == i.Resource.ID && d.Target == i.Target
	})
}
