package policy

import "unicode/utf8"

// MatchAction tells whether an action, such as "iam:PassRole", matches a pattern
// from an Action or NotAction list, in which * stands for any run of characters and
// ? for any one, in any place. Case is ignored. It takes no more than the product of
// the two lengths in time, mostly their sum, and does not allocate.
func MatchAction(pattern, action string) bool {
	p, a := 0, 0
	star, resume := -1, 0
	for a < len(action) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, resume = p, a
			p++
		case p < len(pattern) && (pattern[p] == '?' || lower(pattern[p]) == lower(action[a])):
			p++
			a++
		case star >= 0:
			resume++
			p, a = star+1, resume
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// MatchResource tells whether a resource, an ARN or the "*" of calls that have none,
// matches a pattern from a Resource or NotResource list. It is like MatchAction, but
// case counts. Wildcards cross : and / alike. ${*}, ${?} and ${$} are the characters
// themselves, whatever the document's version: in the older one they would be no
// escapes, but no ARN has a brace in it for them to match. All other ${...} are
// literal text.
func MatchResource(pattern, resource string) bool {
	p, r := 0, 0
	star, resume := -1, 0
	for r < len(resource) {
		s, next := symbolAt(pattern, p)
		c, size := utf8.DecodeRuneInString(resource[r:])
		switch {
		case s == anyRun:
			star, resume = next, r
			p = next
		case s == anyOne || s == symbol(c):
			p = next
			r += size
		case star >= 0:
			_, size = utf8.DecodeRuneInString(resource[resume:])
			resume += size
			p, r = star, resume
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

// symbol is a character of a pattern, or one of the wildcards.
type symbol rune

const (
	anyRun symbol = -1 - iota // *
	anyOne                    // ?
	none                      // the pattern is at its end
)

// symbolAt reads the symbol at byte i of a pattern and gives the place of the next.
func symbolAt(pattern string, i int) (symbol, int) {
	if i >= len(pattern) {
		return none, i
	}
	switch c := pattern[i]; {
	case c == '*':
		return anyRun, i + 1
	case c == '?':
		return anyOne, i + 1
	case c == '$' && i+3 < len(pattern) && pattern[i+1] == '{' && pattern[i+3] == '}':
		if c = pattern[i+2]; c == '*' || c == '?' || c == '$' {
			return symbol(c), i + 4
		}
	}
	c, size := utf8.DecodeRuneInString(pattern[i:])
	return symbol(c), i + size
}
