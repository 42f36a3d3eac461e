package notify_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"iamvigil/ledger"
	"iamvigil/notify"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
	"iamvigil/scanner/rules"
	"iamvigil/scanner/trail"
)

// However many of the real rules see that a user's inline policy allows
// everything, it is one fault.
func TestAnAdministratorInlineIsOneLine(t *testing.T) {
	user := account.User{
		ARN: "arn:aws:iam::123456789012:user/mallory", ID: "AIDAMALLORY", Name: "mallory", Created: now.AddDate(0, -1, 0), MFA: true, Login: &account.Login{Changed: now, LastUsed: now},
		Inline: []account.InlinePolicy{{Name: "all", Document: policy.Parse(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`)}},
	}
	s := account.Snapshot{Version: account.Version, Account: acme, Seen: map[account.Fact]account.Seen{}, Users: []account.User{user},
		PasswordPolicy: &account.PasswordPolicy{MinimumLength: 14, Uppercase: true, Lowercase: true, Numbers: true, Symbols: true, MaxAge: 90, Reuse: 24},
		Summary:        map[string]int{"AccountMFAEnabled": 1}}
	for _, fact := range account.Facts() {
		s.Seen[fact] = account.Seen{At: now}
	}
	about := account.Ref{Kind: account.KindUser, ARN: user.ARN, ID: user.ID, Name: user.Name}
	asked := slices.DeleteFunc(rules.All(), func(r scanner.Rule) bool { return r.OptIn })
	report := scanner.Evaluate(&s, account.Scope{Refs: []account.Ref{about}}, asked, now)
	c := ledger.Diff(ledger.Known{Rules: map[string]time.Time{"x": now}}, report, ledger.Event)
	body := emailPage(notify.Emails(&c.Telling)...)
	golden(t, "inline-admin.email", body)
	if n := strings.Count(body, "\n* "); n != 1 {
		t.Errorf("%d items, want one", n)
	}
}

func TestHeldChangesAreNotMailed(t *testing.T) {
	c := burstHeld()
	if got := notify.Emails(c); got != nil {
		t.Errorf("held, and mailed: %v", got)
	}
	c.Held = false
	if len(notify.Emails(c)) != 1 {
		t.Error("not held, and not mailed")
	}
}

func TestGreetings(t *testing.T) {
	email, chat, programs := notify.Greetings(acme, now, "smoke-7f3a")
	golden(t, "test.email", emailPage(email))
	golden(t, "test.chat", chatPage(t, chat))
	golden(t, "test.programs", programPage(t, programs))
	holdsForMail(t, email)
	for _, m := range []notify.Message{email, chat, programs} {
		holdsForSNS(t, m)
		if !strings.Contains(m.Body, "smoke-7f3a") || m.Attributes["kind"] != "test" {
			t.Errorf("not marked: %v %s", m.Attributes, m.Body)
		}
	}
}

// A subject names the account, how much there is to tell and how bad the worst
// of it is, and what that is where it has room for as much as says something.
func TestSubjects(t *testing.T) {
	for name, want := range map[string]string{
		"nightly-digest":  "IAM critical: acme-prod (123456789012): 4 new, 2 new rules, 2 resolved; worst: ",
		"resolved-digest": "IAM resolved: acme-prod (123456789012): 2 resolved (high)",
		"settings-digest": "IAM high: acme-prod (123456789012): 3 new, 1 resolved, 2 severity changes",
		"acknowledgement": "IAM acknowledged: acme-prod (123456789012): 1 acknowledged (medium): user ",
		"burst-summary":   "IAM low: acme-prod (123456789012): summary, 37 new, 12 resolved, 463 more",
		"root-use":        "IAM critical: acme-prod (123456789012): 1 alert: root user signed in",
	} {
		got := notify.Emails(cases[name]())[0].Subject
		if said, ok := strings.CutPrefix(got, want); !ok || said != "" && len(said) < 20 {
			t.Errorf("%s: %q, want %q…", name, got, want)
		}
	}
}

// A link that is broken is none, so one that is too long for a line leads to the
// list.
func TestLongLinksLeadToTheList(t *testing.T) {
	for name, want := range map[string]string{
		"carol":                 "https://console.aws.amazon.com/iam/home#/users/details/carol",
		strings.Repeat("a", 14): "https://console.aws.amazon.com/iam/home#/users/details/" + strings.Repeat("a", 14),
		strings.Repeat("a", 15): "https://console.aws.amazon.com/iam/home#/users/details/" + strings.Repeat("a", 15),
		strings.Repeat("a", 19): "https://console.aws.amazon.com/iam/home#/users/details/" + strings.Repeat("a", 19),
		strings.Repeat("a", 20): "https://console.aws.amazon.com/iam/home#/users",
		"x@www.y.com":           "https://console.aws.amazon.com/iam/home#/users/details/x%40www.y.com",
	} {
		pages := readMail(t, notify.Emails(night(withoutMFA(name)))[0].Body).pages
		if diff := cmp.Diff([]string{want}, pages); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// A mail never comes in parts, however much there is to tell and however long
// each text of it is.
func TestTheLargestMail(t *testing.T) {
	for _, piece := range []string{"a", "😀", "\u202e"} {
		long := strings.Repeat(piece, 1000)
		c := largest(long)
		for i := range c.New {
			r := &c.New[i]
			r.By = &trail.Origin{Event: long, Time: now, Actor: &c.Alerts[i].Event.Actor}
			r.Owner, r.EvidenceAt, r.Flapping = long, now.AddDate(0, 0, -1), true
			r.Lapsed = &ledger.Lapse{Exemption: scanner.Exemption{Reason: long, Owner: long, Expires: now}}
			r.ManagedBy = long
			silenced, worse := *r, *r
			noted(&silenced, ledger.Ack{By: long, Reason: long, Until: now.Add(time.Hour)})
			worse.Was, worse.ManagedBy = scanner.Low, ""
			for range scanner.MostCommands {
				worse.Commands = append(worse.Commands, scanner.Command("iam", "get-user", "--user-name", strings.Repeat("'", 400)))
			}
			c.Silenced, c.Reranked = append(c.Silenced, silenced), append(c.Reranked, worse)
			c.Withdrawn, c.Rest = append(c.Withdrawn, c.NewRules[i]), append(c.Rest, c.NewRules[i])
			c.Exemptions = append(c.Exemptions, ledger.ExemptionNote{ExemptionUse: scanner.ExemptionUse{Exemption: scanner.Exemption{
				Rules: []string{long, long}, Resource: long, Account: long, Tags: map[string]string{long: long}, Reason: long, Owner: long}}, Why: ledger.Expired})
		}
		all := *c
		for _, none := range []func(){func() {}, func() { all.Alerts = nil }, func() { all.New = nil }, func() { all.Resolved = nil }, func() { all.Reranked = nil }} {
			none()
			m := notify.Emails(&all)[0]
			holdsForSNS(t, m)
			holdsForMail(t, m)
		}
	}
}
