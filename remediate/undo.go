package remediate

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"iamvigil/ledger"
	"iamvigil/scanner/account"
)

// Undo restores what the action changed, tells it, and lets its finding begin
// anew. It asks neither mode nor kill switch: it only gives back. The error says
// why nothing was restored, and what to look at.
func (r *Runner) Undo(ctx context.Context, actionID string) (ledger.Step, error) {
	step, err := r.undo(ctx, actionID)
	if err != nil {
		return ledger.Step{}, fmt.Errorf("undo action %s: %w", actionID, err)
	}
	return step, nil
}

func (r *Runner) undo(ctx context.Context, id string) (ledger.Step, error) {
	w, err := r.known(ctx)
	if err != nil {
		return ledger.Step{}, err
	}
	i, err := w.undoing(id)
	if err != nil {
		return ledger.Step{}, err
	}
	if err := w.unmoved(ctx, i); err != nil {
		return ledger.Step{}, err
	}
	err = w.journal(ctx, id, ledger.Entry{Intent: i})
	if errors.Is(err, ledger.ErrRaced) {
		return ledger.Step{}, errors.New("somebody else is at it: see what became of it in `iamvigil remediate list`")
	}
	if err != nil {
		return ledger.Step{}, failed("journal what is about to be undone", err)
	}
	end := w.callAndReadBack(ctx, i, w.stories[id].last().At)
	lasts, cancel := lasting(ctx)
	defer cancel()
	if err := w.journalEnd(lasts, id, end); err != nil {
		return ledger.Step{}, failed("journal what became of it", err)
	}
	return w.undone(lasts, id, i, &end)
}

// undone tells what became of an undoing, and deletes the cases that it concerns.
func (w *work) undone(ctx context.Context, id string, i *ledger.Intent, end *ledger.Entry) (ledger.Step, error) {
	what := map[string]string{ledger.Done: ledger.StepUndone, ledger.Failed: ledger.StepFailed}[end.Outcome]
	if what == "" {
		what = ledger.StepUncertain
	}
	reason := end.Reason
	if what == ledger.StepUndone && i.Finding != "" && reason == "" {
		reason = beginsAnew
	}
	step := w.stepOf(i, id, w.By, what, reason)
	if what == ledger.StepFailed {
		return step, nil // who asked for it sees it, and nothing has changed
	}
	if err := w.Notify.Publish(ctx, []*ledger.Telling{w.telling([]ledger.Step{step})}); err != nil {
		return step, fmt.Errorf("it is %s, but telling it failed: %w", what, err)
	}
	if what == ledger.StepUndone {
		w.forget(w.concerned(i))
		if err := w.Ledger.Advance(ctx, w.Account.ID, w.advance()); err != nil {
			return step, fmt.Errorf("it is undone, but letting its finding begin anew failed: %w", err)
		}
	}
	return step, nil
}

// beginsAnew is what follows for the finding of what is undone.
const beginsAnew = "its finding begins anew with a warning: exempt it before, if it is to stay"

// known reads what is known, without the lease: what is undone must not wait, and
// the journal keeps two from doing it.
func (r *Runner) known(ctx context.Context) (*work, error) {
	now := r.Now().UTC()
	settings, err := r.Settings(now)
	if err != nil {
		return nil, failed("read the settings", err)
	}
	course, err := r.Ledger.Course(ctx, r.Account.ID)
	if err != nil {
		return nil, failed("load cases and journal", err)
	}
	known, err := r.Ledger.Load(ctx, r.Account.ID, ledger.Query{Whole: true})
	if err != nil {
		return nil, failed("load the findings", err)
	}
	w := r.at(now, settings, course)
	w.book.Records, w.name = known.Records, known.Name
	return w, nil
}

