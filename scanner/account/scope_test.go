package account_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"iamvigil/scanner/account"
)

func TestTouched(t *testing.T) {
	const admin = "arn:aws:iam::aws:policy/AdministratorAccess"
	attached := []account.Attachment{{ARN: admin}}
	s := &account.Snapshot{
		Users: []account.User{
			{Name: "direct", Attached: attached},
			{Name: "bounded", Boundary: admin},
			{Name: "member", Groups: []string{"Admins"}},
			{Name: "other", Groups: []string{"readers"}},
		},
		Groups: []account.Group{{Name: "Admins", Attached: attached}, {Name: "readers"}},
		Roles:  []account.Role{{Name: "deploy", Attached: attached}, {Name: "fn"}},
	}
	for name, c := range map[string]struct {
		named []account.Ref
		want  []string
	}{
		"a user":                       {[]account.Ref{{Kind: account.KindUser, Name: "other"}, {Kind: account.KindUser, Name: "OTHER"}}, []string{"user other"}},
		"a group's membership":         {[]account.Ref{{Kind: account.KindGroup, Name: "admins"}}, []string{"group admins"}},
		"what a group is allowed":      {[]account.Ref{{Kind: account.KindGroup, Name: "admins"}, {Kind: account.KindMembers, Name: "admins"}}, []string{"group admins", "user member"}},
		"a policy":                     {[]account.Ref{{Kind: account.KindPolicy, ARN: admin}}, []string{"policy ", "user direct", "user bounded", "group Admins", "role deploy", "user member"}},
		"a policy's use":               {[]account.Ref{{Kind: account.KindPolicy, Name: "AdministratorAccess"}}, []string{"policy AdministratorAccess"}},
		"a user that is there no more": {[]account.Ref{{Kind: account.KindUser, Name: "gone"}}, []string{"user gone"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, ref := range s.Touched(c.named).Refs {
				got = append(got, string(ref.Kind)+" "+ref.Name)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Who is in scope: the unique id decides, a name alone is without case, and a
// namesake of another kind or id is another.
func TestScopeCovers(t *testing.T) {
	scope := account.Scope{Refs: []account.Ref{{Kind: account.KindUser, Name: "Ann"}, {Kind: account.KindUser, ID: "AIDABEN", Name: "ben"}}}
	for _, c := range []struct {
		ref  account.Ref
		want bool
	}{
		{account.Ref{Kind: account.KindUser, ID: "AIDAANN", Name: "ann"}, true},
		{account.Ref{Kind: account.KindUser, ID: "AIDABEN", Name: "benjamin"}, true},
		{account.Ref{Kind: account.KindUser, ID: "AIDANEW", Name: "ben"}, false},
		{account.Ref{Kind: account.KindRole, Name: "ann"}, false},
		{account.Ref{Kind: account.KindAccount}, false},
	} {
		if got := scope.Covers(c.ref); got != c.want {
			t.Errorf("%+v: %v", c.ref, got)
		}
	}
	if !(account.Scope{Whole: true}).Covers(account.Ref{Kind: account.KindAccount}) {
		t.Error("the whole account lacks the account")
	}
}
