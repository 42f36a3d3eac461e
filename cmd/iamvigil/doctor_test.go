package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"iamvigil/internal/awstest"
	"iamvigil/ledger"
	"iamvigil/scanner/account"
)

// sick is a stack with most of what can be wrong with one.
func sick(t *testing.T) *awstest.AWS {
	out := outputs()
	aws := deployed(t, awstest.Deny("sns:GetTopicAttributes", "iam:ListVirtualMFADevices"), awstest.StackOutputs("iamvigil", without("AuditScheduleName")))
	aws.Change(func(s *account.Snapshot) { s.Trails[0].Logging = false })
	aws.Change(func(s *account.Snapshot) {
		s.Stack.EventRules[0].State, s.Stack.EventRules[1].State = "DISABLED", ""
		s.Stack.Queues = []account.Queue{{URL: out["EventsQueueUrl"], Messages: 501}, {URL: out["EventsFailuresUrl"], Messages: 1}, {URL: out["AuditFailuresUrl"], Messages: 1}, {URL: out["UndeliveredUrl"], Messages: 2}}
	})
	save(t, aws, ledger.Changes{
		Telling: ledger.Telling{Kind: ledger.Digest, Time: noon.Add(-27 * time.Hour)}, Audited: true,
		Heard:   &ledger.Heard{ID: "e", Event: "CreateUser", Time: noon.Add(-2 * time.Hour), At: noon.Add(-time.Hour)},
		GapPuts: []ledger.GapRecord{{Fact: account.Logins, Reason: "AccessDenied", Permission: "iam:GenerateCredentialReport", Rules: []string{"user-console-unused"}, FirstSeen: noon}},
	})
	return aws
}

func TestDoctor(t *testing.T) {
	t.Run("sound", func(t *testing.T) {
		remembering(t)
		got := enter(t, "doctor")
		if got.status != exitComplete {
			t.Errorf("exit status %d", got.status)
		}
		golden(t, "doctor.txt", got.out)
	})
	t.Run("sick", func(t *testing.T) {
		sick(t)
		got := enter(t, "doctor")
		if got.status != exitFailed {
			t.Errorf("exit status %d", got.status)
		}
		golden(t, "doctor-sick.txt", got.out)
	})
	t.Run("no stack", func(t *testing.T) {
		deployed(t)
		got := enter(t, "doctor", "--stack=other")
		if got.status != exitFailed {
			t.Errorf("exit status %d", got.status)
		}
		golden(t, "doctor-no-stack.txt", got.out)
	})
}

// examined are the states of the checks by their names.
func examined(t *testing.T, args ...string) map[string]string {
	t.Helper()
	got := enter(t, append([]string{"doctor", "--format=json"}, args...)...)
	var d struct {
		Version int
		Checks  []struct{ Check, State, What string }
	}
	if err := json.Unmarshal([]byte(got.out), &d); err != nil || d.Version != 1 {
		t.Fatalf("%v: %+v", err, got)
	}
	states, want := map[string]string{}, exitComplete
	for _, c := range d.Checks {
		states[c.Check] = c.State
		if c.State != "ok" {
			want = exitFailed
		}
	}
	if got.status != want {
		t.Errorf("exit status %d with %v", got.status, states)
	}
	return states
}

// Each way in which AWS can tell that all is not well, on its own.
func TestEachCheck(t *testing.T) {
	out := outputs()
	for name, c := range map[string]struct {
		opts   []awstest.Option
		change func(*awstest.AWS)
		check  string
		want   string
	}{
		"a rule is disabled":             {change: ruleIs("DISABLED"), check: "event rule iamvigil-IamRule-1A2B", want: "fault"},
		"a rule takes reads too":         {change: ruleIs("ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"), check: "event rule iamvigil-IamRule-1A2B", want: "ok"},
		"a rule is gone":                 {change: ruleIs(""), check: "event rule iamvigil-IamRule-1A2B", want: "fault"},
		"rules may not be seen":          {opts: []awstest.Option{awstest.Deny("events:DescribeRule")}, check: "event rules", want: "unknown"},
		"an older stack":                 {opts: []awstest.Option{awstest.StackOutputs("iamvigil", without("EventRuleNames"))}, check: "stack", want: "fault"},
		"the stack may not be seen":      {opts: []awstest.Option{awstest.Deny("cloudformation:DescribeStacks")}, check: "stack", want: "unknown"},
		"the schedule is off":            {opts: []awstest.Option{awstest.Schedule(out["AuditScheduleName"], "DISABLED", "cron(0 3 * * ? *)")}, check: "schedule", want: "fault"},
		"the schedule may not be seen":   {opts: []awstest.Option{awstest.Deny("scheduler:GetSchedule")}, check: "schedule", want: "unknown"},
		"the schedule is gone":           {opts: []awstest.Option{awstest.StackOutputs("iamvigil", with("AuditScheduleName", "gone"))}, check: "schedule", want: "fault"},
		"events wait":                    {change: eventsWait(500), check: "events queue", want: "ok"},
		"too many events wait":           {change: eventsWait(501), check: "events queue", want: "fault"},
		"queues may not be seen":         {opts: []awstest.Option{awstest.Deny("sqs:GetQueueAttributes")}, check: "queues", want: "unknown"},
		"a queue is gone":                {opts: []awstest.Option{awstest.StackOutputs("iamvigil", with("UndeliveredUrl", queueURL+"gone"))}, check: "queues", want: "fault"},
		"the mail is not confirmed":      {change: subscriptions(0, 1), check: "email topic", want: "fault"},
		"one of two is not confirmed":    {change: subscriptions(1, 1), check: "email topic", want: "ok"},
		"topics may not be seen":         {opts: []awstest.Option{awstest.Deny("sns:GetTopicAttributes")}, check: "topics", want: "unknown"},
		"chat alone is told":             {change: subscriptions(0, 0), check: "people", want: ""},
		"a topic is gone":                {opts: []awstest.Option{awstest.StackOutputs("iamvigil", with("ChatTopicArn", topicARN+"gone"))}, check: "topics", want: "fault"},
		"the trail is stopped":           {change: trailIs(func(t *account.Trail) { t.Logging = false }), check: "trails", want: "fault"},
		"the trail leaves IAM out":       {change: trailIs(func(t *account.Trail) { t.Global = false }), check: "trails", want: "fault"},
		"trails may not be seen":         {opts: []awstest.Option{awstest.Deny("cloudtrail:DescribeTrails")}, check: "trails", want: "unknown"},
		"a trail keeps to itself":        {opts: []awstest.Option{awstest.Deny("cloudtrail:GetEventSelectors")}, check: "trails", want: "unknown"},
		"users may not be seen":          {opts: []awstest.Option{awstest.Deny("iam:GetAccountAuthorizationDetails")}, check: "permissions", want: "unknown"},
		"the ledger may not be seen":     {opts: []awstest.Option{awstest.Deny("dynamodb:Query")}, check: "ledger", want: "unknown"},
		"another ledger has no audit":    {opts: []awstest.Option{awstest.Tables("new"), awstest.StackOutputs("iamvigil", with("LedgerTableName", "new"))}, check: "last audit", want: "fault"},
		"another ledger heard no event":  {opts: []awstest.Option{awstest.Tables("new"), awstest.StackOutputs("iamvigil", with("LedgerTableName", "new"))}, check: "last event", want: "unknown"},
		"a table is gone":                {opts: []awstest.Option{awstest.StackOutputs("iamvigil", with("LedgerTableName", "gone"))}, check: "ledger", want: "fault"},
		"nobody knows whose credentials": {opts: []awstest.Option{awstest.Fail("sts:GetCallerIdentity", awstest.Always, "ExpiredToken", 403)}, check: "credentials", want: "fault"},
	} {
		t.Run(name, func(t *testing.T) {
			aws := remembering(t, c.opts...)
			if c.change != nil {
				c.change(aws)
			}
			if got := examined(t)[c.check]; got != c.want {
				t.Errorf("%s is %q, want %q", c.check, got, c.want)
			}
		})
	}
}

