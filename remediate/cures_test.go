package remediate_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/iam"

	"iamvigil/internal/awstest"
	"iamvigil/ledger"
	"iamvigil/remediate"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

// acting is the act about the one finding of a world, as a plan has it, or the
// first of several.
func (w *world) acting(t *testing.T) remediate.Action {
	t.Helper()
	w.to(0)
	w.to(3)
	w.skip(7)
	for _, a := range w.plan().Actions {
		if a.Do == remediate.Act {
			return a
		}
	}
	t.Fatalf("nothing is due: %+v", w.plan().Actions)
	return remediate.Action{}
}

// lookAt has the cure look at an account that has changed since the plan.
func (w *world) lookAt(t *testing.T, a remediate.Action, options ...awstest.Option) (remediate.Live, error) {
	t.Helper()
	aws := awstest.Serve(t, w.account, append(options, awstest.SmallPages(1))...)
	return remediate.LookAt(t.Context(), iam.NewFromConfig(aws.Config()), a, w.settings, w.now)
}

func TestLookAtKey(t *testing.T) {
	ann := func(w *world) *account.User { return &w.account.Users[1] }
	now := night.Add(7 * day)
	tests := map[string]struct {
		rule    string
		change  func(*world)
		spared  string
		used    string
		changed bool
	}{
		"as it was":     {"key-unused", func(*world) {}, "", stamp(ago(200)), false},
		"used since":    {"key-unused", func(w *world) { ann(w).Keys[0].LastUsed = night }, "the key was used since, at " + stamp(night), stamp(night), false},
		"used long ago": {"key-unused", func(w *world) { ann(w).Keys[0].LastUsed = ago(199) }, "the key was used since", stamp(ago(199)), false},
		"the same use, rounded otherwise": {
			"key-unused", func(w *world) { ann(w).Keys[0].LastUsed = ago(200).Add(15 * 60e9) }, "", stamp(ago(200).Add(15 * 60e9)), false,
		},
		"never used as before": {"key-unused", func(w *world) {
			ann(w).Keys[0].LastUsed = account.AccessKey{}.LastUsed
			w.book.Records[0].Evidence["last_used"] = "never"
		}, "", "never", false},
		"used for the first time":                {"key-unused", func(w *world) { w.book.Records[0].Evidence["last_used"] = "never" }, "used since", stamp(ago(200)), false},
		"evidence without a use, and none since": {"key-unused", func(w *world) { delete(w.book.Records[0].Evidence, "last_used") }, "", stamp(ago(200)), false},
		"evidence without a use, and one since": {"key-unused", func(w *world) {
			delete(w.book.Records[0].Evidence, "last_used")
			ann(w).Keys[0].LastUsed = now
		}, "used since", stamp(now), false},
		"the limit is longer now": {"key-unused", func(w *world) {
			w.settings.Limits = map[string]scanner.Limit{"key-unused": {Value: 45, WithoutPassword: 207}}
		}, "has not been unused for as long as the limit", stamp(ago(200)), false},
		"the limit is longer, and not enough": {"key-unused", func(w *world) {
			w.settings.Limits = map[string]scanner.Limit{"key-unused": {Value: 45, WithoutPassword: 206}}
		}, "", stamp(ago(200)), false},
		"the limit of others is longer": {"key-unused", func(w *world) {
			w.settings.Limits = map[string]scanner.Limit{"key-unused": {Value: 90, WithoutPassword: 900}}
		}, "", stamp(ago(200)), false},
		"an old key in use": {"key-rotation", func(w *world) { ann(w).Keys[0].LastUsed = now }, "", stamp(now), false},
		"old, and the limit is longer": {"key-rotation", func(w *world) {
			w.settings.Limits = map[string]scanner.Limit{"key-rotation": {Value: 500}}
		}, "not older than the limit", stamp(ago(200)), false},
		"inactive":                 {"key-unused", func(w *world) { ann(w).Keys[0].Status = account.Inactive }, "the key is inactive already", "", true},
		"expired":                  {"key-unused", func(w *world) { ann(w).Keys[0].Status = account.Expired }, "the key has expired", "", false},
		"gone":                     {"key-unused", func(w *world) { ann(w).Keys = nil }, "the key is gone", "", false},
		"another key in place":     {"key-unused", func(w *world) { ann(w).Keys[0].ID = "AKIANEW" }, "the key is gone", "", false},
		"the user is gone":         {"key-unused", func(w *world) { w.account.Users = w.account.Users[:1] }, "the user is gone", "", false},
		"renamed":                  {"key-unused", func(w *world) { ann(w).Name = "eve" }, "the user is gone, or has another name", "", false},
		"another user of the name": {"key-unused", func(w *world) { ann(w).ID = "AIDANEW" }, "the name is another user's now", "", false},
		"on a second page": {"key-unused", func(w *world) {
			ann(w).Keys = []account.AccessKey{{ID: "AKIAYOUNG", Status: account.Inactive, LastUsed: now}, ann(w).Keys[0]}
		}, "", stamp(ago(200)), false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			w.keyUser("ann", test.rule)
			a := w.acting(t)
			test.change(w)
			a.Record = w.book.Records[0]
			got, err := w.lookAt(t, a)
			if err != nil || got.Changed != test.changed || got.LastUsed != test.used || (test.spared == "") != (got.Spared == "") || !strings.Contains(got.Spared, test.spared) {
				t.Errorf("changed %v, used %q, spared %q, %v; want %v, %q, %q", got.Changed, got.LastUsed, got.Spared, err, test.changed, test.used, test.spared)
			}
		})
	}
}

