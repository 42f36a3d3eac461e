package dynamo

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"iamvigil/ledger"
)

// Streaks are in a partition of their own, which no load of the ledger reads.
func streaksOf(accountID string) string { return accountID + "#streaks" }

// Streaks reads, consistently, those of the keys as far as there are any.
func (s *Store) Streaks(ctx context.Context, accountID string, keys []string) ([]ledger.StreakRecord, error) {
	l := &loading{store: s, pk: streaksOf(accountID), now: s.now().Unix()}
	for some := range slices.Chunk(distinct(keys), batchSize) {
		if err := l.get(ctx, some); err != nil {
			return nil, s.failed("load streaks", err)
		}
	}
	var found []ledger.StreakRecord
	for i := range l.items {
		var streak ledger.StreakRecord
		if err := l.items[i].decode(&streak); err != nil {
			return nil, s.failed("load streaks", err)
		}
		streak.Revision = l.items[i].rev
		found = append(found, streak)
	}
	return found, nil
}

// Count saves streaks, each under the condition that it is as it was loaded. The error
// is [ledger.ErrRaced] if some were not; all others are saved.
func (s *Store) Count(ctx context.Context, accountID string, streaks []ledger.StreakRecord) error {
	p := &plan{table: s.table, pk: streaksOf(accountID), now: s.now()}
	for i := range streaks {
		streak := &streaks[i]
		doc, err := json.Marshal(streak)
		if err != nil {
			return s.failed("save streaks", fmt.Errorf("encode streak %q of rule %s: %w", streak.Key(), streak.Rule, err))
		}
		it := item{pk: p.pk, sk: streak.Key(), kind: kindStreak, doc: string(doc), rev: streak.Revision + 1, ttl: seconds(streak.Until)}
		p.add(it.size(), p.put(&it, streak.Revision))
	}
	return s.kept(ctx, "save streaks", p.writes)
}
