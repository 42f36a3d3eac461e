package ledger

import (
	"maps"
	"time"

	"iamvigil/scanner"
)

// StreakRecord is a streak as it is kept.
type StreakRecord struct {
	scanner.Streak
	// Revision counts the saves, as that of a [Record].
	Revision int `json:"revision"`
	// Again: what is changed is only when the same acts were done. If it is raced by
	// another save nothing is lost. No store keeps that.
	Again bool `json:"-"`
}

// Key identifies the streak. Whose it is can be as long as an ARN.
func (s *StreakRecord) Key() string { return digest(s.Rule, s.Whose) }

// Expires is when a store may forget it.
func (s *StreakRecord) Expires() time.Time {
	last := s.Told
	for _, at := range s.Acts {
		if at.After(last) {
			last = at
		}
	}
	return last.Add(scanner.StreakKept)
}

// StreakKeys are the keys of streaks, for a [Query].
func StreakKeys(streaks []scanner.Streak) []string {
	var keys []string
	for i := range streaks {
		keys = append(keys, digest(streaks[i].Rule, streaks[i].Whose))
	}
	return keys
}

// Counted are the streaks that are known.
func (k *Known) Counted() []scanner.Streak {
	var streaks []scanner.Streak
	for i := range k.Streaks {
		streaks = append(streaks, k.Streaks[i].Streak)
	}
	return streaks
}

// Count keeps streaks that have changed.
func (c *Changes) Count(known Known, changed []scanner.Streak) {
	for _, s := range changed {
		record := StreakRecord{Streak: s}
		for i := range known.Streaks {
			if was := &known.Streaks[i]; was.Rule == s.Rule && was.Whose == s.Whose {
				record.Revision = was.Revision
				record.Again = was.Told.Equal(s.Told) && maps.EqualFunc(was.Acts, s.Acts, func(time.Time, time.Time) bool { return true })
			}
		}
		c.Streaks = append(c.Streaks, record)
	}
}
