package policy_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"iamvigil/scanner/policy"
)

func TestMatchAction(t *testing.T) {
	check := func(want bool) func(pattern, action string) {
		return func(pattern, action string) {
			t.Helper()
			if policy.MatchAction(pattern, action) != want {
				t.Errorf("%q matches %q: %t", pattern, action, !want)
			}
		}
	}
	match, miss := check(true), check(false)

	match("*", "iam:PassRole")
	match("*:*", "iam:PassRole")
	match("iam:*", "iam:PassRole")
	match("iam:Pass*", "iam:PassRole")
	match("IAM:passROLE", "iam:PassRole")
	match("iam:*AccessKey", "iam:CreateAccessKey")
	match("iam:*access*", "iam:UpdateAccessKey")
	match("iam:?reateUser", "iam:CreateUser")
	match("i?m:*e*e*", "iam:PassRoleEver")
	match("*Role", "iam:PassRole")
	match("**iam:**PassRole**", "iam:PassRole")
	match("*", "")
	match("", "")

	miss("", "iam:PassRole")
	miss("iam", "iam:PassRole")
	miss("iam:PassRole", "iam:PassRoles")
	miss("iam:PassRole?", "iam:PassRole")
	miss("iam:PassRole", "")
	miss("s3:*", "iam:PassRole")
	miss("iam:*Policy", "iam:PassRole")
	miss("iam:*a*z*", "iam:PassRole")
	miss("iam:??reateUser", "iam:CreateUser")
	miss("iam:${*}", "iam:*")
	miss("@am:x", "`am:x") // next to the letters in ASCII
}

func TestMatchResource(t *testing.T) {
	check := func(want bool) func(pattern, resource string) {
		return func(pattern, resource string) {
			t.Helper()
			if policy.MatchResource(pattern, resource) != want {
				t.Errorf("%q matches %q: %t", pattern, resource, !want)
			}
		}
	}
	match, miss := check(true), check(false)

	match("*", "*")
	match("*", "arn:aws:iam::123456789012:role/r")
	match("arn:*", "arn:aws:iam::123456789012:role/path/r")
	match("arn:aws:iam::*:role/*", "arn:aws:iam::123456789012:role/path/r")
	match("arn:aws:iam::*r", "arn:aws:iam::123456789012:role/path/r")
	match("arn:aws:s3:::bucket/?", "arn:aws:s3:::bucket/é")
	match("arn:aws:s3:::*/??", "arn:aws:s3:::bücket/éa")
	match("arn:aws:s3:::bucket/${*}${?}${$}", "arn:aws:s3:::bucket/*?$")
	match("arn:aws:s3:::${aws:username}/*", "arn:aws:s3:::${aws:username}/x")
	match("${", "${")
	match("${x}", "${x}")

	miss("arn:aws:iam::123456789012:role/R", "arn:aws:iam::123456789012:role/r")
	miss("arn:*", "*")
	miss("arn:aws:s3:::bucket/?", "arn:aws:s3:::bucket/")
	miss("arn:aws:s3:::bucket/??", "arn:aws:s3:::bucket/é")
	miss("arn:aws:s3:::bucket/*??", "arn:aws:s3:::bucket/é")
	miss("arn:aws:s3:::bucket/${*}", "arn:aws:s3:::bucket/x")
	miss("arn:aws:s3:::${aws:username}/*", "arn:aws:s3:::alice/x")
	miss("arn:aws:s3:::bucket", "arn:aws:s3:::bucket/x")
}

