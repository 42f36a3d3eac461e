package collect_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"iamvigil/internal/awstest"
	"iamvigil/scanner/account"
	"iamvigil/scanner/collect"
	"iamvigil/scanner/policy"
)

const (
	begins = "iam:GenerateServiceLastAccessedDetails"
	gets   = "iam:GetServiceLastAccessedDetails"
)

// direct is the fake without a network between, so that time can be a bubble's.
type direct struct{ *awstest.AWS }

func (d direct) Do(r *http.Request) (*http.Response, error) {
	answer := httptest.NewRecorder()
	d.ServeHTTP(answer, r)
	return answer.Result(), r.Context().Err()
}

// T is what a test and a check of a property have in common.
type T interface {
	Fatal(args ...any)
	Context() context.Context
}

// accessed looks at the whole account, last access included.
func accessed(t T, s *account.Snapshot, opts ...awstest.Option) (*account.Snapshot, *awstest.AWS) {
	return wanting(t, awstest.New(s, append(opts, awstest.Clock(clock))...), account.LastAccessed)
}

// wanting looks at the whole account, and at such facts as are wanted.
func wanting(t T, fake *awstest.AWS, facts ...account.Fact) (*account.Snapshot, *awstest.AWS) {
	cfg := fake.Config()
	cfg.BaseEndpoint, cfg.HTTPClient = aws.String("http://aws.test"), direct{fake}
	c := collect.New(cfg, account.Identity{}, clock)
	c.Wanted = facts
	s, err := c.Whole(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s, fake
}

// used is acme, where everybody has done something.
func used() *account.Snapshot {
	s := acme()
	s.Users[0].Accessed = []account.Access{{Service: "iam", Last: day("2026-10-01T10:00:00Z")}, {Service: "s3"}}
	s.Users[1].Accessed = []account.Access{{Service: "s3", Last: day("2025-10-01T10:00:00Z")}}
	s.Roles[0].Accessed = []account.Access{{Service: "logs"}}
	return s
}

// lastAccess is what a snapshot tells of who was looked at: "user ann" and so on.
func lastAccess(s *account.Snapshot) map[string][]account.Access {
	all := map[string][]account.Access{}
	for i := range s.Users {
		if u := &s.Users[i]; s.Of(u.Seen, account.LastAccessed).Known() {
			all["user "+u.Name] = u.Accessed
		}
	}
	for i := range s.Roles {
		if r := &s.Roles[i]; s.Of(r.Seen, account.LastAccessed).Known() {
			all["role "+r.Name] = r.Accessed
		}
	}
	return all
}

func TestLastAccessedInTwoCallsEach(t *testing.T) {
	got, fake := accessed(t, used())
	want := map[string][]account.Access{
		"user ann": used().Users[0].Accessed, "user ben": used().Users[1].Accessed, "role fn": used().Roles[0].Accessed}
	if diff := cmp.Diff(want, lastAccess(got)); diff != "" {
		t.Error(diff)
	}
	if seen := got.Users[0].Seen[account.LastAccessed]; !seen.At.Equal(at) || got.Seen[account.LastAccessed].Asked() {
		t.Errorf("ann's: %+v, the account's: %+v", seen, got.Seen[account.LastAccessed])
	}
	if calls := fake.Calls(); calls[begins] != 3 || calls[gets] != 3 {
		t.Errorf("calls: %v", calls)
	}
}

func TestLastAccessedOnlyWhereItIsWanted(t *testing.T) {
	s, fake := wanting(t, awstest.New(used(), awstest.Clock(clock)))
	if calls := fake.Calls(); calls[begins]+calls[gets] > 0 || len(lastAccess(s)) > 0 {
		t.Errorf("%v, calls: %v", lastAccess(s), calls)
	}
}

// What is collected is what is served, in pages of any size (IsTruncated, Marker)
// and after as many answers of IN_PROGRESS as come.
func TestLastAccessedIsWhatIsServed(t *testing.T) {
	service := rapid.StringMatching(`[a-z][a-z0-9-]{0,20}`)
	rapid.Check(t, func(r *rapid.T) {
		s := awstest.Random().Draw(r, "account")
		draw := func() []account.Access {
			var list []account.Access
			for _, name := range rapid.SliceOfNDistinct(service, 0, 5, rapid.ID).Draw(r, "services") {
				one := account.Access{Service: name}
				if rapid.Bool().Draw(r, "used") {
					one.Last = at.Add(-time.Duration(rapid.IntRange(0, 400*24*3600).Draw(r, "ago")) * time.Second)
				}
				list = append(list, one)
			}
			slices.SortFunc(list, func(a, b account.Access) int { return strings.Compare(a.Service, b.Service) })
			return list
		}
		want := map[string][]account.Access{}
		for i := range s.Users {
			u := &s.Users[i]
			u.Accessed = draw()
			want["user "+u.Name] = u.Accessed
		}
		for i := range s.Roles {
			if role := &s.Roles[i]; !role.ServiceLinked() {
				role.Accessed = draw()
				want["role "+role.Name] = role.Accessed
			}
		}
		options := []awstest.Option{}
		if n := rapid.IntRange(0, 3).Draw(r, "page"); n > 0 {
			options = append(options, awstest.SmallPages(n))
		}
		got, _ := accessed(r, s, options...)
		if diff := cmp.Diff(want, lastAccess(got), cmpopts.EquateEmpty()); diff != "" {
			r.Error(diff)
		}
	})
}

// JobStatus IN_PROGRESS: asked again, after pauses that grow.
func TestLastAccessedIsAwaited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		got, fake := accessed(t, used(), awstest.LastAccessed(awstest.Jobs{Polls: 3}))
		if n := len(lastAccess(got)); n != 3 || fake.Calls()[gets] != 3*4 {
			t.Errorf("%d were read, calls: %v", n, fake.Calls())
		}
		if took := time.Since(begun); took < time.Second || took > 5*time.Second {
			t.Errorf("three pauses of 200 ms, doubled each, of one and then of the others took %v", took)
		}
	})
}

