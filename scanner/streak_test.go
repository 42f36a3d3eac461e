package scanner_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/trail"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// counting tells when an actor has made so many different calls within an hour.
func counting(limit int) scanner.EventRule {
	return scanner.EventRule{
		About:  scanner.About{ID: "counting", Limit: scanner.Limit{Value: limit}},
		Within: time.Hour,
		Counts: func(ev trail.Event) (string, string) { return ev.Name, ev.Actor.Name },
		Check: func(p *scanner.EventPass, ev trail.Event) {
			p.Alert(account.Ref{}, "%s by %s: %v", ev.Actor.Name, ev.ID, p.Acts)
		},
	}
}

func act(minute int, name string) trail.Event {
	return trail.Event{ID: fmt.Sprint(minute, name), Name: name, Time: noon.Add(time.Duration(minute) * time.Minute), Actor: trail.Actor{Name: "ann"}}
}

// told are the messages of batches that come one after the other, each of which knows
// what the ones before have left.
func told(rules []scanner.EventRule, batches ...[]trail.Event) (messages []string) {
	var known []scanner.Streak
	for _, batch := range batches {
		for _, a := range scanner.Alerts(batch, rules, &scanner.Scene{Streaks: known}) {
			messages = append(messages, a.Message)
		}
		for _, s := range scanner.Streaks(batch, rules, &scanner.Scene{Streaks: known}) {
			known = slices.DeleteFunc(known, func(k scanner.Streak) bool { return k.Rule == s.Rule && k.Whose == s.Whose })
			known = append(known, s)
		}
	}
	return messages
}

func TestStreaks(t *testing.T) {
	three := "ann by 2c: [a b c]"
	other := act(1, "c")
	other.Actor.Name = "bob"
	for name, row := range map[string]struct {
		batches [][]trail.Event
		want    []string
	}{
		"in one batch":              {[][]trail.Event{{act(0, "a"), act(1, "b"), act(2, "c")}}, []string{three}},
		"in three":                  {[][]trail.Event{{act(0, "a")}, {act(1, "b")}, {act(2, "c")}}, []string{three}},
		"too few":                   {[][]trail.Event{{act(0, "a"), act(1, "b")}}, nil},
		"of another actor":          {[][]trail.Event{{act(0, "a"), act(1, "b"), other}}, nil},
		"the same twice":            {[][]trail.Event{{act(0, "a"), act(1, "b"), act(2, "b")}}, nil},
		"one delivered again":       {[][]trail.Event{{act(0, "a"), act(1, "b")}, {act(1, "b")}}, nil},
		"all delivered again":       {[][]trail.Event{{act(0, "a"), act(1, "b"), act(2, "c")}, {act(0, "a"), act(1, "b"), act(2, "c")}}, []string{three}},
		"an hour and a minute":      {[][]trail.Event{{act(0, "a"), act(1, "b")}, {act(61, "c")}}, nil},
		"an hour":                   {[][]trail.Event{{act(0, "a"), act(1, "b")}, {act(60, "c")}}, []string{"ann by 60c: [a b c]"}},
		"the first done again":      {[][]trail.Event{{act(0, "a"), act(1, "b"), act(30, "a")}, {act(61, "c")}}, []string{"ann by 61c: [a b c]"}},
		"in the wrong order":        {[][]trail.Event{{act(2, "c"), act(0, "a")}, {act(1, "b")}}, []string{"ann by 1b: [a b c]"}},
		"one that comes too late":   {[][]trail.Event{{act(61, "c"), act(60, "b")}, {act(-5, "a")}}, nil},
		"all but one come late":     {[][]trail.Event{{act(90, "d")}, {act(0, "a")}, {act(1, "b")}, {act(2, "c")}}, []string{three}},
		"more than an hour apart":   {[][]trail.Event{{act(0, "a"), act(40, "b"), act(80, "c"), act(120, "d")}}, nil},
		"more within the day":       {[][]trail.Event{{act(0, "a"), act(1, "b"), act(2, "c"), act(3, "d")}, {act(24*60, "a"), act(24*60, "b"), act(24*60, "d")}}, []string{three}},
		"again after a day":         {[][]trail.Event{{act(0, "a"), act(1, "b"), act(2, "c")}, {act(24*60+2, "a"), act(24*60+3, "b"), act(24*60+4, "c")}}, []string{three, "ann by 1444c: [a b c]"}},
		"two on both sides of that": {[][]trail.Event{{act(0, "a"), act(1, "b"), act(2, "c")}, {act(24*60+1, "a"), act(24*60+3, "b"), act(24*60+4, "c")}}, []string{three}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(row.want, told([]scanner.EventRule{counting(3)}, row.batches...)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A rule that names events counts none but these, and what is known is left as it is.
func TestStreakOfNamedEvents(t *testing.T) {
	rule := counting(2)
	rule.Events = []string{"a", "b"}
	if got := told([]scanner.EventRule{rule}, []trail.Event{act(0, "a"), act(1, "c")}); got != nil {
		t.Error(got)
	}
	known := []scanner.Streak{{Rule: "counting", Whose: "ann", Acts: map[string]time.Time{"a": noon}}}
	changed := scanner.Streaks([]trail.Event{act(1, "b"), act(2, "c")}, []scanner.EventRule{rule}, &scanner.Scene{Streaks: known})
	if want := []scanner.Streak{{Rule: "counting", Whose: "ann", Told: noon.Add(time.Minute)}}; cmp.Diff(want, changed) != "" {
		t.Error(cmp.Diff(want, changed))
	}
	if len(known[0].Acts) != 1 {
		t.Errorf("what is known has become %v", known)
	}
}

// Of the scanner's own roles nothing is counted, of an event that names nobody neither.
func TestNoStreak(t *testing.T) {
	const own, acts = "arn:aws:iam::111122223333:role/own", "arn:aws:iam::111122223333:role/remediate"
	for _, actor := range []trail.Actor{{Name: "ann", Issuer: own}, {Name: "ann", Issuer: acts}, {}} {
		event := act(0, "a")
		event.Actor = actor
		if got := scanner.Streaks([]trail.Event{event}, []scanner.EventRule{counting(2)}, &scanner.Scene{OwnRoles: []string{own}, Remediation: acts}); got != nil {
			t.Errorf("%+v: %v", actor, got)
		}
	}
}

// An event that says that it is from the future is of now, so that others count with it.
func TestStreakFromTheFuture(t *testing.T) {
	forged := act(0, "a")
	forged.Time = noon.AddDate(5000, 0, 0)
	scene := &scanner.Scene{Now: noon.Add(2 * time.Minute)}
	if got := scanner.Alerts([]trail.Event{forged, act(1, "b"), act(2, "c")}, []scanner.EventRule{counting(3)}, scene); len(got) != 1 {
		t.Errorf("%d alerts, want one", len(got))
	}
}

// However the events of an hour are parted into batches, what they complete is told once.
func TestStreaksInAnyBatches(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "d", "e"}), 0, 20).Draw(t, "calls")
		minutes := rapid.Permutation([]int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19}).Draw(t, "order")
		batches := [][]trail.Event{nil}
		for i, name := range names {
			if rapid.Bool().Draw(t, "another batch") {
				batches = append(batches, nil)
			}
			batches[len(batches)-1] = append(batches[len(batches)-1], act(minutes[i], name))
		}
		different := len(slices.Compact(slices.Sorted(slices.Values(names))))
		if got := len(told([]scanner.EventRule{counting(4)}, batches...)); (got == 1) != (different >= 4) || got > 1 {
			t.Fatalf("%d different calls are told %d times", different, got)
		}
	})
}
