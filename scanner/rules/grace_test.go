package rules_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"iamvigil/scanner/rules"
)

// TestGraces: what is new is let be for as long as was set, which is not at all
// unless it was. What nobody knows the creation of is never let be.
func TestGraces(t *testing.T) {
	for _, rule := range rules.All() {
		if rule.Grace.Unit == "" {
			continue
		}
		f := load(t, "testdata/"+rule.ID+".txtar")
		rule = f.given(rule)
		fails := func(ago time.Duration) bool { return failing(rule, f.ago(t, graceFile, graceAgo, ago)) }
		if rule.Grace.Value != 0 || !fails(0) {
			t.Errorf("%s: without a grace lets be what is new", rule.ID)
		}
		for _, n := range []int{1, rule.Grace.Max} {
			rule.Grace.Value = n
			for ago, want := range map[time.Duration]bool{0: false, days(n) - time.Second: false, days(n): true} {
				if got := fails(ago); got != want {
					t.Errorf("%s, grace %d, created %v ago: fails %v, want %v", rule.ID, n, ago, got, want)
				}
			}
			unknown := f.with(t, graceFile, graceAgo, `"`+time.Time{}.Format(time.RFC3339)+`"`)
			if !failing(rule, unknown) {
				t.Errorf("%s, grace %d: lets be what nobody knows the creation of", rule.ID, n)
			}
		}
	}
}

// TestWhoHasGrace: root, administrators and trusts are never let be.
func TestWhoHasGrace(t *testing.T) {
	for _, about := range rules.Abouts() {
		never := slices.ContainsFunc([]string{"root", "admin", "trust", "event", "scanner"}, func(word string) bool { return strings.Contains(about.ID, word) })
		if never && about.Grace.Unit != "" {
			t.Errorf("rule %s has a grace", about.ID)
		}
	}
}
