package remediate

import (
	"context"
	"errors"
	"maps"
	"slices"

	"iamvigil/ledger"
)

// story is what the journal has of one action, in order: never empty.
type story []ledger.Entry

func stories(journal []ledger.Entry) map[string]story {
	all := map[string]story{}
	for _, e := range journal {
		all[e.Action] = append(all[e.Action], e)
	}
	return all
}

func (s story) last() *ledger.Entry { return &s[len(s)-1] }

// intent is the newest.
func (s story) intent() *ledger.Intent {
	for i := len(s) - 1; i >= 0; i-- {
		if s[i].Intent != nil {
			return s[i].Intent
		}
	}
	return &ledger.Intent{}
}

// open: nobody has written what became of the newest intent.
func (s story) open() bool {
	return s.last().Outcome == "" || s.last().Outcome == ledger.Uncertain
}

// stands gives the intent that was carried out, or would have been in a dry run,
// and not been undone since, with its outcome. Nil: there is none.
func (s story) stands() (*ledger.Intent, *ledger.Entry) {
	var intent, standing *ledger.Intent
	var outcome *ledger.Entry
	for i := range s {
		switch e := &s[i]; {
		case e.Intent != nil:
			intent = e.Intent
		case intent == nil || e.Outcome != ledger.Done && e.Outcome != ledger.Would:
		case intent.Undo:
			standing, outcome = nil, nil
		default:
			standing, outcome = intent, e
		}
	}
	return standing, outcome
}

// journal writes the next entry of an action. The error is [ledger.ErrRaced]
// where somebody else has.
func (w *work) journal(ctx context.Context, action string, e ledger.Entry) error {
	e.Action, e.Number, e.At, e.By = action, 1, w.Now().UTC(), w.By
	if s := w.stories[action]; len(s) > 0 {
		e.Number = s.last().Number + 1
	}
	if err := w.Ledger.Append(ctx, w.Account.ID, e); err != nil {
		return err
	}
	w.stories[action] = append(w.stories[action], e)
	return nil
}

// settle finds out what became of acts whose run did not live to write it, or
// could not read it. A young one may be another run's, which is let be.
func (w *work) settle(ctx context.Context) error {
	for _, id := range slices.Sorted(maps.Keys(w.stories)) {
		s := w.stories[id]
		if !s.open() || w.now.Sub(s.last().At) < atWork {
			continue
		}
		e := w.found(ctx, s.intent())
		if e.Outcome == s.last().Outcome {
			continue // that was said
		}
		switch err := w.journal(ctx, id, e); {
		case errors.Is(err, ledger.ErrRaced): // somebody else has settled it
		case err != nil:
			return failed("journal what became of action "+id, err)
		default:
			w.settled[id] = true
		}
	}
	w.book.Course.Journal = nil
	for _, id := range slices.Sorted(maps.Keys(w.stories)) {
		w.book.Course.Journal = append(w.book.Course.Journal, w.stories[id]...)
	}
	return nil
}

// found is the outcome of an intent as a look shows it.
func (w *work) found(ctx context.Context, i *ledger.Intent) ledger.Entry {
	if Mode(i.Mode) == DryRun {
		return ledger.Entry{Outcome: ledger.Stopped, Reason: "the dry run ended before its end"}
	}
	is, err := condition(ctx, w.IAM, i)
	switch {
	case err != nil:
		return ledger.Entry{Outcome: ledger.Uncertain, Reason: "whether it was done cannot be read: " + short(err)}
	case is == made(i.Call):
		return ledger.Entry{Outcome: ledger.Done, Reason: "a later run found it done; the one that began it did not live to say so"}
	}
	return ledger.Entry{Outcome: ledger.Stopped, Reason: "nothing was changed: a later run found it " + is}
}

// tellUntold tells what former runs did and did not live to tell: all that was
// journalled after the last run that came to its end.
func (w *work) tellUntold(ctx context.Context) {
	for _, id := range slices.Sorted(maps.Keys(w.stories)) {
		s := w.stories[id]
		intent, end := s.intent(), s.last()
		if !end.At.After(w.before.EndedAt) {
			continue
		}
		settled := w.settled[id]
		switch {
		case end.Outcome == ledger.Done && intent.Undo:
			if concerned := w.concerned(intent); settled || len(concerned) > 0 {
				w.say(w.stepOf(intent, id, ledger.StepUndone, end.Reason))
				w.forget(concerned)
			}
		case end.Outcome == ledger.Done || end.Outcome == ledger.Would:
			step := w.stepOf(intent, id, ledger.StepDone, end.Reason)
			step.Advice = w.advice(ctx, intent)
			w.say(step)
			w.conclude(intent)
		case end.Outcome == ledger.Uncertain && settled:
			w.say(w.stepOf(intent, id, ledger.StepUncertain, end.Reason))
		case end.Outcome == ledger.Stopped && settled && (intent.Finding == "" || intent.Undo):
			w.say(w.stepOf(intent, id, ledger.StepFailed, end.Reason))
		}
	}
}

// conclude ends the case of an act that was its only one. Those of a quarantine
// are several: its case ends when a run finds them all done.
func (w *work) conclude(i *ledger.Intent) {
	for n := range w.book.Course.Cases {
		c := &w.book.Course.Cases[n]
		if c.Finding == i.Finding && c.Cure == i.Cure && c.Mode == i.Mode && Cure(c.Cure) != Quarantine {
			c.Stage = ledger.Acted
			w.keep(*c)
		}
	}
}
