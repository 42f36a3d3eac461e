package ledger

import (
	"time"

	"iamvigil/scanner/trail"
)

// How far a call may be from its intent: clocks differ, and what is tried again
// takes its time.
const (
	callBefore = 5 * time.Minute
	callAfter  = 20 * time.Minute
)

// JournalSince is from when on the journal can hold the intent of a call made at
// that time.
func JournalSince(call time.Time) time.Time { return call.Add(-callAfter) }

// Journalled reports whether the journal holds an intent of that role to make the
// very call of the event. Where its outcome knows what request it was, another
// one is none of its; but one that failed changed nothing, and may have been tried
// before. The journal is in the order of actions and numbers.
func Journalled(journal []Entry, by string, e *trail.Event) bool {
	if by == "" || e.Actor.Issuer != by {
		return false
	}
	for i := range journal {
		if intent := &journal[i]; intent.Intent != nil && intent.By == by && intent.Intent.Mode != ModeDryRun && intent.near(e.Time) &&
			intent.carriedOut(outcome(journal, i), e) {
			return true
		}
	}
	return false
}

// outcome is that of the intent at i; its zero value: there is none yet.
func outcome(journal []Entry, i int) Entry {
	if i+1 < len(journal) {
		if next := journal[i+1]; next.Action == journal[i].Action && next.Number == journal[i].Number+1 && next.Intent == nil {
			return next
		}
	}
	return Entry{}
}

func (e *Entry) near(call time.Time) bool {
	return !call.Before(e.At.Add(-callBefore)) && !call.After(e.At.Add(callAfter))
}

// carriedOut reports whether the event is the intent's call. CloudTrail leaves out
// the parameters of a call that was not authorized, so that such a one is known by
// its request alone.
func (e *Entry) carriedOut(outcome Entry, ev *trail.Event) bool {
	call, known := &e.Intent.Call, outcome.RequestID != ""
	same := known && outcome.RequestID == ev.RequestID
	switch {
	case ev.Called(call.Operation, call.Parameters):
		return !known || same || ev.Failed
	case ev.Failed && len(ev.Details) == 0:
		return same && ev.Name == call.Operation
	}
	return false
}
