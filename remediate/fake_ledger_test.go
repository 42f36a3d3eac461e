package remediate_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"iamvigil/ledger"
)

// fakeLedger is one that saves nothing that was raced, as the table does.
type fakeLedger struct {
	*script
	mu      sync.Mutex
	records []ledger.Record
	cases   map[[2]string]ledger.Case
	round   ledger.Round
	journal []ledger.Entry
}

func (f *fakeLedger) Load(_ context.Context, _ string, q ledger.Query) (ledger.Known, error) {
	name := "load one user's findings"
	if q.Whole {
		name = "load the findings"
	}
	var known ledger.Known
	return known, f.play(name, func() error {
		f.mu.Lock()
		defer f.mu.Unlock()
		known = ledger.Known{Whole: true, Records: slices.Clone(f.records)}
		return nil
	})
}

func (f *fakeLedger) Course(context.Context, string) (ledger.Course, error) {
	c := ledger.Course{}
	err := f.play("load cases and journal", func() error {
		f.mu.Lock()
		defer f.mu.Unlock()
		c = f.course()
		return nil
	})
	return c, err
}

func (f *fakeLedger) course() ledger.Course {
	c := ledger.Course{Round: f.round, Journal: slices.Clone(f.journal)}
	for _, its := range f.cases {
		c.Cases = append(c.Cases, its)
	}
	slices.SortFunc(c.Cases, func(a, b ledger.Case) int { return strings.Compare(a.Finding+a.Cure, b.Finding+b.Cure) })
	slices.SortStableFunc(c.Journal, func(a, b ledger.Entry) int { return strings.Compare(a.Action, b.Action) })
	return c
}

func (f *fakeLedger) Advance(_ context.Context, _ string, a ledger.Advance) error {
	name := "save cases and round"
	if a.Round != nil && !a.Round.EndedAt.After(a.Round.StartedAt) && len(a.Puts)+len(a.Deletes) == 0 {
		name = "take the lease"
	}
	return f.play(name, func() error {
		f.mu.Lock()
		defer f.mu.Unlock()
		raced := false
		fits := func(c ledger.Case) bool {
			raced = raced || f.cases[[2]string{c.Finding, c.Cure}].Revision != c.Revision
			return f.cases[[2]string{c.Finding, c.Cure}].Revision == c.Revision
		}
		for _, c := range a.Puts {
			if fits(c) {
				c.Revision++
				f.cases[[2]string{c.Finding, c.Cure}] = c
			}
		}
		for _, c := range a.Deletes {
			if fits(c) {
				delete(f.cases, [2]string{c.Finding, c.Cure})
			}
		}
		if a.Round != nil && a.Round.Revision == f.round.Revision {
			f.round = *a.Round
			f.round.Revision++
		} else if a.Round != nil {
			raced = true
		}
		if raced {
			return fmt.Errorf("save: %w", ledger.ErrRaced)
		}
		return nil
	})
}

func (f *fakeLedger) Append(_ context.Context, _ string, e ledger.Entry) error {
	name := "journal the outcome"
	if e.Intent != nil {
		name = "journal the intent"
	}
	return f.play(name, func() error {
		f.mu.Lock()
		defer f.mu.Unlock()
		for _, has := range f.journal {
			if has.Action == e.Action && has.Number == e.Number {
				return fmt.Errorf("entry %d of %s: %w", e.Number, e.Action, ledger.ErrRaced)
			}
		}
		f.journal = append(f.journal, e)
		return nil
	})
}

// fakePublisher remembers what was told.
type fakePublisher struct {
	*script
	mu   sync.Mutex
	told []*ledger.Telling
}

func (f *fakePublisher) Publish(_ context.Context, all []*ledger.Telling) error {
	return f.play("tell", func() error {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.told = append(f.told, all...)
		return nil
	})
}

// fakeSwitch lets through while it is on.
type fakeSwitch struct {
	*script
	mu sync.Mutex
	on bool
}

func (f *fakeSwitch) On(context.Context) (on bool, err error) {
	err = f.play("read the switch", func() error {
		f.mu.Lock()
		defer f.mu.Unlock()
		on = f.on
		return nil
	})
	return on, err
}

// clock goes on by a second each time that it is read.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(time.Second)
	return c.now
}

func (c *clock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}
