package remediate

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"iamvigil/internal/order"
	"iamvigil/ledger"
	"iamvigil/scanner"
)

// plan is what is to be done, with the round and the cases that it ends.
func (w *work) plan() []Action {
	o := lay(w.book, w.view, w.settings, w.now)
	o.round.StartedAt, o.round.EndedAt, o.round.Revision = w.round.StartedAt, w.round.EndedAt, w.round.Revision
	w.round = o.round
	w.forget(o.ended)
	if o.blind != "" {
		w.notice(ledger.NoticeBlind, "Nothing is done about any finding, as what that depends on was not seen: "+o.blind+".")
	}
	findings := map[string]bool{}
	for i := range o.actions {
		findings[o.actions[i].Record.ID] = true
	}
	w.counts.Open = len(findings)
	if o.held != "" {
		o.actions = w.hold(o.actions, o.held)
	}
	return o.actions
}

// hold takes out what the circuit breaker postpones: people are told once of all,
// and the days that they were told stand.
func (w *work) hold(actions []Action, why string) []Action {
	kept := actions[:0]
	for i := range actions {
		if a := &actions[i]; a.Do == Postpone {
			w.counts.Held++
			w.caseOf(a)
			continue
		}
		kept = append(kept, actions[i])
	}
	if w.counts.Held > 0 {
		w.notice(ledger.NoticeBreaker, "All acts are held for a day: "+why+". Look at what iamvigil remediate plan lists before it is over.")
	}
	return kept
}

// disagree tells of cures that are not armed though somebody wanted them to be.
func (w *work) disagree() {
	var cures []string
	for _, c := range w.settings.Disagree {
		cures = append(cures, string(c))
	}
	if len(cures) > 0 {
		w.notice(ledger.NoticeDisagree, "Switched on by only one of the stack's parameters and the configuration, and so not armed: "+strings.Join(cures, ", ")+".")
	}
}

// readSwitch holds the run where the kill switch does not let it act.
func (w *work) readSwitch(ctx context.Context) {
	on, err := w.Switch.On(ctx)
	if err == nil && on {
		return
	}
	why := "is off"
	if err != nil {
		why = "cannot be read: " + short(err)
	}
	w.held = true
	w.notice(ledger.NoticeSwitch, "Nothing is done about any finding, as the kill switch "+why+". Warnings go out.")
}

func (w *work) notice(kind, text string) {
	for _, n := range w.notices {
		if n.Kind == kind {
			return
		}
	}
	w.notices = append(w.notices, ledger.Notice{Kind: kind, Text: text})
}

// news are the notices that people were not told yet. What cannot be read is
// worded otherwise each time and the same news.
func (w *work) news() []ledger.Notice {
	var all []ledger.Notice
	for _, n := range w.notices {
		text, told := w.before.Said[n.Kind]
		reworded := n.Kind == ledger.NoticeDisagree || n.Kind == ledger.NoticeBreaker
		if !told || reworded && text != n.Text {
			all = append(all, n)
		}
	}
	return all
}

// caseOf is the action's case as it is to be saved.
func (w *work) caseOf(a *Action) ledger.Case {
	if c, kept := w.cases[keyOf(&a.Case)]; kept {
		return c
	}
	w.keep(a.Case)
	return a.Case
}

func keyOf(c *ledger.Case) caseKey { return caseKey{c.Finding, c.Cure} }

// keep saves a case. What a person asked for without a finding has none.
func (w *work) keep(c ledger.Case) {
	if c.Finding != "" {
		w.cases[keyOf(&c)] = c
	}
}

// forget deletes cases as the ledger has them.
func (w *work) forget(all []ledger.Case) {
	for i := range all {
		key := keyOf(&all[i])
		w.dropped[key] = true
		delete(w.cases, key)
		w.book.Course.Cases = slices.DeleteFunc(w.book.Course.Cases, func(c ledger.Case) bool { return keyOf(&c) == key })
	}
}

func (w *work) tallyOf(a *Action) *tally {
	key := keyOf(&a.Case)
	if w.tallies[key] == nil {
		w.tallies[key] = &tally{}
	}
	return w.tallies[key]
}

// progress takes a finding a step further without an act.
func (w *work) progress(a *Action) {
	c := w.caseOf(a)
	switch a.Do {
	case Warn:
		w.say(w.step(a, ledger.StepWarning, ""))
	case WarnFinally:
		w.say(w.step(a, ledger.StepFinal, ""))
	case Postpone:
		w.say(w.step(a, ledger.StepPostponed, a.Reason))
	case Refuse:
		w.refuse(a, a.Reason)
		return
	default:
		return
	}
	was := *a
	was.Case = c
	w.keep(stepped(&was, w.now))
}

// refuse leaves it to a person, who is told once.
func (w *work) refuse(a *Action, reason string) {
	c := w.caseOf(a)
	w.counts.Refused++
	if c.Said == said(reason) {
		return
	}
	c.Said = said(reason)
	w.keep(c)
	w.steps = append(w.steps, w.step(a, ledger.StepRefused, reason))
}

// said is a reason as a case keeps it.
func said(reason string) string { return ledger.Case{Said: reason}.Bounded().Said }

