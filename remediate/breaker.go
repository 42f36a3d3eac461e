package remediate

import (
	"fmt"
	"time"

	"iamvigil/ledger"
)

const (
	// surge is by how many times the due acts may grow from one day to the next.
	surge = 3
	// silence is for how long no run may have come to its end, as where one night
	// fails. After more, all was switched off, and nobody expects an act.
	silence = 2*day + day/2
)

// nextRound is what is known of the runs after one that had so many acts due:
// all but when it was, what was said and the revision.
func nextRound(r ledger.Round, due int, s *Settings, now time.Time) ledger.Round {
	if today := now.UTC().Format(time.DateOnly); r.Day != today {
		r.Day, r.DueBefore = today, r.Due
	}
	r.Due = due
	paused := !r.EndedAt.IsZero() && now.Sub(r.EndedAt) > silence
	if r.Settings != s.Digest || r.SettingsSince.IsZero() || paused {
		r.Settings, r.SettingsSince = s.Digest, now
	}
	// What tripped it does so again until the next day, and is held no longer.
	if holding := now.Before(after(r.HeldSince, 1)); !holding {
		r.HeldSince = time.Time{}
		if due > surge*max(1, r.DueBefore) {
			r.HeldSince = now
		}
	}
	return r
}

// holdOf says why all acts are held, and until when; empty: they are not. The
// round is that of [nextRound].
func holdOf(r *ledger.Round, now time.Time) (why string, until time.Time) {
	if until := after(r.SettingsSince, 1); now.Before(until) {
		return "the configuration has not been in force for a day: it is a new one, or nothing has run for days", until
	}
	if until := after(r.HeldSince, 1); now.Before(until) {
		return fmt.Sprintf("more than %d times as many acts were due at once as on the day before", surge), until
	}
	return "", time.Time{}
}
