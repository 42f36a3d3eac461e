package history_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"iamvigil/internal/awstest"
	"iamvigil/scanner/account"
	"iamvigil/scanner/history"
	"iamvigil/scanner/trail"
)

// desk is a clock that pauses move, so that no test sleeps.
type desk struct {
	at     time.Time
	pauses []time.Duration
}

func (d *desk) now() time.Time { return d.at }

func (d *desk) pause(ctx context.Context, wait time.Duration) error {
	d.pauses = append(d.pauses, wait)
	d.at = d.at.Add(wait)
	return ctx.Err()
}

func open(t *testing.T, opts ...awstest.Option) (*history.History, *awstest.AWS, *desk) {
	t.Helper()
	d := &desk{at: awstest.Epoch()}
	fake := awstest.Serve(t, &account.Snapshot{Account: account.Identity{ID: "111122223333", Partition: "aws"}},
		append(opts, awstest.Clock(awstest.Epoch))...)
	h := history.New(fake.Config(), "aws", d.now)
	h.Pause = d.pause
	return h, fake, d
}

// record is a CloudTrail record of a call of mallory's some hours ago. The
// pairs are members of its requestParameters.
func record(hoursAgo int, name string, pairs ...string) string {
	var members []string
	for i := 0; i < len(pairs); i += 2 {
		members = append(members, fmt.Sprintf("%q:%q", pairs[i], pairs[i+1]))
	}
	return fmt.Sprintf(`{"eventID":"%s-%d","eventName":%q,"eventSource":"iam.amazonaws.com","awsRegion":"us-east-1",
		"eventTime":%q,"recipientAccountId":"111122223333","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/mallory","userName":"mallory"},
		"requestParameters":{%s}}`,
		name, hoursAgo, name, awstest.Epoch().Add(-time.Duration(hoursAgo)*time.Hour).Format(time.RFC3339), strings.Join(members, ","))
}

func failedRecord(hoursAgo int, name string, pairs ...string) string {
	return strings.Replace(record(hoursAgo, name, pairs...), `"eventID"`, `"errorCode":"AccessDenied","eventID"`, 1)
}

func about(kind account.Kind, name, part string, causes ...string) trail.Question {
	ref := account.Ref{Kind: kind, ID: "ID" + name, Name: name, ARN: "arn:aws:iam::111122223333:" + string(kind) + "/" + name}
	if kind == account.KindAccount {
		ref = account.Identity{ID: "111122223333", Partition: "aws"}.Ref()
	}
	return trail.Question{Resource: ref, Part: part, Causes: causes}
}

// since is a question about what cannot have been earlier than some hours ago.
func since(hoursAgo int, q trail.Question) trail.Question {
	q.Since = awstest.Epoch().Add(-time.Duration(hoursAgo) * time.Hour)
	return q
}

// told is an answer in one line: the event's id, or why there is none.
func told(origins []trail.Origin) []string {
	var lines []string
	for _, o := range origins {
		line := o.ID
		if o.Actor != nil {
			line += " by " + o.Actor.Name
		}
		lines = append(lines, line+o.Missing)
	}
	return lines
}

