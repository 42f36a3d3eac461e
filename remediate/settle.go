package remediate

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"iamvigil/ledger"
)

const (
	// cutOff is how old an intent without an outcome is whose run is at work no
	// more.
	cutOff = 15 * time.Minute
	// retold is how far back acts are told of as untold where nothing is known of
	// former runs, as in a table that was restored.
	retold = 3 * day
)

// What a later run finds, which nobody did or saw done.
const (
	foundSo     = "a later run found it so; whether this action did it or somebody else is not known, as the one that began it did not live to say"
	acceptedBut = "AWS accepted the call, and a later run found it "
	mayBeBack   = ": somebody may have taken it back, so it is left to a person"
)

// settle finds out what became of acts whose run did not live to write it, or
// could not read it. A young one may be another run's, which is let be.
func (w *work) settle(ctx context.Context) error {
	for _, id := range slices.Sorted(maps.Keys(w.stories)) {
		s := w.stories[id]
		if !s.open() || w.now.Sub(s.last().At).Abs() < cutOff {
			continue
		}
		e := w.found(ctx, s)
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
	if len(w.settled) > 0 {
		w.now = w.Now().UTC() // a case that begins anew for what was undone begins after that
	}
	w.book.Course.Journal = nil
	for _, id := range slices.Sorted(maps.Keys(w.stories)) {
		w.book.Course.Journal = append(w.book.Course.Journal, w.stories[id]...)
	}
	return nil
}

// found is the outcome of a story's intent as a look shows it.
func (w *work) found(ctx context.Context, s story) ledger.Entry {
	i, accepted := s.intent(), s.last().Outcome == ledger.Uncertain && s.last().RequestID != ""
	if Mode(i.Mode) == DryRun {
		return ledger.Entry{Outcome: ledger.Stopped, Reason: "the dry run ended before its end"}
	}
	is, err := condition(ctx, w.IAM, i)
	switch {
	case err != nil:
		return ledger.Entry{Outcome: ledger.Uncertain, Reason: "whether it was done cannot be read: " + short(err)}
	case is == resultOf(i.Call) && accepted:
		return ledger.Entry{Outcome: ledger.Done, Reason: "a later run found it done"}
	case is == resultOf(i.Call):
		return ledger.Entry{Outcome: ledger.Done, Reason: foundSo}
	case accepted && is != isGone && !i.Undo:
		return ledger.Entry{Outcome: ledger.Done, Reason: acceptedBut + is + mayBeBack}
	case accepted:
		return ledger.Entry{Outcome: ledger.Stopped, Reason: acceptedBut + is}
	}
	return ledger.Entry{Outcome: ledger.Stopped, Reason: "nothing was changed: a later run found it " + is}
}

// wasTakenBack: AWS accepted the call, and it was not found so later.
func wasTakenBack(end *ledger.Entry) bool {
	return end.Outcome == ledger.Done && strings.HasPrefix(end.Reason, acceptedBut)
}

// tellUntold tells what former runs did and did not live to tell: all that was
// journalled after the last run that came to its end.
func (w *work) tellUntold(ctx context.Context) {
	since := w.before.EndedAt
	if since.IsZero() {
		since = w.now.Add(-retold)
	}
	for _, id := range slices.Sorted(maps.Keys(w.stories)) {
		if s := w.stories[id]; s.last().At.After(since) {
			w.tellEnd(ctx, id, s.intent(), s.last())
		}
	}
}

// tellEnd tells what became of an action, if nobody has.
func (w *work) tellEnd(ctx context.Context, id string, intent *ledger.Intent, end *ledger.Entry) {
	settled := w.settled[id]
	tell := func(what string) ledger.Step { return w.stepOf(intent, id, end.By, what, end.Reason) }
	switch {
	case end.Outcome == ledger.Done && intent.Undo:
		if concerned := w.concerned(intent); settled || len(concerned) > 0 {
			step := tell(ledger.StepUndone)
			if intent.Finding != "" {
				step.Reason = cmp.Or(step.Reason, beginsAnew)
			}
			w.say(step)
			w.forget(concerned)
		}
	case wasTakenBack(end):
		w.say(tell(ledger.StepRefused))
		w.conclude(intent, intent.Call.Operation == attach)
	case end.Outcome == ledger.Done || end.Outcome == ledger.Would:
		step := tell(ledger.StepDone)
		step.Advice = w.advice(ctx, intent)
		w.say(step)
		w.conclude(intent, false)
	case end.Outcome == ledger.Uncertain && settled:
		w.say(tell(ledger.StepUncertain))
	case end.Outcome == ledger.Stopped && settled && (intent.Finding == "" || intent.Undo):
		w.say(tell(ledger.StepFailed))
	}
}

// conclude ends the case of an act that was its only one, or of one without which
// the others are not. Those of a quarantine are several: its case ends when a run
// finds them all done.
func (w *work) conclude(i *ledger.Intent, wholly bool) {
	for n := range w.book.Course.Cases {
		c := &w.book.Course.Cases[n]
		if c.Finding == i.Finding && c.Cure == i.Cure && c.Mode == i.Mode && (wholly || Cure(c.Cure) != Quarantine) {
			c.Stage = ledger.Acted
			w.keep(*c)
		}
	}
}
