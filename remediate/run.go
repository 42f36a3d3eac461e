package remediate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"iamvigil/ledger"
	"iamvigil/scanner/access"
	"iamvigil/scanner/account"
)

// Run does what is due today and tells it: warnings, acts, and what former runs
// did not live to tell. With an error, what was done stands in the journal, and
// the next run tells it; what was told may be told once more.
func (r *Runner) Run(ctx context.Context) (Counts, error) {
	w, err := r.begin(ctx)
	if err != nil || w == nil {
		return Counts{}, err
	}
	err = w.run(ctx)
	return w.counts, errors.Join(err, w.release(ctx, err))
}

// run is a day's work.
func (w *work) run(ctx context.Context) error {
	inTime, cancel := reserved(ctx)
	defer cancel()
	if err := w.see(inTime); err != nil {
		return err
	}
	if err := w.settle(ctx); err != nil {
		return err
	}
	w.tellUntold(ctx)
	w.disagree()
	w.readSwitch(ctx)
	w.watchTime(inTime)
	if err := w.carryOut(ctx, inTime, w.plan()); err != nil {
		return err
	}
	return w.finish(ctx)
}

// work is a run at its work.
type work struct {
	*Runner
	now      time.Time // when it began, or later: when it had settled the journal
	settings Settings
	name     string // the account's, as the last audit saw it
	book     Book
	view     *access.View
	stories  map[string]story // by action
	settled  map[string]bool  // actions that this run settled

	// before is the round as the last run that came to its end left it, round as
	// this one saves it.
	before, round ledger.Round
	// stored are cases as the ledger has them, cases as they are to be, and dropped
	// those that are to be deleted.
	stored, cases map[caseKey]ledger.Case
	dropped       map[caseKey]bool
	tallies       map[caseKey]*tally

	steps   []ledger.Step
	notices []ledger.Notice
	counts  Counts
	// answers are steps for the person who applies a plan alone.
	answers []ledger.Step
	// causes say why nothing more may be done in this run; none: it may.
	causes []string
	// guards are those of the plan, with all its acts accepted.
	guards *guards
	// byHand: a person applies what was planned, and other notices still hold.
	byHand bool
}

// begin takes the lease. Nil: remediation is off.
func (r *Runner) begin(ctx context.Context) (*work, error) {
	now := r.Now().UTC()
	settings, err := r.Settings(now)
	if err != nil {
		return nil, failed("read the settings", err)
	}
	if settings.Mode != DryRun && settings.Mode != Enforce {
		return nil, nil
	}
	course, err := r.Ledger.Course(ctx, r.Account.ID)
	if err != nil {
		return nil, failed("load cases and journal", err)
	}
	w := r.at(now, settings, course)
	return w, w.takeLease(ctx)
}

// at is a run that knows what the course tells.
func (r *Runner) at(now time.Time, s Settings, course ledger.Course) *work {
	w := &work{
		Runner: r, now: now, settings: s, before: course.Round, round: course.Round,
		book:    Book{Account: r.Account, Course: course},
		stories: stories(course.Journal), settled: map[string]bool{},
		stored: map[caseKey]ledger.Case{}, cases: map[caseKey]ledger.Case{}, dropped: map[caseKey]bool{},
		tallies: map[caseKey]*tally{},
	}
	for i := range course.Cases {
		w.stored[keyOf(&course.Cases[i])] = course.Cases[i]
	}
	return w
}

// see loads what was found in the account, and looks at it.
func (w *work) see(ctx context.Context) error {
	known, err := w.Ledger.Load(ctx, w.Account.ID, ledger.Query{Whole: true})
	if err != nil {
		return failed("load the findings", err)
	}
	w.book.Records, w.name = known.Records, known.Name
	w.view, err = w.look(ctx, known.Records, &w.settings)
	return err
}

// Planned is what a run would do now. It changes and tells nothing.
func (r *Runner) Planned(ctx context.Context) ([]Action, error) {
	w, err := r.known(ctx)
	if err != nil {
		return nil, err
	}
	if w.view, err = r.look(ctx, w.book.Records, &w.settings); err != nil {
		return nil, err
	}
	if blind := unseen(w.view.Snapshot()); blind != "" {
		return nil, errors.New("plan: " + blind)
	}
	w.forget(w.takenBack())
	return Plan(w.book, w.view, w.settings, w.now), nil
}

// look looks at the account. Users whom a quarantine may be about have the ids of
// all their keys, as far as they can be read.
func (r *Runner) look(ctx context.Context, records []ledger.Record, s *Settings) (*access.View, error) {
	seen, err := r.Look.Users(ctx)
	switch {
	case err != nil:
		return nil, failed("look at the account", err)
	case seen.Account.ID != r.Account.ID:
		return nil, fmt.Errorf("look at account %s: the credentials are those of account %q", r.Account.ID, seen.Account.ID)
	}
	about := map[string]bool{}
	for i := range records {
		if rec := &records[i]; rec.State == ledger.Open && s.cureFor(rec.Rule) == Quarantine {
			about[rec.Resource.ID] = true
		}
	}
	for i := range seen.Users {
		if u := &seen.Users[i]; about[u.ID] && nameless(u) {
			if err := r.nameKeys(ctx, u); err != nil {
				continue // its quarantine is left to a person: see quarantined
			}
		}
	}
	return access.New(seen), nil
}

func nameless(u *account.User) bool {
	return slices.ContainsFunc(u.Keys, func(k account.AccessKey) bool { return k.ID == "" })
}

// nameKeys gives the user its keys as they are listed now, with what was known of
// when they were used. One whose keys cannot be listed is as it was.
func (r *Runner) nameKeys(ctx context.Context, u *account.User) error {
	listed, err := readKeys(ctx, r.IAM, u.Name)
	if err != nil {
		return err
	}
	for i := range listed {
		for _, was := range u.Keys {
			if k := &listed[i]; was.Created.Truncate(time.Second).Equal(k.Created.Truncate(time.Second)) {
				k.LastUsed, k.LastUsedRegion, k.LastUsedService = was.LastUsed, was.LastUsedRegion, was.LastUsedService
			}
		}
	}
	u.Keys = listed
	return nil
}

func failed(doing string, err error) error { return fmt.Errorf("%s: %w", doing, err) }

func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