func TestLookAtConsole(t *testing.T) {
	ann := func(w *world) *account.User { return &w.account.Users[1] }
	attach := func(arn string) func(*world) { return func(w *world) { contain(ann(w), arn) } }
	const unused, noMFA = "user-console-unused", "user-console-without-mfa"
	tests := map[string]struct {
		rule    string
		change  func(*world)
		spared  string
		changed bool
	}{
		"as it was":                   {unused, func(*world) {}, "", false},
		"signed in since":             {unused, func(w *world) { ann(w).Login.LastUsed = night }, "the password was used since, at " + stamp(night), false},
		"the password is gone":        {unused, func(w *world) { ann(w).Login = nil }, "the password is gone", false},
		"a new password":              {unused, func(w *world) { ann(w).Login.Changed = night }, "the password is a new one, made at " + stamp(night), false},
		"a password newer than known": {unused, func(w *world) { ann(w).Login.Changed = ago(399) }, "the password is a new one", false},
		"the limit is longer now": {unused, func(w *world) {
			w.settings.Limits = map[string]scanner.Limit{unused: {Value: 300}}
		}, "has not been unused for as long", false},
		"attached already":            {unused, attach(denyLogin), "attached already", true},
		"another policy is attached":  {unused, attach(denyMFA), "", false},
		"quarantined":                 {unused, attach(denyAll), "denied everything already", false},
		"on a second page":            {unused, func(w *world) { contain(ann(w), iamARN+"policy/a"); contain(ann(w), denyLogin) }, "attached already", true},
		"MFA does not mend disuse":    {unused, func(w *world) { ann(w).MFA = true }, "", false},
		"the user is gone":            {unused, func(w *world) { w.account.Users = w.account.Users[:1] }, "the user is gone", false},
		"without MFA, as it was":      {noMFA, func(*world) {}, "", false},
		"without MFA, and in use":     {noMFA, func(w *world) { ann(w).Login.LastUsed = night }, "", false},
		"a device":                    {noMFA, func(w *world) { ann(w).MFA = true }, "the user has an MFA device now", false},
		"without MFA nor password":    {noMFA, func(w *world) { ann(w).Login = nil }, "the password is gone", false},
		"without MFA, a new password": {noMFA, func(w *world) { ann(w).Login.Changed = night }, "the password is a new one", false},
		"without MFA, attached":       {noMFA, attach(denyMFA), "attached already", true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			allow(w.consoleUser("ann", test.rule), "mfa", "iam:CreateVirtualMFADevice", "iam:EnableMFADevice")
			a := w.acting(t)
			test.change(w)
			got, err := w.lookAt(t, a)
			if err != nil || got.Changed != test.changed || (test.spared == "") != (got.Spared == "") || !strings.Contains(got.Spared, test.spared) {
				t.Errorf("changed %v, spared %q, %v; want %v, %q", got.Changed, got.Spared, err, test.changed, test.spared)
			}
		})
	}
}

