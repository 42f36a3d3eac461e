package pipeline_test

import (
	"context"
	"errors"
	"time"

	"iamvigil/ledger"
)

// journal is a store in which remediation writes too.
type journal interface {
	Load(ctx context.Context, accountID string, q ledger.Query) (ledger.Known, error)
	Save(ctx context.Context, accountID string, c ledger.Changes) error
	Streaks(ctx context.Context, accountID string, keys []string) ([]ledger.StreakRecord, error)
	Count(ctx context.Context, accountID string, streaks []ledger.StreakRecord) error
	Append(ctx context.Context, accountID string, e ledger.Entry) error
	Journal(ctx context.Context, accountID string, since time.Time) ([]ledger.Entry, error)
}

// unreadable is one whose journal nobody can read.
type unreadable struct{ journal }

func (unreadable) Journal(context.Context, string, time.Time) ([]ledger.Entry, error) {
	return nil, errors.New("the table is gone")
}
