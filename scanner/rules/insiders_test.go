package rules_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
	"iamvigil/scanner/rules"
)

// TestTrustedAccounts: an account that is listed as trusted is let be by the rules about
// outsiders, but is still asked for an external id unless it is listed as one's own; and
// no other account with it.
func TestTrustedAccounts(t *testing.T) {
	s := outsidersOf("444455556666")
	const trusted, own = "role-trust-cross-account", "role-trust-no-external-id"
	for _, test := range []struct {
		lists map[string]string
		want  []string
	}{
		{nil, outsiderRules[1:]},
		{map[string]string{trusted: "777788889999", own: "777788889999"}, outsiderRules[1:]},
		{map[string]string{trusted: "444455556666"}, []string{own}},
		{map[string]string{own: "444455556666"}, slices.DeleteFunc(slices.Clone(outsiderRules[1:]), func(rule string) bool { return rule == own })},
		{map[string]string{trusted: "444455556666", own: "444455556666"}, nil},
	} {
		all := rules.All()
		for i := range all {
			if listed := test.lists[all[i].ID]; listed != "" {
				all[i].List.Values = []string{listed}
			}
		}
		var got []string
		for _, f := range scanner.Evaluate(s, account.Scope{Whole: true}, all, clock).Findings {
			if f.Resource.Kind == account.KindRole && slices.Contains(outsiderRules, f.Rule) {
				got = append(got, f.Rule)
			}
		}
		slices.Sort(got)
		want := slices.Sorted(slices.Values(test.want))
		if diff := cmp.Diff(want, slices.Compact(got)); diff != "" {
			t.Errorf("with lists %v (-want +got):\n%s", test.lists, diff)
		}
	}
}

var outsiderRules = []string{
	"role-trust-any-principal", "role-trust-any-principal-conditional", "role-trust-cross-account", "role-trust-no-external-id",
	"role-cross-account-readonly", "role-cross-account-write",
}

// outsidersOf is an account whose roles let in another, in each way there is.
func outsidersOf(id string) *account.Snapshot {
	role := func(name, statement string) account.Role {
		return account.Role{
			ARN: "arn:aws:iam::111122223333:role/" + name, ID: "AROA" + name, Name: name, Created: clock,
			Attached: []account.Attachment{{ARN: "arn:aws:iam::aws:policy/ReadOnlyAccess", Name: "ReadOnlyAccess"}},
			Inline:   []account.InlinePolicy{{Name: "p", Document: policy.Parse(`{"Statement": {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}}`)}},
			Trust:    policy.Parse(`{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", ` + statement + `}}`),
		}
	}
	s := &account.Snapshot{
		Account: account.Identity{ID: "111122223333", Partition: "aws"},
		Roles: []account.Role{
			role("NAMED", `"Principal": {"AWS": "arn:aws:iam::`+id+`:role/ci"}`),
			role("BARE", `"Principal": {"AWS": "`+id+`"}`),
			role("ANYBODY", `"Principal": "*", "Condition": {"StringEquals": {"aws:PrincipalAccount": "`+id+`"}}`),
			role("BYARN", `"Principal": "*", "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::`+id+`:role/*"}}`),
		},
		Seen: map[account.Fact]account.Seen{},
	}
	for _, fact := range account.Facts() {
		s.Seen[fact] = account.Seen{At: clock}
	}
	return s
}

// TestWriterIsOneLine: that another account can change something says what else there
// is about its being let in.
func TestWriterIsOneLine(t *testing.T) {
	told, covered := lines(*outsidersOf("444455556666"), func(r scanner.Rule) bool { return slices.Contains(outsiderRules, r.ID) })
	if diff := cmp.Diff([]string{"role-cross-account-write"}, slices.Compact(told)); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	want := by("role-cross-account-write", "role-trust-any-principal-conditional", "role-trust-cross-account", "role-cross-account-readonly")
	want["role-trust-no-external-id"] = "role-trust-cross-account"
	if diff := cmp.Diff(want, covered); diff != "" {
		t.Errorf("covered (-want +got):\n%s", diff)
	}
}

// TestTrustedIsAskedForItsExternalID: that another account can change something, be it
// told mildly, says nothing of one that is listed as trusted.
func TestTrustedIsAskedForItsExternalID(t *testing.T) {
	s := outsidersOf("444455556666")
	s.Roles[0].Trust = policy.Parse(`{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ["444455556666", "999988887777"]}}}`)
	s.Roles = s.Roles[:1]
	s.Organization = &account.Organization{ID: "o-ours", Management: "999988887777"}
	trusting := mustRule(t, "role-trust-cross-account")
	trusting.List.Values = []string{"444455556666"}
	all := []scanner.Rule{trusting, mustRule(t, "role-cross-account-write"), mustRule(t, "role-trust-no-external-id")}
	for _, f := range scanner.Evaluate(s, account.Scope{Whole: true}, all, clock).Findings {
		if told := f.Rule == "role-trust-no-external-id"; told != (f.Severity == scanner.Medium) || told && f.CoveredBy != "" {
			t.Errorf("%s is %s, covered by %q", f.Rule, f.Severity, f.CoveredBy)
		}
	}
}

// TestDeniedAdministrator: that AdministratorAccess is one of the policies that nobody
// is to have is told by the rule that is about it, while that is asked.
func TestDeniedAdministrator(t *testing.T) {
	denied := mustRule(t, "policy-denied-attached")
	denied.List.Values = []string{"*"}
	s := oneUser(account.User{Attached: []account.Attachment{
		{ARN: "arn:aws:iam::aws:policy/AdministratorAccess", Name: "AdministratorAccess"}, {ARN: "arn:aws:iam::aws:policy/ViewOnlyAccess", Name: "ViewOnlyAccess"},
	}})
	s.Account = account.Identity{ID: "111122223333", Partition: "aws"}
	s.Seen = map[account.Fact]account.Seen{account.Users: {At: clock}, account.Groups: {At: clock}, account.Roles: {At: clock}, account.Policies: {At: clock}}
	for _, beside := range [][]scanner.Rule{nil, {mustRule(t, "administrator-attached")}} {
		told := map[string]string{}
		for _, f := range scanner.Evaluate(&s, account.Scope{Whole: true}, append(beside, denied), clock).Findings {
			if f.Rule == denied.ID {
				told[account.NameOf(f.Part)] = f.CoveredBy
			}
		}
		want := map[string]string{"AdministratorAccess": "", "ViewOnlyAccess": ""}
		if len(beside) > 0 {
			want["AdministratorAccess"] = "administrator-attached"
		}
		if diff := cmp.Diff(want, told); diff != "" {
			t.Errorf("covered by (-want +got):\n%s", diff)
		}
	}
}