func TestWho(t *testing.T) {
	const admin, reader = "arn:aws:iam::aws:policy/AdministratorAccess", "arn:aws:iam::aws:policy/ReadOnlyAccess"
	long := "arn:aws:iam::111122223333:policy/" + strings.Repeat("path/", 60) + "own"
	tests := []struct {
		name     string
		records  []string
		question trail.Question
		want     string
	}{
		{"the newest of the causes", []string{
			record(9, "AttachUserPolicy", "userName", "ann", "policyArn", admin),
			record(5, "AttachUserPolicy", "userName", "ann", "policyArn", admin),
			record(1, "CreateAccessKey", "userName", "ann"),
			record(2, "AttachUserPolicy", "userName", "ben", "policyArn", admin),
		}, about(account.KindUser, "ann", "", "AttachUserPolicy", "PutUserPolicy"), "AttachUserPolicy-5 by mallory"},
		{"none as late as it was", []string{record(9, "AttachUserPolicy", "userName", "ann", "policyArn", admin)},
			since(8, about(account.KindUser, "ann", "", "AttachUserPolicy")), "not since 2026-11-01 04:00 UTC"},
		{"one as late as it was", []string{
			record(9, "AttachUserPolicy", "userName", "ann", "policyArn", admin), record(8, "AttachUserPolicy", "userName", "ann", "policyArn", admin),
		}, since(8, about(account.KindUser, "ann", "", "AttachUserPolicy")), "AttachUserPolicy-8 by mallory"},
		{"a group's call as late as it was", nil, since(8, about(account.KindUser, "ann", "", "PutGroupPolicy")),
			"no such call on it since 2026-11-01 04:00 UTC; it may have come through a group or policy"},
		{"the account, as late as it was", []string{record(9, "DeleteAccountPasswordPolicy")},
			since(8, about(account.KindAccount, "", "", "DeleteAccountPasswordPolicy")), "not since 2026-11-01 04:00 UTC in us-east-1"},
		{"any call, without causes", []string{record(3, "TagUser", "userName", "ann")},
			about(account.KindUser, "ann", ""), "TagUser-3 by mallory"},
		{"a failed call changed nothing", []string{
			record(9, "AttachUserPolicy", "userName", "ann", "policyArn", admin),
			failedRecord(5, "AttachUserPolicy", "userName", "ann", "policyArn", admin),
		}, about(account.KindUser, "ann", admin, "AttachUserPolicy"), "AttachUserPolicy-9 by mallory"},
		{"another policy was attached later", []string{
			record(9, "AttachRolePolicy", "roleName", "deploy", "policyArn", admin),
			record(1, "AttachRolePolicy", "roleName", "deploy", "policyArn", reader),
		}, about(account.KindRole, "deploy", admin, "AttachRolePolicy"), "AttachRolePolicy-9 by mallory"},
		{"only another policy was attached", []string{record(1, "AttachRolePolicy", "roleName", "deploy", "policyArn", reader)},
			about(account.KindRole, "deploy", admin, "AttachRolePolicy"), "not in the last 90 days"},
		{"a part that is cut in the details", []string{
			record(9, "AttachGroupPolicy", "groupName", "ops", "policyArn", long),
			record(1, "CreateGroup", "groupName", "ops"),
		}, about(account.KindGroup, "ops", long, "AttachGroupPolicy", "CreateGroup"), "AttachGroupPolicy-9 by mallory"},
		{"an inline policy by its name", []string{
			record(9, "PutUserPolicy", "userName", "ann", "policyName", "all"),
			record(1, "PutUserPolicy", "userName", "ann", "policyName", "some"),
		}, about(account.KindUser, "ann", "all", "PutUserPolicy"), "PutUserPolicy-9 by mallory"},
		{"a key by its id", []string{
			record(9, "UpdateAccessKey", "userName", "ann", "accessKeyId", "AKIA1", "status", "Active"),
			record(1, "UpdateAccessKey", "userName", "ann", "accessKeyId", "AKIA2", "status", "Active"),
		}, about(account.KindUser, "ann", "AKIA1", "UpdateAccessKey"), "UpdateAccessKey-9 by mallory"},
		{"a key without its id", []string{record(9, "CreateAccessKey", "userName", "ann")},
			about(account.KindUser, "ann", account.NamelessKey+"1", "CreateAccessKey"), "not looked up: the id of the key is not known"},
		{"a policy by its ARN", []string{
			record(2, "CreatePolicyVersion", "policyArn", "arn:aws:iam::111122223333:policy/p"),
		}, about(account.KindPolicy, "p", "", "CreatePolicyVersion"), "CreatePolicyVersion-2 by mallory"},
		{"a call at a group, which names no member", []string{record(2, "PutGroupPolicy", "groupName", "ops", "policyName", "all")},
			about(account.KindUser, "ann", "", "PutUserPolicy", "PutGroupPolicy"),
			"no such call on it in the last 90 days; it may have come through a group or policy"},
		{"a call at a policy, which names nobody who has it", []string{
			record(2, "CreatePolicyVersion", "policyArn", "arn:aws:iam::111122223333:policy/p"),
		}, about(account.KindUser, "ann", "", "CreatePolicyVersion"),
			"no such call on it in the last 90 days; it may have come through a group or policy"},
		{"a call that names the user, though a group's could have done it", []string{
			record(2, "AttachUserPolicy", "userName", "ann", "policyArn", admin),
		}, about(account.KindUser, "ann", "", "AttachUserPolicy", "AttachGroupPolicy"), "AttachUserPolicy-2 by mallory"},
		{"the account by every cause", []string{
			record(7, "DeleteAccountPasswordPolicy"), record(8, "UpdateAccountPasswordPolicy"),
		}, about(account.KindAccount, "", "", "UpdateAccountPasswordPolicy", "DeleteAccountPasswordPolicy"), "DeleteAccountPasswordPolicy-7 by mallory"},
		{"the account, and only other calls", []string{record(7, "CreateUser", "userName", "ann")},
			about(account.KindAccount, "", "", "UpdateAccountPasswordPolicy"), "not in the last 90 days in us-east-1"},
		{"the account by nothing", nil, about(account.KindAccount, "", ""), "not looked up: nothing is known to look it up by"},
		{"a user without a name", nil, about(account.KindUser, "", "", "CreateUser"), "not looked up: nothing is known to look it up by"},
		{"a trail", nil, about(account.KindTrail, "all", "", "StopLogging"), "not looked up: nothing is known to look it up by"},
		{"too long ago", []string{record(91*24, "CreateUser", "userName", "ann")},
			about(account.KindUser, "ann", "", "CreateUser"), "not in the last 90 days"},
		{"records that cannot be read", []string{"", `{"eventID":`, "[]", record(3, "CreateUser", "userName", "ann")},
			about(account.KindUser, "ann", "", "CreateUser"), "CreateUser-3 by mallory"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, size := range []int{0, 1, 2} {
				h, _, _ := open(t, awstest.Events(test.records...), small(size))
				got := told(h.Who(t.Context(), []trail.Question{test.question}))
				if size > 0 && strings.HasPrefix(got[0], "not among the latest") {
					continue // the empty and small pages used up the limit
				}
				if diff := cmp.Diff([]string{test.want}, got); diff != "" {
					t.Errorf("pages of %d (-want +got):\n%s", size, diff)
				}
			}
		})
	}
}

