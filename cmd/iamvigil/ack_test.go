package main

import (
	"strings"
	"testing"
	"time"

	"iamvigil/internal/awstest"
	"iamvigil/ledger"
)

// ofRule is what the ledger holds of a rule that has one finding.
func ofRule(t *testing.T, aws *awstest.AWS, rule string) ledger.Record {
	t.Helper()
	for _, r := range recall(t, aws).Records {
		if r.Rule == rule {
			return r
		}
	}
	t.Fatalf("the ledger holds nothing of %s", rule)
	return ledger.Record{}
}

func counted(aws *awstest.AWS) map[string]int {
	n := map[string]int{}
	for _, to := range []string{"email", "chat", "findings"} {
		n[to] = len(aws.Published(topicARN + to))
	}
	return n
}

func TestAck(t *testing.T) {
	aws := remembering(t)
	id := ofRule(t, aws, "user-console-without-mfa").ID
	got := enter(t, "ack", id[:8], "--until=3d", "--reason=new phone on Thursday")
	const want = "silenced until 2026-11-26 00:00 UTC, and told: user \"ann\" has a console password and no MFA device [user-console-without-mfa]\n"
	if got.status != exitComplete || got.out != want || got.err != "" {
		t.Fatalf("%+v", got)
	}
	ack := ofRule(t, aws, "user-console-without-mfa").Ack
	if ack == nil || ack.By != caller || ack.Reason != "new phone on Thursday" || !ack.Until.Equal(noon.AddDate(0, 0, 3)) || !ack.At.Equal(noon) {
		t.Errorf("remembered as %+v", ack)
	}
	for to, n := range counted(aws) {
		if n != 1 {
			t.Errorf("%s was told %d times", to, n)
		}
	}
	if mail := aws.Published(topicARN + "email"); !strings.Contains(mail[0].Subject, "acme-shop") {
		t.Errorf("the mail does not name the account: %q", mail[0].Subject)
	}
	golden(t, "findings-acknowledged.txt", enter(t, "findings", "--state=silenced", "--resource=ann").out)
}

// What somebody else saves at the same time is not lost, and the finding is
// silenced all the same.
func TestAckRaced(t *testing.T) {
	for _, times := range []int{1, 2} {
		var aws *awstest.AWS
		saved, saving := 0, false
		aws = remembering(t, awstest.Hook(func(action string, _ int) {
			if action != "dynamodb:TransactWriteItems" || aws == nil || saved == times || saving {
				return
			}
			saved, saving = saved+1, true
			r := ofRule(t, aws, "user-console-without-mfa")
			r.Owner = strings.Repeat("x", saved)
			save(t, aws, ledger.Changes{Telling: ledger.Telling{Kind: ledger.Event, Time: noon}, Puts: []ledger.Record{r}})
			saving = false
		}))
		id := ofRule(t, aws, "user-console-without-mfa").ID
		got := enter(t, "ack", id, "--until=1d", "--reason=x")
		r := ofRule(t, aws, "user-console-without-mfa")
		switch {
		case times == 1 && (got.status != exitComplete || r.Ack == nil || r.Owner != "x" || counted(aws)["email"] != 2):
			t.Errorf("raced once: %+v, told %v, remembered %+v", got, counted(aws), r)
		case times == 2 && (got.status != exitFailed || r.Ack != nil || !strings.Contains(got.err, "try again")):
			t.Errorf("raced twice: %+v, remembered %+v", got, r)
		}
	}
}

func TestAckIsToldOrNotDone(t *testing.T) {
	aws := remembering(t, awstest.Fail("sns:Publish", 1, "InvalidParameter", 400))
	id := ofRule(t, aws, "user-console-without-mfa").ID
	got := enter(t, "ack", id, "--until=1d", "--reason=x")
	if got.status != exitFailed || !strings.Contains(got.err, "so nothing is silenced; try again") || ofRule(t, aws, "user-console-without-mfa").Ack != nil {
		t.Errorf("%+v", got)
	}
}

// A ledger by its table has no topics but those that the environment names.
func TestAckByTable(t *testing.T) {
	aws := remembering(t)
	id := ofRule(t, aws, "user-console-without-mfa").ID
	args := []string{"ack", id, "--until=1d", "--reason=x", "--table=iamvigil-LedgerTable-1A2B"}
	got := enter(t, args...)
	if got.status != exitUsage || !strings.Contains(got.err, "nobody would be told: set EMAIL_TOPIC_ARN") || ofRule(t, aws, "user-console-without-mfa").Ack != nil {
		t.Fatalf("%+v", got)
	}
	t.Setenv("EMAIL_TOPIC_ARN", topicARN+"email")
	if got := enter(t, args...); got.status != exitComplete || counted(aws)["email"] != 1 || counted(aws)["chat"] != 0 {
		t.Errorf("%+v, told %v", got, counted(aws))
	}
}

func TestAckMistakes(t *testing.T) {
	aws := remembering(t)
	open, mended := ofRule(t, aws, "user-console-without-mfa").ID, ofRule(t, aws, "key-unused").ID
	for want, args := range map[string][]string{
		"more than 7 days ahead":      {open, "--until=8d", "--reason=x"},
		"is not in the future":        {open, "--until=2026-11-22", "--reason=x"},
		"the reason is empty":         {open, "--until=1d", "--reason= "},
		"holds a line break":          {open, "--until=1d", "--reason=a\nb"},
		"no finding has such an id":   {"ffffffff", "--until=1d", "--reason=x"},
		"an id is hexadecimal digits": {"ann", "--until=1d", "--reason=x"},
		"it was resolved at":          {mended, "--until=1d", "--reason=x"},
		`"soon" is neither a date`:    {open, "--until=soon", "--reason=x"},
	} {
		got := enter(t, append([]string{"ack"}, args...)...)
		if got.status != exitUsage || !strings.Contains(got.err, want) || strings.Count(got.err, "\n") != 1 || got.out != "" {
			t.Errorf("%q: %+v; want %q", args, got, want)
		}
	}
	if n := counted(aws); n["email"]+n["chat"]+n["findings"] != 0 {
		t.Errorf("what was not done was told: %v", n)
	}
}

// A day is over when it ends, as in the configuration; a time is meant as it is.
func TestAckUntil(t *testing.T) {
	for until, want := range map[string]time.Time{
		"2026-11-25":                time.Date(2026, 11, 25, 23, 59, 59, 0, time.UTC),
		"2026-11-25T01:00:00+02:00": time.Date(2026, 11, 24, 23, 0, 0, 0, time.UTC),
	} {
		aws := remembering(t)
		got := enter(t, "ack", ofRule(t, aws, "user-console-without-mfa").ID, "--until="+until, "--reason=x")
		if ack := ofRule(t, aws, "user-console-without-mfa").Ack; got.status != exitComplete || ack == nil || !ack.Until.Equal(want) {
			t.Errorf("%s: %+v, %+v", until, got, ack)
		}
	}
}

func TestWhen(t *testing.T) {
	for text, want := range map[string]time.Duration{"7d": 7 * day, "2w": 14 * day, "36h": 36 * time.Hour, "90m": 90 * time.Minute} {
		if got, ok := lengthOf(text); !ok || got != want {
			t.Errorf("%q is %v, %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "d", "0d", "-1d", "1.5d", "99999999999d", "7", "x"} {
		if got, ok := lengthOf(text); ok {
			t.Errorf("%q is %v", text, got)
		}
	}
}
