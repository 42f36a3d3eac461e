package rules_test

import (
	"slices"
	"testing"

	"iamvigil/scanner"
	"iamvigil/scanner/rules"
)

// TestStreaksAreShort: nothing is counted for longer than the ledger keeps it, nor to more
// than one of its items can hold.
func TestStreaksAreShort(t *testing.T) {
	counting := slices.DeleteFunc(rules.Events(), func(r scanner.EventRule) bool { return r.Counts == nil })
	for _, r := range counting {
		if r.Within <= 0 || r.Within > scanner.StreakKept || r.Limit.Value < r.Limit.Min || r.Limit.Max > 100 || r.Limit.Min < 2 {
			t.Errorf("rule %s counts up to %d within %s", r.ID, r.Limit.Max, r.Within)
		}
	}
	if len(counting) == 0 {
		t.Error("no rule counts")
	}
}
