package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

const day = 24 * time.Hour

// lengthOf reads a length of time such as 7d, 2w, 36h or 90m.
func lengthOf(text string) (time.Duration, bool) {
	for suffix, unit := range map[string]time.Duration{"d": day, "w": 7 * day} {
		if number, ok := strings.CutSuffix(text, suffix); ok {
			n, err := strconv.Atoi(number)
			return time.Duration(n) * unit, err == nil && n > 0 && n <= 10_000
		}
	}
	d, err := time.ParseDuration(text)
	return d, err == nil && d > 0
}

// date reads a day in UTC, or a time.
func date(text string) (time.Time, bool) {
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC(), true
		}
	}
	return time.Time{}, false
}

// past reads the beginning of what is asked for: a date, or a length of time
// until now.
func past(flag, text string, now time.Time) (time.Time, error) {
	if at, ok := date(text); ok {
		return at, nil
	}
	if d, ok := lengthOf(text); ok {
		return now.Add(-d), nil
	}
	return time.Time{}, notWhen(flag, text)
}

// coming reads an end: that of a day, as in the configuration, a time, or a
// length of time from now.
func coming(flag, text string, now time.Time) (time.Time, error) {
	if at, ok := date(text); ok {
		if len(text) == len(time.DateOnly) {
			at = at.Add(day - time.Second)
		}
		return at, nil
	}
	if d, ok := lengthOf(text); ok {
		return now.Add(d), nil
	}
	return time.Time{}, notWhen(flag, text)
}

func notWhen(flag, text string) error {
	return usage{fmt.Errorf("%s: %q is neither a date such as 2026-11-30 nor a length of time such as 7d or 36h", flag, text)}
}

// ago tells how long ago something was, in its largest unit.
func ago(at, now time.Time) string { return lasted(now.Sub(at)) + " ago" }

// lasted tells a length of time in its largest unit. What clocks that disagree
// make negative is none.
func lasted(d time.Duration) string {
	switch d = max(d, 0); {
	case d >= 2*day:
		return plural(int(d/day), "day")
	case d >= 2*time.Hour:
		return plural(int(d/time.Hour), "hour")
	case d >= 2*time.Minute:
		return plural(int(d/time.Minute), "minute")
	}
	return plural(int(d/time.Second), "second")
}

// minute is a time as people are told it.
func minute(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
