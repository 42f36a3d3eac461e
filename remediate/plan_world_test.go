package remediate_test

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"iamvigil/ledger"
	"iamvigil/remediate"
	"iamvigil/scanner"
	"iamvigil/scanner/access"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

const (
	day        = 24 * time.Hour
	accountID  = "111122223333"
	iamARN     = "arn:aws:iam::" + accountID + ":"
	adminARN   = "arn:aws:iam::aws:policy/AdministratorAccess"
	denyAll    = iamARN + "policy/deny-all"
	denyMFA    = iamARN + "policy/deny-without-mfa"
	denyLogin  = iamARN + "policy/deny-console"
	everything = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
)

// night is when a first run is.
var night = time.Date(2026, time.November, 1, 3, 30, 4, 0, time.UTC)

// world is an account, its ledger and a configuration, over many nights.
type world struct {
	account  *account.Snapshot
	book     remediate.Book
	settings remediate.Settings
	now      time.Time
	entries  map[string]int
}

// newWorld has one administrator who is at work, and all cures armed: warnings at
// once, after three days, and the act after seven.
func newWorld() *world {
	id := account.Identity{ID: accountID, Name: "shop", Partition: "aws"}
	w := &world{
		account: &account.Snapshot{Version: account.Version, Account: id, Seen: map[account.Fact]account.Seen{}, Policies: []account.Policy{{
			ARN: adminARN, Name: "AdministratorAccess",
			Versions: []account.PolicyVersion{{ID: "v1", Default: true, Document: policy.Parse(everything)}},
		}}},
		book: remediate.Book{Account: id},
		settings: remediate.Settings{
			Mode: remediate.Enforce, Digest: "d1", Cures: map[remediate.Cure]bool{}, Schedules: map[string]remediate.Schedule{},
			Denies: account.Denies{Console: denyLogin, WithoutMFA: denyMFA, All: denyAll},
		},
		now: night, entries: map[string]int{},
	}
	w.book.Course.Round = ledger.Round{Settings: "d1", SettingsSince: night.Add(-30 * day)}
	for _, f := range account.Facts() {
		w.account.Seen[f] = account.Seen{At: night}
	}
	for _, c := range remediate.Cures() {
		w.settings.Cures[c] = true
		for _, rule := range c.Rules() {
			w.settings.Schedules[rule] = remediate.Schedule{Warn: 0, Final: 3, Act: 7}
		}
	}
	admin := w.user("admin")
	admin.Attached = []account.Attachment{{ARN: adminARN, Name: "AdministratorAccess"}}
	admin.Login = &account.Login{Changed: night.Add(-900 * day), LastUsed: night.Add(-2 * day)}
	admin.MFA = true
	return w
}

// user adds one that may do nothing.
func (w *world) user(name string) *account.User {
	w.account.Users = append(w.account.Users, account.User{
		ARN: iamARN + "user/" + name, ID: "AIDA" + strconv.Itoa(1000+len(w.account.Users)), Name: name, Created: night.Add(-900 * day),
	})
	return &w.account.Users[len(w.account.Users)-1]
}

// keyUser adds a user with an active key, and a finding about it by each rule.
func (w *world) keyUser(name string, rules ...string) *account.User {
	u := w.user(name)
	id := "AKIA" + u.ID[4:]
	u.Keys = []account.AccessKey{{ID: id, Slot: 1, Status: account.Active, Created: night.Add(-400 * day), LastUsed: night.Add(-200 * day)}}
	for _, rule := range rules {
		w.finding(u, rule, id, map[string]string{"created": stamp(night.Add(-400 * day)), "last_used": stamp(night.Add(-200 * day))})
	}
	return u
}

// consoleUser adds a user with a password, and a finding about it.
func (w *world) consoleUser(name, rule string) *account.User {
	u := w.user(name)
	u.Login = &account.Login{Changed: night.Add(-400 * day), LastUsed: night.Add(-200 * day)}
	w.finding(u, rule, "", map[string]string{"password_changed": stamp(night.Add(-400 * day)), "password_last_used": stamp(night.Add(-200 * day))})
	return u
}

