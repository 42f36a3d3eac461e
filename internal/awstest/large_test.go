package awstest_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"iamvigil/internal/awstest"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// bytes is the length of a document's text.
func bytes(t *testing.T, d policy.Document) int {
	t.Helper()
	raw, err := d.MarshalJSON()
	if err != nil || len(d.Problems) > 0 {
		t.Fatalf("%v, %v", err, d.Problems)
	}
	return len(raw)
}

// The documents of the largest account fill their quotas, and are parsed as
// they will be when served.
func TestLargest(t *testing.T) {
	size := awstest.Largest()
	size.Users, size.Roles, size.Policies = 20, 20, 20
	s := awstest.Large(size)
	for _, u := range s.Users {
		if n := bytes(t, u.Inline[0].Document); n != size.UserInline {
			t.Errorf("%s: %d bytes inline", u.Name, n)
		}
	}
	for _, r := range s.Roles {
		if n := bytes(t, r.Inline[0].Document); n != size.RoleInline {
			t.Errorf("%s: %d bytes inline", r.Name, n)
		}
		if n := bytes(t, r.Trust); n > size.Trust || n < size.Trust-50 {
			t.Errorf("%s: %d bytes of trust", r.Name, n)
		}
	}
	for _, p := range s.Policies {
		for _, v := range p.Versions {
			if n := bytes(t, v.Document); n != size.Policy || len(p.Versions) != 5 {
				t.Errorf("%s: %d versions, %d bytes", p.Name, len(p.Versions), n)
			}
			raw, err := json.Marshal(v.Document)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(v.Document, policy.Parse(string(raw))); diff != "" {
				t.Fatal(diff)
			}
		}
	}
}

// An account of a size is always the same, and its faults are few.
func TestLargeIsTheSame(t *testing.T) {
	a, b := awstest.Large(awstest.Ordinary(120, 12)), awstest.Large(awstest.Ordinary(120, 12))
	if diff := cmp.Diff(a, b); diff != "" {
		t.Error(diff)
	}
	faults := map[string]int{}
	for _, u := range a.Users {
		switch {
		case !u.MFA:
			faults["no mfa"]++
		case u.Keys[0].Created.Before(awstest.Epoch().AddDate(-1, 0, 0)):
			faults["old key"]++
		case u.Login.LastUsed.Before(awstest.Epoch().AddDate(0, -6, 0)):
			faults["idle password"]++
		}
	}
	if diff := cmp.Diff(map[string]int{"no mfa": 2, "old key": 2, "idle password": 2}, faults); diff != "" {
		t.Error(diff)
	}
	if s := a.Summary; s["Users"] != 120 || s["AccountMFAEnabled"] != 1 || len(a.Users) != 120 || a.Version != account.Version {
		t.Errorf("%v", s)
	}
}
