package pipeline_test

import (
	"context"
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

// TestCallsRefusedByTwoAtOnce: of two watches that each hear of half, the one whose save
// is raced counts once more, and so finds the whole.
func TestCallsRefusedByTwoAtOnce(t *testing.T) {
	s := start(t)
	s.run(t, audit)
	alone := s.runner.Ledger
	s.runner.Ledger = &beside{alone.(journal), func() {
		s.runner.Ledger = alone
		s.run(t, pipeline.Work{Bodies: []string{denied(0), denied(1), denied(2)}})
	}}
	work := pipeline.Work{Bodies: []string{denied(3), denied(4)}}
	if _, err := s.runner.Run(t.Context(), work); err == nil {
		t.Fatal("counted beside another, and saved")
	}
	s.run(t, work)
	if n := s.alerts(refusedRule); n != 1 {
		t.Errorf("%d alerts, want one", n)
	}
}

// beside is a ledger that somebody saves to once, after it was loaded.
type beside struct {
	journal
	save func()
}

func (b *beside) Load(ctx context.Context, accountID string, q ledger.Query) (ledger.Known, error) {
	known, err := b.journal.Load(ctx, accountID, q)
	b.save()
	return known, err
}
