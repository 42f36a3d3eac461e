package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"iamvigil/internal/plain"
	"iamvigil/ledger"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

type listCommand struct {
	ledgerFlags
	Since  string `help:"Only what was begun since: a date, or a length of time such as 30d." placeholder:"WHEN"`
	Format string `help:"text or json." enum:"text,json" default:"text"`
}

// Run lists the journal, an action at a time. It does not look at the account.
func (c *listCommand) Run(ctx context.Context, t terminal) error {
	var since time.Time
	var err error
	if c.Since != "" {
		if since, err = past("--since", c.Since, t.now()); err != nil {
			return err
		}
	}
	s, err := open(ctx)
	if err != nil {
		return err
	}
	table, err := c.table(ctx, &s)
	if err != nil {
		return err
	}
	store := s.ledgerOf(table, t.now)
	known, err := store.Load(ctx, s.account.ID, ledger.Query{})
	if err != nil {
		return err
	}
	s.account.Name = known.Name
	course, err := store.Course(ctx, s.account.ID)
	if err != nil {
		return err
	}
	j := journal{Version: scanner.Version, Account: s.account, Time: t.now().UTC(), Actions: journalled(course.Journal, since)}
	if c.Format == "json" {
		err = writeJSON(t.out, j)
	} else {
		err = j.writeText(t)
	}
	if err != nil {
		return fmt.Errorf("write the journal: %w", err)
	}
	return nil
}

// journal is what was done, as programs get it: the newest first.
type journal struct {
	Version int              `json:"version"`
	Account account.Identity `json:"account"`
	Time    time.Time        `json:"time"`
	Actions []done           `json:"actions"`
}

// done is one action and all that was written of it.
type done struct {
	ID string `json:"id"`
	// State is by the journal, nobody has looked at the account for it: the last
	// outcome, undone where that was of a reversal, open where an intent has none
	// yet; but done where that stands and what was tried later changed nothing.
	State   string         `json:"state"`
	Last    ledger.Intent  `json:"intent"`
	Entries []ledger.Entry `json:"entries"`
}

// Words for states that are no outcome.
const (
	undone  = "undone"
	pending = "open"
)

func journalled(entries []ledger.Entry, since time.Time) []done {
	actions := []done{}
	for run := range runs(entries, func(e ledger.Entry) string { return e.Action }) {
		if a := actionOf(run); !a.begun().Before(since) {
			actions = append(actions, a)
		}
	}
	slices.SortStableFunc(actions, func(a, b done) int { return cmp.Or(b.begun().Compare(a.begun()), cmp.Compare(a.ID, b.ID)) })
	return actions
}

func actionOf(entries []ledger.Entry) done {
	a := done{ID: entries[0].Action, Entries: entries, State: pending}
	stands := false
	for _, e := range entries {
		switch {
		case e.Intent != nil:
			a.Last, a.State = *e.Intent, pending
		case e.Outcome == ledger.Done && a.Last.Undo:
			a.State, stands = undone, false
		case stands && (e.Outcome == ledger.Stopped || e.Outcome == ledger.Failed):
			a.State = ledger.Done
		default:
			a.State = e.Outcome
			stands = stands || e.Outcome == ledger.Done
		}
	}
	return a
}

func (a *done) begun() time.Time { return a.Entries[0].At }

// first is what the action was about to do at first, before any undoing.
func (a *done) first() *ledger.Intent {
	if first := a.Entries[0].Intent; first != nil {
		return first
	}
	return &a.Last
}

func (j *journal) writeText(t terminal) error {
	w := &page{w: t.out, colour: t.colour}
	w.line("%s", w.bold(plain.Text(fmt.Sprintf("account %s: the journal at %s, %s, the newest first", accountName(j.Account), minute(j.Time), plural(len(j.Actions), "action")))))
	for i := range j.Actions {
		w.done(&j.Actions[i])
	}
	return w.err
}

func (p *page) done(a *done) {
	in := &a.Last
	p.line("")
	p.block(a.ID+"  ", "    ", plain.Text(fmt.Sprintf("%s: user %q: %s (%s)", a.State, in.Resource.Name, deed(a.first().Call, in.Target), in.Cure)))
	why := in.Why
	if in.Rule != "" {
		why += " [" + in.Rule + "]"
	}
	p.block("    because: ", "      ", plain.Text(why))
	for i := range a.Entries {
		p.entry(&a.Entries[i])
	}
	if a.State == ledger.Done {
		p.line("    undo: iamvigil remediate undo %s", plain.Text(a.ID))
	}
}

// entry is a line of the journal.
func (p *page) entry(e *ledger.Entry) {
	what := e.Outcome
	if e.Intent != nil {
		what = "intent: " + e.Intent.Call.Command()
		if e.Intent.Undo {
			what = "intent to undo: " + e.Intent.Call.Command()
		}
	}
	if e.Reason != "" {
		what += ": " + e.Reason
	}
	if e.RequestID != "" {
		what += " (request " + e.RequestID + ")"
	}
	p.faint("    "+minute(e.At)+"  ", "      ", plain.Text(account.NameOf(e.By)+": "+what))
}
