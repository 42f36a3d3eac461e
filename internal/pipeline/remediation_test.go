package pipeline_test

import (
	"fmt"
	"testing"
	"time"

	"iamvigil/internal/awstest"
	"iamvigil/internal/pipeline"
	"iamvigil/ledger"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/collect"
)

const (
	remediator  = "arn:aws:iam::111122223333:role/remediate"
	denyConsole = "arn:aws:iam::111122223333:policy/stack-DenyConsole"
	oldKey      = "AKIAOLD"
)

// remediated is a scene with remediation in it, and a key of ann's that she never used.
func remediated(t *testing.T, opts ...awstest.Option) *scene {
	t.Helper()
	s := start(t, opts...)
	s.runner.RemediationRole = remediator
	s.runner.OwnRoles = []string{remediator}
	s.runner.Collect.(*collect.Collector).Stack.Denies = account.Denies{Console: denyConsole}
	s.aws.Change(func(a *account.Snapshot) {
		a.Users[0].Keys = []account.AccessKey{{ID: oldKey, Status: account.Active, Created: awstest.Epoch().AddDate(0, 0, -60)}}
	})
	s.aws.ExpireReport()
	s.run(t, audit)
	return s
}

// writes is an event of remediation's role.
func writes(id, name, request, requestID string, at time.Time) pipeline.Work {
	return pipeline.Work{Bodies: []string{fmt.Sprintf(`{"source":"aws.iam","account":"111122223333","detail":{"eventSource":"iam.amazonaws.com","eventName":%q,
		"eventID":%q,"requestID":%q,"eventTime":%q,"recipientAccountId":"111122223333","requestParameters":%s,"userIdentity":{"type":"AssumedRole",
		"arn":"arn:aws:sts::111122223333:assumed-role/remediate/remediate","sessionContext":{"sessionIssuer":{"arn":%q}}}}}`,
		name, id, requestID, at.Format(time.RFC3339), request, remediator)}}
}

const deactivated = `{"userName":"ann","accessKeyId":"AKIAOLD","status":"Inactive"}`

// deactivates has remediation deactivate ann's key and journal it.
func (s *scene) deactivates(t *testing.T, at time.Time) {
	t.Helper()
	s.aws.Change(func(a *account.Snapshot) { a.Users[0].Keys[0].Status = account.Inactive })
	intent := ledger.Entry{Action: "a1", Number: 1, At: at, By: remediator, Intent: &ledger.Intent{Mode: "enforce", Target: oldKey,
		Call: ledger.Call{Operation: "UpdateAccessKey", Parameters: map[string]string{"UserName": "ann", "AccessKeyId": oldKey, "Status": "Inactive"}}}}
	outcome := ledger.Entry{Action: "a1", Number: 2, At: at, By: remediator, Outcome: ledger.Done, RequestID: "r1"}
	for _, e := range []ledger.Entry{intent, outcome} {
		if err := s.runner.Ledger.(journal).Append(t.Context(), s.runner.Account.ID, e); err != nil {
			t.Fatal(err)
		}
	}
}

func (s *scene) alerts(rule string) (alerts int) {
	for _, told := range s.voice.told {
		for _, a := range told.Alerts {
			if a.Rule == rule {
				alerts++
			}
		}
	}
	return alerts
}

// TestRemediationsOwnWrites: what the journal holds is no alert, and email does not
// hear of its end; the same call under another request, or another call, is one.
func TestRemediationsOwnWrites(t *testing.T) {
	s := remediated(t)
	at := s.runner.Now()
	s.deactivates(t, at)
	before := len(s.voice.told)
	s.run(t, writes("e1", "UpdateAccessKey", deactivated, "r1", at))
	told := s.voice.told[before:]
	if len(told) != 1 || !told[0].Held || len(told[0].Resolved) == 0 || told[0].Thread != told[0].Resolved[0].Thread {
		t.Errorf("told %+v, want one, to all but email, in the finding's thread", told)
	}
	if n := s.alerts(scanner.Tampering); n != 0 {
		t.Errorf("%d alerts about what is journalled", n)
	}
	s.run(t, writes("e2", "UpdateAccessKey", deactivated, "r2", at))
	s.run(t, writes("e3", "CreateAccessKey", `{"userName":"ann"}`, "r3", at))
	s.run(t, writes("e4", "UpdateAccessKey", deactivated, "r1", at.Add(time.Hour)))
	if n := s.alerts(scanner.Tampering); n != 3 {
		t.Errorf("%d alerts, want 3", n)
	}
}

