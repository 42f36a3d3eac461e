package remediate_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"iamvigil/ledger"
	"iamvigil/remediate"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// allow gives a user an inline policy.
func allow(u *account.User, name string, actions ...string) {
	text := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["` + strings.Join(actions, `","`) + `"],"Resource":"*"}]}`
	u.Inline = append(u.Inline, account.InlinePolicy{Name: name, Document: policy.Parse(text)})
}

func TestRefusals(t *testing.T) {
	ann := func(w *world) *account.User { return &w.account.Users[1] }
	admin := func(w *world) *account.User { return &w.account.Users[0] }
	key := func(change func(*world)) func(*world) {
		return func(w *world) { w.keyUser("ann", "key-unused"); change(w) }
	}
	console := func(rule string, change func(*world)) func(*world) {
		return func(w *world) { w.consoleUser("ann", rule); change(w) }
	}
	unused := func(change func(*world)) func(*world) {
		return func(w *world) { w.finding(w.keyUser("ann"), "user-unused", "", nil); change(w) }
	}
	nothing := func(*world) {}
	const last = "it may be the last administrator"
	tests := map[string]struct {
		begin func(*world)
		want  string // empty: it is warned of
	}{
		"nothing against it":           {key(nothing), ""},
		"protected by its name":        {key(func(w *world) { w.settings.Protected = []string{"bob", "an?"} }), `it is protected by "an?"`},
		"protected by its path":        {key(func(w *world) { w.settings.Protected = []string{iamARN + "user/*"} }), "it is protected by"},
		"protected by its former name": {key(func(w *world) { ann(w).Name, w.settings.Protected = "eve", []string{"ann"} }), "it is protected by"},
		"protected in another case":    {key(func(w *world) { w.settings.Protected = []string{"Ann"} }), `it is protected by "Ann"`},
		"protected in capitals":        {key(func(w *world) { w.settings.Protected = []string{"ARN:AWS:iam::*:USER/A?N"} }), "it is protected by"},
		"another is protected":         {key(func(w *world) { w.settings.Protected = []string{"annabel", "*/user/an"} }), ""},
		"a key of which only the report tells": {
			key(func(w *world) { w.book.Records[0].Part = "access_key_1" }), "the key's id is not known",
		},
		"a session's key":                {key(func(w *world) { w.book.Records[0].Part = "ASIA1" }), "the key's id is not known"},
		"SES's SMTP user, by its name":   {key(func(w *world) { ann(w).Name = "ses-smtp-user.20261101-000000" }), "SMTP user of SES"},
		"SES's SMTP user, by its policy": {key(func(w *world) { allow(ann(w), "mail", "ses:SendRawEmail") }), "SMTP user of SES"},
		"an unused SMTP user":            {unused(func(w *world) { allow(ann(w), "mail", "ses:SendRawEmail") }), "SMTP user of SES"},
		"a document that cannot be read": {key(func(w *world) { ann(w).Attached = []account.Attachment{{ARN: iamARN + "policy/x", Name: "x"}} }), "SMTP user of SES"},
		"a password of SES's SMTP user":  {console("user-console-unused", func(w *world) { allow(ann(w), "mail", "ses:SendRawEmail") }), ""},
		"no policy for the console":      {console("user-console-unused", func(w *world) { w.settings.Denies.Console = "" }), "is not known here"},
		"no policy against missing MFA":  {console("user-console-without-mfa", func(w *world) { w.settings.Denies.WithoutMFA = "" }), "is not known here"},
		"no policy for a quarantine":     {unused(func(w *world) { w.settings.Denies.All = "" }), "is not known here"},
		"may not enrol MFA":              {console("user-console-without-mfa", nothing), "iam:EnableMFADevice"},
		"may enrol MFA":                  {console("user-console-without-mfa", func(w *world) { allow(ann(w), "mfa", "iam:CreateVirtualMFADevice", "iam:EnableMFADevice") }), ""},
		"a quarantine of a nameless key": {unused(func(w *world) { ann(w).Keys[0].ID = "" }), "the id of an active key"},
		"an inactive key without a name": {unused(func(w *world) { ann(w).Keys[0].ID, ann(w).Keys[0].Status = "", account.Inactive }), ""},
		"more keys than a day's bound": {unused(func(w *world) {
			ann(w).Keys = append(ann(w).Keys, account.AccessKey{ID: "AKIA2", Status: account.Active})
		}), "2 access keys at once, more than a day's bound of 1"},
		"no user at all":                  {key(func(w *world) { w.book.Records[0].Resource.Kind = account.KindAccount }), "it is about no user"},
		"failed often enough":             {key(func(w *world) { w.to(0); w.book.Course.Cases[0].Failures = 3; w.skip(3) }), "left to a person"},
		"an administrator beside another": {key(func(w *world) { ann(w).Attached = admin(w).Attached }), ""},
		"may be one, beside another":      {key(func(w *world) { allow(ann(w), "p", "iam:AttachUserPolicy") }), ""},
		"may be one, beside nobody":       {key(func(w *world) { allow(ann(w), "p", "iam:AttachUserPolicy"); admin(w).Attached = nil }), last},
		"may be none, beside nobody":      {key(func(w *world) { admin(w).Attached = nil }), ""},
		"the other's password is old":     {key(func(w *world) { ann(w).Attached = admin(w).Attached; admin(w).Login.LastUsed = night.Add(-90*day - 1) }), last},
		"the other signed in 90 days ago": {key(func(w *world) { ann(w).Attached = admin(w).Attached; admin(w).Login.LastUsed = night.Add(-90 * day) }), ""},
		"the other never signed in":       {key(func(w *world) { ann(w).Attached = admin(w).Attached; admin(w).Login = &account.Login{Changed: night} }), last},
		"the other has no password":       {key(func(w *world) { ann(w).Attached = admin(w).Attached; admin(w).Login = nil }), last},
		"the other has a key in use":      {key(func(w *world) { ann(w).Attached = admin(w).Attached; adminKey(w, account.Active, 1) }), ""},
		"the other's key is inactive":     {key(func(w *world) { ann(w).Attached = admin(w).Attached; adminKey(w, account.Inactive, 1) }), last},
		"the other's key is old":          {key(func(w *world) { ann(w).Attached = admin(w).Attached; adminKey(w, account.Active, 91) }), last},
		"the other is contained":          {key(func(w *world) { ann(w).Attached = admin(w).Attached; contain(admin(w), denyAll) }), last},
		"the other has no full permission": {key(func(w *world) {
			ann(w).Attached, admin(w).Attached = admin(w).Attached, nil
			allow(admin(w), "p", "iam:Put*")
		}), last},
		"its own second key is in use": {key(func(w *world) {
			ann(w).Attached, admin(w).Attached = admin(w).Attached, nil
			ann(w).Keys = append(ann(w).Keys, account.AccessKey{ID: "AKIA2", Status: account.Active, LastUsed: night.Add(-day)})
		}), ""},
		"its own second key has no name": {key(func(w *world) {
			ann(w).Attached, admin(w).Attached = admin(w).Attached, nil
			ann(w).Keys = append(ann(w).Keys, account.AccessKey{Status: account.Active, LastUsed: night.Add(-day)})
		}), last},
		"the other's key was just taken": {key(func(w *world) {
			ann(w).Attached = admin(w).Attached
			adminKey(w, account.Active, 1)
			w.journal(remediate.Action{ID: "a1", Intent: intentOn(admin(w), "AKIA1")}, ledger.Done)
		}), last},
		"the other's key was just given back": {key(func(w *world) {
			ann(w).Attached = admin(w).Attached
			adminKey(w, account.Active, 1)
			for _, undo := range []bool{false, true} {
				intent := intentOn(admin(w), "AKIA1")
				intent.Undo = undo
				w.journal(remediate.Action{ID: "a1", Intent: intent}, ledger.Done)
			}
		}), ""},
		"the other's key may have just been taken": {key(func(w *world) {
			ann(w).Attached = admin(w).Attached
			adminKey(w, account.Active, 1)
			w.journal(remediate.Action{ID: "a1", Intent: intentOn(admin(w), "AKIA1")}, ledger.Uncertain)
		}), last},
		"the other's key would have been taken": {key(func(w *world) {
			ann(w).Attached = admin(w).Attached
			adminKey(w, account.Active, 1)
			w.journal(remediate.Action{ID: "a1", Intent: intentOn(admin(w), "AKIA1")}, ledger.Would)
		}), ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			test.begin(w)
			a := only(t, w.plan())
			switch {
			case test.want == "" && a.Do != remediate.Warn:
				t.Errorf("%s %q, want a warning", a.Do, a.Reason)
			case test.want != "" && (a.Do != remediate.Refuse || !strings.Contains(a.Reason, test.want) || !a.Deadline.IsZero()):
				t.Errorf("%s %q until %s, want it refused as %q", a.Do, a.Reason, a.Deadline, test.want)
			}
			if a.ID == "" || a.Intent.Finding != "f100" || a.Intent.Why == "" || a.Intent.Resource.ID == "" {
				t.Errorf("an action that does not say what it is about: %+v", a)
			}
		})
	}
}

func adminKey(w *world, status string, unused int) {
	u := &w.account.Users[0]
	u.Login = nil
	u.Keys = []account.AccessKey{{ID: "AKIA1", Status: status, Created: u.Created, LastUsed: ago(unused)}}
}

func contain(u *account.User, arn string) {
	u.Attached = append(u.Attached, account.Attachment{ARN: arn, Name: account.NameOf(arn)})
}

func intentOn(u *account.User, key string) ledger.Intent {
	return ledger.Intent{Mode: string(remediate.Enforce), Resource: u.Ref(), Target: key, Call: ledger.Call{Operation: "UpdateAccessKey"}}
}

// Two administrators whose only keys are due on one night: one of them keeps his.
func TestLastOfSeveralAdministrators(t *testing.T) {
	w := newWorld()
	admin := w.account.Users[0].Attached
	w.account.Users[0].Login = nil
	for _, name := range []string{"ann", "bob"} {
		u := w.keyUser(name, "key-rotation")
		u.Attached, u.Keys[0].LastUsed = admin, ago(1)
	}
	for n := range 45 { // so many keys that two a day may be taken
		w.keyUser("user" + string(rune('a'+n%26)) + string(rune('a'+n/26)))
	}
	w.to(0)
	w.to(3)
	w.account.Users[1].Keys[0].LastUsed, w.account.Users[2].Keys[0].LastUsed = ago(1), ago(1)
	o := w.to(7)
	want := map[string]remediate.Do{"f100": remediate.Act, "f101": remediate.Refuse}
	if got := dos(o.Actions); got["f100"] != want["f100"] || got["f101"] != want["f101"] {
		t.Errorf("%v, want %v", got, want)
	}
}

// Two administrators are due on one night that has room for one of them: the
// other is refused, and not postponed to where a person who applies what is
// planned could take it, too.
func TestLastAdministratorIsAskedBeforeTheBoundOfADay(t *testing.T) {
	w := twoAdministrators()
	w.to(0)
	w.to(3)
	w.account.Users[1].Keys[0].LastUsed, w.account.Users[2].Keys[0].LastUsed = ago(1), ago(1)
	o := w.to(7)
	if got, want := dos(o.Actions), map[string]remediate.Do{"f100": remediate.Act, "f101": remediate.Refuse}; !cmp.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// twoAdministrators have one key each, in use and old, and there are no others.
func twoAdministrators() *world {
	w := newWorld()
	w.account.Users[0].Login = nil
	for _, name := range []string{"ann", "bob"} {
		u := w.keyUser(name, "key-rotation")
		u.Attached, u.Keys[0].LastUsed = w.account.Users[0].Attached, ago(1)
	}
	return w
}

// What a person applies and what is planned are asked against each other: of two
// administrators one remains.
func TestActsAreAcceptedOneAfterAnother(t *testing.T) {
	w := twoAdministrators()
	acts := w.plan().Actions
	for _, order := range [][]remediate.Action{{acts[0], acts[1]}, {acts[1], acts[0]}} {
		g := remediate.GuardsOf(w.book, w.view(), w.settings, w.now)
		if first, second := g.Accept(order[0]), g.Accept(order[1]); first != "" || !strings.Contains(second, "last administrator") {
			t.Errorf("%q, then %q", first, second)
		}
	}
}

// What guards rest on was not seen: no stage goes on, and nothing is told.
func TestBlind(t *testing.T) {
	for _, fact := range []account.Fact{account.Users, account.Groups, account.Policies, account.Logins, account.Keys} {
		w := newWorld()
		w.keyUser("ann", "key-unused")
		w.account.Seen[fact] = account.Seen{Missing: "AccessDenied"}
		o := w.to(0)
		if a := only(t, o); a.Do != remediate.Wait || !strings.Contains(o.Blind, string(fact)) || !strings.Contains(o.Blind, "AccessDenied") || a.Reason != o.Blind {
			t.Errorf("%s: %s %q, blind %q", fact, a.Do, a.Reason, o.Blind)
		}
	}
}

func TestUserGone(t *testing.T) {
	w := newWorld()
	w.keyUser("ann", "key-unused")
	w.account.Users = w.account.Users[:1]
	if a := only(t, w.to(0)); a.Do != remediate.Wait || a.Reason != "the user is gone" {
		t.Errorf("%s %q", a.Do, a.Reason)
	}
}