func TestLookAtQuarantine(t *testing.T) {
	old := func(w *world) *account.User { return &w.account.Users[1] }
	tests := map[string]struct {
		change func(*world)
		policy string // why its policy is not attached
		key    string // why its key is not deactivated
	}{
		"as it was":        {func(*world) {}, "", ""},
		"the key was used": {func(w *world) { old(w).Keys[0].LastUsed = night }, "the user was at work since", "the user was at work since"},
		"signed in":        {func(w *world) { old(w).Login.LastUsed = night }, "the user was at work since", "the user was at work since"},
		"a second key": {func(w *world) {
			old(w).Keys = append(old(w).Keys, account.AccessKey{ID: "AKIA2", Status: account.Active, Created: night})
		}, "a new credential since", "a new credential since"},
		"a new password":    {func(w *world) { old(w).Login.Changed = night }, "a new credential since", "a new credential since"},
		"no password":       {func(w *world) { old(w).Login = nil }, "", ""},
		"attached already":  {func(w *world) { contain(old(w), denyAll) }, "attached already", ""},
		"inactive":          {func(w *world) { old(w).Keys[0].Status = account.Inactive }, "", "inactive already"},
		"the user is gone":  {func(w *world) { w.account.Users = w.account.Users[:1] }, "the user is gone", "the user is gone"},
		"the limit is long": {func(w *world) { w.settings.Limits = map[string]scanner.Limit{"user-unused": {Value: 999}} }, "has not been unused for as long", "has not been unused for as long"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			u := w.keyUser("old")
			u.Login = &account.Login{Changed: ago(500), LastUsed: ago(300)}
			w.finding(u, "user-unused", "", map[string]string{"last_used": stamp(ago(200))})
			w.acting(t)
			acts := w.plan().Actions
			test.change(w)
			for i, want := range []string{test.policy, test.key} {
				got, err := w.lookAt(t, acts[i])
				if err != nil || (want == "") != (got.Spared == "") || !strings.Contains(got.Spared, want) {
					t.Errorf("%s: spared %q, %v; want %q", acts[i].Intent.Call.Operation, got.Spared, err, want)
				}
			}
		})
	}
}

// TestLookFails: what cannot be read is an error, and never "never used" or
// "gone".
func TestLookFails(t *testing.T) {
	begins := map[string]func(*world){
		"GetUser,ListAccessKeys,GetAccessKeyLastUsed":      func(w *world) { w.keyUser("ann", "key-unused") },
		"GetAccessKeyLastUsed":                             func(w *world) { w.keyUser("ann", "key-rotation") },
		"GetUser,GetLoginProfile,ListAttachedUserPolicies": func(w *world) { w.consoleUser("ann", "user-console-unused") },
		"ListMFADevices,GetLoginProfile": func(w *world) {
			allow(w.consoleUser("ann", "user-console-without-mfa"), "mfa", "iam:CreateVirtualMFADevice", "iam:EnableMFADevice")
		},
		"GetUser,GetLoginProfile,ListAccessKeys,GetAccessKeyLastUsed,ListAttachedUserPolicies": func(w *world) {
			w.finding(w.keyUser("ann"), "user-unused", "", map[string]string{"last_used": stamp(ago(200))})
		},
	}
	for reads, begin := range begins {
		for _, read := range strings.Split(reads, ",") {
			for _, code := range []string{"AccessDenied", "ServiceFailure"} {
				w := newWorld()
				begin(w)
				a := w.acting(t)
				got, err := w.lookAt(t, a, awstest.Fail("iam:"+read, awstest.Always, code, 403))
				if err == nil || got.Spared != "" || got.Changed {
					t.Errorf("%s, %s of %s: %+v, %v", a.Record.Rule, code, read, got, err)
				}
			}
		}
	}
}

