// Package pipeline is the order of operations, once, for the nightly audit and
// for events alike: collect, evaluate, diff, name who did it, tell, remember. It
// has no rule of its own, and knows its parts by what it asks of them.
package pipeline

import (
	"context"
	"fmt"
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
		// Journal is what remediation has done since a time. It is asked for only
		// where RemediationRole has written to IAM.
		Journal(ctx context.Context, accountID string, since time.Time) ([]ledger.Entry, error)
		// Streaks are asked for, and saved, only where an event counts in one.
		Streaks(ctx context.Context, accountID string, keys []string) ([]ledger.StreakRecord, error)
		Count(ctx context.Context, accountID string, streaks []ledger.StreakRecord) error
	}
	// History is asked who did what an audit finds changed; its answers are as
	// many as the questions.
	History interface {
		Who(context.Context, []trail.Question) []trail.Origin
	}
	Notify interface {
		Publish(context.Context, []*ledger.Telling) error
	}
	Rules  []scanner.Rule
	Events []scanner.EventRule
	// FurtherEvents: the stack was asked for what few event rules want.
	FurtherEvents bool
	Terms         scanner.Terms
	// OwnRoles are the ARNs of the roles this program runs as.
	OwnRoles []string
	// RemediationRole is the ARN of the one role of this program that writes to
	// IAM, what it has journalled; empty: none does.
	RemediationRole string
	// Reserve is kept of the time until the context's deadline for telling and
	// remembering.
	Reserve time.Duration
	Now     func() time.Time
}

// Work is what a run is about: the whole account, or EventBridge events. With
// neither, it only closes the bursts that are over.
type Work struct {
	Whole  bool
	Bodies []string
}

// Run looks at the account, tells people what is new and what is mended, and
// remembers it. It tells before it remembers: an error means that nothing was
// lost, and that a repeated run may say once more what was already said.
func (r *Runner) Run(ctx context.Context, work Work) (Counts, error) {
	in := r.read(work)
	look, err := r.look(ctx, &in)
	if err != nil {
		return Counts{}, err
	}
	report := r.evaluate(ctx, &in, look)
	changes := ledger.Diff(look.known, report, in.kind)
	changes.Events, changes.Journalled = in.events, look.journalled
	changes.Heard = in.heard(look.known.Heard, r.Now())
	changes.Note(in.unknown)
	r.attribute(ctx, &changes, ledger.Calls{Causes: report.Causes, Cures: report.Cures})
	known, unheard := look.known, look.unheard(in.kind)
	if unheard {
		known = known.Postponed(changes.Time)
	}
	changes.HeardAgain = known.Unheard && !unheard
	if err := r.Notify.Publish(ctx, ledger.Tellings(known, &changes)); err != nil {
		return Counts{}, fmt.Errorf("tell what changed: %w", err)
	}
	counts := count(&in, &report, &changes)
	if unheard {
		counts.Unheard, changes = true, ledger.Untold(look.known, &changes)
	}
	if err := r.Ledger.Save(ctx, look.snapshot.Account.ID, changes); err != nil {
		return Counts{}, fmt.Errorf("remember what was told: %w", err)
	}
	if err := r.count(ctx, &in, look.streaks, report.Time); err != nil {
		return Counts{}, fmt.Errorf("remember what was counted: %w", err)
	}
	return counts, nil
}

// attribute names who did it: by the events at hand, and in an audit by what
// CloudTrail remembers.
func (r *Runner) attribute(ctx context.Context, c *ledger.Changes, calls ledger.Calls) {
	c.Attribute(c.Events, calls)
	if c.Kind != ledger.Digest || r.History == nil {
		return
	}
	asked := c.Questions(calls)
	questions := make([]trail.Question, len(asked))
	for i := range asked {
		questions[i] = asked[i].Question
	}
	ctx, cancel := r.reserved(ctx)
	defer cancel()
	origins := make(map[string]trail.Origin, len(asked))
	for i, origin := range r.History.Who(ctx, questions) {
		origins[asked[i].ID] = origin
	}
	c.Answer(origins)
}

func (r *Runner) reserved(ctx context.Context) (context.Context, context.CancelFunc) {
	if deadline, ok := ctx.Deadline(); ok {
		return context.WithDeadline(ctx, deadline.Add(-r.Reserve))
	}
	return context.WithCancel(ctx)
}
