package remediate

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"iamvigil/ledger"
	"iamvigil/scanner"
)

// step is what is told of an action.
func (w *work) step(a *Action, what, reason string) ledger.Step {
	s := ledger.Step{
		Action: a.ID, Cure: a.Intent.Cure, What: what, By: w.By, Would: Mode(a.Intent.Mode) == DryRun,
		Record: a.Record, Target: a.Intent.Target, LastUsed: lastUsed(&a.Record), Reason: reason,
		Call: a.Intent.Call, Reversal: a.Intent.Reversal, Ask: w.settings.Ask,
	}
	if cure := cureOf(Cure(a.Intent.Cure)); cure != nil {
		s.Effect = cure.effect(&a.Intent)
	}
	switch what {
	case ledger.StepWarning, ledger.StepFinal, ledger.StepPostponed:
		s.Deadline = a.Deadline
	}
	return s
}

// stepOf is what is told of an intent in the journal, which somebody wrote there.
func (w *work) stepOf(i *ledger.Intent, action, by, what, reason string) ledger.Step {
	a := Action{ID: action, Intent: *i, Record: ledger.Record{Finding: scanner.Finding{Resource: i.Resource, Message: i.Why}}}
	if i.Finding == "" {
		a.Record.Finding = demand(i.Resource, i.Why)
	}
	for n := range w.book.Records {
		if r := &w.book.Records[n]; i.Finding != "" && r.ID == i.Finding {
			a.Record = *r
		}
	}
	s := w.step(&a, what, reason)
	s.By = by
	return s
}

// lastUsed is when the finding says that its credential was last used.
func lastUsed(r *ledger.Record) string {
	return cmp.Or(r.Evidence["last_used"], r.Evidence["password_last_used"])
}

// finish tells, and then remembers what was told.
func (w *work) finish(ctx context.Context) error {
	w.concludeCases()
	told := w.telling(w.steps)
	told.Notices = w.news()
	if !told.Quiet() {
		if err := w.Notify.Publish(ctx, []*ledger.Telling{told}); err != nil {
			return failed("tell what was done", err)
		}
	}
	w.round.EndedAt = w.Now().UTC()
	if !w.round.EndedAt.After(w.round.StartedAt) {
		w.round.EndedAt = w.round.StartedAt.Add(time.Millisecond)
	}
	if !w.byHand || w.round.Said == nil {
		w.round.Said = map[string]string{}
	}
	for _, n := range w.notices {
		w.round.Said[n.Kind] = n.Text
	}
	advance := w.advance()
	advance.Round = &w.round
	if err := w.Ledger.Advance(ctx, w.Account.ID, advance); err != nil {
		return fmt.Errorf("remember what was told: %w", err)
	}
	return nil
}

// telling is of the account, by the name that people know it by.
func (w *work) telling(steps []ledger.Step) *ledger.Telling {
	id := w.Account
	id.Name = cmp.Or(w.name, id.Name)
	return &ledger.Telling{Kind: ledger.Remediation, Account: id, Time: w.now, Steps: steps}
}
