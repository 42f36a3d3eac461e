package ledger

import (
	"time"

	"iamvigil/scanner"
)

// StreakRecord is a streak as it is kept, apart from all else that is known of the
// account: strangers can begin one by failing to sign in.
type StreakRecord struct {
	scanner.Streak
	// Until is when a store may forget it. A late event counts with those before it,
	// however late both come.
	Until time.Time `json:"until"`
	// Revision counts the saves, as that of a [Record].
	Revision int `json:"revision"`
}

// Key identifies the streak. Whose it is can be as long as an ARN.
func (s *StreakRecord) Key() string { return streakKey(&s.Streak) }

func streakKey(s *scanner.Streak) string { return digest(s.Rule, s.Whose) }

// StreakKeys are the keys of streaks.
func StreakKeys(streaks []scanner.Streak) []string {
	var keys []string
	for i := range streaks {
		keys = append(keys, streakKey(&streaks[i]))
	}
	return keys
}

// Streaks are those of the records.
func Streaks(records []StreakRecord) []scanner.Streak {
	var streaks []scanner.Streak
	for i := range records {
		streaks = append(streaks, records[i].Streak)
	}
	return streaks
}

// Counted are the records of streaks that have changed since they were known.
func Counted(known []StreakRecord, changed []scanner.Streak, now time.Time) []StreakRecord {
	revisions := map[string]int{}
	for i := range known {
		revisions[known[i].Key()] = known[i].Revision
	}
	var records []StreakRecord
	for i := range changed {
		records = append(records, StreakRecord{Streak: changed[i], Until: now.Add(scanner.StreakKept), Revision: revisions[streakKey(&changed[i])]})
	}
	return records
}
