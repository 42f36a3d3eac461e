package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"iamvigil/internal/awstest"
	"iamvigil/ledger"
	"iamvigil/scanner/account"
)

// smoking runs smoke with a clock that only its pauses move. After each pause
// watch does what the test says.
func smoking(t *testing.T, ctx context.Context, watch func(paused int, now time.Time), args ...string) typed {
	t.Helper()
	var out, errs bytes.Buffer
	now, paused := noon.Add(1500*time.Millisecond), 0
	status := run(ctx, append([]string{"smoke"}, args...), terminal{
		out: &out, err: &errs, now: func() time.Time { return now },
		pause: func(ctx context.Context, d time.Duration) error {
			now, paused = now.Add(d), paused+1
			watch(paused, now)
			return ctx.Err()
		},
	})
	return typed{status, out.String(), errs.String()}
}

// hears has watch deal with an event.
func hears(t *testing.T, aws *awstest.AWS, event string, called, at time.Time) {
	save(t, aws, ledger.Changes{Telling: ledger.Telling{Kind: ledger.Event, Time: at}, Heard: &ledger.Heard{ID: event, Event: event, Time: called, At: at}})
}

// tags are the smoke role's.
func tags(aws *awstest.AWS) (n int) {
	aws.Change(func(s *account.Snapshot) { n = len(s.Roles[0].Tags) })
	return n
}

func TestSmoke(t *testing.T) {
	var values []string
	var aws *awstest.AWS
	aws = remembering(t, awstest.Hook(func(action string, _ int) {
		if action == "iam:UntagRole" {
			aws.Change(func(s *account.Snapshot) { values = append(values, s.Roles[0].Tags[smokeTag]) })
		}
	}))
	got := smoking(t, t.Context(), func(paused int, now time.Time) {
		if paused == 3 {
			// CloudTrail tells whole seconds, and its clock is another.
			hears(t, aws, "UntagRole", noon.Add(-20*time.Second), now)
		}
	})
	if got.status != exitComplete || got.err != "" {
		t.Fatalf("%+v", got)
	}
	golden(t, "smoke.txt", got.out)
	if tags(aws) != 0 || len(values) != 1 || values[0] != "20261123T000001Z" {
		t.Errorf("the role has %d tags left, and had %q", tags(aws), values)
	}
	for to, n := range counted(aws) {
		if n != 1 {
			t.Errorf("%s got %d test messages", to, n)
		}
	}
	if mail := aws.Published(topicARN + "email"); !strings.Contains(mail[0].Subject, "test") || !strings.Contains(mail[0].Body, values[0]) {
		t.Errorf("the test mail does not say so: %+v", mail[0])
	}
	if program := aws.Published(topicARN + "findings"); program[0].Attributes["kind"].Value != "test" {
		t.Errorf("no filter policy can tell the test from what is meant: %+v", program[0])
	}
}

func TestSmokeUnheard(t *testing.T) {
	aws := remembering(t)
	pauses := 0
	got := smoking(t, t.Context(), func(paused int, _ time.Time) { pauses = paused }, "--timeout=1m")
	if got.status != exitFailed || pauses != 12 || !strings.Contains(got.err, "watch has heard nothing for 1m0s: iamvigil doctor --stack iamvigil tells what to check") {
		t.Errorf("after %d pauses: %+v", pauses, got)
	}
	if n := counted(aws); n["email"] != 1 || n["chat"] != 1 || n["findings"] != 1 || !strings.Contains(got.out, "sent a test message") {
		t.Errorf("watch is silent, and the channels were not tried: %v, %+v", n, got)
	}
}

// What an earlier smoke brought about is no answer to this one.
func TestSmokeAfterSmoke(t *testing.T) {
	aws := remembering(t)
	hears(t, aws, "TagRole", noon, noon)
	if got := smoking(t, t.Context(), func(int, time.Time) {}, "--timeout=1m"); got.status != exitFailed || !strings.Contains(got.err, "watch has heard nothing for 1m0s") {
		t.Errorf("%+v", got)
	}
}

// The events of others are no sign that one's own come.
func TestSmokeHearsOthers(t *testing.T) {
	aws := remembering(t)
	got := smoking(t, t.Context(), func(paused int, now time.Time) {
		if paused == 1 {
			hears(t, aws, "ConsoleLogin", now, now)
		}
	}, "--timeout=30s")
	if got.status != exitFailed || !strings.Contains(got.err, "but of a later ConsoleLogin") {
		t.Errorf("%+v", got)
	}
}

// A channel that refuses its message is told, and the others have theirs.
func TestSmokeOfAChannelThatIsRefused(t *testing.T) {
	aws := remembering(t, awstest.StackOutputs("iamvigil", with("ChatTopicArn", topicARN+"gone")))
	got := smoking(t, t.Context(), func(_ int, now time.Time) { hears(t, aws, "TagRole", now, now) })
	if n := counted(aws); got.status != exitFailed || !strings.Contains(got.err, "greet the channel chat: ") || n["email"] != 1 || n["findings"] != 1 {
		t.Errorf("%v: %+v", n, got)
	}
}

// An interruption at any point leaves no tag behind.
func TestSmokeInterrupted(t *testing.T) {
	// The first query is before all.
	for at, nth := range map[string]int{"iam:TagRole": 1, "iam:UntagRole": 1, "dynamodb:Query": 2} {
		ctx, interrupt := context.WithCancel(t.Context())
		aws := remembering(t, awstest.Hook(func(action string, n int) {
			if action == at && n == nth {
				interrupt()
			}
		}))
		got := smoking(t, ctx, func(int, time.Time) {})
		if got.status != exitFailed || tags(aws) != 0 || aws.Calls()["iam:UntagRole"] == 0 {
			t.Errorf("interrupted at %s: %d tags left after %v: %+v", at, tags(aws), aws.Calls(), got)
		}
		interrupt()
	}
}

func TestSmokeMistakes(t *testing.T) {
	for want, opts := range map[string][]awstest.Option{
		`the stack "iamvigil" has no output SmokeRoleName; deploy it anew`: {awstest.StackOutputs("iamvigil", without("SmokeRoleName"))},
		"tag role " + smokeRole + ": ":                                     {awstest.Deny("iam:TagRole")},
		"which has the tag iamvigil-smoke left":                            {awstest.Deny("iam:UntagRole")},
	} {
		remembering(t, opts...)
		if got := smoking(t, t.Context(), func(int, time.Time) {}); got.status != exitFailed || !strings.Contains(got.err, want) || strings.Count(got.err, "\n") != 1 {
			t.Errorf("%+v; want %q", got, want)
		}
	}
}
