package scanner_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

var (
	now     = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	earlier = now.Add(-4 * time.Hour)
	whole   = account.Scope{Whole: true}
)

func seen(at time.Time) account.Seen { return account.Seen{At: at} }

var denied = account.Seen{Missing: "iam:ListAccessKeys was refused: AccessDenied", Permission: "iam:ListAccessKeys"}

// twoUsers is an account in which alice has an MFA device and bob has none.
func twoUsers(facts map[account.Fact]account.Seen) *account.Snapshot {
	return &account.Snapshot{
		Version: account.Version,
		Account: account.Identity{ID: "111122223333", Partition: "aws"},
		Seen:    facts,
		Users: []account.User{
			{ARN: "arn:aws:iam::111122223333:user/alice", ID: "AIDAALICE", Name: "alice", MFA: true},
			{ARN: "arn:aws:iam::111122223333:user/bob", ID: "AIDABOB", Name: "bob"},
		},
	}
}

// noMFA fails users without an MFA device.
func noMFA(reads ...account.Fact) scanner.Rule {
	return scanner.Rule{
		About: scanner.About{ID: "no-mfa", Severity: scanner.Medium},
		Reads: append(reads, account.MFA),
		Check: scanner.Users(func(p *scanner.Pass, u *account.User) {
			if !u.MFA {
				p.Fail("", nil, "user %q has no MFA device", u.Name)
			}
		}),
	}
}

func names(findings []scanner.Finding) []string {
	list := []string{}
	for _, f := range findings {
		list = append(list, f.Resource.Name)
	}
	return list
}

func evaluate(s *account.Snapshot, scope account.Scope, rules ...scanner.Rule) scanner.Report {
	return scanner.Evaluate(s, scope, rules, now)
}

func TestScope(t *testing.T) {
	tests := map[string]struct {
		scope  account.Scope
		found  []string
		passed int
	}{
		"whole":                          {whole, []string{"bob"}, 1},
		"nothing":                        {account.Scope{}, []string{}, 0},
		"by name, in whatever case":      {account.Scope{Refs: []account.Ref{{Kind: account.KindUser, Name: "BOB"}}}, []string{"bob"}, 0},
		"by unique id, after a rename":   {account.Scope{Refs: []account.Ref{{Kind: account.KindUser, ID: "AIDABOB", Name: "robert"}}}, []string{"bob"}, 0},
		"another user of that name":      {account.Scope{Refs: []account.Ref{{Kind: account.KindUser, ID: "AIDAOLDBOB", Name: "bob"}}}, []string{}, 0},
		"one who passes":                 {account.Scope{Refs: []account.Ref{{Kind: account.KindUser, Name: "alice"}}}, []string{}, 1},
		"a role of that name":            {account.Scope{Refs: []account.Ref{{Kind: account.KindRole, Name: "bob"}}}, []string{}, 0},
		"the account, not what is in it": {account.Scope{Refs: []account.Ref{{Kind: account.KindAccount}}}, []string{}, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := evaluate(twoUsers(map[account.Fact]account.Seen{account.MFA: seen(now)}), test.scope, noMFA())
			if diff := cmp.Diff(test.found, names(r.Findings)); diff != "" {
				t.Errorf("found (-want +got):\n%s", diff)
			}
			if got := r.Passed["no-mfa"]; got != test.passed {
				t.Errorf("passed %d, want %d", got, test.passed)
			}
		})
	}
}

