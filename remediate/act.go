package remediate

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"iamvigil/internal/pause"
	"iamvigil/ledger"
)

// mostDelay is how old an intent may be when its call is made. It is less than
// cutOff with what a call and its reading back take, so that no run takes for cut
// off what another is about to do.
const mostDelay = 5 * time.Minute

// carryOut does what the plan says, in its order, as long as it is in time.
func (w *work) carryOut(ctx, inTime context.Context, plan []Action) error {
	for i := range plan {
		a := &plan[i]
		if s := w.stories[a.ID]; len(s) > 0 && s.open() {
			w.tallyOf(a).left++ // another run is at it
			continue
		}
		if a.Do != Act {
			w.progress(a)
			continue
		}
		w.watchTime(inTime)
		if err := w.attempt(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

// attempt does one thing that is due, unless it was done, is another run's, or may
// not be.
func (w *work) attempt(ctx context.Context, a *Action) error {
	t := w.tallyOf(a)
	switch {
	case t.over:
		return nil
	case w.doneBefore(a):
		t.done++ // and told, by the run that did it or at the beginning of this one
		return nil
	case w.caseOf(a).Failures >= mostFailures:
		t.left++
		w.refuse(a, leftToPerson)
		return nil
	case w.takenLately(a) || !w.founded(a):
		t.left++
		return nil
	}
	settings, err := w.allowed(ctx)
	if err != nil {
		return err
	}
	if w.halted() {
		t.left++
		w.counts.Held++
		return nil
	}
	reason, err := w.overtaken(ctx, a)
	if err != nil {
		return err
	}
	if reason == "" {
		if reason, err = w.excused(ctx, a, settings); err != nil {
			w.fail(a, ledger.StepFailed, "", "whether it is exempt could not be read, so nothing was done: "+short(err))
			return nil
		}
	}
	if reason != "" {
		w.spare(a, live{spared: reason})
		return nil
	}
	return w.act(ctx, a, settings)
}

// act journals the intent, looks once more, calls, reads back and journals the
// outcome.
func (w *work) act(ctx context.Context, a *Action, s *Settings) error {
	i := a.Intent
	if err := proper(&i, s.Denies); err != nil {
		w.fail(a, ledger.StepFailed, "", short(err))
		return nil
	}
	err := w.journal(ctx, a.ID, ledger.Entry{Intent: &i})
	if errors.Is(err, ledger.ErrRaced) {
		w.tallyOf(a).left++ // another run does it
		return nil
	}
	if err != nil {
		return failed("journal what is about to be done by action "+a.ID, err)
	}
	end, now := w.perform(ctx, a, s)
	lasts, cancel := lasting(ctx)
	defer cancel()
	if err := w.journalEnd(lasts, a.ID, end); err != nil {
		return failed("journal what became of action "+a.ID, err)
	}
	switch end.Outcome {
	case ledger.Done, ledger.Would:
		w.succeed(ctx, a, now.lastUsed, end.Reason)
	case ledger.Stopped:
		w.spare(a, now)
	case ledger.Failed:
		w.fail(a, ledger.StepFailed, now.lastUsed, end.Reason)
	default:
		w.fail(a, ledger.StepUncertain, now.lastUsed, end.Reason)
	}
	return nil
}

// perform looks and calls.
func (w *work) perform(ctx context.Context, a *Action, s *Settings) (ledger.Entry, live) {
	i := &a.Intent
	begun := w.stories[a.ID].last().At
	now, err := cureOf(Cure(i.Cure)).look(ctx, w.IAM, i, &a.Record, s, w.Now().UTC())
	if err == nil && now.spared == "" && !now.changed {
		now.spared, err = w.guards.unbacked(ctx, w.IAM, i)
	}
	if err == nil && now.changed && now.spared == "" {
		now.spared = "it is so already"
	}
	switch {
	case err != nil:
		return ledger.Entry{Outcome: ledger.Failed, Reason: "what justifies it could not be read, so nothing was done: " + short(err)}, now
	case now.spared != "":
		return ledger.Entry{Outcome: ledger.Stopped, Reason: now.spared}, now
	case w.settings.Mode != Enforce:
		return ledger.Entry{Outcome: ledger.Would}, now
	}
	return w.callAndReadBack(ctx, i, begun), now
}

// callAndReadBack carries out an intent that was journalled at a time. Only what
// was read is believed: a call that failed may have been carried out.
func (r *Runner) callAndReadBack(ctx context.Context, i *ledger.Intent, journalled time.Time) ledger.Entry {
	if r.Now().UTC().Sub(journalled) > mostDelay {
		return ledger.Entry{Outcome: ledger.Failed, Reason: "more than five minutes went by before the call, so nothing was done: what was read may hold no more"}
	}
	id, refused := call(ctx, r.IAM, i)
	is, unread := r.readBack(ctx, i)
	end := ledger.Entry{RequestID: id}
	switch {
	case unread == nil && is == resultOf(i.Call):
		end.Outcome = ledger.Done
		if refused != nil {
			end.Reason = "the call failed, and it was found done: " + short(refused)
		}
	case unread != nil:
		end.Outcome, end.Reason = ledger.Uncertain, "whether it was done cannot be read: "+short(unread)
		if refused != nil {
			end.Reason = "the call failed (" + short(refused) + "), and " + end.Reason
		}
	case refused != nil:
		end.Outcome, end.Reason = ledger.Failed, "nothing was changed: "+explained(refused)
	default:
		end.Outcome, end.Reason = ledger.Uncertain, "AWS accepted the call, and the target is still found "+is
	}
	return end
}

// readBack looks until the call is seen to have been carried out, some seconds at
// the most: IAM shows a change a little later.
func (r *Runner) readBack(ctx context.Context, i *ledger.Intent) (is string, err error) {
	for _, wait := range []time.Duration{0, 2 * time.Second, 5 * time.Second} {
		if wait > 0 {
			if stopped := r.pause(ctx, wait); stopped != nil {
				break
			}
		}
		if is, err = condition(ctx, r.IAM, i); err == nil && is == resultOf(i.Call) {
			break
		}
	}
	return is, err
}

func (r *Runner) pause(ctx context.Context, d time.Duration) error {
	if r.Pause == nil {
		return pause.For(ctx, d)
	}
	return r.Pause(ctx, d)
}

// explained says what to do about a refusal, where AWS's words do not.
func explained(err error) string {
	var quota *types.LimitExceededException
	if errors.As(err, &quota) {
		return short(err) + ". The user has as many policies attached as its quota allows: detach one, or move some to a group"
	}
	return short(err)
}