// TestLookToUndo goes by the state alone: an undoing gives back.
func TestLookToUndo(t *testing.T) {
	w := newWorld()
	w.keyUser("ann", "key-unused")
	a := w.acting(t)
	a.Intent.Undo, a.Intent.Call, a.Intent.Reversal = true, a.Intent.Reversal, a.Intent.Call
	if got, err := w.lookAt(t, a); err != nil || !got.Changed || got.Spared != "the key is active already" {
		t.Errorf("an active key: %+v, %v", got, err)
	}
	w.account.Users[1].Keys[0].Status, w.account.Users[1].Keys[0].LastUsed = account.Inactive, night
	if got, err := w.lookAt(t, a); err != nil || got.Changed || got.Spared != "" {
		t.Errorf("an inactive key: %+v, %v", got, err)
	}
	w = newWorld()
	w.consoleUser("ann", "user-console-unused")
	a = w.acting(t)
	a.Intent.Undo, a.Intent.Call, a.Intent.Reversal = true, a.Intent.Reversal, a.Intent.Call
	if got, err := w.lookAt(t, a); err != nil || !got.Changed || !strings.Contains(got.Spared, "not attached any more") {
		t.Errorf("a free user: %+v, %v", got, err)
	}
	contain(&w.account.Users[1], denyLogin)
	w.account.Users[1].Login.LastUsed = night
	if got, err := w.lookAt(t, a); err != nil || got.Changed || got.Spared != "" {
		t.Errorf("a contained user: %+v, %v", got, err)
	}
}

// The live look tells who the user is, for exemptions by its tags.
func TestLookTellsTheUser(t *testing.T) {
	w := newWorld()
	w.keyUser("ann", "key-unused")
	a := w.acting(t)
	w.account.Users[1].Tags = map[string]string{"keep": "yes"}
	got, err := w.lookAt(t, a)
	if err != nil || got.User.ID != "AIDA1001" || got.User.ARN != iamARN+"user/ann" || got.User.Tags["keep"] != "yes" {
		t.Errorf("%+v, %v", got.User, err)
	}
}

func TestQuarantineByHand(t *testing.T) {
	w := newWorld()
	w.settings.Cures = nil // a person needs no armed cure
	u := w.keyUser("ann")
	u.Keys = append(u.Keys, account.AccessKey{ID: "AKIA2", Status: account.Active, LastUsed: night}, account.AccessKey{ID: "AKIA3", Status: account.Inactive})
	allow(u, "mail", "ses:SendRawEmail") // whose mail a person knows of
	for _, named := range []string{"ann", "ANN", u.ID, u.ARN} {
		all, err := remediate.ByHand(w.book, named, w.view(), w.settings, "its key is on a public page", night)
		var targets []string
		for _, a := range all {
			targets = append(targets, a.Intent.Target)
			if a.Do != remediate.Act || a.ID == "" || a.Intent.Finding != "" || a.Intent.Why != "its key is on a public page" || !a.Intent.AsOf.Equal(night) || a.Intent.Mode != "enforce" {
				t.Errorf("%+v", a)
			}
		}
		if err != nil || strings.Join(targets, " ") != denyAll+" AKIA1001 AKIA2" {
			t.Errorf("%s: %v, %v", named, targets, err)
		}
		got, err := w.lookAt(t, all[2])
		if err != nil || got.Spared != "" || got.LastUsed != stamp(night) {
			t.Errorf("a leaked key in use: %+v, %v", got, err)
		}
	}
	first, _ := remediate.ByHand(w.book, "ann", w.view(), w.settings, "leaked", night)
	again, _ := remediate.ByHand(w.book, "ann", w.view(), w.settings, "leaked", night.Add(day))
	if first[0].ID == again[0].ID {
		t.Error("a second quarantine has the first one's id, whose journal says that it is done")
	}
}

