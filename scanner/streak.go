package scanner

import (
	"maps"
	"slices"
	"time"

	"iamvigil/scanner/trail"
)

// StreakKept is for how long a streak is remembered after its last act, and let be
// after it was told. No rule counts for longer.
const StreakKept = 24 * time.Hour

// Streak is what somebody did lately of what a rule counts.
type Streak struct {
	Rule  string `json:"rule"`
	Whose string `json:"whose"`
	// Acts maps what was done to when it was done last.
	Acts map[string]time.Time `json:"acts,omitempty"`
	// Told is the time of the act that made it as long as the rule's limit; zero: none
	// did. Until [StreakKept] after it nothing more is counted.
	Told time.Time `json:"told,omitzero"`
}

// Streaks gives those that the events have changed, from what is known of them; what
// none of the known is begins with the events. The known ones are not changed.
func Streaks(known []Streak, events []trail.Event, rules []EventRule) []Streak {
	t := tally{known: known}
	for i := range events {
		for j := range rules {
			t.count(&rules[j], &events[i])
		}
	}
	return t.changed
}

// tally counts acts as they come. What is changed is in the order of the first change.
type tally struct{ known, changed []Streak }

// count gives the acts of a streak that is as long as its limit by this event, and
// whose it is; nothing if none is.
func (t *tally) count(rule *EventRule, ev *trail.Event) (whose string, acts []string) {
	if rule.Counts == nil || !rule.about(ev) {
		return "", nil
	}
	as, all := rule.Counts(*ev)
	for _, who := range all {
		s := t.streak(rule.ID, who)
		if !s.add(as, ev.Time, rule.Within) {
			continue
		}
		full := len(s.Acts) >= rule.Limit.Value
		if full && acts == nil {
			whose, acts = who, slices.Sorted(maps.Keys(s.Acts))
		}
		if full {
			s.Acts, s.Told = nil, ev.Time
		}
		t.keep(s)
	}
	return whose, acts
}

// streak is a copy of what is known.
func (t *tally) streak(rule, whose string) Streak {
	for _, list := range [][]Streak{t.changed, t.known} {
		if i := place(list, rule, whose); i >= 0 {
			s := list[i]
			s.Acts = maps.Clone(s.Acts)
			return s
		}
	}
	return Streak{Rule: rule, Whose: whose}
}

func (t *tally) keep(s Streak) {
	if i := place(t.changed, s.Rule, s.Whose); i >= 0 {
		t.changed[i] = s
	} else {
		t.changed = append(t.changed, s)
	}
}

func place(list []Streak, rule, whose string) int {
	return slices.IndexFunc(list, func(s Streak) bool { return s.Rule == rule && s.Whose == whose })
}

// add counts an act, and forgets what is too long before the newest. It reports
// whether that changed anything: CloudTrail's events come late, in any order and more
// than once.
func (s *Streak) add(as string, at time.Time, within time.Duration) bool {
	newest := at
	for _, done := range s.Acts {
		if done.After(newest) {
			newest = done
		}
	}
	if !s.Told.IsZero() && at.Before(s.Told.Add(StreakKept)) || newest.Sub(at) > within || !at.After(s.Acts[as]) {
		return false
	}
	if s.Acts == nil {
		s.Acts = map[string]time.Time{}
	}
	s.Acts[as] = at
	maps.DeleteFunc(s.Acts, func(_ string, done time.Time) bool { return newest.Sub(done) > within })
	return true
}
