package dynamo_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"iamvigil/ledger"
	"iamvigil/scanner"
)

// counter is what the pipeline asks of a ledger that counts.
type counter interface {
	Streaks(ctx context.Context, accountID string, keys []string) ([]ledger.StreakRecord, error)
	Count(ctx context.Context, accountID string, streaks []ledger.StreakRecord) error
}

func streak(whose string, acts ...string) scanner.Streak {
	s := scanner.Streak{Rule: "r", Whose: whose, Acts: map[string]time.Time{}}
	for _, act := range acts {
		s.Acts[act] = start
	}
	return s
}

// counted are the streaks of all that the tests count.
func (b *bench) counted() []ledger.StreakRecord {
	b.Helper()
	keys := ledger.StreakKeys([]scanner.Streak{streak("ann"), streak("bob"), streak(longName)})
	known, err := b.store.(counter).Streaks(b.Context(), identity.ID, append(keys, keys...))
	if err != nil {
		b.Fatal(err)
	}
	return known
}

// count saves streaks as changed since they were known.
func (b *bench) count(known []ledger.StreakRecord, changed ...scanner.Streak) error {
	return b.store.(counter).Count(b.Context(), identity.ID, ledger.Counted(known, changed, b.now))
}

func (b *bench) countsAre(want ...scanner.Streak) {
	b.Helper()
	byWhose := cmpopts.SortSlices(func(x, y scanner.Streak) bool { return x.Whose < y.Whose })
	once := map[string]scanner.Streak{}
	for _, s := range ledger.Streaks(b.counted()) {
		once[s.Whose] = s
	}
	var got []scanner.Streak
	for _, s := range once {
		got = append(got, s)
	}
	if diff := cmp.Diff(want, got, byWhose); diff != "" {
		b.Errorf("streaks (-want +got):\n%s", diff)
	}
}

var longName = "arn:aws:iam::123456789012:role/" + string(make([]byte, 2000))

// TestStreaks holds every store to what counting relies on.
func TestStreaks(t *testing.T) {
	told := scanner.Streak{Rule: "r", Whose: "ann", Told: start}
	for name, check := range map[string]func(*bench) error{
		"none yet": func(b *bench) error {
			b.countsAre()
			return b.count(nil)
		},
		"several": func(b *bench) error {
			err := b.count(nil, streak("ann", "x", "y"), streak("bob", "x"), streak(longName, "z"), streak("not asked for", "x"))
			b.countsAre(streak("ann", "x", "y"), streak("bob", "x"), streak(longName, "z"))
			return err
		},
		"one that has grown": func(b *bench) error {
			b.count(nil, streak("ann", "x"))
			err := b.count(b.counted(), streak("ann", "x", "y"))
			b.countsAre(streak("ann", "x", "y"))
			return err
		},
		"told since": func(b *bench) error {
			b.count(nil, streak("ann", "x"))
			err := b.count(b.counted(), told)
			b.countsAre(told)
			return err
		},
		"a day after its last save": func(b *bench) error {
			b.now = start.Add(3 * day)
			b.count(nil, streak("ann", "x"))
			b.now = b.now.Add(day - time.Second)
			b.countsAre(streak("ann", "x"))
			b.now = b.now.Add(2 * time.Second)
			b.countsAre()
			return b.count(nil, streak("ann", "y"))
		},
		"no part of what is known": func(b *bench) error {
			err := b.count(nil, streak("ann", "x"))
			b.holds(ledger.Known{})
			return err
		},
	} {
		for kind, open := range stores() {
			t.Run(kind+"/"+name, func(t *testing.T) {
				b := &bench{T: t, now: start}
				b.store = open(b)
				if err := check(b); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// TestStreaksRace: of two that count at once in the same streak, neither of whom knows
// what the other has counted, one is raced; what else it counts is saved.
func TestStreaksRace(t *testing.T) {
	for kind, open := range stores() {
		t.Run(kind, func(t *testing.T) {
			b := &bench{T: t, now: start}
			b.store = open(b)
			b.count(nil, streak("ann", "x"))
			known := b.counted()
			if err := b.count(known, streak("ann", "x", "y")); err != nil {
				t.Fatal(err)
			}
			for _, mine := range []scanner.Streak{streak("ann", "x", "z"), {Rule: "r", Whose: "ann", Told: start}} {
				if err := b.count(known, mine); !errors.Is(err, ledger.ErrRaced) {
					t.Errorf("got %v, want it to be raced", err)
				}
			}
			if err := b.count(nil, streak("ann", "z"), streak("bob", "x")); !errors.Is(err, ledger.ErrRaced) {
				t.Errorf("got %v, want it to be raced", err)
			}
			b.countsAre(streak("ann", "x", "y"), streak("bob", "x"))
		})
	}
}
