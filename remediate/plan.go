package remediate

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"iamvigil/internal/order"
	"iamvigil/ledger"
	"iamvigil/scanner/access"
	"iamvigil/scanner/account"
)

// Plan decides what is to be done about each finding that a cure is armed for, in
// the order in which it is to be done: what has the oldest deadline first. The
// same arguments give the same plan.
//
// Keys of the view's snapshot should have the ids that are known of them: a
// quarantine names each.
func Plan(b Book, v *access.View, s Settings, now time.Time) []Action {
	return lay(b, v, s, now).actions
}

// outlook is all that a run has of a plan.
type outlook struct {
	actions []Action
	// ended are cases that go on no more: their findings are resolved, silenced or
	// contained, or their cures are not armed.
	ended []ledger.Case
	// round is the round after a run: but for when it was, what was said and its
	// revision, which are as before.
	round ledger.Round
	// held says why all that is due is postponed, by the circuit breaker or else as
	// the book has it; empty: it is not, or nothing is.
	held string
	// blind says what could not be seen, so that every action is to wait; empty:
	// all was.
	blind string
	// guards have accepted all acts of the plan; nil where it has none.
	guards *guards
}

// lay lays out a plan.
func lay(b Book, v *access.View, s Settings, now time.Time) outlook {
	if s.Mode != DryRun && s.Mode != Enforce {
		return outlook{ended: b.Course.Cases, round: nextRound(b.Course.Round, 0, &s, now)}
	}
	p := newPlanner(&b, v, &s, now)
	records := b.standing(v.Snapshot(), &s, now)
	for i := range records {
		p.consider(&records[i])
	}
	order.Stable(p.all, compareDrafts)
	p.ration(Warn)
	p.ration(WarnFinally)
	o := outlook{ended: p.ended(), blind: p.blind, guards: p.guards}
	o.round = nextRound(b.Course.Round, p.countDue(), &s, now)
	o.held = p.bindAll(holdOf(&o.round, now))
	for i := range p.all {
		o.actions = append(o.actions, p.all[i].actions(b.Account.ID)...)
	}
	return o
}

// draft is an action on all that its cure does about one finding.
type draft struct {
	Action
	intents []ledger.Intent
	user    *account.User
	// rank is the deadline by which actions are ordered.
	rank time.Time
}

func compareDrafts(a, b draft) int {
	return cmp.Or(a.rank.Compare(b.rank), strings.Compare(a.Record.ID, b.Record.ID))
}

// actions are one for each intent where it acts, and else one.
func (d *draft) actions(accountID string) []Action {
	intents := d.intents
	if d.Do != Act {
		intents = intents[:1]
	}
	var all []Action
	for i := range intents {
		a := d.Action
		a.Intent = intents[i]
		a.ID = actionID(accountID, &a.Record, &a.Intent)
		all = append(all, a)
	}
	return all
}

func actionID(accountID string, r *ledger.Record, i *ledger.Intent) string {
	of := []string{accountID, r.ID, r.OpenedAt.UTC().Format(time.RFC3339), i.Cure, i.Mode, i.Target}
	sum := sha256.Sum256([]byte(strings.Join(of, "\n")))
	return hex.EncodeToString(sum[:])[:12]
}

func (d *draft) wait(reason string) { d.Do, d.Reason = Wait, reason }

func (d *draft) refuse(reason string) { d.Do, d.Reason, d.Deadline = Refuse, reason, time.Time{} }

func (d *draft) postpone(reason string, until time.Time) {
	d.Do, d.Reason, d.Deadline = Postpone, reason, until
}

// cureOf is what knows the cure; nil where there is none such.
func cureOf(c Cure) curer {
	switch c {
	case DeactivateKey:
		return deactivateKey{}
	case ContainConsole:
		return containConsole{}
	case Quarantine:
		return quarantine{}
	}
	return nil
}
