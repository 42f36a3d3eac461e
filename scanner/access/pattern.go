package access

import (
	"strings"

	"iamvigil/scanner/policy"
)

// mayBegin tells whether a pattern of actions can match one that begins with the
// prefix, which is in lower case: "iam:" for those of IAM.
func mayBegin(pattern, prefix string) bool {
	for i := range len(prefix) {
		switch {
		case i == len(pattern):
			return false
		case pattern[i] == '*':
			return true
		case pattern[i] != '?' && lower(pattern[i]) != prefix[i]:
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// coversAll tells whether a pattern of actions surely matches all that begin with
// the prefix and go on. That it matches one whose end is a byte that no pattern
// has, and ends in *, makes it so: whatever follows the prefix, * takes it.
func coversAll(pattern, prefix string) bool {
	return strings.HasSuffix(pattern, "*") && policy.MatchAction(pattern, prefix+"\xff")
}
