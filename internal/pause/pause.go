// Package pause waits, no longer than a context lives. It knows nothing of what
// is waited for.
package pause

import (
	"context"
	"time"
)

// For waits for that long, or until the context is done, which is then the
// error. Once the context is done it does not wait at all.
func For(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
