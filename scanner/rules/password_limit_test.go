package rules_test

import (
	"slices"
	"strings"
	"testing"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/rules"
)

// TestLimitsWithoutPassword: rules about what users have may have another limit
// for programs. Finding and evidence name the one in force; where it is not known
// which that is and the two disagree, there is a gap.
func TestLimitsWithoutPassword(t *testing.T) {
	var split []string
	for _, rule := range rules.All() {
		if !rule.Limit.PerPassword {
			continue
		}
		split = append(split, rule.ID)
		rule.Limit.Value, rule.Limit.WithoutPassword = 30, 60
		for _, test := range []struct {
			age     int
			unknown bool
			person  bool
			want    string
		}{
			{31, false, true, "the limit is 30"},
			{60, false, false, "passes"},
			{61, false, false, "the limit is 60"},
			{30, true, false, "passes"},
			{60, true, false, "gap"},
			{61, true, false, "the limit is 60"},
		} {
			if test.unknown && slices.Contains(rule.Reads, account.Logins) {
				continue // then it is a gap anyhow
			}
			s := agedSnapshot(t, rule.ID, test.age, test.person, test.unknown)
			if got := told(scanner.Evaluate(s, account.Scope{Whole: true}, []scanner.Rule{rule}, clock)); !strings.HasSuffix(got, test.want) {
				t.Errorf("%s, %+v: %s", rule.ID, test, got)
			}
		}
	}
	if len(split) < 4 {
		t.Errorf("rules with two limits: %v, too few to be all", split)
	}
}

// agedSnapshot is what the rule's limit is tested with, of a user with or without a
// console password.
func agedSnapshot(t *testing.T, rule string, age int, person, unknown bool) *account.Snapshot {
	t.Helper()
	s := load(t, "testdata/"+rule+".txtar").ago(t, limitFile, limitAgo, days(age))
	if len(s.Users) != 1 {
		t.Fatalf("rule %s: its limit may differ by user, and its %s has %d of them, want 1", rule, limitFile, len(s.Users))
	}
	s.Users[0].Login = nil
	if person {
		s.Users[0].Login = &account.Login{}
	}
	if unknown {
		s.Seen[account.Logins] = forgotten
	}
	return &s
}

func told(r scanner.Report) string {
	switch {
	case len(r.Findings) == 0 && len(r.Gaps) == 0:
		return "passes"
	case len(r.Findings) == 0:
		return "gap"
	}
	f := r.Findings[0]
	if limit := f.Evidence["limit"]; !strings.HasSuffix(f.Message, "the limit is "+limit) {
		return f.Message + ", and the evidence says " + limit
	}
	return f.Message
}
