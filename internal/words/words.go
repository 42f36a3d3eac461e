// Package words says numbers, times and actors as people are told them: in a
// mail, in a chat message, on a terminal.
//
// It knows nothing of where they are shown: what a stranger chose is made safe
// by who shows it.
package words

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/trail"
)

// Plural counts things: "1 key", "2 keys".
func Plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// BySeverity counts findings, the worst first: "1 critical, 2 high". It is empty
// where there are none.
func BySeverity(counts map[scanner.Severity]int) string {
	var parts []string
	for _, s := range scanner.Severities() {
		if counts[s] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", counts[s], s))
		}
	}
	return strings.Join(parts, ", ")
}

// Minute is a time in UTC, to the minute.
func Minute(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// Span is a length of time in two units at most. What lies in the future by
// another's clock is no time ago.
func Span(d time.Duration) string {
	d = max(d, 0)
	days, hours, minutes := int(d.Hours())/24, int(d.Hours())%24, int(d.Minutes())%60
	switch {
	case d < time.Minute:
		return Plural(int(d.Seconds()), "second", "seconds")
	case d < time.Hour:
		return Plural(minutes, "minute", "minutes")
	case days == 0:
		return fmt.Sprintf("%d h %02d min", hours, minutes)
	case days < 3 && hours > 0:
		return fmt.Sprintf("%s %d h", Plural(days, "day", "days"), hours)
	}
	return Plural(days, "day", "days")
}

// Until is a time to come as Minute says it, and how far off it is: in days to
// the nearest, but for the last one. A time that has come is told alone.
func Until(t, now time.Time) string {
	const day = 24 * time.Hour
	switch left := t.Sub(now); {
	case left <= 0:
		return Minute(t)
	case left < day:
		return Minute(t) + ", in " + Span(left)
	default:
		return Minute(t) + ", in " + Plural(int(left.Round(day)/day), "day", "days")
	}
}

// Who names an actor: what it is, and the person or thing behind it. Quote makes
// safe what somebody else chose.
func Who(a trail.Actor, quote func(string) string) string {
	name := quote(cmp.Or(a.Name, a.ARN, "unknown"))
	switch {
	case a.Root():
		return "the root user"
	case a.Type == "Root":
		return "the root user, by " + quote(a.InvokedBy)
	case a.Type == "IAMUser":
		return "IAM user " + name
	case a.Type == "AWSService":
		return "AWS service " + quote(cmp.Or(a.InvokedBy, a.Name, a.ARN, "unknown"))
	case a.Issuer != "":
		return "role " + quote(account.NameOf(a.Issuer)) + " as " + name
	}
	return "actor " + name + " of type " + quote(cmp.Or(a.Type, "unknown"))
}
