package remediate

import (
	"context"
	"errors"

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
	n := 1
	if s := w.stories[action]; len(s) > 0 {
		n = s.last().Number + 1
	}
	return w.write(ctx, action, n, e)
}

// journalEnd writes what became of an intent, whatever another run has written of
// it meanwhile, as one that took it for cut off: who acted knows best.
func (w *work) journalEnd(ctx context.Context, action string, e ledger.Entry) error {
	n := w.stories[action].last().Number + 1
	for {
		err := w.write(ctx, action, n, e)
		if !errors.Is(err, ledger.ErrRaced) || ctx.Err() != nil {
			return err
		}
		n++
	}
}

func (w *work) write(ctx context.Context, action string, n int, e ledger.Entry) error {
	e.Action, e.Number, e.At, e.By = action, n, w.Now().UTC(), w.By
	if err := w.Ledger.Append(ctx, w.Account.ID, e); err != nil {
		return err
	}
	w.stories[action] = append(w.stories[action], e)
	return nil
}