// TestJournalThatCannotBeRead fails the batch, which is done again: nothing is
// swallowed, and nothing told that is not true.
func TestJournalThatCannotBeRead(t *testing.T) {
	s := remediated(t)
	at := s.runner.Now()
	s.deactivates(t, at)
	work := writes("e1", "UpdateAccessKey", deactivated, "r1", at)
	s.runner.Ledger = unreadable{s.runner.Ledger.(journal)}
	before := len(s.voice.told)
	if _, err := s.runner.Run(t.Context(), work); err == nil || len(s.voice.told) != before {
		t.Errorf("%v, told %d; want an error before anything is told", err, len(s.voice.told)-before)
	}
	s.runner.Ledger = s.runner.Ledger.(unreadable).journal
	s.run(t, work)
	if n := s.alerts(scanner.Tampering); n != 0 || len(s.voice.told) != before+1 {
		t.Errorf("%d alerts, told %d; want none, and the end", n, len(s.voice.told)-before)
	}
}

// TestNobodyAsksForTheJournal where the role wrote nothing.
func TestNobodyAsksForTheJournal(t *testing.T) {
	s := remediated(t)
	s.runner.Ledger = unreadable{s.runner.Ledger.(journal)}
	s.run(t, pipeline.Work{Bodies: []string{event("e1", "TagUser", `{"userName":"ann"}`)}})
	s.run(t, audit)
}

// TestContainedUserSignsIn: an alert, and no end of the finding; detaching the
// policy has what still stands told anew.
func TestContainedUserSignsIn(t *testing.T) {
	s := remediated(t)
	unused := "user-console-unused"
	s.aws.Change(func(a *account.Snapshot) { a.Users[0].Login.LastUsed = awstest.Epoch().AddDate(-1, 0, 0) })
	s.reported(t)
	s.skip(time.Hour)
	s.run(t, audit)
	s.aws.Change(func(a *account.Snapshot) {
		a.Users[0].Login.Changed = awstest.Epoch().AddDate(-1, 0, 0)
		a.Users[0].Attached = []account.Attachment{{ARN: denyConsole, Name: "stack-DenyConsole"}}
	})
	s.reported(t)
	s.run(t, audit)
	s.aws.Change(func(a *account.Snapshot) { a.Users[0].Login.LastUsed = awstest.Epoch() })
	s.run(t, consoleLogin("e1"))
	if n := s.alerts("event-contained-user-signed-in"); n != 1 {
		t.Errorf("%d alerts, want one", n)
	}
	if _, resolved := s.voice.times(unused); resolved != 0 {
		t.Errorf("resolved %d times by a sign-in", resolved)
	}
	known, err := s.runner.Ledger.Load(t.Context(), s.runner.Account.ID, ledger.Query{Whole: true})
	if err != nil {
		t.Fatal(err)
	}
	contained := 0
	for _, r := range known.Records {
		if r.Rule == unused && r.State == ledger.Open && r.Status == scanner.Contained {
			contained++
		}
		if r.Rule == "user-direct-policy" && !r.Exempt.BuiltIn() {
			t.Errorf("the policy is %s", r.Status)
		}
	}
	if contained != 1 {
		t.Errorf("%d contained records, want one", contained)
	}
	s.aws.Change(func(a *account.Snapshot) { a.Users[0].Attached = nil })
	s.run(t, pipeline.Work{Bodies: []string{event("e2", "DetachUserPolicy", `{"userName":"ann","policyArn":"`+denyConsole+`"}`)}})
	if n := s.alerts("event-contained-user-signed-in"); n != 1 {
		t.Errorf("%d alerts, want one", n)
	}
}

func consoleLogin(id string) pipeline.Work {
	return pipeline.Work{Bodies: []string{`{"source":"aws.signin","account":"111122223333","detail":{"eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin",
		"eventID":"` + id + `","eventTime":"2026-11-01T12:00:00Z","recipientAccountId":"111122223333","responseElements":{"ConsoleLogin":"Success"},
		"additionalEventData":{"MFAUsed":"Yes"},"userIdentity":{"type":"IAMUser","userName":"ann","arn":"arn:aws:iam::111122223333:user/ann"}}}`}}
}
