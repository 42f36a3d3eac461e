package remediate

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"iamvigil/ledger"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

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

// spare tells once that there is nothing to be done any more.
func (w *work) spare(a *Action, now live) {
	t := w.tallyOf(a)
	if !now.changed {
		t.spared = now.spared
	}
	t.over = t.over || first(a)
	w.counts.Spared++
	if c := w.caseOf(a); c.Said == said(now.spared) {
		return
	}
	reason := now.spared
	if owner := w.ownerOf(a); now.changed && owner != "" {
		reason += ": action " + owner + " made it so, and undoing that gives it back"
	}
	s := w.step(a, ledger.StepSpared, reason)
	s.LastUsed = cmp.Or(now.lastUsed, s.LastUsed)
	w.steps = append(w.steps, s)
}

// first: without it none of the finding's other acts is justified.
func first(a *Action) bool { return a.Intent.Finding != "" && a.Intent.Call.Operation == attach }

// ownerOf is the other action that left the target as it is, or empty.
func (w *work) ownerOf(a *Action) string {
	for _, id := range slices.Sorted(maps.Keys(w.stories)) {
		if i, done := w.stories[id].stands(); i != nil && id != a.ID && done.Outcome == ledger.Done && alike(i, &a.Intent) {
			return id
		}
	}
	return ""
}

// fail tells of an act that failed, or whose end is not known.
func (w *work) fail(a *Action, what, used, reason string) {
	t := w.tallyOf(a)
	t.failed++
	t.over = t.over || first(a)
	if c := w.caseOf(a); t.failed == 1 && c.Failures+1 >= mostFailures {
		reason += "; " + leftToPerson
	}
	s := w.step(a, what, reason)
	s.LastUsed = cmp.Or(used, s.LastUsed)
	w.say(s)
}

// succeed tells of an act that was done, or would have been.
func (w *work) succeed(ctx context.Context, a *Action, used, reason string) {
	w.tallyOf(a).done++
	s := w.step(a, ledger.StepDone, reason)
	s.LastUsed = cmp.Or(used, s.LastUsed)
	s.Advice = w.advice(ctx, &a.Intent)
	w.say(s)
}

// tellDisarmed tells whom a day was promised that nothing comes of it, as the cure
// is switched off: else they would wait for it.
func (w *work) tellDisarmed(ended []ledger.Case) {
	for _, c := range ended {
		for i := range w.book.Records {
			r := &w.book.Records[i]
			promised := c.Stage == ledger.Warned || c.Stage == ledger.FinalWarned
			stands := r.ID == c.Finding && r.State == ledger.Open && r.Status == scanner.Open && r.OpenedAt.Equal(c.OpenedAt)
			if u := w.view.User(r.Resource.ID); promised && stands && u != nil && string(w.settings.cureFor(r.Rule)) != c.Cure {
				w.steps = append(w.steps, w.disarmed(&c, r, u))
				break
			}
		}
	}
}

func (w *work) disarmed(c *ledger.Case, r *ledger.Record, u *account.User) ledger.Step {
	a := Action{Record: *r, Case: *c, Intent: intentFor(Cure(c.Cure), r, u, &w.settings)}
	if cure := cureOf(Cure(c.Cure)); cure != nil {
		if all, _ := cure.intents(r, u, w.view, &w.settings); len(all) > 0 {
			a.Intent = all[0]
		}
	}
	a.Intent.Mode = c.Mode
	a.ID = actionID(w.Account.ID, r, &a.Intent)
	return w.step(&a, ledger.StepSpared, "the cure is not armed any more, so nothing comes of the day that was told")
}

// say tells a step, and counts it.
func (w *work) say(s ledger.Step) {
	w.steps = append(w.steps, s)
	w.counts.add(&s)
}
