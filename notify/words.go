package notify

import (
	"fmt"
	"strings"
	"time"

	"iamvigil/scanner"
)

// bySeverity counts findings: "1 critical, 2 high".
func bySeverity(counts map[scanner.Severity]int) string {
	var parts []string
	for _, s := range scanner.Severities() {
		if counts[s] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", counts[s], s))
		}
	}
	if len(parts) == 0 {
		return "nothing"
	}
	return strings.Join(parts, ", ")
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// minute is a time as people are told it.
func minute(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// second is a time as people are told when something happened.
func second(t time.Time) string {
	if t.IsZero() {
		return "(time unknown)"
	}
	return t.UTC().Format("2006-01-02 15:04:05 UTC")
}

// span is a duration as people are told it: two units at most. What lies in the
// future by another's clock is no time ago.
func span(d time.Duration) string {
	d = max(d, 0)
	days, hours, minutes := int(d.Hours())/24, int(d.Hours())%24, int(d.Minutes())%60
	switch {
	case d < time.Minute:
		return plural(int(d.Seconds()), "second", "seconds")
	case d < time.Hour:
		return plural(minutes, "minute", "minutes")
	case days == 0:
		return fmt.Sprintf("%d h %02d min", hours, minutes)
	case days < 3:
		return fmt.Sprintf("%s %d h", plural(days, "day", "days"), hours)
	}
	return plural(days, "day", "days")
}

// capital is s with a capital first letter, if that is an English one.
func capital(s string) string {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	return string(s[0]-'a'+'A') + s[1:]
}