// ago is a number of days before the first night.
func ago(days int) time.Time { return night.Add(-time.Duration(days) * day) }

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func (w *world) finding(u *account.User, rule, part string, evidence map[string]string) *ledger.Record {
	r := ledger.Record{
		Finding: scanner.Finding{
			ID: "f" + strconv.Itoa(100+len(w.book.Records)), Rule: rule, Resource: u.Ref(), Part: part,
			Message: "user " + u.Name + " fails " + rule, Evidence: evidence, Status: scanner.Open,
		},
		State: ledger.Open, Told: ledger.Open, Limit: 90, EvidenceAt: w.now.Add(-time.Hour), FirstSeen: w.now, OpenedAt: w.now.Add(-day),
	}
	w.book.Records = append(w.book.Records, r)
	return &w.book.Records[len(w.book.Records)-1]
}

// view is a look at the account as it is.
func (w *world) view() *access.View {
	s := *w.account
	s.Users = slices.Clone(s.Users)
	return access.New(&s)
}

// plan is what a run of now would have.
func (w *world) plan() remediate.Outlook {
	return remediate.Lay(w.book, w.view(), w.settings, w.now)
}

// run carries a plan out as a run does: all that is due succeeds.
func (w *world) run() remediate.Outlook {
	o := w.plan()
	w.remember(o, func(remediate.Action) string { return ledger.Done })
	return o
}

// remember saves what a run saves, where acts come to the outcomes given.
func (w *world) remember(o remediate.Outlook, outcome func(remediate.Action) string) {
	for _, ended := range o.Ended {
		w.book.Course.Cases = slices.DeleteFunc(w.book.Course.Cases, func(c ledger.Case) bool { return c.Finding == ended.Finding && c.Cure == ended.Cure })
	}
	for _, a := range o.Actions {
		c := remediate.Stepped(a, w.now)
		switch {
		case a.Do == remediate.Act:
			came := outcome(a)
			w.journal(a, came)
			if came == ledger.Done || came == ledger.Would {
				c.Stage, c.Said = ledger.Acted, ""
			}
		case a.Do == remediate.Refuse:
			c.Said = a.Reason
		case a.Do == remediate.Postpone && o.Held != "":
			c = a.Case
		}
		w.save(c)
	}
	o.Round.EndedAt, o.Round.Revision = w.now, w.book.Course.Round.Revision+1
	w.book.Course.Round = o.Round
}

func (w *world) journal(a remediate.Action, outcome string) {
	intent := a.Intent
	for _, e := range []ledger.Entry{{Intent: &intent}, {Outcome: outcome}} {
		w.entries[a.ID]++
		e.Action, e.Number, e.At = a.ID, w.entries[a.ID], w.now
		w.book.Course.Journal = append(w.book.Course.Journal, e)
	}
}

func (w *world) save(c ledger.Case) {
	for i, old := range w.book.Course.Cases {
		if old.Finding == c.Finding && old.Cure == c.Cure {
			w.book.Course.Cases[i] = c
			return
		}
	}
	w.book.Course.Cases = append(w.book.Course.Cases, c)
}

// to goes on to a night, by its number from 0, and runs. Runs of the nights since
// the last one came to nothing.
func (w *world) to(n int) remediate.Outlook {
	w.skip(n)
	return w.run()
}

func (w *world) skip(n int) {
	w.now = night.Add(time.Duration(n) * day)
	w.book.Course.Round.EndedAt = w.now.Add(-day)
}

// dos is what the actions come to, by their findings.
func dos(actions []remediate.Action) map[string]remediate.Do {
	all := map[string]remediate.Do{}
	for _, a := range actions {
		all[a.Record.ID] = a.Do
	}
	return all
}

// only is the one action of a plan.
func only(t *testing.T, o remediate.Outlook) remediate.Action {
	t.Helper()
	if len(o.Actions) != 1 {
		t.Fatalf("%d actions, want one: %+v", len(o.Actions), o.Actions)
	}
	return o.Actions[0]
}
