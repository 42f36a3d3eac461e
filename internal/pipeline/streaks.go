package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"iamvigil/ledger"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

// mostCounts is how often a run counts anew what another has counted in meanwhile. Two
// runs of watch are at work at once.
const mostCounts = 5

// scene is what event rules know wherever they are asked. Now may be zero before the look.
func (r *Runner) scene(streaks []ledger.StreakRecord, now time.Time) *scanner.Scene {
	return &scanner.Scene{OwnRoles: r.OwnRoles, Remediation: r.RemediationRole, Streaks: ledger.Streaks(streaks), Now: now}
}

// streaks are those that the events count in.
func (r *Runner) streaks(ctx context.Context, in *input) ([]ledger.StreakRecord, error) {
	keys := ledger.StreakKeys(scanner.Streaks(in.events, r.Events, r.scene(nil, time.Time{})))
	if len(keys) == 0 {
		return nil, nil
	}
	return r.Ledger.Streaks(ctx, r.Account.ID, keys)
}

// counted are those whose streaks the events complete. A refused call touches nobody; but
// whose they are and what is exempt by its tags only a look at them shows.
func (r *Runner) counted(in *input, known []ledger.StreakRecord) []account.Ref {
	counting := slices.DeleteFunc(slices.Clone(r.Events), func(e scanner.EventRule) bool { return e.Counts == nil })
	var refs []account.Ref
	for _, a := range scanner.Alerts(in.events, counting, r.scene(known, time.Time{})) {
		if a.Resource.Kind == account.KindUser || a.Resource.Kind == account.KindRole {
			a.Resource.ARN = ""
			refs = append(refs, a.Resource)
		}
	}
	return refs
}

// count remembers what was counted. It comes last: a streak that is remembered as told
// is not told again. What another run has counted in the same streak meanwhile is counted
// in; if together they are something to tell, the error is [ledger.ErrRaced], and the
// next delivery of the events tells it.
func (r *Runner) count(ctx context.Context, in *input, known []ledger.StreakRecord, now time.Time) error {
	told := map[string]bool{}
	for attempt := range mostCounts {
		changed := scanner.Streaks(in.events, r.Events, r.scene(known, now))
		if len(changed) == 0 {
			return nil
		}
		records := ledger.Counted(known, changed, now)
		for i := range records {
			switch key := records[i].Key(); {
			case records[i].Told.IsZero():
			case attempt == 0:
				told[key] = true
			case !told[key]:
				return fmt.Errorf("streak of rule %s: %w", records[i].Rule, ledger.ErrRaced)
			}
		}
		err := r.Ledger.Count(ctx, r.Account.ID, records)
		if !errors.Is(err, ledger.ErrRaced) {
			return err
		}
		if known, err = r.streaks(ctx, in); err != nil {
			return err
		}
	}
	return fmt.Errorf("counted anew %d times: %w", mostCounts, ledger.ErrRaced)
}