// spare tells once that there is nothing to be done any more.
func (w *work) spare(a *Action, now live) {
	t := w.tallyOf(a)
	if !now.changed {
		t.spared, t.over = now.spared, t.over || a.Intent.Call.Operation == attach
	}
	w.counts.Spared++
	if c := w.caseOf(a); c.Said == said(now.spared) {
		return
	}
	s := w.step(a, ledger.StepSpared, now.spared)
	s.LastUsed = cmp.Or(now.lastUsed, s.LastUsed)
	w.steps = append(w.steps, s)
}

// fail tells of an act that failed, or whose end is not known.
func (w *work) fail(a *Action, what, used, reason string) {
	t := w.tallyOf(a)
	t.failed++
	if c := w.caseOf(a); t.failed == 1 && c.Failures+1 >= mostFailures {
		reason += "; " + leftToPerson
	}
	s := w.step(a, what, reason)
	s.LastUsed = cmp.Or(used, s.LastUsed)
	w.say(s)
}

// finishAct tells of an act that was done, or would have been.
func (w *work) finishAct(ctx context.Context, a *Action, used, reason string) {
	w.tallyOf(a).done++
	s := w.step(a, ledger.StepDone, reason)
	s.LastUsed = cmp.Or(used, s.LastUsed)
	s.Advice = w.advice(ctx, &a.Intent)
	w.say(s)
}

// concludeCases says how far the cases came whose acts were tried.
func (w *work) concludeCases() {
	for key, t := range w.tallies {
		c, kept := w.cases[key]
		if !kept {
			continue
		}
		switch {
		case t.failed > 0:
			c.Failures++
			if c.Failures >= mostFailures {
				c.Said = leftToPerson
			}
		case t.left > 0:
		case t.spared != "":
			c.Said = said(t.spared)
		default:
			c.Stage, c.Said = ledger.Acted, ""
		}
		w.cases[key] = c
	}
}

// say tells a step, and counts it.
func (w *work) say(s ledger.Step) {
	w.steps = append(w.steps, s)
	w.counts.add(&s)
}

// step is what is told of an action.
func (w *work) step(a *Action, what, reason string) ledger.Step {
	s := ledger.Step{
		Action: a.ID, Cure: a.Intent.Cure, What: what, Would: Mode(a.Intent.Mode) == DryRun,
		Record: a.Record, Target: a.Intent.Target, LastUsed: lastUsed(&a.Record), Reason: reason,
		Call: a.Intent.Call, Reversal: a.Intent.Reversal, Ask: w.settings.Ask,
	}
	if cure := cureOf(Cure(a.Intent.Cure)); cure != nil {
		s.Effect = cure.effect(&a.Intent)
	}
	switch what {
	case ledger.StepWarning, ledger.StepFinal, ledger.StepPostponed:
		s.Deadline = a.Deadline
	}
	return s
}

// stepOf is what is told of an intent in the journal.
func (w *work) stepOf(i *ledger.Intent, action, what, reason string) ledger.Step {
	a := Action{ID: action, Intent: *i, Record: ledger.Record{Finding: scanner.Finding{Resource: i.Resource, Message: i.Why}}}
	for n := range w.book.Records {
		if r := &w.book.Records[n]; i.Finding != "" && r.ID == i.Finding {
			a.Record = *r
		}
	}
	return w.step(&a, what, reason)
}

// lastUsed is when the finding says that its credential was last used.
func lastUsed(r *ledger.Record) string {
	return cmp.Or(r.Evidence["last_used"], r.Evidence["password_last_used"])
}

// finish tells, and then remembers what was told.
func (w *work) finish(ctx context.Context) error {
	w.concludeCases()
	told := &ledger.Telling{Kind: ledger.Remediation, Account: w.view.Snapshot().Account, Time: w.now, Steps: w.steps, Notices: w.news()}
	if !told.Quiet() {
		if err := w.Notify.Publish(ctx, []*ledger.Telling{told}); err != nil {
			return failed("tell what was done", err)
		}
	}
	w.round.EndedAt = w.Now().UTC()
	if !w.round.EndedAt.After(w.round.StartedAt) {
		w.round.EndedAt = w.round.StartedAt.Add(time.Millisecond)
	}
	if !w.byHand || w.round.Said == nil {
		w.round.Said = map[string]string{}
	}
	for _, n := range w.notices {
		w.round.Said[n.Kind] = n.Text
	}
	advance := w.advance()
	advance.Round = &w.round
	if err := w.Ledger.Advance(ctx, w.Account.ID, advance); err != nil {
		return fmt.Errorf("remember what was told: %w", err)
	}
	return nil
}

// advance is what has changed of the cases.
func (w *work) advance() ledger.Advance {
	a := ledger.Advance{}
	for key, c := range w.cases {
		// One that begins anew replaces the one that is dropped.
		if c.Revision = w.stored[key].Revision; c != w.stored[key] {
			a.Puts = append(a.Puts, c)
		}
	}
	for key := range w.dropped {
		if _, again := w.cases[key]; !again {
			a.Deletes = append(a.Deletes, w.stored[key])
		}
	}
	order.By(a.Puts, compareCases)
	order.By(a.Deletes, compareCases)
	return a
}

func compareCases(a, b ledger.Case) int {
	return cmp.Or(strings.Compare(a.Finding, b.Finding), strings.Compare(a.Cure, b.Cure))
}
