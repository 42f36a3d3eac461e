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

// TestTrustedAccounts: an account that is listed once is let be by all rules about
// outsiders, and no other account with it.
func TestTrustedAccounts(t *testing.T) {
	s := outsidersOf("444455556666")
	for listed, want := range map[string][]string{
		"":             {"role-cross-account-readonly", "role-cross-account-write", "role-trust-any-principal-conditional", "role-trust-cross-account", "role-trust-no-external-id"},
		"777788889999": {"role-cross-account-readonly", "role-cross-account-write", "role-trust-any-principal-conditional", "role-trust-cross-account", "role-trust-no-external-id"},
		"444455556666": nil,
	} {
		all := rules.All()
		i := slices.IndexFunc(all, func(r scanner.Rule) bool { return r.ID == "role-trust-cross-account" })
		all[i].List.Values = []string{listed}
		var got []string
		for _, f := range scanner.Evaluate(s, account.Scope{Whole: true}, all, clock).Findings {
			if f.Resource.Kind == account.KindRole && slices.Contains(outsiderRules, f.Rule) {
				got = append(got, f.Rule)
			}
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, slices.Compact(got)); diff != "" {
			t.Errorf("with %q trusted (-want +got):\n%s", listed, diff)
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
	want := by("role-cross-account-write", "role-trust-any-principal-conditional", "role-trust-cross-account", "role-trust-no-external-id", "role-cross-account-readonly")
	if diff := cmp.Diff(want, covered); diff != "" {
		t.Errorf("covered (-want +got):\n%s", diff)
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
