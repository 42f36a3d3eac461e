package rules_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/rules"
	"iamvigil/scanner/trail"
)

// mended are the commands of the only finding of a rule.
func mended(t *testing.T, id string, s account.Snapshot) []string {
	t.Helper()
	if s.Account.ID == "" {
		s.Account = account.Identity{ID: "111122223333", Partition: "aws"}
	}
	s.Seen = map[account.Fact]account.Seen{}
	for _, fact := range account.Facts() {
		s.Seen[fact] = account.Seen{At: clock}
	}
	var of []scanner.Finding
	for _, f := range scanner.Evaluate(&s, account.Scope{Whole: true}, rules.All(), clock).Findings {
		if f.Rule == id {
			of = append(of, f)
		}
	}
	if len(of) != 1 {
		t.Fatalf("%d findings of %s, want 1", len(of), id)
	}
	return of[0].Commands
}

// TestRootIsLookedUpWhereItSignsIn: AWS records root's sign-ins in one Region of
// each partition.
func TestRootIsLookedUpWhereItSignsIn(t *testing.T) {
	for partition, region := range map[string]string{"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1", "aws-eusc": "eusc-de-east-1", "aws-iso": ""} {
		s := account.Snapshot{Account: account.Identity{ID: "111122223333", Partition: partition}, Root: account.Root{PasswordLastUsed: clock}}
		got := strings.Join(mended(t, "root-recent-use", s), "\n")
		if region == "" && got != "" || region != "" && !strings.Contains(got, "--region '"+region+"' ") {
			t.Errorf("%s: %q", partition, got)
		}
	}
}

// TestNamelessKeys: a command needs the id of a key, which the credential report
// does not tell.
func TestNamelessKeys(t *testing.T) {
	old := clock.Add(-days(400))
	for id, status := range map[string]string{"key-unused": account.Active, "key-rotation": account.Active, "key-inactive-left": account.Inactive} {
		if got := mended(t, id, oneUser(account.User{Keys: []account.AccessKey{{Slot: 1, Status: status, Created: old}}})); len(got) > 0 {
			t.Errorf("%s: %v", id, got)
		}
	}
	two := []account.AccessKey{{ID: "AKIA1", Status: account.Active, Created: old}, {Slot: 2, Status: account.Active, Created: old}}
	if got := mended(t, "user-two-active-keys", oneUser(account.User{Keys: two})); len(got) > 0 {
		t.Errorf("user-two-active-keys: %v", got)
	}
}

// TestPasswordCommand sets what all rules that are asked want, however they are
// configured: UpdateAccountPasswordPolicy replaces the policy as a whole.
func TestPasswordCommand(t *testing.T) {
	all := rules.All()
	for i := range all {
		switch all[i].ID {
		case "password-min-length":
			all[i].Limit.Value = 20
		case "password-expiry":
			all[i].Limit.Value = 365
		}
	}
	s := &account.Snapshot{
		Account: account.Identity{ID: "111122223333", Partition: "aws"},
		Seen:    map[account.Fact]account.Seen{account.Passwords: {At: clock}},
	}
	want := "aws iam update-account-password-policy --minimum-password-length '20' --require-uppercase-characters " +
		"--require-lowercase-characters --require-numbers --require-symbols --password-reuse-prevention '24' --max-password-age '365'"
	for _, f := range scanner.Evaluate(s, account.Scope{Whole: true}, all, clock).Findings {
		if diff := cmp.Diff([]string{want}, f.Commands); diff != "" {
			t.Errorf("%s (-want +got):\n%s", f.Rule, diff)
		}
	}
}

// TestTrailsAreMended in the Region of their ARN, and by their own account alone.
func TestTrailsAreMended(t *testing.T) {
	stopped := func(arn string) account.Snapshot {
		return account.Snapshot{Trails: []account.Trail{{ARN: arn, Name: "t", Global: true, Management: account.RecordsAll}}}
	}
	tests := map[string][]string{
		"arn:aws:cloudtrail:eu-west-1:111122223333:trail/t": {"aws cloudtrail start-logging --region 'eu-west-1' --name 'arn:aws:cloudtrail:eu-west-1:111122223333:trail/t'"},
		"arn:aws:cloudtrail:eu-west-1:444455556666:trail/t": {},
		"t": {},
	}
	for arn, want := range tests {
		if diff := cmp.Diff(want, mended(t, "trail-management-events", stopped(arn))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", arn, diff)
		}
	}
}

// TestNextMinute: what comes with an alert, in whatever partition and Region.
func TestNextMinute(t *testing.T) {
	login := trail.Event{
		ID: "1", Name: "ConsoleLogin", Source: "signin.amazonaws.com",
		Actor: trail.Actor{Type: "IAMUser", ARN: "arn:aws-us-gov:iam::111122223333:user/team/alice", Name: "alice"},
	}
	nameless := login
	nameless.Actor.ARN = ""
	stop := func(name, region string) trail.Event {
		return trail.Event{ID: "1", Name: "StopLogging", Source: "cloudtrail.amazonaws.com", Region: region, Details: map[string]string{"name": name}}
	}
	wrote := trail.Event{
		ID: "1", Name: "CreateUser", Source: "iam.amazonaws.com", Actor: trail.Actor{Issuer: "arn:aws:iam::111122223333:role/stack/own"},
	}
	tests := map[string]struct {
		event trail.Event
		want  []string
	}{
		"a sign-in":                          {login, []string{"aws iam attach-user-policy --user-name 'alice' --policy-arn 'arn:aws-us-gov:iam::aws:policy/AWSDenyAll'"}},
		"a sign-in of a user without an ARN": {nameless, []string{}},
		"a trail by its name":                {stop("main", "eu-west-1"), []string{"aws cloudtrail start-logging --region 'eu-west-1' --name 'main'"}},
		"a trail by its ARN": {
			stop("arn:aws-cn:cloudtrail:cn-north-1:111122223333:trail/main", "cn-northwest-1"),
			[]string{"aws cloudtrail start-logging --region 'cn-north-1' --name 'arn:aws-cn:cloudtrail:cn-north-1:111122223333:trail/main'"},
		},
		"a trail without a name":   {stop("", "eu-west-1"), []string{}},
		"a trail in no Region":     {stop("main", ""), []string{}},
		"a hostile Region":         {stop("main", "x'; $(id)"), []string{`aws cloudtrail start-logging --region 'x'\''; $(id)' --name 'main'`}},
		"a write at no known time": {wrote, []string{}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			alerts := scanner.Alerts([]trail.Event{test.event}, rules.Events(), &scanner.Scene{OwnRoles: []string{"arn:aws:iam::111122223333:role/stack/own"}})
			if len(alerts) != 1 {
				t.Fatalf("%d alerts, want 1", len(alerts))
			}
			if diff := cmp.Diff(test.want, alerts[0].Commands); diff != "" {
				t.Errorf("commands (-want +got):\n%s", diff)
			}
		})
	}
}