func small(size int) awstest.Option {
	if size == 0 {
		return func(*awstest.AWS) {}
	}
	return awstest.SmallPages(size)
}

// IAM's events are where the partition keeps them, which the call is signed
// for, whatever Region is configured.
func TestHomeRegion(t *testing.T) {
	for partition, home := range map[string]string{
		"aws": "us-east-1", "aws-us-gov": "us-gov-west-1", "aws-cn": "cn-north-1", "aws-eusc": "eusc-de-east-1",
	} {
		for _, configured := range []string{"", home, "eu-central-1"} {
			event := strings.Replace(record(1, "CreateUser", "userName", "ann"), `"awsRegion":"us-east-1"`, fmt.Sprintf(`"awsRegion":%q`, home), 1)
			_, fake, d := open(t, awstest.Events(event))
			cfg := fake.Config()
			cfg.Region = configured
			h := history.New(cfg, partition, d.now)
			got := told(h.Who(t.Context(), []trail.Question{about(account.KindUser, "ann", "")}))
			if diff := cmp.Diff([]string{"CreateUser-1 by mallory"}, got); diff != "" {
				t.Errorf("%s, configured %q (-want +got):\n%s", partition, configured, diff)
			}
		}
	}
}

// Where IAM's events are in a partition that is not known, nobody asks: another
// Region would answer that there are none.
func TestNoHomeRegion(t *testing.T) {
	_, fake, d := open(t, awstest.Events(record(1, "CreateUser", "userName", "ann")))
	h := history.New(fake.Config(), "aws-iso", d.now)
	got := told(h.Who(t.Context(), []trail.Question{about(account.KindUser, "ann", ""), about(account.KindAccount, "", "", "StopLogging")}))
	want := "not looked up: in which Region of this partition IAM's events are is not known"
	if diff := cmp.Diff([]string{want, want}, got); diff != "" || fake.Total() != 0 {
		t.Errorf("%d calls (-want +got):\n%s", fake.Total(), diff)
	}
}

