package scanner_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

// aged fails users who were created longer ago than the limit for them.
func aged(limit, withoutPassword int) scanner.Rule {
	l := scanner.UserDays(limit)
	l.WithoutPassword = withoutPassword
	return scanner.Rule{
		About: scanner.About{ID: "aged", Limit: l},
		Reads: []account.Fact{account.Keys},
		Check: scanner.Users(func(p *scanner.Pass, u *account.User) {
			if p.Old(u.Created) {
				p.Fail("", nil, "%d", p.Limit())
			}
		}),
	}
}

// TestLimitWithoutPassword: of a user of whom it is not known whether he has a
// password both limits must agree, or else there is a gap and no answer.
func TestLimitWithoutPassword(t *testing.T) {
	day := 24 * time.Hour
	login := &account.Login{}
	asked := map[account.Fact]account.Seen{account.Keys: seen(now), account.Logins: seen(now)}
	refused := map[account.Fact]account.Seen{account.Keys: seen(now), account.Logins: denied}
	unasked := map[account.Fact]account.Seen{account.Keys: seen(now)}
	of := func(days int) string { return "fails, the limit is " + strconv.Itoa(days) }
	tests := map[string]struct {
		limit, without int
		facts          map[account.Fact]account.Seen
		login          *account.Login
		age            time.Duration
		want           string
	}{
		"a person at the limit":             {90, 180, asked, login, 91*day - 1, "passes"},
		"a person beyond it":                {90, 180, asked, login, 91 * day, of(90)},
		"a program at its limit":            {90, 180, asked, nil, 181*day - 1, "passes"},
		"a program beyond it":               {90, 180, asked, nil, 181 * day, of(180)},
		"a stricter limit for programs":     {90, 30, asked, nil, 31 * day, of(30)},
		"which is not for people":           {90, 30, asked, login, 31 * day, "passes"},
		"unknown, younger than both":        {90, 180, refused, nil, 91*day - 1, "passes"},
		"unknown, between them":             {90, 180, refused, nil, 91 * day, "gap"},
		"unknown, at the greater":           {90, 180, refused, nil, 181*day - 1, "gap"},
		"unknown, older than both":          {90, 180, refused, nil, 181 * day, of(180)},
		"unknown, between stricter ones":    {90, 30, refused, nil, 31 * day, "gap"},
		"unknown, older than stricter ones": {90, 30, refused, nil, 91 * day, of(90)},
		"not asked for, between them":       {90, 180, unasked, nil, 91 * day, "gap"},
		"not asked for, older than both":    {90, 180, unasked, nil, 181 * day, of(180)},
		"one limit, unknown":                {90, 0, refused, nil, 91 * day, of(90)},
		"one limit, not asked for":          {90, 0, unasked, nil, 91*day - 1, "passes"},
		"the same limit, unknown":           {90, 90, refused, nil, 91 * day, of(90)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := twoUsers(test.facts)
			s.Users = s.Users[:1]
			s.Users[0].Login, s.Users[0].Created = test.login, now.Add(-test.age)
			r := evaluate(s, whole, aged(test.limit, test.without))
			answer, _ := r.Answer("aged", s.Users[0].Ref())
			got := "passes"
			switch {
			case len(r.Gaps) == 1 && r.Gaps[0].Fact == account.Logins && r.Gaps[0].Reason != "" && len(r.Findings) == 0 && answer == scanner.Unknown:
				got = "gap"
			case len(r.Findings) == 1 && len(r.Gaps) == 0 && answer == scanner.Answered:
				got = "fails, the limit is " + r.Findings[0].Message
			case len(r.Findings)+len(r.Gaps) > 0 || answer != scanner.Answered:
				got = "neither"
			}
			if got != test.want {
				t.Errorf("%s, want %s; findings %v, gaps %v", got, test.want, r.Findings, r.Gaps)
			}
		})
	}
}

// TestLimitWithoutPasswordIsAsOf: what a finding rests on is as old as the look
// at logins where its limit depends on that, and only there.
func TestLimitWithoutPasswordIsAsOf(t *testing.T) {
	s := twoUsers(map[account.Fact]account.Seen{account.Keys: seen(now), account.Logins: seen(earlier)})
	var got []time.Time
	for _, without := range []int{0, 180} {
		got = append(got, evaluate(s, whole, aged(90, without)).Findings[0].AsOf)
	}
	if diff := cmp.Diff([]time.Time{now, earlier}, got); diff != "" {
		t.Errorf("as of (-want +got):\n%s", diff)
	}
}

func TestGrace(t *testing.T) {
	day := 24 * time.Hour
	tests := map[string]struct {
		days    int
		created time.Time
		want    bool
	}{
		"none":                       {0, now, false},
		"none, and yet to come":      {0, now.Add(time.Hour), false},
		"just created":               {7, now, true},
		"by a clock that is ahead":   {7, now.Add(time.Hour), true},
		"in its last second":         {7, now.Add(-7*day + time.Second), true},
		"over":                       {7, now.Add(-7 * day), false},
		"of what nobody knows of it": {7, time.Time{}, false},
	}
	for name, test := range tests {
		grace := scanner.UpTo(90)
		grace.Value = test.days
		p := &scanner.Pass{Rule: &scanner.Rule{About: scanner.About{Grace: grace}}, Now: now}
		if got := p.InGrace(test.created); got != test.want {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}

// TestAsked: a rule may learn the limit of another that is asked with it.
func TestAsked(t *testing.T) {
	rule := noMFA()
	rule.Check = scanner.Users(func(p *scanner.Pass, _ *account.User) {
		limit, asked := p.Asked("aged")
		p.Fail("", nil, "%d %v", limit, asked)
	})
	s := withMFA()
	if got := evaluate(s, whole, rule).Findings[0].Message; got != "0 false" {
		t.Errorf("alone: %s", got)
	}
	if got := evaluate(s, whole, rule, aged(14, 0)).Findings[0].Message; got != "14 true" {
		t.Errorf("beside: %s", got)
	}
}
