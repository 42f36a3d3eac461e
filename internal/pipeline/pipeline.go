// Package pipeline is the order of operations, once, for the nightly audit and
// for events alike: collect, evaluate, diff, notify, save. It has no rule of
// its own, and knows its parts by what it asks of them.
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

// Runner carries looks at one account from evidence to message.
type Runner struct {
	// Account is whose events are taken; those of others are refused. A zero one
	// takes none.
	Account account.Identity
	Collect interface {
		Whole(context.Context) (*account.Snapshot, error)
		Only(context.Context, []account.Ref) (*account.Snapshot, account.Scope, error)
		KeyNamer
	}
	Ledger interface {
		Load(ctx context.Context, accountID string, q ledger.Query) (ledger.Known, error)
		Save(ctx context.Context, accountID string, c ledger.Changes) error
	}
	Notify interface {
		Publish(context.Context, *ledger.Changes) error
	}
	Rules  []scanner.Rule
	Events []scanner.EventRule
	// OwnRoles are the ARNs of the roles this program runs as.
	OwnRoles []string
	// Reserve is kept of the time until the context's deadline for all that
	// comes after collecting.
	Reserve time.Duration
	Now     func() time.Time
}

// Work is what a run is about: the whole account, or EventBridge events.
type Work struct {
	Whole  bool
	Bodies []string
}

// Counts say what came of a run.
type Counts struct {
	Findings int `json:"findings"`
	New      int `json:"new"`
	Resolved int `json:"resolved"`
	// Gaps counts what this look asked and could not see, not what no look does.
	Gaps   int `json:"gaps"`
	Alerts int `json:"alerts"`
	// Unknown counts events of names nobody knows; Refused, events of other
	// accounts and bodies that are no events.
	Unknown int `json:"unknown"`
	Refused int `json:"refused"`
}

// Run looks at the account, tells people what is new and what is mended, and
// remembers it. It tells before it remembers: an error means that nothing was
// lost, and that a repeated run may say once more what was already said.
func (r *Runner) Run(ctx context.Context, work Work) (Counts, error) {
	in := r.read(work)
	look, err := r.look(ctx, in)
	if err != nil {
		return Counts{}, err
	}
	report := r.evaluate(ctx, look)
	gaps := len(report.Gaps)
	report.Alerts = scanner.Alerts(in.events, r.Events, r.OwnRoles)
	if in.kind == ledger.Digest {
		report.Gaps = append(report.Gaps, scanner.Unseen(r.Events)...)
	}
	changes := ledger.Diff(look.known, report, in.kind)
	changes.Events = in.events
	changes.Note(in.unknown)
	if err := r.Notify.Publish(ctx, &changes); err != nil {
		return Counts{}, fmt.Errorf("tell what changed: %w", err)
	}
	if err := r.Ledger.Save(ctx, look.snapshot.Account.ID, changes); err != nil {
		return Counts{}, fmt.Errorf("remember what was told: %w", err)
	}
	return Counts{
		Findings: len(report.Findings), New: len(changes.New), Resolved: len(changes.Resolved), Gaps: gaps,
		Alerts: len(changes.Alerts), Unknown: len(in.unknown), Refused: in.refused,
	}, nil
}

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
	in.unnamed = in.unnamed || ev.Unnamed
	if !ev.Known {
		in.unknown = append(in.unknown, ev)
	}
}

// look is the evidence and what was known before.
type look struct {
	snapshot *account.Snapshot
	scope    account.Scope
	known    ledger.Known
}

func (r *Runner) look(ctx context.Context, in input) (look, error) {
	l, err := r.collect(ctx, in)
	if err != nil {
		return look{}, fmt.Errorf("look at the account: %w", err)
	}
	query := ledger.Query{Whole: l.scope.Whole, Refs: l.scope.Refs, EventIDs: in.ids}
	l.known, err = r.Ledger.Load(ctx, l.snapshot.Account.ID, query)
	if err != nil {
		return look{}, fmt.Errorf("recall what is known: %w", err)
	}
	return l, nil
}

// collect looks at the whole account, at what events named, or, where one did
// not name what it touched, at everything but credentials that no event named.
func (r *Runner) collect(ctx context.Context, in input) (look, error) {
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

func (r *Runner) reserved(ctx context.Context) (context.Context, context.CancelFunc) {
	if deadline, ok := ctx.Deadline(); ok {
		return context.WithDeadline(ctx, deadline.Add(-r.Reserve))
	}
	return context.WithCancel(ctx)
}

func (r *Runner) evaluate(ctx context.Context, l look) scanner.Report {
	l.snapshot.RememberKeys(l.known.Keys())
	ctx, cancel := r.reserved(ctx)
	defer cancel()
	return Evaluate(ctx, r.Collect, l.snapshot, l.scope, r.Rules, r.Now())
}

// KeyNamer gives the access keys of users the ids that the credential report
// does not tell.
type KeyNamer interface {
	NameKeys(ctx context.Context, s *account.Snapshot, userIDs []string)
}

// Evaluate asks the rules; and once more where findings are about keys whose
// ids are not known, after having them named.
func Evaluate(ctx context.Context, namer KeyNamer, s *account.Snapshot, scope account.Scope, rules []scanner.Rule, now time.Time) scanner.Report {
	report := scanner.Evaluate(s, scope, rules, now)
	if nameless := report.NamelessKeys(); len(nameless) > 0 {
		namer.NameKeys(ctx, s, nameless)
		report = scanner.Evaluate(s, scope, rules, now)
	}
	return report
}
