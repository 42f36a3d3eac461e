package remediate_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"iamvigil/remediate"
	"iamvigil/scanner/account"
)

// unused is a world with a user whom a rule found unused, and its acts as a plan
// has them: the policy, and the key.
func unused(t *testing.T, more ...account.AccessKey) (*world, []remediate.Action) {
	t.Helper()
	w := newWorld()
	u := w.keyUser("old")
	u.Keys = append(u.Keys, more...)
	for range 45 { // so many keys that two may be taken in a day
		w.keyUser("user" + u.ID)
	}
	w.finding(&w.account.Users[1], "user-unused", "", map[string]string{"last_used": stamp(ago(200))})
	w.acting(t)
	acts := slices.DeleteFunc(w.plan().Actions, func(a remediate.Action) bool { return a.Do != remediate.Act })
	if len(acts) != 2+len(more) {
		t.Fatalf("%d acts", len(acts))
	}
	return w, acts
}

// Each act of a quarantine looks at the whole user: whoever was at work, or was
// given a credential, since the finding keeps all.
func TestQuarantinedKeyNeedsTheWholeUserUnused(t *testing.T) {
	tests := map[string]struct {
		change func(*account.User)
		want   string
	}{
		"as it was":                 {func(*account.User) {}, ""},
		"the password was used":     {func(u *account.User) { u.Login = &account.Login{Changed: ago(500), LastUsed: night} }, "at work since"},
		"another key was used":      {func(u *account.User) { u.Keys[1].LastUsed = night }, "at work since"},
		"a password was made":       {func(u *account.User) { u.Login = &account.Login{Changed: night} }, "a new credential since"},
		"an inactive key was made":  {func(u *account.User) { u.Keys[1].Created = night }, "a new credential since"},
		"a key was used to the end": {func(u *account.User) { u.Keys[1].Status, u.Keys[1].LastUsed = account.Inactive, night }, "at work since"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w, acts := unused(t, account.AccessKey{ID: "AKIA2", Status: account.Active, Created: ago(300)})
			test.change(&w.account.Users[1])
			for _, a := range acts[:2] {
				got, err := remediate.LookAt(t.Context(), w.serve(), a, w.settings, w.now)
				if err != nil || (test.want == "") != (got.Spared == "") || !strings.Contains(got.Spared, test.want) {
					t.Errorf("%s: spared %q, %v; want %q", a.Intent.Call.Operation, got.Spared, err, test.want)
				}
			}
		})
	}
}

// A key that was made since the finding is in the plan, as the user has it, and is
// never taken for the finding.
func TestQuarantineNeverTakesANewKey(t *testing.T) {
	w, acts := unused(t, account.AccessKey{ID: "AKIANEW", Status: account.Active, Created: night})
	for _, a := range acts {
		if got, err := remediate.LookAt(t.Context(), w.serve(), a, w.settings, w.now); err != nil || !strings.Contains(got.Spared, "a new credential since") {
			t.Errorf("%s: spared %q, %v", a.Intent.Target, got.Spared, err)
		}
	}
}

// AWS does not tell when service-specific credentials, SSH public keys and signing
// certificates were used: who has an active one is not known to be unused.
func TestQuarantineSparesWhoHasCredentialsOfAnotherKind(t *testing.T) {
	for kind, want := range map[string]string{
		otherService: "credential ACCA1 of bedrock.amazonaws.com", otherSSH: "SSH public key APKA1", otherCertificate: "signing certificate CERT1",
	} {
		for _, status := range []string{account.Active, account.Inactive} {
			w, acts := unused(t)
			w.account.Users[1].Tags = map[string]string{kind: status}
			for _, a := range acts {
				got, err := remediate.LookAt(t.Context(), w.serve(), a, w.settings, w.now)
				if spared := strings.Contains(got.Spared, want); err != nil || spared != (status == account.Active) || spared != (got.Spared != "") {
					t.Errorf("%s, %s: spared %q, %v", a.Intent.Call.Operation, status, got.Spared, err)
				}
			}
		}
	}
}

// Who was spared for such a credential is left to a person, who was told, and is
// not warned once more.
func TestCredentialsOfAnotherKindAreLeftToAPerson(t *testing.T) {
	w, acts := unused(t)
	w.account.Users[1].Tags = map[string]string{otherSSH: account.Active}
	got, err := remediate.LookAt(t.Context(), w.serve(), acts[0], w.settings, w.now)
	if err != nil {
		t.Fatal(err)
	}
	w.book.Course.Cases[0].Said = got.Spared
	for _, n := range []int{8, 30} {
		if a := only(t, w.to(n)); a.Do != remediate.Refuse || a.Reason != got.Spared {
			t.Errorf("night %d: %s %q", n, a.Do, a.Reason)
		}
	}
}

// What of these cannot be read is not "none".
func TestCredentialsOfAnotherKindCannotBeRead(t *testing.T) {
	for _, read := range []string{"ListServiceSpecificCredentials", "ListSSHPublicKeys", "ListSigningCertificates"} {
		w, acts := unused(t)
		iam := w.serve()
		iam.befall = func(_ int, name string, _ bool) error {
			if name == read {
				return errors.New("AccessDenied")
			}
			return nil
		}
		for _, a := range acts {
			if got, err := remediate.LookAt(t.Context(), iam, a, w.settings, w.now); err == nil || got.Spared != "" {
				t.Errorf("%s: spared %q, %v", read, got.Spared, err)
			}
		}
	}
}

// A quarantine by hand does not ask what the user works with, and tells of all
// credentials which was used last.
func TestQuarantineByHandTellsTheLastUse(t *testing.T) {
	w := newWorld()
	w.keyUser("ann").Keys[0].LastUsed = ago(1)
	acts, err := remediate.ByHand(w.book, "ann", w.view(), w.settings, "leaked", night)
	if err != nil {
		t.Fatal(err)
	}
	iam := w.serve()
	for _, a := range acts {
		got, err := remediate.LookAt(t.Context(), iam, a, w.settings, night)
		if err != nil || got.Spared != "" || got.LastUsed != stamp(ago(1)) {
			t.Errorf("%s: %+v, %v", a.Intent.Target, got, err)
		}
	}
	for _, call := range iam.calls {
		if strings.HasPrefix(call, "ListS") {
			t.Errorf("%s was called", call)
		}
	}
	iam.befall = func(_ int, name string, _ bool) error {
		if name == "GetAccessKeyLastUsed" {
			return errors.New("Throttling")
		}
		return nil
	}
	if got, err := remediate.LookAt(t.Context(), iam, acts[0], w.settings, night); err != nil || got.Spared != "" || got.LastUsed != "" {
		t.Errorf("the last use cannot be read: %+v, %v", got, err)
	}
}
