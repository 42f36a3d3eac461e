package notify

import (
	"cmp"
	"time"

	"iamvigil/internal/words"
	"iamvigil/scanner"
)

// bySeverity counts findings, of which there may be none.
func bySeverity(counts map[scanner.Severity]int) string {
	return cmp.Or(words.BySeverity(counts), "nothing")
}

// second is a time as people are told when something happened.
func second(t time.Time) string {
	if t.IsZero() {
		return "(time unknown)"
	}
	return t.UTC().Format("2006-01-02 15:04:05 UTC")
}

// capital is s with a capital first letter, if that is an English one.
func capital(s string) string {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	return string(s[0]-'a'+'A') + s[1:]
}
