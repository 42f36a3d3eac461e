package wire_test

import (
	"strings"
	"testing"
	"time"

	"iamvigil/internal/wire"
)

// The clock that is named starts where it says and runs on as the real one does.
func TestClock(t *testing.T) {
	real := now
	clock := func() time.Time { return real }
	for text, start := range map[string]time.Time{
		"":                          now,
		"2027-03-31T12:00:00Z":      time.Date(2027, 3, 31, 12, 0, 0, 0, time.UTC),
		"2027-03-31T12:00:00+02:00": time.Date(2027, 3, 31, 10, 0, 0, 0, time.UTC),
	} {
		t.Setenv("CLOCK", text)
		real = now
		got, err := wire.Clock(clock)
		if err != nil {
			t.Fatal(err)
		}
		if at := got(); !at.Equal(start) {
			t.Errorf("%q starts at %s, want %s", text, at, start)
		}
		real = now.Add(90 * time.Minute)
		if at := got(); !at.Equal(start.Add(90 * time.Minute)) {
			t.Errorf("%q: 90 minutes on it is %s", text, at)
		}
	}
	for _, text := range []string{"2027-03-31", "noon", "12:00:00", "2027-03-31 12:00:00", " "} {
		t.Setenv("CLOCK", text)
		if _, err := wire.Clock(clock); err == nil || !strings.Contains(err.Error(), "read CLOCK: ") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
