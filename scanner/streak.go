package scanner

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"iamvigil/scanner/trail"
)

// StreakKept is for how long a streak is remembered, and let be after it was told. No
// rule counts for longer.
const StreakKept = 24 * time.Hour

// mostActs is how many acts of a streak are remembered, each of some 100 bytes of the
// 400 KB that DynamoDB takes in one item.
const mostActs = 1000

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

// Streaks gives those that the events have changed, from what the scene knows of them.
// A nil scene is the zero one, of which each that an event counts in begins anew.
func Streaks(events []trail.Event, rules []EventRule, scene *Scene) []Streak {
	if scene == nil {
		scene = &Scene{}
	}
	t := tally{scene: scene}
	for i := range events {
		for j := range rules {
			t.count(&rules[j], &events[i])
		}
	}
	return t.changed
}

// tally counts acts as they come. What is changed is in the order of the first change.
type tally struct {
	scene   *Scene
	changed []Streak
}

// count gives the acts of the streak that this event makes as long as the rule's limit;
// none if it makes none. What the scanner's own roles do is no streak.
func (t *tally) count(rule *EventRule, ev *trail.Event) (acts []string) {
	if rule.Counts == nil || !rule.about(ev) || t.scene.own(&ev.Actor) {
		return nil
	}
	as, whose := rule.Counts(*ev)
	if whose == "" {
		return nil
	}
	s := t.streak(rule.ID, whose)
	if !s.count(as, t.at(ev)) {
		return nil
	}
	if acts = s.around(t.at(ev), rule.Within); len(acts) >= rule.Limit.Value {
		s.Acts, s.Told = nil, t.at(ev)
	} else {
		acts = nil
	}
	t.keep(s)
	return acts
}

// at is when the event was: clocks differ, and anybody may say anything.
func (t *tally) at(ev *trail.Event) time.Time {
	if now := t.scene.Now; !now.IsZero() && ev.Time.After(now) {
		return now
	}
	return ev.Time
}

// streak is a copy of what is known.
func (t *tally) streak(rule, whose string) Streak {
	for _, list := range [][]Streak{t.changed, t.scene.Streaks} {
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

// count takes an act in. It reports whether that changed anything: CloudTrail's events
// come late, in any order and more than once.
func (s *Streak) count(as string, at time.Time) (changed bool) {
	if !s.Told.IsZero() && at.Before(s.Told.Add(StreakKept)) || !at.After(s.Acts[as]) {
		return false
	}
	if s.Acts == nil {
		s.Acts = map[string]time.Time{}
	}
	s.Acts[as] = at
	s.forget()
	return true
}

// forget drops what is too long before the newest act, and of more than can be kept the
// oldest.
func (s *Streak) forget() {
	oldestFirst := slices.SortedFunc(maps.Keys(s.Acts), func(a, b string) int {
		return cmp.Or(s.Acts[a].Compare(s.Acts[b]), cmp.Compare(a, b))
	})
	newest := s.Acts[oldestFirst[len(oldestFirst)-1]]
	for i, act := range oldestFirst {
		if newest.Sub(s.Acts[act]) > StreakKept || len(oldestFirst)-i > mostActs {
			delete(s.Acts, act)
		}
	}
}

// around are the most acts within that time of each other, one at the given time among
// them, sorted.
func (s *Streak) around(at time.Time, within time.Duration) (acts []string) {
	for _, from := range s.Acts {
		if from.After(at) || at.Sub(from) > within {
			continue
		}
		var some []string
		for act, done := range s.Acts {
			if !done.Before(from) && done.Sub(from) <= within {
				some = append(some, act)
			}
		}
		if len(some) > len(acts) {
			acts = some
		}
	}
	slices.Sort(acts)
	return acts
}
