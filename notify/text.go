package notify

import (
	"strings"

	"iamvigil/internal/plain"
)

// unlink takes from a text what mail and chat clients make a link of, a scheme's
// "://" and the dot of "www.", and puts the given texts in their place.
func unlink(s, scheme, dot string) string {
	s = strings.ReplaceAll(s, "://", scheme)
	var b strings.Builder
	from := 0
	for i := 0; i+len("www.") <= len(s); i++ {
		if strings.EqualFold(s[i:i+len("www.")], "www.") {
			b.WriteString(s[from:i+len("www")] + dot)
			from = i + len("www.")
		}
	}
	return b.String() + s[from:]
}

// safe makes a text in which others have had a say fit for one line that people
// read, in at most max bytes.
func safe(s string, max int) string { return plain.Short(unlink(s, "[:]//", "[.]"), max) }

// quoted shows a value in a mail: as it is where it is made of what AWS's names
// are made of, else between quotation marks, so that a user agent cannot go on
// as if it were our sentence.
func quoted(s string) string { return quotedWithin(s, maxValue) }

// briefly is quoted for what has many neighbours: names of IAM fit.
func briefly(s string) string { return quotedWithin(s, 130) }

func quotedWithin(s string, max int) string {
	s = safe(s, max)
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !nameRune(r) }) {
		return s
	}
	return inQuotes(s)
}

// inQuotes puts a text that is safe between quotation marks, of which it keeps
// none.
func inQuotes(s string) string { return `"` + strings.ReplaceAll(s, `"`, "'") + `"` }

func nameRune(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_+=.@-/:*", r)
}