func TestQuarantineByHandRefused(t *testing.T) {
	role := func(arn string) account.Role {
		return account.Role{ARN: arn, Name: account.NameOf(arn), ID: "AROA" + account.NameOf(arn)}
	}
	const sso = iamARN + "role/aws-reserved/sso.amazonaws.com/eu-central-1/AWSReservedSSO_Admin_0123456789abcdef"
	const linked = iamARN + "role/aws-service-role/support.amazonaws.com/AWSServiceRoleForSupport"
	tests := map[string]struct {
		named, reason string
		change        func(*world)
		want          []string
	}{
		"nobody":              {"zoe", "x", nil, []string{"no user of that name"}},
		"no reason":           {"ann", " ", nil, []string{"the reason is empty"}},
		"protected":           {"ann", "x", func(w *world) { w.settings.Protected = []string{"ann"} }, []string{`protected by "ann"`, "change that first"}},
		"the last of all":     {"admin", "x", nil, []string{"last administrator"}},
		"no policy":           {"ann", "x", func(w *world) { w.settings.Denies.All = "" }, []string{"is not known here"}},
		"a key without an id": {"ann", "x", func(w *world) { w.account.Users[1].Keys[0].ID = "" }, []string{"the id of an active key"}},
		"root":                {"arn:aws:iam::" + accountID + ":root", "x", nil, []string{"sign in as root"}},
		"root by its name":    {"<root_account>", "x", nil, []string{"sign in as root"}},
		"another account":     {"arn:aws:iam::999988887777:user/ann", "x", nil, []string{"it is of account 999988887777"}},
		"another user's ARN":  {iamARN + "user/path/ann", "x", nil, []string{"no user of that name"}},
		"Identity Center": {"AWSReservedSSO_Admin_0123456789abcdef", "x", nil, []string{
			"IAM Identity Center", "disable the user's access", "aws identitystore list-users", "delete-account-assignment", "aws:TokenIssueTime is before " + stamp(night),
		}},
		"a session of Identity Center": {
			"arn:aws:sts::" + accountID + ":assumed-role/AWSReservedSSO_Admin_0123456789abcdef/ann@example.com", "x", nil, []string{"IAM Identity Center"},
		},
		"a service's role":                     {linked, "x", nil, []string{"an AWS service's own"}},
		"a role":                               {"deploy", "x", nil, []string{"aws iam put-role-policy --role-name 'deploy' --policy-name 'AWSRevokeOlderSessions'", `"aws:TokenIssueTime":"` + stamp(night)}},
		"a role's unique id":                   {"AROAdeploy", "x", nil, []string{"--role-name 'deploy'"}},
		"a namesake of Identity Center's role": {"AWSReservedSSO_fake", "x", nil, []string{"--role-name 'AWSReservedSSO_fake'"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			w.keyUser("ann")
			w.account.Roles = []account.Role{role(sso), role(linked), role(iamARN + "role/deploy"), role(iamARN + "role/AWSReservedSSO_fake")}
			if test.change != nil {
				test.change(w)
			}
			all, err := remediate.ByHand(w.book, test.named, w.view(), w.settings, test.reason, night)
			if err == nil || len(all) > 0 {
				t.Fatalf("%+v, %v", all, err)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v\nlacks %q", err, want)
				}
			}
		})
	}
}

// A user whose last working credentials were taken by hand is no reserve of
// another's.
func TestQuarantineByHandOneAfterAnother(t *testing.T) {
	w := newWorld()
	ann := w.keyUser("ann")
	ann.Attached, ann.Keys[0].LastUsed = w.account.Users[0].Attached, night
	all, err := remediate.ByHand(w.book, "ann", w.view(), w.settings, "leaked", night)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range all {
		w.journal(a, ledger.Done)
	}
	if _, err := remediate.ByHand(w.book, "admin", w.view(), w.settings, "leaked", night); err == nil || !strings.Contains(err.Error(), "last administrator") {
		t.Errorf("%v", err)
	}
}
