package scanner_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

// TestSeveral: each part is asked by the facts that it needs, whatever keeps the
// others from answering, and a rule that is asked beside may be asked for its list.
func TestSeveral(t *testing.T) {
	fail := func(p *scanner.Pass) { p.Fail("", nil, "%v", p.ListOf("other")) }
	rule := scanner.Rule{
		About: scanner.About{ID: "rule", Severity: scanner.Low},
		Reads: []account.Fact{account.Users, account.Roles},
		Check: scanner.Several(
			scanner.Part{Reads: []account.Fact{account.Users}, Check: scanner.Users(func(p *scanner.Pass, _ *account.User) { fail(p) })},
			scanner.Part{Reads: []account.Fact{account.Roles}, Check: scanner.Roles(func(p *scanner.Pass, _ *account.Role) { fail(p) })},
		),
	}
	other := scanner.Rule{
		About: scanner.About{ID: "other", List: scanner.List{Of: "words", Values: []string{"a", "b"}}},
		Reads: []account.Fact{account.Users}, Check: scanner.Users(func(*scanner.Pass, *account.User) {}),
	}
	s := &account.Snapshot{
		Users: []account.User{{ID: "AIDA1", Name: "u"}}, Roles: []account.Role{{ID: "AROA1", Name: "r"}},
		Seen: map[account.Fact]account.Seen{account.Users: {Missing: "denied"}, account.Roles: {At: now}},
	}
	report := scanner.Evaluate(s, account.Scope{Whole: true}, []scanner.Rule{rule, other}, now)
	var got []string
	for _, f := range report.Findings {
		got = append(got, string(f.Resource.Kind)+" "+f.Message)
	}
	for _, g := range report.Gaps {
		got = append(got, g.Rule+" lacks "+string(g.Fact))
	}
	want := []string{"role [a b]", "other lacks users", "rule lacks users"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
}
