package collect_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"iamvigil/internal/awstest"
	"iamvigil/scanner/account"
	"iamvigil/scanner/collect"
)

// What remediation looks at is that part of the whole account, in as few calls.
func TestUsersIsThatPartOfTheWhole(t *testing.T) {
	c, aws := collector(t, acme())
	s, err := c.Users(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	calls := map[string]int{
		"iam:GetAccountAuthorizationDetails": 3, "iam:GenerateCredentialReport": 1, "iam:GetCredentialReport": 1,
		"sts:GetCallerIdentity": 1,
	}
	if diff := cmp.Diff(calls, aws.Calls()); diff != "" {
		t.Errorf("calls:\n%s", diff)
	}
	all := whole(t, acme())
	want := &account.Snapshot{Version: all.Version, Account: all.Account, Seen: map[account.Fact]account.Seen{},
		Root: all.Root, Users: all.Users, Groups: all.Groups, Roles: all.Roles, Policies: all.Policies}
	want.Account.Name = ""
	for i := range want.Users {
		want.Users[i].ServiceCredentials = nil
	}
	for _, f := range []account.Fact{account.Users, account.Groups, account.Roles, account.Policies,
		account.Logins, account.Keys, account.MFA, account.Certificates, account.RootUse} {
		want.Seen[f] = all.Seen[f]
	}
	if diff := cmp.Diff(want, s); diff != "" {
		t.Error(diff)
	}
}

func TestUsersWithoutOneCall(t *testing.T) {
	for action, lost := range map[string][]account.Fact{
		"iam:GetAccountAuthorizationDetails": {account.Users, account.Groups, account.Roles, account.Policies},
		"iam:GetCredentialReport":            {account.Logins, account.Keys, account.MFA, account.Certificates, account.RootUse},
	} {
		c, _ := collector(t, acme(), awstest.Deny(action))
		s, err := c.Users(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for f, seen := range s.Seen {
			if seen.Known() == slices.Contains(lost, f) {
				t.Errorf("%s: %s: %+v", action, f, seen)
			}
		}
	}
}

func TestUsersOfNobodyKnowsWhichAccount(t *testing.T) {
	c, _ := collector(t, acme(), awstest.Deny("sts:GetCallerIdentity"))
	if s, err := c.Users(t.Context()); err == nil {
		t.Errorf("a snapshot of account %q", s.Account.ID)
	}
}

// The policies that contain users are known beforehand: no look asks AWS for
// them, and each carries them.
func TestEveryLookCarriesTheDenies(t *testing.T) {
	denies := account.Denies{Console: "arn:aws:iam::111122223333:policy/console", All: "arn:aws:iam::111122223333:policy/all"}
	c, _ := collector(t, acme())
	c.Stack = collect.Stack{Denies: denies}
	looks := map[string]func() (*account.Snapshot, error){
		"whole": func() (*account.Snapshot, error) { return c.Whole(t.Context()) },
		"users": func() (*account.Snapshot, error) { return c.Users(t.Context()) },
		"only": func() (*account.Snapshot, error) {
			s, _, err := c.Only(t.Context(), []account.Ref{user("ben")})
			return s, err
		},
	}
	for name, look := range looks {
		s, err := look()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(account.Stack{Denies: denies}, s.Stack); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}
