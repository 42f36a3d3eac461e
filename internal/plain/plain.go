// Package plain makes text that somebody else chose safe to show on one line of
// a terminal, a mail or a log: a user's name, a tag, a user agent, an error.
//
// It knows nothing of what the text means, nor of markup: what a chat client
// would make of it is the concern of who writes to that client.
package plain

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Ellipsis marks where [Short] has cut.
const Ellipsis = "…"

// maxMarks is how many combining marks may follow one letter: enough for every
// living script, too few to pile up over the line above.
const maxMarks = 2

// Text returns s with everything that could move a cursor, break or reorder a
// line, or hide itself written out as an escape: \n, \x1b, \u202e, \U000e0041,
// and \xff for a byte that is not UTF-8. The rest, whatever its script, stays
// as it is. Text that is already safe, and text that Text returned, is returned
// unchanged. Backslashes are not doubled, so this is for reading and not for
// decoding.
func Text(s string) string { return render(s, len(s)*len(`\x00`)) }

// Short is [Text] cut to at most max bytes, with an ellipsis at the cut. It
// cuts neither a character nor an escape in two. Max is at least the length of
// the ellipsis.
func Short(s string, max int) string { return render(s, max) }

// ASCII returns s as printable ASCII of at most max bytes, each other character
// as a question mark, and with three dots where it was cut. Max is at least 3.
func ASCII(s string, max int) string {
	var b strings.Builder
	for _, r := range s {
		if r < ' ' || r > '~' {
			r = '?'
		}
		b.WriteByte(byte(r))
		if b.Len() > max {
			return b.String()[:max-3] + "..."
		}
	}
	return b.String()
}

func render(s string, max int) string {
	var b strings.Builder
	cut, marks := 0, maxMarks
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if unicode.IsMark(r) {
			marks++
		} else {
			marks = 0
		}
		if b.Len() <= max-len(Ellipsis) {
			cut = b.Len()
		}
		b.WriteString(visible(s[i:i+size], r, marks > maxMarks))
		if b.Len() > max {
			return b.String()[:cut] + Ellipsis
		}
		i += size
	}
	return b.String()
}

func visible(encoded string, r rune, piled bool) string {
	switch {
	case r == utf8.RuneError && len(encoded) == 1:
		return fmt.Sprintf(`\x%02x`, encoded[0])
	case unicode.IsPrint(r) && !invisible(r) && !piled:
		return encoded
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	case r < utf8.RuneSelf:
		return fmt.Sprintf(`\x%02x`, r)
	case r <= 0xffff:
		return fmt.Sprintf(`\u%04x`, r)
	}
	return fmt.Sprintf(`\U%08x`, r)
}

// invisible reports what Unicode counts as printable and shows as nothing:
// fillers, variation selectors and the blank Braille pattern.
func invisible(r rune) bool {
	return unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) || r == '\u2800'
}
