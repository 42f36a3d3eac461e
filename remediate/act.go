package remediate

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"iamvigil/internal/pause"
	"iamvigil/ledger"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

const (
	// mostFailures is how often a case is tried before it is left to a person.
	mostFailures = 3
	// justNow is how long after one finding's act its target needs no other: until
	// the next audit, and one that is missed.
	justNow = 2 * day
	// kept of the time until the context ends is what telling and saving take.
	kept = time.Minute
)

const leftToPerson = "it has failed three times and is left to a person now"

// tally is what became of a case's acts in this run.
type tally struct {
	done, failed int
	// left are those that another run is at, or that wait.
	left int
	// spared says why the last one was that is not so already.
	spared string
	// over: what justified the first act does not hold, and so for none of the others.
	over bool
}

// carryOut does what the plan says, in its order.
func (w *work) carryOut(ctx context.Context, plan []Action) error {
	enough, cancel := reserved(ctx)
	defer cancel()
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
		if enough.Err() != nil {
			w.held = true // for the next run: what was done is yet to be told
		}
		if err := w.due(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

func reserved(ctx context.Context) (context.Context, context.CancelFunc) {
	if deadline, ok := ctx.Deadline(); ok {
		return context.WithDeadline(ctx, deadline.Add(-kept))
	}
	return context.WithCancel(ctx)
}

// due does one thing that is, unless it was done, is another run's, or may not be.
func (w *work) due(ctx context.Context, a *Action) error {
	c, t := w.caseOf(a), w.tallyOf(a)
	switch _, done := w.stories[a.ID].stands(); {
	case done != nil && a.Intent.Finding != "" && !done.At.Before(c.Began):
		t.done++ // and told, by the run that did it or at the beginning of this one
		return nil
	case c.Failures >= mostFailures:
		t.left++
		w.refuse(a, leftToPerson)
		return nil
	case t.over || w.taken(a):
		t.left++
		return nil
	}
	settings, err := w.allowed(ctx)
	if err != nil {
		return err
	}
	if w.held {
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

// taken: another finding's act has taken the target, or would have, since the
// last audits.
func (w *work) taken(a *Action) bool {
	for id, s := range w.stories {
		i, done := s.stands()
		if a.Intent.Finding != "" && i != nil && id != a.ID && i.Resource.ID == a.Intent.Resource.ID && i.Target == a.Intent.Target &&
			i.Mode == a.Intent.Mode && w.now.Sub(done.At) < justNow {
			return true
		}
	}
	return false
}

// allowed reads settings and switch anew, and holds the run where either does not
// let it act any more.
func (w *work) allowed(ctx context.Context) (*Settings, error) {
	settings, err := w.Settings(w.Now().UTC())
	if err != nil {
		return nil, failed("read the settings", err)
	}
	if settings.Mode != w.settings.Mode || settings.Digest != w.settings.Digest {
		w.held = true // the next run plans with the new ones
	}
	if !w.held {
		w.readSwitch(ctx)
	}
	return &settings, nil
}

// overtaken says why the ledger has the act not be done any more.
func (w *work) overtaken(ctx context.Context, a *Action) (string, error) {
	if a.Intent.Finding == "" {
		return "", nil
	}
	known, err := w.Ledger.Load(ctx, w.Account.ID, ledger.Query{Refs: []account.Ref{a.Intent.Resource}})
	if err != nil {
		return "", failed("load the finding once more", err)
	}
	return settledMeanwhile(known.Records, &a.Record), nil
}

// excused says why the user as it is now is not to be touched: protected, or
// exempt by its tags.
func (w *work) excused(ctx context.Context, a *Action, s *Settings) (string, error) {
	user, _, none, err := readUser(ctx, w.IAM, a.Intent.Resource)
	switch {
	case err != nil || none != "":
		return none, err
	case s.protects(w.Account.ID, user.Ref()) != "":
		return "the user is protected now", nil
	case a.Intent.Finding == "":
		return "", nil
	}
	if x, _ := judged(s, w.Account, &a.Record, &user, w.Now()); x != nil {
		return "it is exempt now: " + x.Reason, nil
	}
	return "", nil
}

// settledMeanwhile says what has become of the finding, if it does not stand as
// it did.
func settledMeanwhile(now []ledger.Record, r *ledger.Record) string {
	for i := range now {
		n := &now[i]
		switch {
		case n.ID != r.ID:
			continue
		case n.State != ledger.Open || !n.OpenedAt.Equal(r.OpenedAt):
			return "the finding was resolved meanwhile"
		case n.Status == scanner.Exempt:
			return "the finding is exempt or acknowledged now"
		case n.Status != scanner.Open:
			return "the finding is " + string(n.Status) + " now"
		}
		return ""
	}
	return "the finding is not in the ledger any more"
}

// judged tells by what a finding is exempt now, if it is, and whose it is.
func judged(s *Settings, id account.Identity, r *ledger.Record, u *account.User, now time.Time) (*scanner.Exemption, string) {
	look := account.Snapshot{Account: id, Users: []account.User{*u}}
	report := scanner.Report{Account: id, Time: now, Findings: []scanner.Finding{r.Finding}}
	s.Terms.Apply(&look, &report)
	return report.Findings[0].Exempt, report.Findings[0].Owner
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
	if err := w.journal(lasts, a.ID, end); err != nil {
		return failed("journal what became of action "+a.ID, err)
	}
	switch end.Outcome {
	case ledger.Done, ledger.Would:
		w.finishAct(ctx, a, now.lastUsed, end.Reason)
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
	now, err := cureOf(Cure(i.Cure)).look(ctx, w.IAM, i, &a.Record, s, w.Now().UTC())
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
	return w.make(ctx, i), now
}

// make calls and reads back. Only what was read is believed: a call that failed
// may have been carried out.
func (r *Runner) make(ctx context.Context, i *ledger.Intent) ledger.Entry {
	id, refused := call(ctx, r.IAM, i)
	is, unread := r.readBack(ctx, i)
	end := ledger.Entry{RequestID: id}
	switch {
	case unread == nil && is == made(i.Call):
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
		if is, err = condition(ctx, r.IAM, i); err == nil && is == made(i.Call) {
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