// A job that never ends costs that night's answer and a bounded time.
func TestLastAccessedIsNotAwaitedForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		got, fake := accessed(t, used(), awstest.LastAccessed(awstest.Jobs{Polls: 1 << 20}))
		if took := time.Since(begun); took > collect.Patience+time.Second {
			t.Errorf("it took %v", took)
		}
		for i := range got.Users {
			if seen := got.Users[i].Seen[account.LastAccessed]; seen.Known() || !strings.Contains(seen.Missing, " in time") {
				t.Errorf("%s: %+v", got.Users[i].Name, seen)
			}
		}
		if calls := fake.Calls(); calls[gets] > 50 {
			t.Errorf("calls: %v", calls)
		}
		if !got.Seen[account.Users].Known() || len(got.Users) != 2 {
			t.Error("the users are lost with it")
		}
	})
}

// JobStatus FAILED, with an Error: it is the answer, and no reason to ask again.
func TestLastAccessedOfAFailedJob(t *testing.T) {
	s := used()
	got, fake := accessed(t, s, awstest.LastAccessed(awstest.Jobs{Failed: []string{s.Users[0].ARN}}))
	seen := got.Users[0].Seen[account.LastAccessed]
	if seen.Known() || !strings.Contains(seen.Missing, "INTERNAL_FAILURE") || seen.Permission != "" {
		t.Errorf("ann: %+v", seen)
	}
	if all := lastAccess(got); len(all) != 2 || fake.Calls()[gets] != 3 {
		t.Errorf("read: %v, calls: %v", all, fake.Calls())
	}
}

func TestLastAccessedThrottled(t *testing.T) {
	got, _ := accessed(t, used(), awstest.Throttle(begins, 2), awstest.Throttle(gets, 2))
	if n := len(lastAccess(got)); n != 3 {
		t.Errorf("%d were read", n)
	}
}

// Refused is who is refused first: nobody is asked about after that.
func TestLastAccessedRefused(t *testing.T) {
	for action, most := range map[string]map[string]int{
		begins: {begins: 1},
		gets:   {begins: 3, gets: 1},
	} {
		got, fake := accessed(t, used(), awstest.Deny(action))
		if seen := got.Seen[account.LastAccessed]; seen.Known() || seen.Permission != action {
			t.Errorf("%s: %+v", action, seen)
		}
		calls := map[string]int{}
		for _, name := range []string{begins, gets} {
			if n := fake.Calls()[name]; n > 0 {
				calls[name] = n
			}
		}
		if diff := cmp.Diff(most, calls); diff != "" || len(lastAccess(got)) > 0 {
			t.Errorf("%s: %v, calls:\n%s", action, lastAccess(got), diff)
		}
	}
}

