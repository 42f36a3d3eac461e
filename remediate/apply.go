package remediate

import (
	"context"
	"errors"
	"fmt"

	"iamvigil/ledger"
	"iamvigil/scanner/access"
)

// Apply carries out the acts among actions that a person has counted, and tells
// them. All guards are asked once more, but for the bound of a day, and each act
// is checked as in [Runner.Run]. The steps are what came of them, and what former
// runs did not live to tell. The error says what kept all of it from being done.
func (r *Runner) Apply(ctx context.Context, all []Action) ([]ledger.Step, error) {
	w, err := r.begin(ctx)
	if err != nil {
		return nil, err
	}
	if w == nil {
		return nil, errors.New("carry out what is due: remediation is off, see the stack's parameter RemediationMode")
	}
	err = w.apply(ctx, all)
	return append(w.steps, w.answers...), errors.Join(err, w.release(ctx, err), w.heldBack())
}

func (w *work) apply(ctx context.Context, all []Action) error {
	if err := w.see(ctx); err != nil {
		return err
	}
	if err := w.settle(ctx); err != nil {
		return err
	}
	w.tellUntold(ctx)
	w.byHand = true
	w.readSwitch(ctx)
	if err := w.carryOut(ctx, w.still(all)); err != nil {
		return err
	}
	return w.finish(ctx)
}

// heldBack says what was not done, to who counted it.
func (w *work) heldBack() error {
	switch {
	case w.counts.Held == 0:
		return nil
	case len(w.notices) > 0:
		return fmt.Errorf("%d of the actions were not done: %s", w.counts.Held, w.notices[0].Text)
	}
	return fmt.Errorf("%d of the actions were not done: the settings are others now, or the time was up; plan once more", w.counts.Held)
}

// still are the acts that may be carried out as things are now. What may not is
// answered to who asked for it, and told to nobody else.
func (w *work) still(all []Action) []Action {
	o := lay(w.book, w.view, w.settings, w.now)
	now := map[caseKey]*Action{}
	for i := range o.actions {
		now[keyOf(&o.actions[i].Case)] = &o.actions[i]
	}
	var acts []Action
	for i := range all {
		a := all[i]
		if a.Do != Act {
			continue
		}
		why := o.blind
		switch {
		case why != "":
		case a.Intent.Finding == "":
			why = w.guarded(&a)
		default:
			why = standing(&a, now[keyOf(&a.Case)], o.held)
		}
		if why != "" {
			w.answers = append(w.answers, w.step(&a, ledger.StepRefused, why))
			continue
		}
		acts = append(acts, a)
	}
	return acts
}

// standing says why a planned act is none any more; else it gives it the case of
// now.
func standing(a, now *Action, held string) string {
	switch {
	case now == nil:
		return "its finding does not stand any more, or its cure is not armed"
	case held != "":
		return held
	case now.Do == Refuse:
		return now.Reason
	case now.Do != Act && now.Do != Postpone:
		return "it is not due any more"
	}
	a.Case, a.Record = now.Case, now.Record
	return ""
}

// guarded says why a guard keeps from a user what a person asked for.
func (w *work) guarded(a *Action) string {
	u := w.view.User(a.Intent.Resource.ID)
	if u == nil {
		return "the user is gone"
	}
	g := newGuards(w.view, &w.settings, deedsOf(w.book.Course.Journal), w.now)
	if why := g.protected(u, &a.Record); why != "" {
		return why
	}
	return g.lastAdministrator(u, []ledger.Intent{a.Intent}, g.gone)
}

// Quarantine plans to end all that a user can do, given by name, ARN or unique
// id: the policy that denies everything, and each active key's deactivation. The
// error says what to do instead where it is no user, or one whom a guard keeps.
func (r *Runner) Quarantine(ctx context.Context, who, reason string) ([]Action, error) {
	w, err := r.known(ctx)
	if err != nil {
		return nil, err
	}
	v, err := r.look(ctx, nil, &w.settings)
	if err != nil {
		return nil, err
	}
	if blind := unseen(v.Snapshot()); blind != "" {
		return nil, fmt.Errorf("quarantine %q: %s", who, blind)
	}
	u, err := suspect(v, who, w.now)
	switch {
	case err != nil:
		return nil, err
	case u.ARN == r.By:
		return nil, fmt.Errorf("quarantine user %q: it is who asks for it, and could not undo it", u.Name)
	}
	if err := r.nameKeys(ctx, u); err != nil {
		return nil, fmt.Errorf("quarantine user %q: %w", u.Name, err)
	}
	all, err := byHand(&w.book, u, access.New(v.Snapshot()), &w.settings, reason, w.now)
	if err != nil {
		return nil, err
	}
	for i := range all {
		a := &all[i]
		// Their ids are of the user, as there is no finding that they could be of.
		of := ledger.Record{OpenedAt: a.Record.OpenedAt}
		of.ID = "user " + u.ID
		a.ID = actionID(w.Account.ID, &of, &a.Intent)
		_, a.Record.Owner = judged(&w.settings, w.Account, &a.Record, u, w.now)
	}
	return all, nil
}