func TestMatchActionDoesNotAllocate(t *testing.T) {
	n := testing.AllocsPerRun(10, func() {
		if !policy.MatchAction("iam:*Key*", "iam:CreateAccessKey") {
			t.Error("no match")
		}
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// naive is what a pattern means, at exponential cost. Only resources have escapes.
func naive(pattern, s string, escapes bool) bool {
	if pattern == "" {
		return s == ""
	}
	for _, escape := range []string{"${*}", "${?}", "${$}"} {
		if rest, ok := strings.CutPrefix(pattern, escape); ok && escapes {
			return strings.HasPrefix(s, escape[2:3]) && naive(rest, s[1:], escapes)
		}
	}
	p, width := utf8.DecodeRuneInString(pattern)
	rest := pattern[width:]
	if p == '*' && naive(rest, s, escapes) {
		return true
	}
	if s == "" {
		return false
	}
	c, width := utf8.DecodeRuneInString(s)
	switch p {
	case '*':
		return naive(pattern, s[width:], escapes)
	case '?', c:
		return naive(rest, s[width:], escapes)
	}
	return false
}

func FuzzMatch(f *testing.F) {
	f.Add("iam:*?", "iam:x")
	f.Add("a*b?*ab", "aabxabab")
	f.Add("${*}*${?}", "*x?")
	f.Add("*é?", "éé")
	f.Fuzz(func(t *testing.T, pattern, s string) {
		if len(pattern) > 12 || len(s) > 20 {
			return // naive would take too long
		}
		if got, want := policy.MatchResource(pattern, s), naive(pattern, s, true); got != want {
			t.Errorf("resource: %q matches %q: %t", pattern, s, got)
		}
		if strings.IndexFunc(pattern+s, func(c rune) bool { return c >= utf8.RuneSelf }) >= 0 {
			return // no action has such a character
		}
		if got, want := policy.MatchAction(pattern, s), naive(strings.ToLower(pattern), strings.ToLower(s), false); got != want {
			t.Errorf("action: %q matches %q: %t", pattern, s, got)
		}
	})
}

func TestCovers(t *testing.T) {
	check := func(want bool) func(pattern, other string) {
		return func(pattern, other string) {
			t.Helper()
			if policy.CoversResource(pattern, other) != want {
				t.Errorf("%q covers %q: %t", pattern, other, !want)
			}
		}
	}
	covers, not := check(true), check(false)

	covers("*", "*")
	covers("**", "*")
	covers("*", "")
	covers("", "")
	covers("arn:*", "arn:aws:s3:::*")
	covers("?*", "*?")
	covers("*?*?", "??*")
	covers("a?*", "a*b")
	covers("*a*", "*ba*")
	covers("*a*a*", "*a?*ba")
	covers("*:*", "?*:?*")
	covers("a*c", "a?*c")
	covers("a?c", "a?c")
	covers("*${*}", "a${*}")
	covers("*?a", "ba")

	not("arn:aws:s3:::*", "arn:*")
	not("?*", "*")
	not("a", "*")
	not("a", "?")
	not("a*b", "a*")
	not("*a?b*", "*a*b*")
	not("x*?a", "x*a")
	not("*ab*", "*a*b*")
	not("*a*a*", "*a*")
	not("a*a", "a")
	not("ab*", "a")
	not("*ab", "b")
	not("*??", "?")
	not("A*", "a*")
	not("${*}", "*")

	if !policy.CoversAction("IAM:*", "iam:Pass*") || policy.CoversAction("iam:Pass*", "iam:*") ||
		policy.CoversAction("iam:${*}", "iam:*") || !policy.CoversAction("iam:?", "iam:?") {
		t.Error("CoversAction differs from CoversResource in more than case")
	}
}

// Every pattern of up to four symbols against every other: one covers the other if
// and only if it matches all strings that the other does. Strings are of the letters
// that patterns have and of one that they do not have, up to a length at which
// further strings tell nothing new of patterns so short.
func TestCoversIsExact(t *testing.T) {
	patterns, texts := words("ab?*", 4), words("abc", 7)
	matched := make([][]uint64, len(patterns))
	for i, pattern := range patterns {
		matched[i] = make([]uint64, len(texts)/64+1)
		for j, s := range texts {
			if policy.MatchResource(pattern, s) {
				matched[i][j/64] |= 1 << (j % 64)
			}
		}
	}
	for i, pattern := range patterns {
		for j, other := range patterns {
			want := true
			for k := range matched[i] {
				want = want && matched[j][k]&^matched[i][k] == 0
			}
			if got := policy.CoversResource(pattern, other); got != want {
				t.Errorf("%q covers %q: %t", pattern, other, got)
			}
		}
	}
}

// words gives every word of up to n letters.
func words(letters string, n int) []string {
	all := []string{""}
	for from := 0; n > 0; n-- {
		to := len(all)
		for _, word := range all[from:to] {
			for _, letter := range letters {
				all = append(all, word+string(letter))
			}
		}
		from = to
	}
	return all
}

// A string that other matches is made by replacing its wildcards.
func TestWhatIsCoveredMatches(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		other := rapid.StringMatching(`([ab?*é]|\$\{[*?$]\}){0,9}`).Draw(t, "other")
		pattern := rapid.StringMatching(`([ab?*é]|\$\{[*?$]\}){0,9}`).Draw(t, "pattern")
		if rapid.Bool().Draw(t, "alike") {
			pattern = strings.Replace(other, rapid.SampledFrom([]string{"a", "?", "b", "é"}).Draw(t, "from"), "*", 2)
		}
		text := strings.NewReplacer("${*}", "*", "${?}", "?", "${$}", "$",
			"?", rapid.StringMatching(`[abcé]`).Draw(t, "one"),
			"*", rapid.StringMatching(`[abcé]{0,4}`).Draw(t, "run")).Replace(other)
		if !policy.MatchResource(other, text) {
			t.Fatalf("%q does not match %q", other, text)
		}
		if policy.CoversResource(pattern, other) && !policy.MatchResource(pattern, text) {
			t.Fatalf("%q covers %q, but does not match %q", pattern, other, text)
		}
	})
}
