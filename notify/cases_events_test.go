package notify_test

import (
	"fmt"
	"slices"
	"time"

	"iamvigil/ledger"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/rules"
	"iamvigil/scanner/trail"
)

// alerts are what the real rules say of the events, but for opt-in ones.
func alerts(events ...trail.Event) []scanner.Alert {
	on := slices.DeleteFunc(rules.Events(), func(r scanner.EventRule) bool { return r.OptIn })
	return scanner.Alerts(events, on, nil)
}

func rootUse() *ledger.Telling {
	return &ledger.Telling{Kind: ledger.Event, Account: acme, Time: now, Alerts: alerts(trail.Event{
		ID: "8a5c1d2e-0000-4000-8000-1234567890ab", Name: "ConsoleLogin", Source: "signin.amazonaws.com", Time: now.Add(-161 * time.Second),
		Region: "us-east-1", Account: acme.ID, Known: true,
		Actor: trail.Actor{Type: "Root", ARN: acme.RootARN(), Name: "acme-prod", IP: "203.0.113.7", MFA: "no",
			Agent: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"},
		Details: map[string]string{"ConsoleLogin": "Success", "MFAUsed": "No", "LoginTo": "https://console.aws.amazon.com/console/home"},
	})}
}

// intruder is a role session that stops the trail, then makes a key and an
// administrator of a user.
func intruder() *ledger.Telling {
	actor := trail.Actor{
		Type: "AssumedRole", Name: "mallory", ARN: "arn:aws:sts::123456789012:assumed-role/ci-deploy/mallory",
		Issuer: "arn:aws:iam::123456789012:role/ci-deploy", IP: "198.51.100.23", MFA: "no", Agent: "aws-cli/2.15.30 Python/3.11.8 Linux/6.5.0 exe/x86_64",
	}
	act := func(id, name, source string, ago time.Duration, details map[string]string) trail.Event {
		return trail.Event{ID: id, Name: name, Source: source, Time: now.Add(-ago), Region: "us-east-1", Account: acme.ID, Known: true, Actor: actor, Details: details}
	}
	backup := user("backup")
	stop := act("11111111-0000-4000-8000-000000000001", "StopLogging", "cloudtrail.amazonaws.com", 250*time.Second, map[string]string{"name": "management-events"})
	create := act("22222222-0000-4000-8000-000000000002", "CreateAccessKey", "iam.amazonaws.com", 190*time.Second,
		map[string]string{"userName": "backup", "accessKeyId": "AKIAIOSFODNN7EXAMPLE", "status": "Active"})
	attach := act("33333333-0000-4000-8000-000000000003", "AttachUserPolicy", "iam.amazonaws.com", 185*time.Second,
		map[string]string{"userName": "backup", "policyArn": administrator})
	create.Touched, attach.Touched = []account.Ref{backup}, []account.Ref{backup}
	return &ledger.Telling{
		Kind: ledger.Event, Account: acme, Time: now,
		Open: map[scanner.Severity]int{scanner.Critical: 1, scanner.Medium: 1}, Covered: 1, Events: []trail.Event{stop, create, attach},
		Alerts: alerts(stop, create, attach),
		New: []ledger.Record{
			by(admin(backup), attach.Origin()),
			by(twoKeys("backup", "AKIAIOSFODNN7EXAMPLE", "AKIAI44QH8DHBEXAMPLE"), create.Origin()),
		},
	}
}

// prober is a user who tries one way to become administrator after the other, most of
// which are refused.
func prober() *ledger.Telling {
	actor := trail.Actor{
		Type: "IAMUser", Name: "report-bot", ARN: "arn:aws:iam::123456789012:user/report-bot", IP: "198.51.100.23", MFA: "no",
		Key: "AKIAIOSFODNN7EXAMPLE", Agent: "Boto3/1.35.0 md/Botocore#1.35.0",
	}
	var tried []trail.Event
	for i, name := range []string{
		"CreateAccessKey", "CreateLoginProfile", "AttachUserPolicy", "PutUserPolicy", "AddUserToGroup", "CreatePolicyVersion", "UpdateAssumeRolePolicy", "AttachRolePolicy",
		"PutRolePolicy", "AttachGroupPolicy",
	} {
		e := eventOf(actor, name, time.Duration(300-i)*time.Second, account.Ref{}, nil)
		e.Touched, e.Failed, e.Error = nil, true, "AccessDenied"
		tried = append(tried, e)
	}
	return &ledger.Telling{Kind: ledger.Event, Account: acme, Time: now, Events: tried, Alerts: alerts(tried...)}
}

// eventOf is an event by the actor, so long before now.
func eventOf(actor trail.Actor, name string, before time.Duration, touched account.Ref, details map[string]string) trail.Event {
	return trail.Event{ID: "66666666-0000-4000-8000-" + name, Name: name, Source: "iam.amazonaws.com", Time: now.Add(-before), Region: "us-east-1",
		Account: acme.ID, Known: true, Actor: actor, Touched: []account.Ref{touched}, Details: details}
}

func resolvedOnly() *ledger.Telling {
	e := eventOf(jane, "DeleteLoginProfile", 3*time.Minute, user("alice"), map[string]string{"userName": "alice"})
	return &ledger.Telling{
		Kind: ledger.Event, Account: acme, Time: now, Events: []trail.Event{e},
		Resolved: []ledger.Record{by(resolved(withoutMFA("alice"), ledger.Mended, 47*time.Minute), e.Origin())},
	}
}

// terraformRun is one new finding that a Terraform run brought about.
func terraformRun() *ledger.Telling {
	e := eventOf(terraform, "AttachUserPolicy", 2*time.Minute, user("mail"),
		map[string]string{"userName": "mail", "policyArn": "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"})
	return &ledger.Telling{
		Kind: ledger.Event, Account: acme, Time: now, Events: []trail.Event{e}, Open: map[scanner.Severity]int{scanner.Low: 1},
		New: []ledger.Record{by(directPolicy("mail"), e.Origin())},
	}
}

// acknowledgement is what "iamvigil ack" tells.
func acknowledgement() *ledger.Telling {
	r := oldKey("ci-deploy", "AKIAIOSFODNN7EXAMPLE", 93)
	noted(&r, ledger.Ack{By: jane.ARN, Reason: "moves to OIDC on Tuesday", At: now, Until: now.Add(3*24*time.Hour + 8*time.Hour)})
	r.By, r.OpenedAt = origin(jane, "CreateAccessKey", 93*24*time.Hour), now.AddDate(0, 0, -3)
	return &ledger.Telling{Kind: ledger.Acknowledgement, Account: acme, Time: now, Exempt: 1, Silenced: []ledger.Record{r}}
}

// burst is what one Terraform run does to so many users, beginning with the
// given one.
func burst(from, users int, before time.Duration) *ledger.Telling {
	c := &ledger.Telling{Kind: ledger.Event, Account: acme, Time: now, Thread: "burst-1", Open: map[scanner.Severity]int{scanner.Low: users}}
	for i := range users {
		name := fmt.Sprintf("svc-%03d", from+i)
		e := eventOf(terraform, "AttachUserPolicy", before-time.Duration(i)*time.Second, user(name), map[string]string{"userName": name})
		e.ID += name
		c.Events = append(c.Events, e)
		c.New = append(c.New, by(directPolicy(name), e.Origin()))
	}
	return c
}

func burstFirst() *ledger.Telling { return burst(0, 3, 70*time.Second) }

func burstHeld() *ledger.Telling {
	c := burst(3, 2, 70*time.Second)
	c.Held = true
	return c
}

// burstSessions is a summary of what a role did in many sessions, some of which
// ended what stood in other threads.
func burstSessions() *ledger.Telling {
	const role = "arn:aws:iam::123456789012:role/ci"
	session := func(name string) trail.Actor {
		return trail.Actor{Type: "AssumedRole", Name: name, ARN: "arn:aws:sts::123456789012:assumed-role/ci/" + name, Issuer: role, IP: "198.51.100.9", MFA: "no", Agent: "Boto3/1.35.9"}
	}
	c := burst(3, 1, 9*time.Minute)
	c.Kind, c.Events, c.Open = ledger.Summary, nil, map[scanner.Severity]int{}
	c.New[0] = by(directPolicy("svc-003"), origin(session("build-1000"), "AttachUserPolicy", 9*time.Minute))
	c.Resolved = []ledger.Record{in("long ago", by(resolved(withoutMFA("alice"), ledger.Mended, time.Hour), origin(session("build-1007"), "DeleteLoginProfile", 4*time.Minute)))}
	c.Burst = &ledger.Burst{ID: "burst-2", Thread: "burst-1", Actor: session("build-1000"), Opened: now.Add(-10 * time.Minute), At: now.Add(-time.Minute), Events: 120}
	for i := range 50 {
		c.Burst.Sessions = append(c.Burst.Sessions, fmt.Sprintf("build-%d", 1000+i))
	}
	return c
}

// burstSummary closes a burst of which more was held than has room.
func burstSummary() *ledger.Telling {
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