// TestAnswer: what a report says of bob, for every state that the fact can be
// in, of the account and of his own.
func TestAnswer(t *testing.T) {
	type state = map[account.Fact]account.Seen
	none := state{}
	tests := map[string]struct {
		account, own state
		answer       scanner.Answer
		at           time.Time
		gaps         []string
	}{
		"not asked for":                         {none, none, scanner.NotAsked, time.Time{}, nil},
		"seen":                                  {state{account.MFA: seen(now)}, none, scanner.Answered, now, nil},
		"missing":                               {state{account.MFA: denied}, none, scanner.Unknown, time.Time{}, []string{"mfa of all"}},
		"missing, but seen of him":              {state{account.MFA: denied}, state{account.MFA: seen(now)}, scanner.Answered, now, []string{"mfa of all"}},
		"seen, but missing of him":              {state{account.MFA: seen(now)}, state{account.MFA: denied}, scanner.Unknown, time.Time{}, []string{"mfa of bob"}},
		"not asked for, but seen of him":        {none, state{account.MFA: seen(now)}, scanner.Answered, now, nil},
		"not asked for, and missing of him":     {none, state{account.MFA: denied}, scanner.Unknown, time.Time{}, []string{"mfa of bob"}},
		"missing of both":                       {state{account.MFA: denied}, state{account.MFA: denied}, scanner.Unknown, time.Time{}, []string{"mfa of all", "mfa of bob"}},
		"the listing is missing, and shows him": {state{account.MFA: seen(now), account.Users: denied}, none, scanner.Answered, now, []string{"users of all"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := twoUsers(test.account)
			bob := &s.Users[1]
			bob.Seen = test.own
			r := evaluate(s, account.Scope{Refs: []account.Ref{bob.Ref()}}, noMFA())
			answer, at := r.Answer("no-mfa", bob.Ref())
			if answer != test.answer || !at.Equal(test.at) {
				t.Errorf("answered %v as of %v, want %v as of %v", answer, at, test.answer, test.at)
			}
			if found := len(r.Findings) == 1; found != (test.answer == scanner.Answered) {
				t.Errorf("found %v", names(r.Findings))
			}
			if diff := cmp.Diff(test.gaps, gaps(r)); diff != "" {
				t.Errorf("gaps (-want +got):\n%s", diff)
			}
			if r.Passed["no-mfa"] != 0 {
				t.Error("counted as passed")
			}
		})
	}
}

func gaps(r scanner.Report) []string {
	var list []string
	for _, g := range r.Gaps {
		about := "all"
		if g.Resource != nil {
			about = g.Resource.Name
		}
		list = append(list, string(g.Fact)+" of "+about)
	}
	return list
}

// TestAnswerOfOthers: a rule that was off, and a resource that is not there.
func TestAnswerOfOthers(t *testing.T) {
	s := twoUsers(map[account.Fact]account.Seen{account.MFA: seen(now)})
	r := evaluate(s, whole, noMFA())
	if a, _ := r.Answer("off", s.Users[0].Ref()); a != scanner.NotAsked {
		t.Errorf("a rule that is off: %v", a)
	}
	if a, _ := r.Answer("no-mfa", account.Ref{Kind: account.KindUser, ID: "AIDAGONE"}); a != scanner.NotAsked {
		t.Errorf("a user who is gone: %v", a)
	}
}

// TestAccountWideGapIsToldOnce: once a rule and fact, however many resources
// want it.
func TestAccountWideGapIsToldOnce(t *testing.T) {
	s := twoUsers(map[account.Fact]account.Seen{account.Users: denied, account.MFA: denied})
	r := evaluate(s, whole, noMFA(account.Users))
	want := []scanner.Gap{
		{Rule: "no-mfa", Fact: account.MFA, Reason: denied.Missing, Permission: denied.Permission},
		{Rule: "no-mfa", Fact: account.Users, Reason: denied.Missing, Permission: denied.Permission},
	}
	if diff := cmp.Diff(want, r.Gaps); diff != "" {
		t.Errorf("gaps (-want +got):\n%s", diff)
	}
}

// TestChecksAccountWideGapIsToldOnce: a fact that a check asks for on its own,
// and that is missing for the whole account, is nobody's own want.
func TestChecksAccountWideGapIsToldOnce(t *testing.T) {
	rule := noMFA()
	rule.Check = scanner.Users(func(p *scanner.Pass, _ *account.User) { p.Gap(account.Keys, p.Snapshot.Seen[account.Keys]) })
	s := twoUsers(map[account.Fact]account.Seen{account.MFA: seen(now), account.Keys: denied})
	s.Users[1].Seen = map[account.Fact]account.Seen{account.Keys: denied}
	r := evaluate(s, whole, rule)
	if diff := cmp.Diff([]string{"keys of all", "keys of bob"}, gaps(r)); diff != "" {
		t.Errorf("gaps (-want +got):\n%s", diff)
	}
	if a, _ := r.Answer("no-mfa", s.Users[0].Ref()); a != scanner.Unknown {
		t.Errorf("answered %v, want unknown", a)
	}
}

