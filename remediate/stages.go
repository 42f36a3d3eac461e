package remediate

import (
	"time"

	"iamvigil/ledger"
)

const (
	// grain is how far from whole days apart daily runs may be: a schedule starts
	// them within a minute, and a start can have to be repeated.
	grain = 10 * time.Minute
	// stale is how long after a deadline nothing may have come of it: who was
	// warned does not expect it any more, and is warned again.
	stale = 7 * day
)

// nominal is the time from which days are counted.
func nominal(t time.Time) time.Time { return t.UTC().Truncate(grain) }

// after is a number of days after a time.
func after(t time.Time, days int) time.Time { return nominal(t).Add(time.Duration(days) * day) }

func latest(times ...time.Time) time.Time {
	var last time.Time
	for _, t := range times {
		if t.After(last) {
			last = t
		}
	}
	return last
}

// caseOf is the finding's case, begun anew where the stored one is of another
// opening or mode, or where what it came to was undone. Its revision is always
// the stored one's.
func caseOf(stored ledger.Case, r *ledger.Record, c Cure, m Mode, undone, now time.Time) ledger.Case {
	if stored.Finding != "" && stored.OpenedAt.Equal(r.OpenedAt) && stored.Mode == string(m) && undone.Before(stored.Began) {
		return stored
	}
	return ledger.Case{
		Finding: r.ID, Cure: string(c), Mode: string(m), OpenedAt: r.OpenedAt,
		Stage: ledger.Begun, Began: now, Revision: stored.Revision,
	}
}

// next is the step that a case is due for, and when its cure is to be done at the
// earliest: as people were told, or are to be told by this step. Where runs were
// missed, or the schedule was changed, what is to come moves on: nobody has less
// time than between the stages, and no deadline becomes an earlier one.
func next(c *ledger.Case, s Schedule, now time.Time) (Do, time.Time) {
	planned := after(c.Began, s.Act)
	switch c.Stage {
	case ledger.Begun:
		if now.Before(after(c.Began, s.Warn)) {
			return Wait, planned
		}
		return Warn, latest(planned, after(now, s.Act-s.Warn))
	case ledger.Warned:
		planned = latest(planned, c.Deadline)
		if final := latest(planned.Add(-time.Duration(s.Act-s.Final)*day), after(c.WarnedAt, 1)); now.Before(final) {
			return Wait, planned
		}
		return WarnFinally, latest(planned, after(now, s.Act-s.Final))
	case ledger.FinalWarned:
		due := latest(c.Deadline, after(c.FinalAt, 1))
		switch {
		case planned.After(due) && planned.After(now):
			return Postpone, planned
		case now.Before(due):
			return Wait, due
		case !now.Before(due.Add(stale)):
			return WarnFinally, after(now, s.Act-s.Final)
		}
		return Act, due
	}
	return Wait, c.Deadline
}

// stepped is an action's case once people were warned, or told another day.
func stepped(a *Action, now time.Time) ledger.Case {
	c := a.Case
	switch a.Do {
	case Warn:
		c.Stage, c.WarnedAt, c.Deadline, c.Said = ledger.Warned, now, a.Deadline, ""
	case WarnFinally:
		c.Stage, c.FinalAt, c.Deadline, c.Said = ledger.FinalWarned, now, a.Deadline, ""
	case Postpone:
		c.Deadline, c.Said = a.Deadline, a.Reason
	}
	return c
}
