package notify

import (
	"strings"

	"iamvigil/internal/plain"
)

// Mail and chat clients make a link of whatever has a scheme.
var unlink = strings.NewReplacer("://", "[:]//")

// safe makes a text in which others have had a say fit for one line that people
// read, in at most max bytes.
func safe(s string, max int) string { return plain.Short(unlink.Replace(s), max) }

// quoted shows a value in a mail: as it is where it is made of what AWS's names
// are made of, else between quotation marks, so that a user agent cannot go on
// as if it were our sentence.
func quoted(s string) string { return quotedWithin(s, maxValue) }

func quotedWithin(s string, max int) string {
	s = safe(s, max)
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !nameRune(r) }) {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, "'") + `"`
}

func nameRune(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_+=.@-/:*", r)
}
