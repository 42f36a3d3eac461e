package collect_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"iamvigil/internal/awstest"
	"iamvigil/scanner/account"
	"iamvigil/scanner/collect"
)

func user(name string) account.Ref { return account.Ref{Kind: account.KindUser, Name: name} }

func only(t *testing.T, c *collect.Collector, refs ...account.Ref) (*account.Snapshot, account.Scope) {
	t.Helper()
	s, scope, err := c.Only(t.Context(), refs)
	if err != nil {
		t.Fatal(err)
	}
	return s, scope
}

// What one user's look tells of him is what the whole account's does, but that
// it is live, and his certificates are not asked for.
func TestOnlyIsThatPartOfTheWhole(t *testing.T) {
	c, _ := collector(t, acme())
	s, err := c.Whole(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c.NameKeys(t.Context(), s, []string{"AIDABEN"})
	part, scope := only(t, c, user("BEN"))
	ben := part.Users[1]
	if !scope.Covers(ben.Ref()) || scope.Covers(part.Users[0].Ref()) {
		t.Errorf("scope: %+v", scope)
	}
	for _, f := range []account.Fact{account.Logins, account.Keys, account.MFA} {
		if !part.Of(ben.Seen, f).Known() || part.Of(part.Users[0].Seen, f).Asked() {
			t.Errorf("%s: of ben %+v, of ann %+v", f, part.Of(ben.Seen, f), part.Of(part.Users[0].Seen, f))
		}
	}
	ben.Seen = nil
	for i := range ben.Keys {
		ben.Keys[i].Slot = s.Users[1].Keys[i].Slot
	}
	whole := s.Users[1]
	whole.ServiceCredentials = nil // they are read of everybody at once, or not at all
	if diff := cmp.Diff(whole, ben); diff != "" {
		t.Error(diff)
	}
}

func TestOnlyInFewCalls(t *testing.T) {
	s := acme()
	s.Users[1].Keys = s.Users[1].Keys[:1]
	aws := awstest.Serve(t, s, awstest.Clock(clock))
	c := collect.New(aws.Config(), identity, clock)
	only(t, c, user("ben"), user("Ben"))
	want := map[string]int{
		"iam:GetAccountAuthorizationDetails": 1, "iam:GetUser": 1, "iam:GetLoginProfile": 1,
		"iam:ListMFADevices": 1, "iam:ListAccessKeys": 1, "iam:GetAccessKeyLastUsed": 1,
	}
	if diff := cmp.Diff(want, aws.Calls()); diff != "" {
		t.Error(diff)
	}
}

// An account's change has its own facts read live, and nothing of the report.
func TestOnlyTheAccount(t *testing.T) {
	c, aws := collector(t, acme())
	s, _ := only(t, c, account.Ref{Kind: account.KindAccount})
	for _, f := range []account.Fact{account.Summary, account.Passwords, account.VirtualMFA, account.Trails} {
		if !s.Seen[f].Known() {
			t.Errorf("%s: %+v", f, s.Seen[f])
		}
	}
	if s.Seen[account.RootUse].Asked() || aws.Calls()["iam:GenerateCredentialReport"] != 0 {
		t.Error("the credential report was asked for")
	}
}

// A policy's change reaches the group that has it and that group's members.
func TestOnlyReachesMembers(t *testing.T) {
	c, _ := collector(t, acme())
	s, scope := only(t, c, account.Ref{Kind: account.KindPolicy, ARN: "arn:aws:iam::111122223333:policy/all"})
	ann := s.Users[0]
	if !scope.Covers(ann.Ref()) || !scope.Covers(s.Groups[0].Ref()) || scope.Covers(s.Users[1].Ref()) {
		t.Errorf("scope: %+v", scope)
	}
	if !s.Of(ann.Seen, account.MFA).Known() || !ann.MFA {
		t.Errorf("ann: %+v", ann)
	}
}

func TestOnlySaysWhomItDidNotRead(t *testing.T) {
	s := acme()
	for i := range 60 {
		s.Users = append(s.Users, account.User{ARN: fmt.Sprintf("arn:aws:iam::111122223333:user/u%02d", i),
			ID: fmt.Sprintf("AIDAU%02d", i), Name: fmt.Sprintf("u%02d", i), Groups: []string{"admins"}})
	}
	c, aws := collector(t, s)
	got, _ := only(t, c, account.Ref{Kind: account.KindMembers, Name: "Admins"})
	read, missing := 0, 0
	for _, u := range got.Users {
		switch seen := got.Of(u.Seen, account.MFA); {
		case seen.Known():
			read++
		case seen.Missing != "":
			missing++
		}
	}
	if read != 50 || missing != 11 || aws.Calls()["iam:ListMFADevices"] != 50 {
		t.Errorf("%d read, %d said to be missing", read, missing)
	}
}

// NoSuchEntity of GetUser: deleted since it was listed. Of GetLoginProfile: no
// console password.
func TestOnlyNoSuchEntity(t *testing.T) {
	c, _ := collector(t, acme())
	s, _ := only(t, c, user("ben"))
	if s.Users[1].Login != nil || !s.Of(s.Users[1].Seen, account.Logins).Known() {
		t.Errorf("ben: %+v", s.Users[1])
	}
	s, scope := only(t, c, user("never-was"))
	if len(s.Users) != 2 || !scope.Covers(user("never-was")) {
		t.Errorf("users %v, scope %v", s.Users, scope)
	}
}

func TestOnlyRefused(t *testing.T) {
	for action, f := range map[string]account.Fact{
		"iam:GetUser": account.Logins, "iam:GetLoginProfile": account.Logins,
		"iam:ListMFADevices": account.MFA, "iam:ListAccessKeys": account.Keys, "iam:GetAccessKeyLastUsed": account.Keys,
	} {
		c, _ := collector(t, acme(), awstest.Deny(action))
		s, _ := only(t, c, user("ben"))
		if seen := s.Of(s.Users[1].Seen, f); seen.Known() || seen.Permission != action {
			t.Errorf("%s: %s: %+v", action, f, seen)
		}
	}
}
