package notify_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"iamvigil/ledger"
	"iamvigil/notify"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/trail"
)

// calledBy is a call of a session with this user agent.
func calledBy(agent string) *trail.Origin {
	return &trail.Origin{Event: "AttachUserPolicy", Time: now, Actor: &trail.Actor{
		Type: "AssumedRole", Name: "run-1", Issuer: "arn:aws:iam::1:role/ci", IP: "198.51.100.9", Agent: agent}}
}

// byStack is a call that CloudFormation makes in the name of a session: CloudTrail's
// invokedBy says so, which no caller can set.
func byStack() *trail.Origin {
	by := calledBy("cloudformation.amazonaws.com")
	by.Actor.InvokedBy = "cloudformation.amazonaws.com"
	return by
}

func managed(r ledger.Record, where string) ledger.Record {
	r.ManagedBy = where
	return r
}

func findStack(id string) []string {
	return []string{scanner.Command("cloudformation", "describe-stack-resources", "--physical-resource-id", id)}
}

// kept is a fault, and what a mail says of where it is mended and by which
// commands.
type kept struct {
	record   ledger.Record
	text     string
	commands []string
}

func keptByHand() map[string]kept {
	direct, critical := directPolicy("mail"), admin(user("mail"))
	return map[string]kept{
		"nobody's":             {direct, "", direct.Commands},
		"by hand":              {by(direct, calledBy("aws-cli/2.15.30")), "", direct.Commands},
		"by hand, but tagged":  {managed(by(critical, calledBy("aws-cli/2.15.30")), "Terraform"), "Where: Its tags say that it is kept in Terraform: see that it is right there too. Fix:", critical.Commands},
		"by hand, a long name": {managed(by(direct, calledBy("aws-cli")), `file "`+strings.Repeat("x", 200)+`" of repository "`+strings.Repeat("y", 200)+`"`), strings.Repeat("x", 30), direct.Commands},
	}
}

// Tags and user agents can be forged, so what is critical keeps its commands.
const unless = " Or: if that is not so, or it cannot wait Run: "

func keptByTools() map[string]kept {
	direct, critical := directPolicy("mail"), admin(user("mail"))
	terraform, nobody := calledBy("HashiCorp Terraform/1.9.8"), &trail.Origin{Missing: "not in the last 90 days"}
	return map[string]kept{
		"Terraform's":               {by(direct, terraform), "Where: By the call's user agent, Terraform wrote it (session run-1, from 198.51.100.9): change the configuration that holds it; mended by hand, it would come back. Fix:", nil},
		"Terraform's, critical":     {by(critical, terraform), unless, critical.Commands},
		"OpenTofu's":                {by(direct, calledBy("OpenTofu/1.8 terraform-provider-aws")), "OpenTofu wrote it (session run-1,", nil},
		"Pulumi's":                  {by(direct, calledBy("Pulumi/3.0")), "Pulumi wrote it (session", nil},
		"Crossplane's":              {by(direct, calledBy("crossplane-provider-aws")), "Crossplane wrote it (session", nil},
		"a stack by its user agent": {by(critical, calledBy("cloudformation.amazonaws.com")), "By the call's user agent, CloudFormation wrote it", critical.Commands},
		"a file":                    {managed(direct, `file "iam.tf"`), `Its tags say that it is kept in file "iam.tf": change it there; mended by hand, it would come back.`, nil},
		"a file, by nobody known":   {managed(by(direct, nobody), `file "iam.tf"`), `kept in file "iam.tf": change it there;`, nil},
		"a file, critical":          {managed(by(critical, nobody), `file "iam.tf"`), unless, critical.Commands},
	}
}

func keptByStacks() map[string]kept {
	direct, critical, key := directPolicy("mail"), admin(user("mail")), oldKey("mail", "AKIAIOSFODNN7EXAMPLE", 91)
	policyAdmin := found("policy-admin", scanner.High, account.Ref{Kind: account.KindPolicy, ARN: "arn:aws:iam::123456789012:policy/all", Name: "all"}, "", "policy", "Narrow it.")
	return map[string]kept{
		"a known stack's":           {managed(by(direct, byStack()), `CloudFormation stack "base"`), `CloudFormation wrote it (session run-1, from 198.51.100.9): change CloudFormation stack "base";`, nil},
		"a known stack's, critical": {managed(by(critical, byStack()), `CloudFormation stack "base"`), `change CloudFormation stack "base";`, nil},
		"some stack's":              {by(direct, byStack()), "change its stack, which the command finds;", findStack("mail")},
		"some stack's, critical":    {by(critical, byStack()), "change its stack, which the command finds;", findStack("mail")},
		"some stack's key":          {by(key, byStack()), "change its stack,", findStack("AKIAIOSFODNN7EXAMPLE")},
		"some stack's policy":       {by(policyAdmin, byStack()), "change its stack,", findStack("arn:aws:iam::123456789012:policy/all")},
		"what has no stack":         {by(rootKey(), byStack()), "change its stack; ", nil},
	}
}

