package notify_test

import (
	"fmt"
	"time"

	"iamvigil/ledger"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/trail"
)

func rootUse() *ledger.Changes {
	return &ledger.Changes{
		Kind: ledger.Event, Account: acme, Time: now,
		Alerts: []scanner.Alert{{
			Rule: "event-root-use", Severity: scanner.Critical, Resource: root,
			Message: `root user signed in to the console from "203.0.113.7"`, Why: whyRootUse, Fix: fixRootUse, Controls: []string{"CIS 5.0.0 4.3"},
			Commands: []string{scanner.Command("cloudtrail", "lookup-events", "--region", "us-east-1", "--lookup-attributes", "AttributeKey=Username,AttributeValue=root")},
			Console:  scanner.Console(root),
			Event: trail.Event{
				ID: "8a5c1d2e-0000-4000-8000-1234567890ab", Name: "ConsoleLogin", Source: "signin.amazonaws.com", Time: now.Add(-161 * time.Second),
				Region: "us-east-1", Account: acme.ID, Known: true,
				Actor: trail.Actor{Type: "Root", ARN: acme.RootARN(), Name: "acme-prod", IP: "203.0.113.7", MFA: "no",
					Agent: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"},
				Details: map[string]string{"ConsoleLogin": "Success", "MFAUsed": "No", "LoginTo": "https://console.aws.amazon.com/console/home"},
			},
		}},
	}
}

// intruder is a role session that stops the trail, then makes a key and an
// administrator of a user.
func intruder() *ledger.Changes {
	actor := trail.Actor{
		Type: "AssumedRole", Name: "mallory", ARN: "arn:aws:sts::123456789012:assumed-role/ci-deploy/mallory",
		Issuer: "arn:aws:iam::123456789012:role/ci-deploy", IP: "198.51.100.23", MFA: "no", Agent: "aws-cli/2.15.30 Python/3.11.8 Linux/6.5.0 exe/x86_64",
	}
	act := func(id, name, source string, ago time.Duration, details map[string]string) trail.Event {
		return trail.Event{ID: id, Name: name, Source: source, Time: now.Add(-ago), Region: "us-east-1", Account: acme.ID, Known: true, Actor: actor, Details: details}
	}
	backup := user("backup")
	stop := act("11111111-0000-4000-8000-000000000001", "StopLogging", "cloudtrail.amazonaws.com", 250*time.Second, map[string]string{"name": "management-events"})
	key := act("22222222-0000-4000-8000-000000000002", "CreateAccessKey", "iam.amazonaws.com", 190*time.Second,
		map[string]string{"userName": "backup", "accessKeyId": "AKIAIOSFODNN7EXAMPLE", "status": "Active"})
	attach := act("33333333-0000-4000-8000-000000000003", "AttachUserPolicy", "iam.amazonaws.com", 185*time.Second,
		map[string]string{"userName": "backup", "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"})
	key.Touched, attach.Touched = []account.Ref{backup}, []account.Ref{backup}
	return &ledger.Changes{
		Kind: ledger.Event, Account: acme, Time: now,
		Open: map[scanner.Severity]int{scanner.Critical: 1, scanner.Low: 1}, Covered: 1, Events: []trail.Event{stop, key, attach},
		Alerts: []scanner.Alert{
			{Rule: "event-scanner-tampering", Severity: scanner.Critical, Resource: account.Ref{Kind: account.KindTrail, Name: "management-events"},
				Message: `role "ci-deploy" ("mallory") called "StopLogging" on trail "management-events" from "198.51.100.23"`, Fix: fixTamper, Event: stop,
				Commands: []string{
					scanner.Command("cloudtrail", "start-logging", "--region", "us-east-1", "--name", "management-events"),
					scanner.Command("iam", "put-role-policy", "--role-name", "ci-deploy", "--policy-name", "AWSRevokeOlderSessions", "--policy-document",
						`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:TokenIssueTime":"2026-11-22T01:00:50Z"}}}]}`),
				}},
		},
		New: []ledger.Record{
			by(admin(backup), attach.Origin()),
			by(mended(found("user-two-active-keys", scanner.Low, backup, "", `user "backup" has 2 active access keys, the limit is 1`, fixTwoKeys),
				scanner.Command("iam", "get-access-key-last-used", "--access-key-id", "AKIAIOSFODNN7EXAMPLE"),
				scanner.Command("iam", "get-access-key-last-used", "--access-key-id", "AKIAI44QH8DHBEXAMPLE")), key.Origin()),
		},
	}
}

// eventOf is an event by the actor, so long before now.
func eventOf(actor trail.Actor, name string, before time.Duration, touched account.Ref, details map[string]string) trail.Event {
	return trail.Event{ID: "66666666-0000-4000-8000-" + name, Name: name, Source: "iam.amazonaws.com", Time: now.Add(-before), Region: "us-east-1",
		Account: acme.ID, Known: true, Actor: actor, Touched: []account.Ref{touched}, Details: details}
}

func resolvedOnly() *ledger.Changes {
	e := eventOf(jane, "DeleteLoginProfile", 3*time.Minute, user("alice"), map[string]string{"userName": "alice"})
	return &ledger.Changes{
		Kind: ledger.Event, Account: acme, Time: now, Events: []trail.Event{e},
		Resolved: []ledger.Record{by(resolved(withoutMFA("alice"), ledger.Mended, 47*time.Minute), e.Origin())},
	}
}

// terraformRun is one new finding that a Terraform run brought about.
func terraformRun() *ledger.Changes {
	e := eventOf(terraform, "AttachUserPolicy", 2*time.Minute, user("mail"),
		map[string]string{"userName": "mail", "policyArn": "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"})
	return &ledger.Changes{
		Kind: ledger.Event, Account: acme, Time: now, Events: []trail.Event{e}, Open: map[scanner.Severity]int{scanner.Low: 1},
		New: []ledger.Record{by(directPolicy("mail"), e.Origin())},
	}
}

// acknowledgement is what "iamvigil ack" tells.
func acknowledgement() *ledger.Changes {
	r := oldKey("ci-deploy", "AKIAIOSFODNN7EXAMPLE", 93)
	r.Ack = &ledger.Ack{By: jane.ARN, Reason: "moves to OIDC on Tuesday", At: now, Until: now.Add(3*24*time.Hour + 8*time.Hour)}
	r.Status, r.Exempt = scanner.Exempt, &scanner.Exemption{Reason: r.Ack.Reason, Owner: r.Ack.By, Expires: r.Ack.Until}
	return &ledger.Changes{Kind: ledger.Event, Account: acme, Time: now, Silenced: []ledger.Record{r}}
}

// burst is what one Terraform run does to so many users, beginning with the
// given one.
func burst(from, users int, before time.Duration) *ledger.Changes {
	c := &ledger.Changes{Kind: ledger.Event, Account: acme, Time: now, Thread: "burst-1", Open: map[scanner.Severity]int{scanner.Low: users}}
	for i := range users {
		name := fmt.Sprintf("svc-%03d", from+i)
		e := eventOf(terraform, "AttachUserPolicy", before-time.Duration(i)*time.Second, user(name), map[string]string{"userName": name})
		e.ID += name
		c.Events = append(c.Events, e)
		c.New = append(c.New, by(directPolicy(name), e.Origin()))
	}
	return c
}

func burstFirst() *ledger.Changes { return burst(0, 3, 70*time.Second) }

func burstHeld() *ledger.Changes {
	c := burst(3, 2, 70*time.Second)
	c.Held = true
	return c
}

// burstSummary closes a burst of which more was held than has room.
func burstSummary() *ledger.Changes {
	c := burst(3, 37, 9*time.Minute)
	c.Kind, c.Events, c.Open = ledger.Summary, nil, map[scanner.Severity]int{}
	c.Burst = &ledger.Burst{ID: "burst-1", Thread: "burst-1", Actor: terraform, Opened: now.Add(-10 * time.Minute), At: now.Add(-time.Minute), Events: 521}
	for i := range 12 {
		name := fmt.Sprintf("old-%03d", i)
		c.Resolved = append(c.Resolved, by(resolved(directPolicy(name), ledger.Mended, 40*24*time.Hour), origin(terraform, "DeleteUser", 2*time.Minute)))
	}
	c.Rest = []ledger.RuleCount{{Rule: "user-direct-policy", Severity: scanner.Low, Findings: 463}}
	return c
}
