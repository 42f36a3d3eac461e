package scanner_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

// TestUnseen: what never comes is a gap of each rule that it concerns, with all
// of it for a reason, so that it is one line to tell.
func TestUnseen(t *testing.T) {
	rules := []scanner.EventRule{
		{About: scanner.About{ID: "a"}, Unseen: "x"}, {About: scanner.About{ID: "b"}}, {About: scanner.About{ID: "c"}, Unseen: "y"},
	}
	reason := "events of other Regions do not come here: x; y"
	want := []scanner.Gap{{Rule: "a", Fact: account.OtherRegions, Reason: reason}, {Rule: "c", Fact: account.OtherRegions, Reason: reason}}
	if diff := cmp.Diff(want, scanner.Unseen(rules, false)); diff != "" {
		t.Error(diff)
	}
	if got := scanner.Unseen(rules[1:2], false); len(got) != 0 {
		t.Errorf("gaps of a rule that sees all: %v", got)
	}
}

// TestFurtherEvents: what comes only where the stack is asked for it is a gap of a rule
// that was switched on where it is not.
func TestFurtherEvents(t *testing.T) {
	rules := []scanner.EventRule{{About: scanner.About{ID: "a", OptIn: true}, Further: "reads"}, {About: scanner.About{ID: "b"}}, {About: scanner.About{ID: "c"}, Further: "more"}}
	reason := "reads do not come here; deploy the stack with FurtherEvents=true, or switch the rule off"
	want := []scanner.Gap{{Rule: "a", Fact: account.FurtherEvents, Reason: reason}}
	if diff := cmp.Diff(want, scanner.Unseen(rules, false)); diff != "" {
		t.Error(diff)
	}
	if got := scanner.Unseen(rules, true); len(got) != 0 {
		t.Errorf("gaps though the stack was asked: %v", got)
	}
}