// Who brought a fault about says where it is mended, else the resource's tags do.
// No command is told that a tool would undo, but for what is critical.
func TestFixOfWhatIsKept(t *testing.T) {
	for _, cases := range []map[string]kept{keptByHand(), keptByTools(), keptByStacks()} {
		for name, tc := range cases {
			t.Run(name, tc.isTold)
		}
	}
}

func (k kept) isTold(t *testing.T) {
	body := notify.Emails(night(k.record))[0].Body
	if text := strings.Join(strings.Fields(body), " "); !strings.Contains(text, k.text) || k.text == "" && strings.Contains(text, "Where:") {
		t.Errorf("it does not say %q:\n%s", k.text, body)
	}
	want := strings.Join(append(k.commands, ""), "\n")
	got := strings.ReplaceAll(strings.ReplaceAll(readMail(t, body).run, " \\\n     ", ""), "    aws", "aws")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("commands (-want +got):\n%s", diff)
	}
	if k.record.Console != "" && !strings.Contains(body, "  Page:  https://console.aws.amazon.com/iam/home#/") {
		t.Errorf("it leads nowhere:\n%s", body)
	}
	fix, _, _ := strings.Cut(steps(t, k.record.Fix)[0], " Run `")
	m := notify.Chats(night(k.record))[0]
	holdsForChat(t, m)
	if chat := strings.Join(decodeChat(t, m).Content.NextSteps, " "); !strings.Contains(chat, fix) {
		t.Errorf("chat does not say all of %q:\n%s", fix, chat)
	}
}

// What findings have in common is told once: the fix, and who did it.
func TestAlikeFindingsShareTheirFix(t *testing.T) {
	first, second, third := directPolicy("a"), directPolicy("b"), directPolicy("c")
	jane, other := origin(jane, "AttachUserPolicy", 3*time.Hour), origin(terraform, "AttachUserPolicy", time.Hour)
	later := *jane
	later.Time = now.Add(-2 * time.Hour)
	nobody := &trail.Origin{Missing: "not in the last 90 days"}
	for name, tc := range map[string]struct {
		all        []ledger.Record
		fixes, bys int
		wanted     string
	}{
		"nobody asked":        {[]ledger.Record{first, second, third}, 1, 0, "3 findings by user-direct-policy:"},
		"one actor":           {[]ledger.Record{by(first, jane), by(second, &later)}, 1, 1, "2026-11-21 22:05 UTC to 2026-11-21 23:05 UTC"},
		"nobody known":        {[]ledger.Record{by(first, nobody), by(second, nobody)}, 1, 1, "By: nobody known: no such call in the last 90 days"},
		"one known":           {[]ledger.Record{by(first, nobody), by(second, jane)}, 1, 2, "2 findings by"},
		"one by a tool":       {[]ledger.Record{first, by(second, other), third}, 2, 1, "Fix: as above (user-direct-policy)"},
		"of different owners": {[]ledger.Record{owned(first, "x"), owned(second, "y")}, 2, 0, "Fix: as above (user-direct-policy)"},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Join(strings.Fields(notify.Emails(night(tc.all...))[0].Body), " ")
			if fixes, bys := strings.Count(text, " Fix: "), strings.Count(text, " By: "); fixes != tc.fixes || bys != tc.bys || !strings.Contains(text, tc.wanted) {
				t.Errorf("%d fixes, %d actors, want %d, %d and %q in:\n%s", fixes, bys, tc.fixes, tc.bys, tc.wanted, text)
			}
			for _, r := range tc.all {
				if !strings.Contains(text, r.ID[:10]) {
					t.Errorf("id %s is not told", r.ID)
				}
			}
		})
	}
}
