package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"iamvigil/internal/pipeline"
	"iamvigil/ledger"
)

const refusedRule = "event-unauthorized-calls"

// denied is the n-th call that mallory was refused, a minute after the one before.
func denied(n int) string {
	return fmt.Sprintf(`{"source":"aws.iam","account":"111122223333","detail":{"eventSource":"iam.amazonaws.com","eventName":"Create%d","eventID":"refused-%d","eventTime":%q,
		"errorCode":"AccessDenied","recipientAccountId":"111122223333","userIdentity":{"type":"IAMUser","userName":"mallory","arn":"arn:aws:iam::111122223333:user/mallory"}}}`,
		n, n, time.Date(2026, 11, 1, 12, n, 0, 0, time.UTC).Format(time.RFC3339))
}

// TestCallsRefusedOneByOne: calls that come in batches of their own count together, are
// told once by the one that makes them many, and not again when that is delivered again.
func TestCallsRefusedOneByOne(t *testing.T) {
	s := start(t)
	s.run(t, audit)
	for n := range 8 {
		for range 2 {
			s.run(t, pipeline.Work{Bodies: []string{denied(n)}})
		}
		if want := min(1, (n+1)/5); s.alerts(refusedRule) != want {
			t.Errorf("%d alerts after %d calls, want %d", s.alerts(refusedRule), n+1, want)
		}
	}
}

// TestCallsRefusedByTwoAtOnce: two watches that each hear of some calls and save at once
// lose none of them.
func TestCallsRefusedByTwoAtOnce(t *testing.T) {
	for name, row := range map[string]struct {
		mine, others []int
		raced        bool // together they are something to tell
		alerts       int
	}{
		"too few":            {[]int{0, 1}, []int{2, 3}, false, 0},
		"enough together":    {[]int{0, 1, 2}, []int{3, 4}, true, 1},
		"enough by oneself":  {[]int{0, 1, 2, 3, 4}, []int{5}, false, 1},
		"enough by both":     {[]int{0, 1, 2, 3, 4}, []int{0, 1, 2, 3, 4}, false, 1},
		"the same few calls": {[]int{0, 1, 2}, []int{0, 1, 2}, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			s.run(t, audit)
			bodies := func(calls []int) (work pipeline.Work) {
				for _, n := range calls {
					work.Bodies = append(work.Bodies, denied(n))
				}
				return work
			}
			alone := s.runner.Ledger
			s.runner.Ledger = &beside{alone.(journal), func() {
				s.runner.Ledger = alone
				s.run(t, bodies(row.others))
			}}
			_, err := s.runner.Run(t.Context(), bodies(row.mine))
			if raced := errors.Is(err, ledger.ErrRaced); raced != row.raced || err != nil && !raced {
				t.Fatalf("got %v", err)
			}
			s.run(t, bodies(row.mine))
			if n := s.alerts(refusedRule); n != row.alerts {
				t.Errorf("%d alerts, want %d", n, row.alerts)
			}
			all := map[int]bool{}
			for _, n := range append(row.mine, row.others...) {
				all[n] = true
			}
			if s.run(t, bodies([]int{6, 7})); len(all) < 5 && s.alerts(refusedRule) != len(all)/3 {
				t.Errorf("after two more %d alerts", s.alerts(refusedRule))
			}
		})
	}
}

// beside is a ledger that somebody counts in once, after what was counted was loaded.
type beside struct {
	journal
	count func()
}

func (b *beside) Streaks(ctx context.Context, accountID string, keys []string) ([]ledger.StreakRecord, error) {
	known, err := b.journal.Streaks(ctx, accountID, keys)
	b.count()
	return known, err
}
