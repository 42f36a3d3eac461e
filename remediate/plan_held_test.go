package remediate_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"iamvigil/remediate"
)

const off = "the kill switch is off"

// While the switch is off nothing moves: who was told a day is told no other, and
// the acts are due as soon as it is on.
func TestSwitchOffMovesNoDeadline(t *testing.T) {
	w := newWorld()
	for n := range 5 {
		w.keyUser(fmt.Sprint("user", n), "key-rotation")
	}
	w.to(0)
	w.to(3)
	w.book.Course.Round.Day, w.book.Course.Round.Due = "2026-11-07", 5
	w.book.Held = off
	for n := 7; n < 20; n++ {
		o := w.to(n)
		for _, a := range o.Actions {
			if a.Do != remediate.Postpone || a.Reason != off || !a.Deadline.Equal(night.Truncate(10*time.Minute).Add(7*day)) || o.Held != off {
				t.Fatalf("night %d: %s %q until %s, held %q", n, a.Do, a.Reason, a.Deadline, o.Held)
			}
		}
		if n == 9 {
			on := w.book
			on.Held = ""
			if got := dos(remediate.Lay(on, w.view(), w.settings, w.now).Actions); got["f100"] != remediate.Act || got["f101"] != remediate.Postpone {
				t.Errorf("as soon as it is on: %v", got)
			}
		}
	}
	w.book.Held = ""
	for id, do := range dos(w.to(20).Actions) {
		if do != remediate.WarnFinally {
			t.Errorf("%s of %s, two weeks after the day that was told", do, id)
		}
	}
}

// While the switch is off warnings go out, and the breaker says what it holds, too.
func TestSwitchOffLetsWarningsThrough(t *testing.T) {
	w := newWorld()
	w.keyUser("ann", "key-rotation")
	w.book.Held = off
	got := w.nights(0, 3)
	if diff := cmp.Diff([]told{{0, remediate.Warn, 7}, {3, remediate.WarnFinally, 7}}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	w.settings.Digest = "d2"
	if o := w.to(7); o.Held == off || o.Held == "" || only(t, o).Reason != off {
		t.Errorf("held %q, action %+v", o.Held, only(t, o))
	}
}

// TestPauseHolds: where no run came to its end for days, remediation was off, and
// the first night acts on nothing. A night that failed is no pause.
func TestPauseHolds(t *testing.T) {
	tests := map[string]struct {
		pause time.Duration
		want  remediate.Do
	}{
		"daily":            {day, remediate.Act},
		"a night failed":   {2*day + time.Minute, remediate.Act},
		"two nights off":   {3*day - time.Minute, remediate.Postpone},
		"off for a season": {4 * day, remediate.Postpone},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			w.keyUser("ann", "key-rotation")
			w.to(0)
			w.to(3)
			w.skip(7)
			w.book.Course.Round.EndedAt = w.now.Add(-test.pause)
			if a := only(t, w.run()); a.Do != test.want {
				t.Errorf("%s %q, want %s", a.Do, a.Reason, test.want)
			}
			w.now = w.now.Add(day)
			if a := only(t, w.plan()); test.want == remediate.Postpone && a.Do != remediate.Act {
				t.Errorf("a day later: %s %q", a.Do, a.Reason)
			}
		})
	}
}
