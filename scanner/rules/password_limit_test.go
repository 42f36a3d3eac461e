package rules_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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
			s := agedSnapshot(rule.ID, test.age, test.person, test.unknown)
			if got := told(scanner.Evaluate(s, account.Scope{Whole: true}, []scanner.Rule{rule}, clock)); !strings.HasSuffix(got, test.want) {
				t.Errorf("%s, %+v: %s", rule.ID, test, got)
			}
		}
	}
	if diff := cmp.Diff([]string{"key-inactive-left", "key-rotation", "key-unused", "user-unused"}, slices.Sorted(slices.Values(split))); diff != "" {
		t.Errorf("rules with two limits (-want +got):\n%s", diff)
	}
}

func agedSnapshot(rule string, age int, person, unknown bool) *account.Snapshot {
	s := aged[rule](clock.Add(-time.Duration(age) * 24 * time.Hour))
	s.Account = account.Identity{ID: "111122223333", Partition: "aws"}
	s.Seen = map[account.Fact]account.Seen{}
	for _, fact := range account.Facts() {
		s.Seen[fact] = account.Seen{At: clock}
	}
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
