package remediate_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"iamvigil/ledger"
	"iamvigil/remediate"
	"iamvigil/scanner/account"
)

func TestBusy(t *testing.T) {
	w := newWorld()
	p := begin(t, w)
	p.ledger.round.StartedAt = night.Add(-5 * time.Minute)
	_, err := p.runner.Run(t.Context())
	if !errors.Is(err, remediate.ErrBusy) {
		t.Errorf("%v, want that another run is at work", err)
	}
	p.want("calls", p.script.calls, []string{"load cases and journal"})
	p.clock.set(night.Add(2 * time.Minute))
	if _, err := p.runner.Run(t.Context()); err != nil {
		t.Error("a killed run holds the lease for longer than a minute more than Lambda lets it live:", err)
	}
}

// Of two runs at once one acts, whether the lease keeps the other out or the
// journal does.
func TestTwoRunsAtOnceActOnce(t *testing.T) {
	for _, leased := range []bool{true, false} {
		t.Run(fmt.Sprintf("leased %v", leased), func(t *testing.T) {
			w := newWorld()
			for i := range 60 {
				w.keyUser(fmt.Sprintf("busy%d", i))
			}
			for i := range 3 {
				w.keyUser(fmt.Sprintf("old%d", i), "key-unused")
			}
			p := begin(t, w)
			p.until(6)
			p.clock.set(night.Add(7 * day))
			if !leased {
				// Both load before either saves: as if the table did not see to it.
				p.runner.Ledger = &leaseless{fakeLedger: p.ledger}
			}
			var runs sync.WaitGroup
			for range 2 {
				runs.Go(func() {
					if _, err := p.runner.Run(t.Context()); err != nil && !errors.Is(err, remediate.ErrBusy) && !errors.Is(err, ledger.ErrRaced) {
						t.Error(err)
					}
				})
			}
			runs.Wait()
			slices.Sort(p.iam.writes)
			p.want("writes", len(slices.Compact(slices.Clone(p.iam.writes))), 3)
			p.want("writes, each once", len(p.iam.writes), 3)
			outcomes := map[string]int{}
			for _, e := range p.entries() {
				outcomes[e]++
			}
			p.want("journal", outcomes, map[string]int{"intent": 3, "done": 3})
		})
	}
}

// leaseless lets everybody have the lease.
type leaseless struct {
	*fakeLedger
}

func (l *leaseless) Advance(ctx context.Context, id string, a ledger.Advance) error {
	a.Round = nil
	return l.fakeLedger.Advance(ctx, id, a)
}

// A clock that was wrong has a run begin in a year; it keeps nobody out.
func TestLeaseOfAWrongClock(t *testing.T) {
	w := newWorld()
	w.keyUser("ann", "key-unused")
	p := begin(t, w)
	p.ledger.round.StartedAt = night.Add(365 * day)
	p.want("counts", p.night(0), remediate.Counts{Open: 1, Warned: 1})
	p.until(7)
	p.want("key", p.status("ann"), account.Inactive)
}

// A run that took longer than its lease lets it be: another one may be at work.
// People are told, and warned.
func TestRunThatOutlivesItsLease(t *testing.T) {
	w := newWorld()
	w.keyUser("ann", "key-unused")
	p := begin(t, w)
	p.until(6)
	bob := w.keyUser("bob", "key-unused")
	p.ledger.records = w.book.Records
	p.iam.truth = w.account
	p.after("look at the account", func() { p.clock.set(night.Add(7*day + 5*time.Minute)) })
	p.want("counts", p.night(7), remediate.Counts{Open: 2, Held: 1, Warned: 1})
	p.want("notices", p.notices(), []string{ledger.NoticeTime})
	p.want("warned", p.steps()[len(p.steps())-1], "warning bob AKIA"+bob.ID[4:])
	p.script.befall = nil
	p.want("next", p.night(8).Done, 1)
}

// Lambda ends the function: what is left of its time is for telling. Nobody is
// told another day.
func TestRunWithoutTime(t *testing.T) {
	w := newWorld()
	w.keyUser("ann", "key-unused")
	w.keyUser("bob", "key-unused")
	p := begin(t, w)
	p.until(6)
	p.clock.set(night.Add(7 * day))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Second)
	defer cancel()
	counts, err := p.runner.Run(ctx)
	if err != nil {
		t.Fatal(err)
	}
	p.want("counts", counts, remediate.Counts{Open: 2, Held: 2})
	p.want("notices", p.notices(), []string{ledger.NoticeTime})
	p.want("next", p.night(8).Done, 1)
}

// The time is watched before each act. The clock of the bubble moves when all wait.
func TestRunThatRunsOutOfTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := twoDue(t)
		p.after("UpdateAccessKey", func() { time.Sleep(90 * time.Second) })
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		counts, err := p.runner.Run(ctx)
		if err != nil {
			t.Fatal(err)
		}
		p.want("counts", counts, remediate.Counts{Open: 2, Held: 1, Done: 1})
		p.want("notices", p.notices(), []string{ledger.NoticeTime})
	})
}

// twoDue is a world on the night on which two keys are due, of which a day has
// room for both.
func twoDue(t *testing.T) *play {
	w := newWorld()
	for i := range 40 {
		w.keyUser(fmt.Sprintf("busy%d", i))
	}
	w.keyUser("ann", "key-unused")
	w.keyUser("bob", "key-unused")
	p := begin(t, w)
	p.until(6)
	p.clock.set(night.Add(7 * day))
	return p
}

// What a person applies renews the lease before each act, however long it takes.
func TestApplyRenewsItsLease(t *testing.T) {
	p := suspected(t)
	all, err := p.runner.Quarantine(t.Context(), "ann", "leaked")
	if err != nil {
		t.Fatal(err)
	}
	p.script.befall = func(_ int, name string, after bool) error {
		if name == "tell" || isWrite(name) && after {
			if _, err := p.runner.Run(t.Context()); !errors.Is(err, remediate.ErrBusy) {
				t.Errorf("%s: another run began: %v", name, err)
			}
		}
		if isWrite(name) && after {
			p.clock.set(p.clock.now.Add(4 * time.Minute))
		}
		return nil
	}
	if _, err := p.runner.Apply(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	p.want("writes", len(p.iam.writes), 3)
}

// A machine that slept may have been overtaken by other runs.
func TestApplyThatSlept(t *testing.T) {
	p := suspected(t)
	all, err := p.runner.Quarantine(t.Context(), "ann", "leaked")
	if err != nil {
		t.Fatal(err)
	}
	p.after("AttachUserPolicy", func() { p.clock.set(night.Add(8 * time.Hour)) })
	_, err = p.runner.Apply(t.Context(), all)
	if err == nil || !strings.Contains(err.Error(), "2 of the actions were not done: the time") {
		t.Errorf("%v, want that the time was up", err)
	}
	p.want("writes", len(p.iam.writes), 1)
}
