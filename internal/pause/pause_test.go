package pause_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"iamvigil/internal/pause"
)

// The clock is the bubble's, which moves when all wait.
func TestFor(t *testing.T) {
	tests := map[string]struct {
		wait, limit, took time.Duration
		want              error
	}{
		"its time":                 {time.Hour, 2 * time.Hour, time.Hour, nil},
		"the context's":            {2 * time.Hour, time.Hour, time.Hour, context.DeadlineExceeded},
		"none":                     {0, time.Hour, 0, nil},
		"none, by a wrong sum":     {-time.Hour, time.Hour, 0, nil},
		"none, as it is done":      {time.Hour, 0, 0, context.DeadlineExceeded},
		"none, and done as it was": {0, 0, 0, context.DeadlineExceeded},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), test.limit)
				defer cancel()
				begun := time.Now()
				if err := pause.For(ctx, test.wait); !errors.Is(err, test.want) {
					t.Errorf("%v, want %v", err, test.want)
				}
				if took := time.Since(begun); took != test.took {
					t.Errorf("it took %v, want %v", took, test.took)
				}
			})
		})
	}
}
