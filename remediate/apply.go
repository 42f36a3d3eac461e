package remediate

import (
	"context"
	"errors"

	"iamvigil/ledger"
)

// Apply carries out the acts among actions that a person has counted, and tells
// them. All guards are asked once more, but for the bound of a day, of each act
// after all before it, and each is checked as in [Runner.Run]. The steps are what
// came of them, and what former runs did not live to tell. The error says what
// kept all of it from being done.
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
	inTime, cancel := reserved(ctx)
	defer cancel()
	if err := w.see(inTime); err != nil {
		return err
	}
	if err := w.settle(ctx); err != nil {
		return err
	}
	w.tellUntold(ctx)
	w.byHand = true
	w.readSwitch(ctx)
	if err := w.carryOut(ctx, inTime, w.still(all)); err != nil {
		return err
	}
	return w.finish(ctx)
}

// still are the acts that may be carried out as things are now. What may not is
// answered to who asked for it, and told to nobody else.
func (w *work) still(all []Action) []Action {
	o := w.outlook()
	w.keepSettings()
	now := map[caseKey]*Action{}
	for i := range o.actions {
		now[keyOf(&o.actions[i].Case)] = &o.actions[i]
	}
	w.guards = newGuards(w.view, &w.settings, deedsOf(w.book.Course.Journal), w.now)
	var acts []Action
	for i := range all {
		a := all[i]
		if a.Do != Act {
			continue
		}
		if why := w.unfit(&a, now[keyOf(&a.Case)], &o); why != "" {
			w.answers = append(w.answers, w.step(&a, ledger.StepRefused, why))
			continue
		}
		acts = append(acts, a)
	}
	return acts
}

// keepSettings has the round know the schedule's settings: a person's may be of
// another configuration, and would hold the next night as a new one.
func (w *work) keepSettings() {
	if w.round.Settings != w.before.Settings && w.now.Sub(w.before.EndedAt) <= silence {
		w.round.Settings, w.round.SettingsSince = w.before.Settings, w.before.SettingsSince
	}
}

// unfit says why an act may not be carried out now, after those before it.
func (w *work) unfit(a, now *Action, o *outlook) string {
	why := o.blind
	switch {
	case why != "":
	case a.Intent.Finding == "":
		why = w.guarded(a)
	default:
		why = undue(a, now, o.held)
	}
	if why != "" {
		return why
	}
	return w.guards.accept(w.view.User(a.Intent.Resource.ID), []ledger.Intent{a.Intent})
}

// undue says why a planned act is none any more; else it gives it the case of now.
func undue(a, now *Action, held string) string {
	switch {
	case now == nil:
		return "its finding does not stand any more, or its cure is not armed"
	case held != "":
		return held
	case now.Do == Refuse, now.Do == Postpone && now.Reason == moreTime:
		return now.Reason
	case now.Do != Act && now.Do != Postpone:
		return "it is not due any more"
	}
	a.Case, a.Record = now.Case, now.Record
	return ""
}

// guarded says why a user is kept from what a person asked for.
func (w *work) guarded(a *Action) string {
	u := w.view.User(a.Intent.Resource.ID)
	switch {
	case u == nil:
		return "the user is gone"
	case !w.settings.Cures[Cure(a.Intent.Cure)]:
		return notArmed
	}
	return w.guards.protected(u, &a.Record)
}