// Who is deleted after the listing is left as it was listed: nothing was asked of
// it, so that no gap is told of who is gone, and the next listing tells that.
func TestLastAccessedOfWhoIsDeletedMidway(t *testing.T) {
	for name, begun := range map[string]int{"before all": 1, "between two": 2} {
		t.Run(name, func(t *testing.T) {
			var fake *awstest.AWS
			fake = awstest.New(used(), awstest.Clock(clock), awstest.Hook(func(action string, n int) {
				if action == begins && n == begun {
					fake.Change(func(s *account.Snapshot) { s.Users = s.Users[:1] })
				}
			}))
			got, _ := wanting(t, fake, account.LastAccessed)
			if _, asked := got.Users[1].Seen[account.LastAccessed]; asked || got.Seen[account.LastAccessed].Asked() {
				t.Errorf("ben: %+v, all: %+v", got.Users[1].Seen, got.Seen[account.LastAccessed])
			}
			if all := lastAccess(got); len(all) != 2 {
				t.Errorf("read: %v", all)
			}
		})
	}
}

// Whoever allows itself much is looked at every night, and everybody in turn.
func TestLastAccessedGoesRound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, much := crowd(t)
		n, mighty := len(s.Users)+len(s.Roles)-1, len(much) // one role is service-linked
		nights := max(1, (max(n-mighty, mighty)+collect.Turns/2-1)/(collect.Turns/2))
		start := day("2026-11-01T02:00:00Z").AddDate(0, 0, rapid.IntRange(0, 3650).Draw(t, "day"))
		turns := map[string]int{}
		for night := range nights {
			tonight := collect.TurnsOf(s, start.AddDate(0, 0, night))
			privileged := 0
			for _, arn := range tonight {
				turns[arn]++
				if much[arn] {
					privileged++
				}
			}
			if len(tonight) != min(n, collect.Turns) || privileged < min(mighty, collect.Turns/2) {
				t.Errorf("night %d: %d turns, %d of them of %d who have much to lose, of %d", night, len(tonight), privileged, mighty, n)
			}
			if again := collect.TurnsOf(s, start.AddDate(0, 0, night).Add(21*time.Hour)); !slices.Equal(tonight, again) {
				t.Errorf("night %d: another look the same day is of others", night)
			}
			if slices.Sort(tonight); len(slices.Compact(tonight)) != min(n, collect.Turns) {
				t.Errorf("night %d: somebody has two turns", night)
			}
		}
		if len(turns) != n {
			t.Errorf("%d of %d had a turn in %d nights", len(turns), n, nights)
		}
	})
}

// crowd is an account of many: of some, the ARNs of which are told, some document
// allows everything, or a service.
func crowd(t *rapid.T) (*account.Snapshot, map[string]bool) {
	s := acme()
	s.Users, s.Roles[0].ARN = nil, "arn:aws:iam::111122223333:role/aws-service-role/a.amazonaws.com/A"
	s.Groups = append(s.Groups, account.Group{Name: "Storage", Inline: inline(`{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}`)})
	much := map[string]bool{}
	for i := range rapid.IntRange(0, 90).Draw(t, "users") {
		u := account.User{ARN: fmt.Sprintf("arn:aws:iam::111122223333:user/u%d", i), ID: fmt.Sprintf("AIDA%d", i)}
		switch rapid.IntRange(0, 4).Draw(t, "by") {
		case 0:
			u.Groups = []string{"storage"}
		case 1:
			u.Groups = []string{"ADMINS"}
		case 2:
			u.Attached = []account.Attachment{{ARN: s.Policies[0].ARN}}
		default:
			u.Inline = inline(`{"Effect": "Allow", "Action": ["s3:Get*", "sqs:*"], "Resource": "arn:aws:sqs:::q*"}, {"Effect": "Deny", "Action": "*", "Resource": "*"}`)
		}
		much[u.ARN] = u.Inline == nil
		s.Users = append(s.Users, u)
	}
	for i := range rapid.IntRange(0, 90).Draw(t, "roles") {
		r := account.Role{ARN: fmt.Sprintf("arn:aws:iam::111122223333:role/r%d", i), ID: fmt.Sprintf("AROA%d", i)}
		if much[r.ARN] = rapid.Bool().Draw(t, "mighty"); much[r.ARN] {
			r.Inline = inline(`{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}`)
		}
		s.Roles = append(s.Roles, r)
	}
	for arn, mighty := range much {
		if !mighty {
			delete(much, arn)
		}
	}
	return s, much
}

func inline(statements string) []account.InlinePolicy {
	return []account.InlinePolicy{{Name: "p", Document: policy.Parse(`{"Version": "2012-10-17", "Statement": [` + statements + `]}`)}}
}
