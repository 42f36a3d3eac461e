package remediate_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"iamvigil/remediate"
	"iamvigil/scanner/account"
)

// serve is IAM as it is now, which the world's view may not know any more.
func (w *world) serve() *fakeIAM {
	truth := *w.account
	truth.Users = slices.Clone(w.account.Users)
	for i := range truth.Users {
		truth.Users[i] = copied(&truth.Users[i])
	}
	return &fakeIAM{script: &script{}, truth: &truth, stale: map[string]*staleUser{}}
}

// The look at the account is up to four hours old, as AWS makes a credential
// report no more often: who is to remain is read once more before the act.
func TestRemainingAdministratorIsReadLive(t *testing.T) {
	const nobody = "no other user who is known to administer IAM is found to have a working credential"
	tests := map[string]struct {
		view func(admin, ann *account.User)
		live func(iam *fakeIAM, admin *account.User)
		want string
	}{
		"as it was":                 {nil, func(*fakeIAM, *account.User) {}, ""},
		"the password was deleted":  {nil, func(_ *fakeIAM, u *account.User) { u.Login = nil }, nobody},
		"the password is not used":  {nil, func(_ *fakeIAM, u *account.User) { u.Login.LastUsed = ago(91) }, nobody},
		"contained since":           {nil, func(_ *fakeIAM, u *account.User) { contain(u, denyLogin) }, nobody},
		"the user is gone":          {nil, func(iam *fakeIAM, _ *account.User) { iam.truth.Users = iam.truth.Users[1:] }, nobody},
		"another user of the name":  {nil, func(_ *fakeIAM, u *account.User) { u.ID = "AIDANEW" }, nobody},
		"a key in place of the old": {adminsKey, func(_ *fakeIAM, u *account.User) { u.Keys[0].ID = "AKIANEW" }, ""},
		"the key was deactivated":   {adminsKey, func(_ *fakeIAM, u *account.User) { u.Keys[0].Status = account.Inactive }, nobody},
		"the key was deleted":       {adminsKey, func(_ *fakeIAM, u *account.User) { u.Keys = nil }, nobody},
		"the user's own other key": {func(admin, ann *account.User) {
			admin.Attached = nil
			ann.Keys = append(ann.Keys, account.AccessKey{ID: "AKIA2", Status: account.Active, LastUsed: ago(1)})
		}, func(*fakeIAM, *account.User) {}, ""},
		"the user's own other key is inactive": {func(admin, ann *account.User) {
			admin.Attached = nil
			ann.Keys[0].LastUsed = ago(1)
			ann.Keys = append(ann.Keys, account.AccessKey{ID: "AKIA2", Status: account.Active, LastUsed: ago(1)})
		}, func(iam *fakeIAM, _ *account.User) { iam.truth.Users[1].Keys[1].Status = account.Inactive }, nobody},
		"no administrator at all": {func(_, ann *account.User) { ann.Attached = nil }, func(_ *fakeIAM, u *account.User) { u.Login = nil }, ""},
		"who may be an administrator": {func(_, ann *account.User) {
			ann.Attached = nil
			allow(ann, "p", "iam:AttachUserPolicy")
		}, func(_ *fakeIAM, u *account.User) { u.Login = nil }, nobody},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			ann, admin := w.keyUser("ann", "key-rotation"), &w.account.Users[0]
			ann.Attached = slices.Clone(admin.Attached)
			if test.view != nil {
				test.view(admin, ann)
			}
			iam := w.serve()
			act := w.acting(t)
			test.live(iam, &iam.truth.Users[0])
			got, err := remediate.GuardsOf(w.book, w.view(), w.settings, night).Unbacked(t.Context(), iam, act)
			if err != nil || (test.want == "") != (got == "") || !strings.Contains(got, test.want) {
				t.Errorf("%q, %v; want %q", got, err, test.want)
			}
		})
	}
}

func adminsKey(admin, _ *account.User) {
	admin.Login = nil
	admin.Keys = []account.AccessKey{{ID: "AKIA1", Status: account.Active, LastUsed: ago(1)}}
}

// What cannot be read of who is to remain is an error, unless another remains.
func TestRemainingAdministratorCannotBeRead(t *testing.T) {
	for _, read := range []string{"GetUser", "ListAttachedUserPolicies", "GetLoginProfile", "ListAccessKeys", "GetAccessKeyLastUsed"} {
		w := newWorld()
		w.keyUser("ann", "key-rotation").Attached = w.account.Users[0].Attached
		if strings.Contains(read, "Key") {
			adminsKey(&w.account.Users[0], nil)
		}
		iam, act := w.serve(), w.acting(t)
		iam.befall = func(_ int, name string, _ bool) error {
			if name == read {
				return errors.New("Throttling")
			}
			return nil
		}
		g := remediate.GuardsOf(w.book, w.view(), w.settings, night)
		if why, err := g.Unbacked(t.Context(), iam, act); err == nil || why != "" {
			t.Errorf("%s: %q, %v", read, why, err)
		}
	}
}
