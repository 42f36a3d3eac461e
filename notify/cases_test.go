package notify_test

import (
	"fmt"
	"slices"
	"time"

	"iamvigil/ledger"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
	"iamvigil/scanner/rules"
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

// found is an open record as Diff makes one, of a rule that need not be real.
func found(rule string, severity scanner.Severity, about account.Ref, part, message, fix string) ledger.Record {
	seen := now.Add(-2 * time.Minute)
	return standing(scanner.Finding{
		Rule: rule, Severity: severity, Resource: about, Part: part, Message: message, Fix: fix,
		Evidence: map[string]string{"as_of": seen.Format(time.RFC3339)}, Controls: []string{"CIS 5.0.0 1.9"},
		Console: scanner.Console(about), ID: scanner.FindingID(acme.ID, rule, about, part), Status: scanner.Open, AsOf: seen,
	})
}

func standing(f scanner.Finding) ledger.Record {
	seen := f.AsOf
	f.AsOf = time.Time{}
	return ledger.Record{Finding: f, State: ledger.Open, Told: ledger.Open, EvidenceAt: seen, FirstSeen: now, OpenedAt: now}
}

// seen is what a real rule finds in an account that has nothing but this.
func seen(rule string, has account.Snapshot) ledger.Record {
	has.Version, has.Account, has.Seen = account.Version, acme, map[account.Fact]account.Seen{}
	for _, fact := range account.Facts() {
		has.Seen[fact] = account.Seen{At: now.Add(-2 * time.Minute)}
	}
	only := slices.DeleteFunc(rules.All(), func(r scanner.Rule) bool { return r.ID != rule })
	return standing(scanner.Evaluate(&has, account.Scope{Whole: true}, only, now).Findings[0])
}

func role(name string) account.Ref {
	return account.Ref{Kind: account.KindRole, ARN: "arn:aws:iam::123456789012:role/" + name, ID: "AROA" + name, Name: name}
}

// mended has the commands that mend it.
func mended(r ledger.Record, commands ...string) ledger.Record {
	r.Commands = commands
	return r
}

func owned(r ledger.Record, owner string) ledger.Record {
	r.Owner = owner
	return r
}

func by(r ledger.Record, o *trail.Origin) ledger.Record {
	r.By = o
	return r
}

// origin is a call by the actor, so long before now.
func origin(actor trail.Actor, event string, before time.Duration) *trail.Origin {
	return &trail.Origin{Event: event, ID: "55555555-0000-4000-8000-" + event, Time: now.Add(-before), Actor: &actor}
}

var (
	jane = trail.Actor{Type: "AssumedRole", Name: "jane", ARN: "arn:aws:sts::123456789012:assumed-role/Deploy/jane",
		Issuer: "arn:aws:iam::123456789012:role/Deploy", IP: "203.0.113.7", MFA: "yes", Agent: "console.amazonaws.com"}
	terraform = trail.Actor{Type: "AssumedRole", Name: "run-4711", ARN: "arn:aws:sts::123456789012:assumed-role/terraform/run-4711",
		Issuer: "arn:aws:iam::123456789012:role/terraform", IP: "198.51.100.9", MFA: "no",
		Agent: "APN/1.0 HashiCorp/1.0 Terraform/1.9.8 (+https://www.terraform.io) terraform-provider-aws/5.76.0"}
)

// noted has the record as an acknowledgement silences it.
func noted(r *ledger.Record, ack ledger.Ack) {
	r.Ack, r.Status = &ack, scanner.Exempt
	r.Exempt = &scanner.Exemption{Reason: ack.Reason, Owner: ack.By, Expires: ack.Until}
}

func resolved(r ledger.Record, how string, after time.Duration) ledger.Record {
	r.State, r.Told, r.How = ledger.Resolved, ledger.Resolved, how
	r.FirstSeen, r.ResolvedAt = now.Add(-after), now
	r.OpenedAt = r.FirstSeen
	return r
}

var fixMFA = withoutMFA("anybody").Fix

const (
	administrator = "arn:aws:iam::aws:policy/AdministratorAccess"
	readOnly      = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
)

// bearer is a user who has this.
func bearer(name string, has account.User) account.Snapshot {
	about := user(name)
	has.ARN, has.ID, has.Name, has.Created = about.ARN, about.ID, about.Name, now.AddDate(-2, 0, 0)
	allows := policy.Parse(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}]}`)
	return account.Snapshot{Users: []account.User{has}, Policies: []account.Policy{
		{ARN: readOnly, Name: "AmazonS3ReadOnlyAccess", Versions: []account.PolicyVersion{{ID: "v1", Default: true, Document: allows}}},
	}}
}

func rootKey() ledger.Record {
	return seen("root-access-key", account.Snapshot{Summary: map[string]int{"AccountMFAEnabled": 1, "AccountAccessKeysPresent": 1}})
}

func withoutMFA(name string) ledger.Record {
	return seen("user-console-without-mfa", bearer(name, account.User{Login: &account.Login{Changed: now, LastUsed: now}}))
}

func key(id string, days int) account.AccessKey {
	return account.AccessKey{ID: id, Status: account.Active, Created: now.AddDate(0, 0, -days), LastUsed: now}
}

func oldKey(name, id string, days int) ledger.Record {
	return seen("key-rotation", bearer(name, account.User{Keys: []account.AccessKey{key(id, days)}}))
}

func twoKeys(name string, one, other string) ledger.Record {
	return seen("user-two-active-keys", bearer(name, account.User{Keys: []account.AccessKey{key(one, 0), key(other, 30)}}))
}

func directPolicy(name string) ledger.Record {
	return seen("user-direct-policy", bearer(name, account.User{Attached: []account.Attachment{{ARN: readOnly, Name: "AmazonS3ReadOnlyAccess"}}}))
}

func admin(about account.Ref) ledger.Record {
	attached := []account.Attachment{{ARN: administrator, Name: "AdministratorAccess"}}
	if about.Kind == account.KindRole {
		return seen("administrator-attached", account.Snapshot{Roles: []account.Role{{ARN: about.ARN, ID: about.ID, Name: about.Name, Attached: attached}}})
	}
	return seen("administrator-attached", bearer(about.Name, account.User{Attached: attached}))
}

func firstDigest() *ledger.Telling {
	c := &ledger.Telling{Kind: ledger.Digest, Account: acme, Time: now, First: true, Exempt: 1, Covered: 6,
		Open: map[scanner.Severity]int{scanner.Critical: 1, scanner.High: 2, scanner.Medium: 52}}
	c.New = append(c.New,
		rootKey(), withoutMFA("alice"), withoutMFA("bob"))
	for i := range 52 {
		c.New = append(c.New, oldKey(fmt.Sprintf("svc-batch-%02d", i), fmt.Sprintf("AKIAIOSFODNN7EXAMP%02d", i), 400-i))
	}
	return c
}

func denied(r *account.Ref, fact account.Fact, permission string, rules ...string) ledger.GapRecord {
	reason := "AccessDenied: User: arn:aws:sts::123456789012:assumed-role/iamvigil-audit/audit is not authorized to perform: " + permission + " with an explicit deny in a service control policy"
	return ledger.GapRecord{Fact: fact, Resource: r, Reason: reason, Permission: permission, Rules: rules, FirstSeen: now}
}

func nightlyDigest() *ledger.Telling {
	alice, bob := user("alice"), user("bob")
	missing := &trail.Origin{Missing: "not in the last 90 days"}
	return &ledger.Telling{
		Kind: ledger.Digest, Account: acme, Time: now, Exempt: 3, Covered: 7,
		Open: map[scanner.Severity]int{scanner.High: 4, scanner.Medium: 31, scanner.Low: 12},
		New: []ledger.Record{
			by(withoutMFA("carol"), origin(jane, "CreateLoginProfile", 3*time.Hour)),
			oldKey("ci-deploy", "AKIAIOSFODNN7EXAMPLE", 91), oldKey("ci-test", "AKIAI44QH8DHBEXAMPLE", 91),
			by(directPolicy("mail"), missing),
		},
		Resolved: []ledger.Record{
			by(resolved(withoutMFA("dave"), ledger.Mended, 12*24*time.Hour+3*time.Hour),
				origin(trail.Actor{Type: "IAMUser", Name: "dave", ARN: user("dave").ARN, IP: "203.0.113.42"}, "EnableMFADevice", 8*time.Hour+25*time.Minute)),
			by(resolved(oldKey("old-backup", "AKIAZ7EXAMPLE0000001", 341), ledger.Deleted, 200*24*time.Hour), origin(jane, "DeleteUser", 4*time.Hour)),
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

// ownersDigest has findings of several owners and of nobody.
func ownersDigest() *ledger.Telling {
	return &ledger.Telling{
		Kind: ledger.Digest, Account: acme, Time: now, Open: map[scanner.Severity]int{scanner.High: 1, scanner.Medium: 3, scanner.Low: 1},
		New: []ledger.Record{
			owned(withoutMFA("carol"), "payments"),
			owned(oldKey("ci-deploy", "AKIAIOSFODNN7EXAMPLE", 91), "platform"),
			owned(oldKey("ledger-sync", "AKIAI44QH8DHBEXAMPLE", 91), "payments"),
			oldKey("legacy", "AKIAZ7EXAMPLE0000002", 91),
			owned(directPolicy("mail"), "platform"),
		},
	}
}

func resolvedDigest() *ledger.Telling {
	c := nightlyDigest()
	return &ledger.Telling{Kind: ledger.Digest, Account: acme, Time: now, Open: c.Open, Exempt: 3, Covered: 7, Resolved: c.Resolved}
}

// settingsDigest is the night after somebody has changed tags and the
// configuration.
func settingsDigest() *ledger.Telling {
	day := 24 * time.Hour
	exempt := scanner.Exemption{Rules: []string{"user-console-without-mfa"}, Resource: "arn:aws:iam::*:user/break-glass-*", Account: "*",
		Tags: map[string]string{"purpose": "break-glass"}, Reason: "break glass, its password is in the safe", Owner: "platform", Expires: now.Add(100 * day)}
	glass := by(withoutMFA("break-glass-1"), origin(jane, "TagUser", 5*time.Hour))
	glass.Status, glass.Exempt, glass.OpenedAt = scanner.Exempt, &exempt, now.AddDate(0, -1, 0)
	born := by(admin(user("break-glass-2")), origin(jane, "AttachUserPolicy", 4*time.Hour))
	born.Status, born.Exempt = scanner.Exempt, &scanner.Exemption{Reason: "break glass, its password is in the safe", Owner: "platform", Expires: exempt.Expires}

	limit := resolved(oldKey("ci-deploy", "AKIAIOSFODNN7EXAMPLE", 120), ledger.Reset, 30*day)
	limit.Limit = 90

	lapsed := withoutMFA("vendor")
	lapsed.Lapsed = &ledger.Lapse{Exemption: scanner.Exemption{Reason: "vendor moves to SSO in October", Owner: "it-team", Expires: now.Add(-65 * time.Minute)}}
	late := oldKey("ci-late", "AKIAZ7EXAMPLE0000003", 98)
	late.Lapsed = &ledger.Lapse{Ack: true, Exemption: scanner.Exemption{Reason: "moves to OIDC on Tuesday", Owner: jane.ARN, Expires: now.Add(-5 * time.Minute)}}
	untagged := directPolicy("mail")
	untagged.Lapsed = &ledger.Lapse{Exemption: scanner.Exemption{Reason: "SES made it", Owner: "platform", Expires: now.Add(90 * day)}}

	worse := directPolicy("reports")
	worse.Was, worse.Severity = scanner.Low, scanner.High
	milder := oldKey("ci-test", "AKIAI44QH8DHBEXAMPLE", 200)
	milder.Was, milder.Severity = scanner.Medium, scanner.Low

	vendor := scanner.Exemption{Rules: []string{"user-console-without-mfa"}, Resource: "vendor", Account: "*", Reason: "vendor moves to SSO in October", Owner: "it-team", Expires: now.Add(-65 * time.Minute)}
	soon := scanner.Exemption{Rules: []string{"key-rotation", "key-unused"}, Resource: "arn:aws:iam::*:user/ci-*", Account: acme.ID, Reason: "moves to OIDC this quarter", Owner: "platform", Expires: now.Add(12 * day)}
	return &ledger.Telling{
		Kind: ledger.Digest, Account: acme, Time: now, Exempt: 5, Covered: 2,
		Open: map[scanner.Severity]int{scanner.High: 2, scanner.Low: 4},
		New:  []ledger.Record{lapsed, late, untagged}, Resolved: []ledger.Record{limit},
		Reranked: []ledger.Record{worse, milder}, Silenced: []ledger.Record{born, glass},
		Withdrawn: []ledger.RuleCount{{Rule: "group-empty", Severity: scanner.Low, Findings: 3}},
		Exemptions: []ledger.ExemptionNote{
			{ExemptionUse: scanner.ExemptionUse{Exemption: vendor}, Why: ledger.Expired},
			{ExemptionUse: scanner.ExemptionUse{Exemption: soon, Findings: 4}, Why: ledger.Expiring},
			{ExemptionUse: scanner.ExemptionUse{Exemption: exempt}, Why: ledger.Unused},
		},
	}
}

// blindDigest is a third night without a permission.
func blindDigest() *ledger.Telling {
	about := scanner.Blindness()
	blind := found(about.ID, about.Severity, root, string(account.Keys),
		"cannot see keys of user \"alice\" for 3 nights: grant iam:ListAccessKeys to the role that iamvigil runs as", about.Fix)
	return &ledger.Telling{Kind: ledger.Digest, Account: acme, Time: now, New: []ledger.Record{blind}, Open: map[scanner.Severity]int{about.Severity: 1}}
}

// managedDigest has what tools keep as it is written down.
func managedDigest() *ledger.Telling {
	stack := by(directPolicy("mail"), origin(jane, "AttachUserPolicy", 6*time.Hour))
	stack.ManagedBy = `CloudFormation stack "iam-base"`
	cfn := jane
	cfn.IP, cfn.InvokedBy, cfn.Agent = "cloudformation.amazonaws.com", "cloudformation.amazonaws.com", "cloudformation.amazonaws.com"
	file := by(oldKey("ci-deploy", "AKIAIOSFODNN7EXAMPLE", 91), origin(terraform, "CreateAccessKey", 91*24*time.Hour))
	file.ManagedBy = `file "iam/users.tf" of repository "infra"`
	return &ledger.Telling{
		Kind: ledger.Digest, Account: acme, Time: now, Open: map[scanner.Severity]int{scanner.Critical: 1, scanner.High: 1, scanner.Medium: 1, scanner.Low: 1},
		New: []ledger.Record{
			by(admin(user("deploy")), origin(terraform, "AttachUserPolicy", 2*time.Hour)),
			by(admin(role("batch")), origin(cfn, "AttachRolePolicy", 7*time.Hour)),
			file, stack,
		},
	}
}

// night is a digest of nothing but these.
func night(fresh ...ledger.Record) *ledger.Telling {
	return &ledger.Telling{Kind: ledger.Digest, Account: acme, Time: now, New: fresh}
}
