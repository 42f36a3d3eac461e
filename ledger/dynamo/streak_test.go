package dynamo_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"iamvigil/ledger"
	"iamvigil/scanner"
)

func streak(whose string, acts ...string) scanner.Streak {
	s := scanner.Streak{Rule: "r", Whose: whose, Acts: map[string]time.Time{}}
	for _, act := range acts {
		s.Acts[act] = start
	}
	return s
}

// count saves streaks as changed since they were known.
func (b *bench) count(known ledger.Known, changed ...scanner.Streak) error {
	var c ledger.Changes
	c.Count(known, changed)
	return b.saved(c)
}

// counted are the streaks that a look at these is given.
func (b *bench) counted(want ...scanner.Streak) {
	b.Helper()
	keys := ledger.StreakKeys(want)
	known := b.load(ledger.Query{Streaks: keys})
	known.Streaks = slices.DeleteFunc(known.Streaks, func(s ledger.StreakRecord) bool { return !slices.Contains(keys, s.Key()) }) // a store may give more
	byWhose := cmpopts.SortSlices(func(x, y scanner.Streak) bool { return x.Whose < y.Whose })
	if diff := cmp.Diff(want, known.Counted(), byWhose); diff != "" {
		b.Errorf("streaks (-want +got):\n%s", diff)
	}
}

// TestStreaks holds every store to what counting relies on.
func TestStreaks(t *testing.T) {
	long := streak("arn:aws:iam::123456789012:role/"+string(make([]byte, 2000)), "iam:CreateUser")
	told := scanner.Streak{Rule: "r", Whose: "ann", Told: start}
	for name, check := range map[string]func(*bench) error{
		"those asked for": func(b *bench) error {
			err := b.count(ledger.Known{}, streak("ann", "x", "y"), streak("bob", "x"), long)
			b.counted(streak("ann", "x", "y"), long)
			b.counted(streak("bob", "x"))
			return err
		},
		"one that has grown": func(b *bench) error {
			b.count(ledger.Known{}, streak("ann", "x"))
			err := b.count(b.whole(), streak("ann", "x", "y"))
			b.counted(streak("ann", "x", "y"))
			return err
		},
		"told since": func(b *bench) error {
			b.count(ledger.Known{}, streak("ann", "x"))
			err := b.count(b.whole(), told)
			b.counted(told)
			return err
		},
		"forgotten after a day": func(b *bench) error {
			b.count(ledger.Known{}, streak("ann", "x"), scanner.Streak{Rule: "r", Whose: "bob", Told: start})
			b.now = start.Add(day + time.Second)
			if known := b.whole(); len(known.Streaks) != 0 {
				b.Errorf("still known: %v", known.Streaks)
			}
			return b.count(ledger.Known{}, streak("ann", "y"))
		},
		"the same acts again are nobody's loss": func(b *bench) error {
			b.count(ledger.Known{}, streak("ann", "x"))
			known, grown := b.whole(), streak("ann", "x", "y")
			b.count(b.whole(), grown)
			again := streak("ann", "x")
			again.Acts["x"] = start.Add(time.Minute)
			err := b.count(known, again)
			b.counted(grown)
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

// TestStreaksRace: two that count at once, neither of whom knows what the other has
// counted, are not both saved.
func TestStreaksRace(t *testing.T) {
	for kind, open := range stores() {
		t.Run(kind, func(t *testing.T) {
			b := &bench{T: t, now: start}
			b.store = open(b)
			b.count(ledger.Known{}, streak("ann", "x"))
			known := b.whole()
			if err := b.count(known, streak("ann", "x", "y")); err != nil {
				t.Fatal(err)
			}
			for _, mine := range []scanner.Streak{streak("ann", "x", "z"), {Rule: "r", Whose: "ann", Told: start}} {
				var c ledger.Changes
				c.Count(known, []scanner.Streak{mine})
				b.raced(c)
			}
			b.counted(streak("ann", "x", "y"))
		})
	}
}