func ruleIs(state string) func(*awstest.AWS) {
	return func(a *awstest.AWS) { a.Change(func(s *account.Snapshot) { s.Stack.EventRules[0].State = state }) }
}

func eventsWait(messages int) func(*awstest.AWS) {
	return func(a *awstest.AWS) { a.Change(func(s *account.Snapshot) { s.Stack.Queues[0].Messages = messages }) }
}

func subscriptions(confirmed, pending int) func(*awstest.AWS) {
	return func(a *awstest.AWS) {
		a.Change(func(s *account.Snapshot) { s.Stack.Topics[0].Confirmed, s.Stack.Topics[0].Pending = confirmed, pending })
	}
}

func trailIs(change func(*account.Trail)) func(*awstest.AWS) {
	return func(a *awstest.AWS) { a.Change(func(s *account.Snapshot) { change(&s.Trails[0]) }) }
}

// with are a stack's outputs, one of them another.
func with(output, value string) map[string]string {
	out := outputs()
	out[output] = value
	return out
}

func TestWhereATrailWrites(t *testing.T) {
	trail := types.Trail{S3BucketName: aws.String("logs"), CloudWatchLogsLogGroupArn: aws.String("arn:aws:logs:us-east-1:111122223333:log-group:/org/trail:*")}
	if got := place(&trail); got != ` to bucket "logs" and log group "/org/trail"` {
		t.Errorf("%q", got)
	}
}

// To enable the rule that wants reads too would leave it deaf to them.
func TestTheRuleThatHearsReads(t *testing.T) {
	const rule = "iamvigil-AssumeRootRule-1A2B"
	remembering(t, awstest.StackOutputs("iamvigil", with("EventRuleNames", rule)), awstest.EventRule(rule, "DISABLED"))
	got := enter(t, "doctor")
	if got.status != exitFailed || !strings.Contains(got.out, "Putting back what was changed") || strings.Contains(got.out, "enable-rule") {
		t.Errorf("%+v", got)
	}
}

func TestNobodyIsTold(t *testing.T) {
	aws := remembering(t)
	aws.Change(func(s *account.Snapshot) { s.Stack.Topics[0].Confirmed, s.Stack.Topics[1].Confirmed = 0, 0 })
	if got := examined(t)["people"]; got != "fault" {
		t.Errorf("that nobody is told is %q", got)
	}
}

// A configuration that fell behind is for the doctor to see too.
func TestDoctorReadsTheConfiguration(t *testing.T) {
	remembering(t)
	for name, text := range map[string]string{
		"lapsed":  exemptions("2026-11-22"),
		"invalid": "version: 1\nrules:\n  rot-mfa:\n    enabled: true\n",
	} {
		if got := examined(t, "--config="+write(t, text))["configuration"]; got != "fault" {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := examined(t, "--config="+write(t, exemptions("2026-12-22")))["configuration"]; got != "ok" {
		t.Errorf("valid: %q", got)
	}
}

// The Region of the environment does not matter: IAM's events are in one.
func TestTheStackIsWhereTheEventsAre(t *testing.T) {
	remembering(t)
	t.Setenv("AWS_REGION", "ap-southeast-2")
	if got := enter(t, "doctor"); got.status != exitComplete || !strings.Contains(got.out, "iamvigil in us-east-1") {
		t.Errorf("%+v", got)
	}
}