// undoing is the intent that undoes an action, if the journal lets it.
func (w *work) undoing(id string) (*ledger.Intent, error) {
	s, known := w.stories[id]
	if !known {
		return nil, errors.New("the journal has no such action: see the ids in `iamvigil remediate list`")
	}
	was, done := s.stands()
	switch last := s.last(); {
	case s.open():
		return nil, fmt.Errorf("what became of it is not known yet: a run finds out %s after it was begun at %s; until then %s",
			"a quarter of an hour", moment(last.At), howToLook(s.intent()))
	case was == nil && s.intent().Undo:
		return nil, fmt.Errorf("it was undone already at %s", moment(last.At))
	case was == nil:
		return nil, fmt.Errorf("there is nothing to undo, as it was not done: it has %s (%s)", last.Outcome, last.Reason)
	case done.Outcome == ledger.Would:
		return nil, errors.New("there is nothing to undo: it was a dry run, which changes nothing")
	case done.Reason == foundSo:
		return nil, fmt.Errorf("that it did it is not known: %s. If it is to be given back: %s", foundSo, was.Reversal.Command())
	}
	if err := w.later(id, was, done); err != nil {
		return nil, err
	}
	i := *was
	i.Undo, i.Call, i.Reversal, i.AsOf = true, was.Reversal, was.Call, w.now
	if err := proper(&i, w.settings.Denies); err != nil {
		return nil, fmt.Errorf("its reversal is none: %w", err)
	}
	return &i, nil
}

// later finds another action that has changed the same user's same target since,
// or may have, or that a person asked for and that found it so.
func (w *work) later(id string, was *ledger.Intent, done *ledger.Entry) error {
	for _, other := range slices.Sorted(maps.Keys(w.stories)) {
		s := w.stories[other]
		i, last := s.intent(), s.last()
		switch {
		case other == id || !alike(i, was) || !last.At.After(done.At):
		case last.Outcome == ledger.Done || s.open():
			return fmt.Errorf("action %s changed the same later: undo that first, or %s", other, howToLook(was))
		case last.Outcome == ledger.Stopped && i.Finding == "" && !i.Undo && Mode(i.Mode) == Enforce:
			return fmt.Errorf("a person asked for the same later, by action %s, which found it so already. If neither is wanted any more: %s", other, was.Reversal.Command())
		}
	}
	return nil
}

// unmoved refuses where the target is not as the action left it.
func (w *work) unmoved(ctx context.Context, i *ledger.Intent) error {
	_, _, none, err := readUser(ctx, w.IAM, i.Resource)
	switch {
	case err != nil:
		return err
	case none != "":
		return fmt.Errorf("%s: it was user %q with the id %s", none, i.Resource.Name, i.Resource.ID)
	}
	is, err := condition(ctx, w.IAM, i)
	switch {
	case err != nil:
		return err
	case is == isGone:
		return fmt.Errorf("%s is gone: somebody deleted it since", i.Target)
	case is == isDetached:
		return fmt.Errorf("%s is not attached any more: somebody detached it since; %s", i.Target, howToLook(i))
	case is != resultOf(i.Reversal):
		return fmt.Errorf("%s is %s already, and the action had left it %s: somebody changed it since; %s", i.Target, is, resultOf(i.Reversal), howToLook(i))
	}
	return nil
}

// howToLook is how to look at an intent's target.
func howToLook(i *ledger.Intent) string {
	list := ledger.Call{Operation: "ListAttachedUserPolicies", Parameters: map[string]string{"UserName": i.Resource.Name}}
	if i.Call.Operation == updateKey {
		list.Operation = "ListAccessKeys"
	}
	return "look with: " + list.Command()
}

// concerned are the cases that begin anew where the intent is undone: of the same
// user, and of the same key or of the user as a whole.
func (w *work) concerned(i *ledger.Intent) []ledger.Case {
	about := map[string]bool{i.Finding: true}
	for n := range w.book.Records {
		r := &w.book.Records[n]
		if r.Resource.Kind == account.KindUser && r.Resource.ID == i.Resource.ID && (r.Part == "" || r.Part == i.Target) {
			about[r.ID] = true
		}
	}
	var all []ledger.Case
	for _, c := range w.book.Course.Cases {
		if about[c.Finding] {
			all = append(all, c)
		}
	}
	return all
}