// One page of a user answers every question about the user.
func TestPagesAreSharedAndPaced(t *testing.T) {
	h, fake, d := open(t, awstest.Events(
		record(1, "CreateUser", "userName", "ann"), record(2, "AttachUserPolicy", "userName", "ann"), record(3, "CreateGroup", "groupName", "ops"),
	))
	got := told(h.Who(t.Context(), []trail.Question{
		about(account.KindUser, "ann", "", "AttachUserPolicy"),
		about(account.KindUser, "ann", "", "CreateUser"),
		about(account.KindUser, "ann", "", "DeleteUser"),
		about(account.KindGroup, "ops", "", "CreateGroup"),
		about(account.KindRole, "none", "", "CreateRole"),
	}))
	want := []string{"AttachUserPolicy-2 by mallory", "CreateUser-1 by mallory", "not in the last 90 days", "CreateGroup-3 by mallory", "not in the last 90 days"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if calls := fake.Calls()["cloudtrail:LookupEvents"]; calls != 3 {
		t.Errorf("%d calls, want one for each of three names", calls)
	}
	if diff := cmp.Diff([]time.Duration{time.Second / 2, time.Second / 2}, d.pauses); diff != "" {
		t.Errorf("pauses (-want +got):\n%s", diff)
	}
}

// LookupEvents gives 50 events a page; three pages are read.
func TestPageLimit(t *testing.T) {
	records := []string{record(500, "CreateUser", "userName", "ann")}
	for i := range 200 {
		records = append(records, record(i, "TagUser", "userName", "ann"))
	}
	h, fake, _ := open(t, awstest.Events(records...))
	got := told(h.Who(t.Context(), []trail.Question{about(account.KindUser, "ann", "", "CreateUser"), about(account.KindUser, "ann", "", "CreateUser")}))
	if diff := cmp.Diff([]string{"not among the latest 150 events", "not among the latest 150 events"}, got); diff != "" {
		t.Error(diff)
	}
	if calls := fake.Calls()["cloudtrail:LookupEvents"]; calls != 3 {
		t.Errorf("%d calls, want 3", calls)
	}
}

// A page that is empty and has a NextToken is not the end.
func TestEmptyPages(t *testing.T) {
	h, _, _ := open(t, awstest.SmallPages(1), awstest.Events(record(1, "TagUser", "userName", "ann"), record(2, "CreateUser", "userName", "ann")))
	questions := []trail.Question{about(account.KindUser, "ann", "", "TagUser"), about(account.KindUser, "ann", "", "CreateUser")}
	want := []string{"TagUser-1 by mallory", "CreateUser-2 by mallory"}
	if diff := cmp.Diff(want, told(h.Who(t.Context(), questions))); diff != "" {
		t.Error(diff)
	}
}

func TestBudget(t *testing.T) {
	var questions []trail.Question
	var records, want []string
	for i := range 40 {
		name := fmt.Sprintf("u%02d", i)
		questions = append(questions, about(account.KindUser, name, "", "CreateUser"))
		records = append(records, record(i, "CreateUser", "userName", name))
		if i < 30 {
			want = append(want, fmt.Sprintf("CreateUser-%d by mallory", i))
		} else {
			want = append(want, "not looked up: the budget of 30 calls a run was used up")
		}
	}
	h, fake, d := open(t, awstest.Events(records...))
	if diff := cmp.Diff(want, told(h.Who(t.Context(), questions))); diff != "" {
		t.Error(diff)
	}
	if calls := fake.Calls()["cloudtrail:LookupEvents"]; calls != 30 {
		t.Errorf("%d calls, want 30", calls)
	}
	if took := d.at.Sub(awstest.Epoch()); took != 29*time.Second/2 {
		t.Errorf("it took %v, want 14.5s", took)
	}
}
