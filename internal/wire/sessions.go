package wire

import (
	"context"
	"time"

	"iamvigil/remediate"
	"iamvigil/scanner/account"
	"iamvigil/scanner/history"
)

// Sessions tell a runner that acts which roles a user assumed, where somebody's
// credentials may ask CloudTrail. The function's may not: whom it acts on did
// nothing for months.
type Sessions struct{ History *history.History }

// Assumed is [history.History.Assumed].
func (s Sessions) Assumed(ctx context.Context, user account.Ref, since time.Time) ([]remediate.Assumption, error) {
	found, err := s.History.Assumed(ctx, user, since)
	if err != nil {
		return nil, err
	}
	all := make([]remediate.Assumption, len(found))
	for i, one := range found {
		all[i] = remediate.Assumption(one)
	}
	return all, nil
}