// TestAsOf: a finding is as of the oldest fact that its rule read.
func TestAsOf(t *testing.T) {
	s := twoUsers(map[account.Fact]account.Seen{
		account.MFA: seen(now), account.Logins: seen(earlier), account.Keys: seen(earlier.Add(-time.Hour)),
	})
	r := evaluate(s, whole, noMFA(account.Logins))
	f := r.Findings[0]
	if !f.AsOf.Equal(earlier) || f.Evidence["as_of"] != "2026-11-20T08:00:00Z" {
		t.Errorf("as of %v, evidence %v, want %v", f.AsOf, f.Evidence, earlier)
	}
}

// TestChecksOwnGap: a check may find that it cannot tell. Then it has not
// answered, though what it found stands; the same want is told once.
func TestChecksOwnGap(t *testing.T) {
	rule := noMFA()
	rule.Check = scanner.Users(func(p *scanner.Pass, u *account.User) {
		p.Gap(account.MFA, account.Seen{Missing: "AWS does not tell"})
		p.Gap(account.MFA, account.Seen{Missing: "AWS does not tell"})
		p.Fail("", nil, "user %q", u.Name)
	})
	s := twoUsers(map[account.Fact]account.Seen{account.MFA: seen(now)})
	r := evaluate(s, whole, rule)
	if a, _ := r.Answer("no-mfa", s.Users[0].Ref()); a != scanner.Unknown {
		t.Errorf("answered %v, want unknown", a)
	}
	if diff := cmp.Diff([]string{"mfa of alice", "mfa of bob"}, gaps(r)); diff != "" {
		t.Errorf("gaps (-want +got):\n%s", diff)
	}
	if len(r.Findings) != 2 || r.Passed["no-mfa"] != 0 {
		t.Errorf("found %v, passed %v", names(r.Findings), r.Passed)
	}
}

// TestHints: while what a rule reads is missing, a hint can show a fault. It is
// never an answer: what the hint does not show may be there.
func TestHints(t *testing.T) {
	tests := map[string]struct {
		facts map[account.Fact]account.Seen
		found []string
		asOf  time.Time
	}{
		"the hint is seen":          {map[account.Fact]account.Seen{account.MFA: denied, account.Logins: seen(earlier)}, []string{"bob"}, earlier},
		"the hint is missing too":   {map[account.Fact]account.Seen{account.MFA: denied, account.Logins: denied}, []string{}, time.Time{}},
		"the hint is not asked for": {map[account.Fact]account.Seen{account.MFA: denied}, []string{}, time.Time{}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			rule := noMFA()
			rule.Hints = []account.Fact{account.Logins}
			s := twoUsers(test.facts)
			r := evaluate(s, whole, rule)
			if diff := cmp.Diff(test.found, names(r.Findings)); diff != "" {
				t.Errorf("found (-want +got):\n%s", diff)
			}
			for _, f := range r.Findings {
				if !f.AsOf.Equal(test.asOf) {
					t.Errorf("as of %v, want %v", f.AsOf, test.asOf)
				}
			}
			for _, u := range s.Users {
				if a, _ := r.Answer("no-mfa", u.Ref()); a != scanner.Unknown {
					t.Errorf("answered %v about %s, want unknown", a, u.Name)
				}
			}
			if len(r.Passed) != 0 || len(r.Gaps) != 1 {
				t.Errorf("passed %v, gaps %v", r.Passed, gaps(r))
			}
		})
	}
}

func TestOld(t *testing.T) {
	p := &scanner.Pass{Rule: &scanner.Rule{About: scanner.About{Limit: scanner.Days(90)}}, Now: now}
	day := 24 * time.Hour
	tests := []struct {
		ago time.Duration
		age int
		old bool
	}{
		{0, 0, false},
		{90 * day, 90, false},
		{91*day - time.Second, 90, false},
		{91 * day, 91, true},
		{-time.Hour, 0, false},
		{-400 * day, -400, false},
	}
	for _, test := range tests {
		then := now.Add(-test.ago)
		if age, old := p.Age(then), p.Old(then); age != test.age || old != test.old {
			t.Errorf("%v ago: age %d, old %v, want %d, %v", test.ago, age, old, test.age, test.old)
		}
	}
	if !p.Old(time.Time{}) {
		t.Error("the beginning of time is not old")
	}
}
