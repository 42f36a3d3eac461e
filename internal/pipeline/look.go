package pipeline

import (
	"context"
	"fmt"
	"slices"
	"time"

	"iamvigil/ledger"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/trail"
)

// input is work that has been read.
type input struct {
	kind   string
	events []trail.Event
	// unnamed: an event touched something that it does not name.
	unnamed bool
	refs    []account.Ref
	ids     []string
	unknown []trail.Event
	refused int
	// gaps counts what the look could not see.
	gaps int
}

func (r *Runner) read(work Work) input {
	in := input{kind: ledger.Event}
	if work.Whole {
		in.kind = ledger.Digest
	}
	for _, body := range work.Bodies {
		ev, err := trail.Parse([]byte(body))
		if err != nil || ev.Account != r.Account.ID {
			in.refused++
			continue
		}
		in.add(ev)
	}
	return in
}

func (in *input) add(ev trail.Event) {
	if slices.Contains(in.ids, ev.ID) {
		return
	}
	in.events = append(in.events, ev)
	in.ids = append(in.ids, ev.ID)
	in.refs = append(in.refs, ev.Touched...)
	if user, ok := ev.SignedIn(); ok { // who is perhaps contained
		user.ARN = ""
		in.refs = append(in.refs, user)
	}
	in.unnamed = in.unnamed || ev.Unnamed
	if !ev.Known {
		in.unknown = append(in.unknown, ev)
	}
}

// heard is the newest of the events, or nil where a newer one was heard of. One
// from the future is of now, so that it is no newer than all that will come.
func (in *input) heard(before ledger.Heard, now time.Time) *ledger.Heard {
	newest := before
	for i := range in.events {
		ev := &in.events[i]
		at := ev.Time
		if at.After(now) {
			at = now
		}
		if at.After(newest.Time) {
			newest = ledger.Heard{ID: ev.ID, Event: ev.Name, Time: at, At: now}
		}
	}
	if newest == before {
		return nil
	}
	return &newest
}

// look is the evidence and what was known before.
type look struct {
	snapshot *account.Snapshot
	scope    account.Scope
	known    ledger.Known
	// journalled are the events that remediation's journal holds, by their ids.
	journalled map[string]bool
	// streaks are those that the events count in, as far as there were any before.
	streaks []ledger.StreakRecord
}

// unheard reports whether what is told now is told to nobody, and SNS keeps
// nothing: all topics that anybody subscribed to wait for the confirmation. A look
// at events, and one that cannot see the topics, goes by the last that did.
func (l *look) unheard(kind string) bool {
	if kind == ledger.Event || l.snapshot.Seen[account.Topics].Missing != "" {
		return l.known.Unheard
	}
	waiting := false
	for _, t := range l.snapshot.Stack.Topics {
		if t.Confirmed > 0 {
			return false
		}
		waiting = waiting || t.Pending > 0
	}
	return waiting
}

func (r *Runner) look(ctx context.Context, in *input) (look, error) {
	streaks, err := r.streaks(ctx, in)
	if err != nil {
		return look{}, fmt.Errorf("recall what was counted: %w", err)
	}
	in.refs = append(in.refs, r.counted(in, streaks)...)
	l, err := r.collect(ctx, in)
	if err != nil {
		return look{}, fmt.Errorf("look at the account: %w", err)
	}
	l.streaks = streaks
	query := ledger.Query{Whole: l.scope.Whole, Refs: l.scope.Refs, EventIDs: in.ids}
	l.known, err = r.Ledger.Load(ctx, l.snapshot.Account.ID, query)
	if err == nil && len(in.ids) == 0 && !query.Whole && !l.known.Unheard && ledger.DueBursts(l.known, r.Now()) {
		l.known, err = r.Ledger.Load(ctx, l.snapshot.Account.ID, ledger.Query{Whole: true})
	}
	if err != nil {
		return look{}, fmt.Errorf("recall what is known: %w", err)
	}
	if l.journalled, err = r.journalled(ctx, in); err != nil {
		return look{}, fmt.Errorf("recall what remediation has done: %w", err)
	}
	return l, nil
}

// journalled are the writes of remediation's role that its journal holds. Nobody
// reads the journal where there are none.
func (r *Runner) journalled(ctx context.Context, in *input) (map[string]bool, error) {
	var writes []*trail.Event
	var first time.Time
	for i := range in.events {
		ev := &in.events[i]
		if r.RemediationRole == "" || ev.Actor.Issuer != r.RemediationRole || ev.ReadOnly || ev.Time.IsZero() {
			continue
		}
		if writes = append(writes, ev); first.IsZero() || ev.Time.Before(first) {
			first = ev.Time
		}
	}
	if len(writes) == 0 {
		return nil, nil
	}
	journal, err := r.Ledger.Journal(ctx, r.Account.ID, ledger.JournalSince(first))
	held := map[string]bool{}
	for _, ev := range writes {
		held[ev.ID] = ledger.Journalled(journal, r.RemediationRole, ev)
	}
	return held, err
}

// collect looks at the whole account, at what events named, or, where one did
// not name what it touched, at everything but credentials that no event named.
func (r *Runner) collect(ctx context.Context, in *input) (look, error) {
	ctx, cancel := r.reserved(ctx)
	defer cancel()
	switch {
	case in.kind == ledger.Digest:
		s, err := r.Collect.Whole(ctx)
		return look{snapshot: s, scope: account.Scope{Whole: true}}, err
	case in.unnamed:
		s, scope, err := r.Collect.Only(ctx, append(in.refs, r.Account.Ref()))
		scope.Whole = true
		return look{snapshot: s, scope: scope}, err
	case len(in.refs) > 0:
		s, scope, err := r.Collect.Only(ctx, in.refs)
		return look{snapshot: s, scope: scope}, err
	}
	return look{snapshot: &account.Snapshot{Version: account.Version, Account: r.Account}}, nil
}

// evaluate asks all rules, and tells what of the answers is exempt and whose it
// is.
func (r *Runner) evaluate(ctx context.Context, in *input, l look) scanner.Report {
	l.snapshot.RememberKeys(l.known.Keys())
	ctx, cancel := r.reserved(ctx)
	defer cancel()
	report := Evaluate(ctx, r.Collect, l.snapshot, l.scope, r.Rules, r.Now())
	scene := r.scene(l.streaks, report.Time)
	scene.Journalled, scene.Snapshot = l.journalled, l.snapshot
	report.Alerts = scanner.Alerts(in.events, r.Events, scene)
	r.Terms.Apply(l.snapshot, &report)
	in.gaps = len(report.Gaps)
	if in.kind == ledger.Digest {
		report.Gaps = append(report.Gaps, scanner.Unseen(r.Events, r.FurtherEvents)...)
	}
	return report
}

// KeyNamer gives the access keys of users the ids that the credential report
// does not tell.
type KeyNamer interface {
	NameKeys(ctx context.Context, s *account.Snapshot, userIDs []string)
}

// Evaluate asks the rules; before that those about keys, and has the keys named
// that they find fault with and whose ids are not known.
func Evaluate(ctx context.Context, namer KeyNamer, s *account.Snapshot, scope account.Scope, rules []scanner.Rule, now time.Time) scanner.Report {
	aboutKeys := slices.DeleteFunc(slices.Clone(rules), func(r scanner.Rule) bool { return !slices.Contains(r.Reads, account.Keys) })
	before := scanner.Evaluate(s, scope, aboutKeys, now)
	if nameless := before.NamelessKeys(); len(nameless) > 0 {
		namer.NameKeys(ctx, s, nameless)
	}
	return scanner.Evaluate(s, scope, rules, now)
}
