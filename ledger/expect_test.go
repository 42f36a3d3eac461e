package ledger_test

import (
	"testing"
	"time"

	"iamvigil/ledger"
	"iamvigil/scanner/trail"
)

// TestJournalled: which write of remediation's role its journal holds. The fields
// are those of an UpdateAccessKey record: userIdentity.sessionContext.sessionIssuer,
// requestID, errorCode and requestParameters, which are null where the call was not
// authorized.
func TestJournalled(t *testing.T) {
	const role = "arn:aws:iam::123456789012:role/remediate"
	intent := func(edit func(*ledger.Entry)) ledger.Entry {
		e := ledger.Entry{Action: "a", Number: 1, At: start, By: role, Intent: &ledger.Intent{Mode: "enforce",
			Call: ledger.Call{Operation: "UpdateAccessKey", Parameters: map[string]string{"UserName": "ann", "AccessKeyId": "AKIA1", "Status": "Inactive"}}}}
		if edit != nil {
			edit(&e)
		}
		return e
	}
	outcome := func(request string) ledger.Entry {
		return ledger.Entry{Action: "a", Number: 2, At: start.Add(time.Second), By: role, Outcome: ledger.Done, RequestID: request}
	}
	wrote := func(edit func(*trail.Event)) trail.Event {
		e := trail.Event{ID: "e", Name: "UpdateAccessKey", Source: "iam.amazonaws.com", Time: start, RequestID: "r1",
			Actor:   trail.Actor{Type: "AssumedRole", Issuer: role},
			Details: map[string]string{"userName": "ann", "accessKeyId": "AKIA1", "status": "Inactive"}}
		if edit != nil {
			edit(&e)
		}
		return e
	}
	at := func(d time.Duration) func(*trail.Event) { return func(e *trail.Event) { e.Time = start.Add(d) } }
	refused := func(e *trail.Event) { e.Failed, e.Details = true, nil }
	throttled := func(e *trail.Event) { e.Failed, e.RequestID = true, "r0" }
	for name, row := range map[string]struct {
		journal []ledger.Entry
		event   trail.Event
		want    bool
	}{
		"an intent without an outcome yet":        {[]ledger.Entry{intent(nil)}, wrote(nil), true},
		"an outcome of this request":              {[]ledger.Entry{intent(nil), outcome("r1")}, wrote(nil), true},
		"an outcome of no known request":          {[]ledger.Entry{intent(nil), outcome("")}, wrote(nil), true},
		"an outcome of another request":           {[]ledger.Entry{intent(nil), outcome("r2")}, wrote(nil), false},
		"what failed before another attempt":      {[]ledger.Entry{intent(nil), outcome("r1")}, wrote(throttled), true},
		"refused, by its request":                 {[]ledger.Entry{intent(nil), outcome("r1")}, wrote(refused), true},
		"refused, and of no known request":        {[]ledger.Entry{intent(nil), outcome("")}, wrote(refused), false},
		"refused, another call":                   {[]ledger.Entry{intent(nil), outcome("r1")}, wrote(func(e *trail.Event) { refused(e); e.Name = "PutUserPolicy" }), false},
		"parameters too large for CloudTrail":     {[]ledger.Entry{intent(nil), outcome("r1")}, wrote(func(e *trail.Event) { e.Details = nil }), false},
		"nothing is journalled":                   {nil, wrote(nil), false},
		"only an outcome":                         {[]ledger.Entry{outcome("r1")}, wrote(nil), false},
		"another action's outcome":                {[]ledger.Entry{intent(nil), {Action: "b", Number: 2, By: role, RequestID: "r2"}}, wrote(nil), true},
		"a later intent's outcome":                {[]ledger.Entry{intent(nil), {Action: "a", Number: 4, By: role, RequestID: "r2"}}, wrote(nil), true},
		"five minutes before":                     {[]ledger.Entry{intent(nil)}, wrote(at(-5 * minute)), true},
		"more than that before":                   {[]ledger.Entry{intent(nil)}, wrote(at(-5*minute - 1)), false},
		"twenty minutes after":                    {[]ledger.Entry{intent(nil)}, wrote(at(20 * minute)), true},
		"more than that after":                    {[]ledger.Entry{intent(nil)}, wrote(at(20*minute + 1)), false},
		"at no known time":                        {[]ledger.Entry{intent(nil)}, wrote(func(e *trail.Event) { e.Time = time.Time{} }), false},
		"another key":                             {[]ledger.Entry{intent(nil)}, wrote(func(e *trail.Event) { e.Details["accessKeyId"] = "AKIA2" }), false},
		"the reverse":                             {[]ledger.Entry{intent(nil)}, wrote(func(e *trail.Event) { e.Details["status"] = "Active" }), false},
		"another role":                            {[]ledger.Entry{intent(nil)}, wrote(func(e *trail.Event) { e.Actor.Issuer += "2" }), false},
		"a person's intent":                       {[]ledger.Entry{intent(func(e *ledger.Entry) { e.By = boss })}, wrote(nil), false},
		"a person's intent and act":               {[]ledger.Entry{intent(func(e *ledger.Entry) { e.By = boss })}, wrote(func(e *trail.Event) { e.Actor.Issuer = boss }), false},
		"a dry run's intent":                      {[]ledger.Entry{intent(func(e *ledger.Entry) { e.Intent.Mode = "dry-run" })}, wrote(nil), false},
		"the second of two intents":               {[]ledger.Entry{intent(func(e *ledger.Entry) { e.At = start.Add(-day) }), outcome("r2"), intent(func(e *ledger.Entry) { e.Number = 3 })}, wrote(nil), true},
		"of an action that comes after in order":  {[]ledger.Entry{intent(func(e *ledger.Entry) { e.Action, e.Intent.Call.Operation = "0", "AttachUserPolicy" }), intent(nil)}, wrote(nil), true},
		"a call of another operation, same shape": {[]ledger.Entry{intent(func(e *ledger.Entry) { e.Intent.Call.Operation = "CreateAccessKey" })}, wrote(nil), false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := ledger.Journalled(row.journal, role, &row.event); got != row.want {
				t.Errorf("%v, want %v", got, row.want)
			}
		})
	}
	nobodys := wrote(func(e *trail.Event) { e.Actor.Issuer = "" })
	if ledger.Journalled([]ledger.Entry{intent(func(e *ledger.Entry) { e.By = "" })}, "", &nobodys) {
		t.Error("where no role remediates a write is journalled")
	}
	if since := ledger.JournalSince(start); start.Add(-20 * minute).Before(since) {
		t.Errorf("since %s leaves out intents", since)
	}
}
