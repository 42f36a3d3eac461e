package scanner_test

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

// many is an account of so many users, of whom every seventh has MFA devices that
// could not be read, and the others' were each read at a time of its own.
func many(users int) *account.Snapshot {
	s := &account.Snapshot{Version: account.Version, Account: account.Identity{ID: "111122223333", Partition: "aws"},
		Seen: map[account.Fact]account.Seen{account.MFA: seen(now)}}
	for i := range users {
		u := account.User{ID: fmt.Sprintf("AIDA%04d", users-i), Name: fmt.Sprintf("user-%04d", users-i), MFA: i%2 == 0}
		u.Seen = map[account.Fact]account.Seen{account.MFA: seen(now.Add(-time.Duration(i) * time.Second))}
		if i%7 == 0 {
			u.Seen[account.MFA] = denied
		}
		s.Users = append(s.Users, u)
	}
	return s
}

// Each answer has its own time, however many times there are.
func TestAnswersOfManyTimes(t *testing.T) {
	s := many(1000)
	r := evaluate(s, whole, noMFA(), scanner.Rule{About: scanner.About{ID: "not-asked"}, Reads: []account.Fact{account.Keys}, Check: noMFA().Check})
	for i := range s.Users {
		got, at := r.Answer("no-mfa", s.Users[i].Ref())
		want, wantAt := scanner.Answered, now.Add(-time.Duration(i)*time.Second)
		if i%7 == 0 {
			want, wantAt = scanner.Unknown, time.Time{}
		}
		if got != want || !at.Equal(wantAt) {
			t.Errorf("user %d: answer %d of %s, want %d of %s", i, got, at, want, wantAt)
		}
		if got, _ := r.Answer("not-asked", s.Users[i].Ref()); got != scanner.NotAsked {
			t.Errorf("user %d: answer %d to what was not asked", i, got)
		}
	}
	if got, _ := r.Answer("no-mfa", account.Ref{Kind: account.KindUser, ID: "AIDANOBODY"}); got != scanner.NotAsked {
		t.Errorf("answer %d about nobody", got)
	}
}

// All findings are there and in order, each with its own evidence, though evidence
// that says the same is shared.
func TestManyFindings(t *testing.T) {
	s := many(1000)
	for i := range s.Users {
		s.Users[i].Seen = nil
	}
	r := evaluate(s, whole, scanner.Rule{
		About: scanner.About{ID: "last-digit", Severity: scanner.Low}, Reads: []account.Fact{account.MFA},
		Check: scanner.Users(func(p *scanner.Pass, u *account.User) {
			p.Fail("", map[string]string{"digit": u.Name[len(u.Name)-1:], "": u.Name[len(u.Name)-2:]}, "user %q", u.Name)
		}),
	})
	if len(r.Findings) != len(s.Users) || !slices.IsSortedFunc(r.Findings, scanner.CompareFindings) {
		t.Errorf("%d findings of %d, or not in order", len(r.Findings), len(s.Users))
	}
	for _, f := range r.Findings {
		n, _ := strconv.Atoi(f.Resource.Name[len("user-"):])
		if got := f.Evidence; len(got) != 3 || got["digit"] != strconv.Itoa(n%10) || got[""] != fmt.Sprintf("%02d", n%100) || got["as_of"] != now.Format(time.RFC3339) {
			t.Errorf("%s: %v", f.Resource.Name, got)
		}
	}
}
