package notify_test

import (
	"fmt"
	"time"

	"iamvigil/ledger"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

const (
	denyConsole = "arn:aws:iam::123456789012:policy/iamvigil-DenyConsolePolicy-8Q2Z"
	denyMFA     = "arn:aws:iam::123456789012:policy/iamvigil-DenyWithoutMFAPolicy-1XJW"
	denyAll     = "arn:aws:iam::123456789012:policy/iamvigil-DenyAllPolicy-5KPT"

	keyEffect     = "Nothing can be called with access key %s any more; the user's other keys, its password and its permissions stay as they are, and the key can be activated again."
	consoleEffect = "Console sessions of the user, and all temporary sessions of its own, are denied everything; calls that access keys sign and calls that services make for the user go on, and the control fails until a person removes the password."
	mfaEffect     = "Sessions of the user that began without MFA may only assign an MFA device; sessions with MFA, calls that access keys sign and calls that services make for the user go on, and the control fails until the user has a device or a person removes the password."
	schedule      = "arn:aws:iam::123456789012:role/iamvigil-RemediateRole-1A2B3C"
	ann           = "arn:aws:sts::123456789012:assumed-role/Oncall/ann"

	allEffect = "The user is denied everything by policy iamvigil-DenyAllPolicy-5KPT, in open sessions too; sessions of roles that it has assumed go on until they are revoked or end."
)

// unusedKey is found of a key that is not used.
func unusedKey(name, id string) ledger.Record {
	k := key(id, 400)
	k.LastUsed = now.AddDate(0, 0, -200)
	return seen("key-unused", bearer(name, account.User{Keys: []account.AccessKey{k}}))
}

// unusedUser is found of a user who has a key that is not used.
func unusedUser(name, id string) ledger.Record {
	k := key(id, 400)
	k.LastUsed = now.AddDate(0, 0, -200)
	return seen("user-unused", bearer(name, account.User{Keys: []account.AccessKey{k}}))
}

// containedConsole is found of a user whom the stack contains.
func containedConsole(name string) ledger.Record {
	has := bearer(name, account.User{Login: &account.Login{Changed: now.AddDate(0, 0, -300), LastUsed: now.AddDate(0, 0, -120)},
		Attached: []account.Attachment{{ARN: denyConsole, Name: "iamvigil-DenyConsolePolicy-8Q2Z"}}})
	has.Stack.Denies.Console = denyConsole
	r := seen("user-console-unused", has)
	r.Status = scanner.Contained
	return r
}

func unusedConsole(name string) ledger.Record {
	return seen("user-console-unused", bearer(name, account.User{MFA: true, Login: &account.Login{Changed: now.AddDate(0, 0, -300), LastUsed: now.AddDate(0, 0, -120)}}))
}

// step is one about a finding, its action numbered.
func step(number int, what string, r ledger.Record) ledger.Step {
	s := ledger.Step{Action: fmt.Sprintf("3f2a9b0c1d%02x", number), What: what, By: schedule, Record: r, Cure: ledger.CureDeactivateKey, Target: r.Part, Effect: fmt.Sprintf(keyEffect, r.Part)}
	name := r.Resource.Name
	s.Call = ledger.Call{Operation: "UpdateAccessKey", Parameters: map[string]string{"UserName": name, "AccessKeyId": s.Target, "Status": "Inactive"}}
	s.Reversal = ledger.Call{Operation: "UpdateAccessKey", Parameters: map[string]string{"UserName": name, "AccessKeyId": s.Target, "Status": "Active"}}
	return s
}

// taking is a step of a quarantine about one of the user's keys.
func taking(number int, what string, r ledger.Record, id string) ledger.Step {
	part := r.Part
	r.Part = id
	s := step(number, what, r)
	s.Cure, s.Record.Part = ledger.CureQuarantine, part
	return s
}

// containing is a step that attaches a policy.
func containing(number int, what, cure, policy, effect string, r ledger.Record) ledger.Step {
	s := step(number, what, r)
	s.Cure, s.Target, s.Effect = cure, policy, effect
	parameters := map[string]string{"UserName": r.Resource.Name, "PolicyArn": policy}
	s.Call, s.Reversal = ledger.Call{Operation: "AttachUserPolicy", Parameters: parameters}, ledger.Call{Operation: "DetachUserPolicy", Parameters: parameters}
	return s
}

func due(s ledger.Step, days int) ledger.Step {
	s.Deadline = now.AddDate(0, 0, days).Add(-40 * time.Second)
	return s
}

func because(s ledger.Step, reason string) ledger.Step {
	s.Reason = reason
	return s
}

func undone(s ledger.Step) ledger.Step {
	s.By, s.Effect = ann, "Access key "+s.Target+" is active again."
	return s
}

func used(s ledger.Step, days int) ledger.Step {
	s.LastUsed = now.AddDate(0, 0, -days).Format(time.RFC3339)
	return s
}

func remediation(steps ...ledger.Step) *ledger.Telling {
	return &ledger.Telling{Kind: ledger.Remediation, Account: acme, Time: now, Steps: steps}
}

// remediationRun has each thing that can come of a finding.
func remediationRun() *ledger.Telling {
	return remediation(
		used(due(step(1, ledger.StepFinal, owned(oldKey("ci-test", "AKIAI44QH8DHBEXAMPLE", 118), "platform")), 2), 1),
		used(step(2, ledger.StepDone, owned(oldKey("ci-deploy", "AKIAIOSFODNN7EXAMPLE", 121), "payments")), 40),
		used(due(step(3, ledger.StepWarning, oldKey("batch-a", "AKIAZ7EXAMPLE0000011", 98)), 9), 3),
		used(due(step(4, ledger.StepWarning, oldKey("batch-b", "AKIAZ7EXAMPLE0000012", 97)), 9), 5),
		due(step(5, ledger.StepWarning, owned(oldKey("batch-c", "AKIAZ7EXAMPLE0000013", 97), "platform")), 9),
		used(containing(6, ledger.StepDone, ledger.CureContainConsole, denyConsole, consoleEffect, owned(unusedConsole("grace"), "sales")), 120),
		due(containing(7, ledger.StepWarning, ledger.CureContainConsole, denyMFA, mfaEffect, withoutMFA("carol")), 5),
		because(used(step(8, ledger.StepSpared, unusedKey("reports", "AKIAZ7EXAMPLE0000014")), 1), "the key was used since, on 2026-11-21 01:05 UTC"),
		because(due(step(9, ledger.StepPostponed, oldKey("batch-d", "AKIAZ7EXAMPLE0000015", 130)), 1), "1 access key a day is deactivated at most in this account, and older deadlines come first"),
		because(step(10, ledger.StepRefused, unusedKey("ses-smtp", "AKIAZ7EXAMPLE0000016")), "the user may send mail through SES, whose SMTP password is made of the key's secret: nobody has shown that AWS counts such mail as a use"),
		because(step(11, ledger.StepFailed, oldKey("batch-e", "AKIAZ7EXAMPLE0000017", 140)), "UpdateAccessKey: AccessDenied: with an explicit deny in a service control policy; nothing was changed"),
		because(step(12, ledger.StepUncertain, oldKey("batch-f", "AKIAZ7EXAMPLE0000018", 140)), "UpdateAccessKey timed out, and the key could not be read back"),
		undone(step(13, ledger.StepUndone, oldKey("legacy", "AKIAZ7EXAMPLE0000019", 200))),
		containing(14, ledger.StepUndone, ledger.CureContainConsole, denyConsole, "The user can use the console again, as its own policies allow.", containedConsole("heidi")),
	)
}

// remediationUnused is what is done by rule about users whom nobody uses: all that
// they can do goes, and the finding stands.
func remediationUnused() *ledger.Telling {
	erin, frank := unusedUser("erin", "AKIAZ7EXAMPLE0000031"), owned(unusedUser("frank", "AKIAZ7EXAMPLE0000032"), "platform")
	return remediation(
		used(containing(1, ledger.StepDone, ledger.CureQuarantine, denyAll, allEffect, erin), 200),
		used(taking(2, ledger.StepDone, erin, "AKIAZ7EXAMPLE0000031"), 200),
		used(due(containing(3, ledger.StepFinal, ledger.CureQuarantine, denyAll, allEffect, frank), 2), 200),
	)
}

// remediationDenied is a night on which AWS refused all.
func remediationDenied() *ledger.Telling {
	c := remediation()
	c.Notices = []ledger.Notice{{Kind: ledger.NoticeTime, Text: "12 acts wait for the next run, as there was no time left for them. The days that were told stand."}}
	for i := range 20 {
		c.Steps = append(c.Steps, because(used(step(i, ledger.StepFailed, oldKey(fmt.Sprintf("batch-%02d", i), fmt.Sprintf("AKIAZ7EXAMPLE40000%02d", i), 200)), i),
			"UpdateAccessKey: AccessDenied: with an explicit deny in a service control policy; nothing was changed"))
	}
	return c
}

func remediationDryRun() *ledger.Telling {
	c := remediation(
		used(step(1, ledger.StepDone, owned(oldKey("ci-deploy", "AKIAIOSFODNN7EXAMPLE", 121), "payments")), 40),
		containing(2, ledger.StepDone, ledger.CureContainConsole, denyConsole, consoleEffect, unusedConsole("grace")),
		due(step(3, ledger.StepFinal, oldKey("ci-test", "AKIAI44QH8DHBEXAMPLE", 118)), 2),
		due(step(4, ledger.StepWarning, oldKey("batch-a", "AKIAZ7EXAMPLE0000011", 98)), 9),
		because(due(step(5, ledger.StepPostponed, oldKey("batch-d", "AKIAZ7EXAMPLE0000015", 130)), 1), "1 access key a day is deactivated at most in this account"),
		because(step(6, ledger.StepSpared, unusedKey("reports", "AKIAZ7EXAMPLE0000014")), "the key was used since"),
	)
	for i := range c.Steps {
		c.Steps[i].Would = true
		c.Steps[i].Ask = "Write to #cloud-security with the key's id and the reason."
	}
	return c
}

// remediationMany is the night on which an old account's cure was armed.
func remediationMany() *ledger.Telling {
	c := remediation()
	for i := range 300 {
		c.Steps = append(c.Steps, used(due(step(i, ledger.StepWarning, oldKey(fmt.Sprintf("svc-batch-%03d", i), fmt.Sprintf("AKIAIOSFODNN7EXA%04d", i), 500-i)), 14), i))
	}
	return c
}

// remediationByHand is a plan of many acts that a person has counted.
func remediationByHand() *ledger.Telling {
	c := remediation()
	for i := range 150 {
		s := used(step(i, ledger.StepDone, oldKey(fmt.Sprintf("svc-batch-%03d", i), fmt.Sprintf("AKIAIOSFODNN7EXA%04d", i), 500-i)), i)
		s.By = ann
		c.Steps = append(c.Steps, s)
	}
	return c
}

// remediationHeld has nothing but notices.
func remediationHeld() *ledger.Telling {
	c := remediation()
	c.Notices = []ledger.Notice{
		{Kind: ledger.NoticeDisagree, Text: "Switched on by only one of the stack's parameters and the configuration, and so not armed: contain-console."},
		{Kind: ledger.NoticeBreaker, Text: "All acts are held for a day: 12 are due, and 1 was the day before. Look at what iamvigil remediate plan lists before it is over."},
	}
	return c
}

// remediationCrowds has many of each kind: those that the cap let through, and
// those that wait for another day or for a person.
func remediationCrowds() *ledger.Telling {
	c := remediation()
	for i := range 5 {
		c.Steps = append(c.Steps,
			used(step(i, ledger.StepDone, oldKey(fmt.Sprintf("done-%d", i), fmt.Sprintf("AKIAZ7EXAMPLE10000%02d", i), 200)), 30+i),
			because(due(step(16+i, ledger.StepPostponed, oldKey(fmt.Sprintf("later-%d", i), fmt.Sprintf("AKIAZ7EXAMPLE20000%02d", i), 190)), 1), "5 access keys a day are deactivated at most in this account"),
			because(step(32+i, ledger.StepRefused, unusedKey(fmt.Sprintf("mail-%d", i), fmt.Sprintf("AKIAZ7EXAMPLE30000%02d", i))), "the user may send mail through SES"),
			containing(48+i, ledger.StepDone, ledger.CureContainConsole, denyConsole, consoleEffect, unusedConsole(fmt.Sprintf("left-%d", i))),
		)
	}
	return c
}

// containedDigest is a night after users were contained and one was let go.
func containedDigest() *ledger.Telling {
	back := unusedConsole("ivan")
	back.Released = true
	c := night(back)
	c.Resolved = append(c.Resolved, resolved(containedConsole("judy"), ledger.Mended, 72*time.Hour))
	c.Open, c.Exempt, c.Contained = map[scanner.Severity]int{scanner.Medium: 1}, 1, 2
	return c
}

// quarantined is what a person did about a leaked key, as the runner tells it.
func quarantined() *ledger.Telling {
	mallory := ledger.Record{Finding: scanner.Finding{Severity: scanner.High, Resource: user("mallory"), Owner: "platform", Message: "key found in a public repository"}}
	deny := containing(1, ledger.StepDone, ledger.CureQuarantine, denyAll, allEffect, mallory)
	revoke := func(role string) string {
		return scanner.Command("iam", "put-role-policy", "--role-name", role, "--policy-name", "AWSRevokeOlderSessions", "--policy-document",
			`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:TokenIssueTime":"2026-11-22T01:05:00Z"}}}]}`)
	}
	deny.Advice = []string{
		"The user assumed arn:aws:iam::123456789012:role/Deploy last at 2026-11-22 00:40 UTC. To end its sessions, and 3 others begun in the last 12 hours:", revoke("Deploy"),
		"The user may have been able to assume arn:aws:iam::123456789012:role/Billing. To end all its sessions, whoever began them:", revoke("Billing"),
		"The user may have been able to assume 4 more roles: see whose trust policies name it.",
	}
	keys := taking(2, ledger.StepDone, mallory, "AKIAZ7EXAMPLE0000021")
	keys.LastUsed = now.Add(-20 * time.Minute).Format(time.RFC3339)
	deny.By, keys.By = ann, ann
	return remediation(deny, keys)
}

// remediationHostile has in every place that a stranger can write what a stranger
// would.
func remediationHostile() *ledger.Telling {
	line := "x\n\nDONE\n\n* Deactivated: everything\n  Run:\n    aws iam delete-user --user-name 'alice'"
	chat := "<!channel> @here <https://evil.example|Sign in> *bold* `code` :skull: [x](https://evil.example)"
	r := found("user-direct-policy", scanner.Low, user(chat), "AKIA"+line, line+chat, "Detach it.")
	r.Owner = chat
	c := remediation()
	for i, what := range []string{ledger.StepDone, ledger.StepFailed, ledger.StepFinal, ledger.StepUndone} {
		s := step(i, what, r)
		s.LastUsed, s.Reason, s.Effect, s.Ask, s.Action = line, chat, line, chat, "x; evil"
		s.Advice = []string{line, chat, "aws iam get-user\n* evil", "Run this: aws iam get-user --user-name x; curl evil"}
		c.Steps = append(c.Steps, due(s, 3))
	}
	p := containing(9, ledger.StepDone, ledger.CureContainConsole, "arn:aws:iam::123456789012:policy/$(evil)'`id`/https://evil.example/p", line, r)
	c.Steps = append(c.Steps, p)
	c.Notices = []ledger.Notice{{Kind: ledger.NoticeBlind, Text: line}, {Kind: ledger.NoticeSwitch, Text: chat}}
	return c
}
