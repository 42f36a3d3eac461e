package awstest_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"iamvigil/internal/awstest"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// An account that is drawn is one that IAM could hold: names of its characters
// and lengths, unique but for case, and a summary that is true.
func TestRandomIsAnAccount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := awstest.Random().Draw(t, "account")
		names := func(kind string, most int, list []string) {
			if !slices.IsSorted(list) {
				t.Errorf("%s: %q are in no order", kind, list)
			}
			seen := map[string]bool{}
			for _, name := range list {
				outside := strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz0123456789_+=,.@-")
				if name == "" || len(name) > most || outside != "" || seen[strings.ToLower(name)] {
					t.Errorf("%s: %q", kind, name)
				}
				seen[strings.ToLower(name)] = true
			}
		}
		var users, roles, groups []string
		for _, u := range s.Users {
			users = append(users, u.Name)
		}
		for _, r := range s.Roles {
			roles = append(roles, r.Name)
		}
		for _, g := range s.Groups {
			groups = append(groups, g.Name)
		}
		names("user", 64, users)
		names("role", 64, roles)
		names("group", 128, groups)
		if s.Summary["Users"] != len(users) || (s.Summary["AccountMFAEnabled"] == 1) != s.Root.MFA {
			t.Errorf("summary %v", s.Summary)
		}
	})
}

// Documents are as a parser finds them in the text that is served.
func TestRandomDocumentsAreAsServed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := awstest.Random().Draw(t, "account")
		for _, r := range s.Roles {
			served := r.Trust.Text
			if len(r.Trust.Problems) == 0 {
				raw, err := r.Trust.MarshalJSON()
				if err != nil {
					t.Fatal(err)
				}
				served = string(raw)
			}
			if diff := cmp.Diff(r.Trust, policy.Parse(served)); diff != "" {
				t.Error(diff)
			}
		}
	})
}

// The credential report tells no key IDs, and no third status.
func TestReported(t *testing.T) {
	s := small()
	s.Users[0].Keys[1].Status = account.Expired
	keys := awstest.Reported(s).Users[0].Keys
	if keys[0].ID+keys[1].ID != "" || keys[1].Status != account.Inactive || keys[1].Slot != 2 {
		t.Errorf("%+v", keys)
	}
	if s.Users[0].Keys[1].Status != account.Expired || s.Users[0].Keys[0].ID == "" {
		t.Error("the snapshot itself is changed")
	}
}
