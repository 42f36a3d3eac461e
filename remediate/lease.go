package remediate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"iamvigil/ledger"
)

// ErrBusy is what a run ends with while another one is at work, or was killed
// within the last minutes.
var ErrBusy = errors.New("another run is at work")

const (
	// lease is for how long a run that has not ended is taken to be at work: Lambda
	// ends the function after five minutes, and whoever is at a terminal renews it.
	lease = 6 * time.Minute
	// margin of the lease is left for an act that was begun.
	margin = time.Minute
	// timeToTell of the time until the context ends is for telling and saving.
	timeToTell = time.Minute
)

// takeLease sees to it that no other run is at work.
func (w *work) takeLease(ctx context.Context) error {
	began := w.before.StartedAt
	// One that begins in the future was begun by a clock that was wrong.
	if !w.before.EndedAt.After(began) && w.now.Sub(began).Abs() < lease {
		return fmt.Errorf("%w since %s: try again after %s", ErrBusy, moment(began), moment(began.Add(lease)))
	}
	err := w.noteStart(ctx, w.now)
	switch {
	case errors.Is(err, ledger.ErrRaced):
		return fmt.Errorf("%w: it began at the same moment", ErrBusy)
	case err != nil:
		return failed("note that a run began", err)
	}
	return nil
}

// noteStart notes when the run began, unless another one has begun.
func (w *work) noteStart(ctx context.Context, at time.Time) error {
	r := w.round
	r.StartedAt = at
	if err := w.Ledger.Advance(ctx, w.Account.ID, ledger.Advance{Round: &r}); err != nil {
		return err
	}
	r.Revision++
	w.round = r
	return nil
}

// keepLease sees to it, before an act, that no other run can begin meanwhile. Who
// applies a plan has all the time there is, but not one that slept.
func (w *work) keepLease(ctx context.Context) error {
	now := w.Now().UTC()
	if now.Sub(w.round.StartedAt) > lease-margin {
		w.outOfTime()
		return nil
	}
	if !w.byHand {
		return nil
	}
	err := w.noteStart(ctx, now)
	switch {
	case errors.Is(err, ledger.ErrRaced):
		return fmt.Errorf("%w: it began meanwhile", ErrBusy)
	case err != nil:
		return failed("note that the run goes on", err)
	}
	return nil
}

// release lets the next run begin at once after one that failed.
func (w *work) release(ctx context.Context, err error) error {
	if err == nil || errors.Is(err, ErrBusy) {
		return nil
	}
	ctx, cancel := lasting(ctx)
	defer cancel()
	back := w.before
	back.Revision = w.round.Revision
	if err := w.Ledger.Advance(ctx, w.Account.ID, ledger.Advance{Round: &back}); err != nil {
		return failed("note that the run failed", err)
	}
	return nil
}

// reserved ends early enough to tell and to save.
func reserved(ctx context.Context) (context.Context, context.CancelFunc) {
	if deadline, ok := ctx.Deadline(); ok {
		return context.WithDeadline(ctx, deadline.Add(-timeToTell))
	}
	return context.WithCancel(ctx)
}

// lasting outlives the context, for what must be written of what was done.
func lasting(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
}
