package trail_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"iamvigil/scanner/account"
	"iamvigil/scanner/trail"
)

// TestTool goes by userIdentity.invokedBy and userAgent, as the tools fill them.
func TestTool(t *testing.T) {
	const sdk = "aws-sdk-go-v2/1.30.3 ua/2.0 os/linux lang/go#1.22.5 md/GOOS#linux md/GOARCH#amd64 api/iam#1.34.3 "
	tests := map[string]struct {
		invokedBy, agent string
		want             string
	}{
		"CloudFormation in its caller's name": {"cloudformation.amazonaws.com", "cloudformation.amazonaws.com", trail.CloudFormation},
		"CloudFormation by its agent alone":   {"", "cloudformation.amazonaws.com", trail.CloudFormation},
		"Terraform's AWS provider": {"", "APN/1.0 HashiCorp/1.0 Terraform/1.5.2 (+https://www.terraform.io) terraform-provider-aws/5.7.0 " +
			"(+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.18.1 os/linux lang/go/1.20.5 md/GOOS/linux md/GOARCH/amd64 api/iam/1.19.2", trail.Terraform},
		"an old one of Terraform":               {"", "aws-sdk-go/1.20.4 (go1.12.5; darwin; amd64) APN/1.0 HashiCorp/1.0 Terraform/0.12.2", trail.Terraform},
		"OpenTofu's own calls":                  {"", "APN/1.0 OpenTofu-S3-Backend/1.0 OpenTofu/1.9.0 aws-sdk-go-v2/1.32.0", trail.OpenTofu},
		"Pulumi's native provider":              {"", sdk + "APN/1.0 Pulumi/3.0 PulumiAwsNative/1.12.0", trail.Pulumi},
		"Pulumi's provider made of Terraform's": {"", "APN/1.0 Pulumi/1.0 terraform-provider-aws/6.0.0 aws-sdk-go-v2/1.30.3", trail.Pulumi},
		"Upbound's provider for Crossplane":     {"", sdk + "upbound-provider-aws/v1.14.0 crossplane-provider-aws/v1.14.0", trail.Crossplane},
		"the community's":                       {"", sdk + "crossplane-provider-aws/v0.47.1", trail.Crossplane},

		"the AWS CLI":               {"", "aws-cli/2.15.0 Python/3.11.6 Linux/5.10 exe/x86_64.amzn.2", ""},
		"the console":               {"", "AWS Internal", ""},
		"another service":           {"sso.amazonaws.com", "sso.amazonaws.com", ""},
		"nothing":                   {"", "", ""},
		"a service called so":       {"cloudformation.amazonaws.com.evil.example", "", ""},
		"a text that has it inside": {"", "x cloudformation.amazonaws.com", ""},
	}
	for name, test := range tests {
		if got := (trail.Actor{InvokedBy: test.invokedBy, Agent: test.agent}).Tool(); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func TestAnswers(t *testing.T) {
	alice := account.Ref{Kind: account.KindUser, ARN: "arn:aws:iam::111122223333:user/alice", ID: "AIDAALICE", Name: "alice"}
	long := "arn:aws:iam::111122223333:policy/" + strings.Repeat("a/", 250)
	question := func(part string, causes ...string) trail.Question {
		return trail.Question{Resource: alice, Part: part, Causes: causes}
	}
	attached := func(detail, value string) trail.Event {
		return trail.Event{
			Name: "AttachUserPolicy", Details: map[string]string{detail: value},
			Touched: []account.Ref{{Kind: account.KindPolicy, Name: "p"}, {Kind: account.KindUser, Name: "Alice"}},
		}
	}
	failed, read := attached("policyArn", "a"), attached("policyArn", "a")
	failed.Failed, read.ReadOnly = true, true
	other := attached("policyArn", "a")
	other.Touched = []account.Ref{{Kind: account.KindRole, Name: "alice"}, {Kind: account.KindUser, Name: "alicia"}}
	tests := map[string]struct {
		question trail.Question
		event    trail.Event
		want     bool
	}{
		"a cause, by name in whatever case": {question("", "PutUserPolicy", "AttachUserPolicy"), attached("policyArn", "a"), true},
		"any call":                          {question(""), attached("policyArn", "a"), true},
		"another call":                      {question("", "PutUserPolicy"), attached("policyArn", "a"), false},
		"a refused one":                     {question("", "AttachUserPolicy"), failed, false},
		"one that reads":                    {question(""), read, false},
		"of somebody else":                  {question("", "AttachUserPolicy"), other, false},
		"of nothing named":                  {question(""), trail.Event{Name: "AttachUserPolicy"}, false},
		"of this part":                      {question("a", "AttachUserPolicy"), attached("policyArn", "a"), true},
		"of another policy":                 {question("a", "AttachUserPolicy"), attached("policyArn", "b"), false},
		"of another inline policy":          {question("a", "AttachUserPolicy"), attached("policyName", "b"), false},
		"of another key":                    {question("AKIA1"), attached("accessKeyId", "AKIA2"), false},
		"of a key whose id is not known":    {question("access_key_1"), attached("accessKeyId", "AKIA2"), true},
		"of this part, in another case":     {question("A"), attached("policyName", "a"), true},
		"of no part":                        {question("AKIA1"), attached("userName", "alice"), true},
		"an ARN that was cut":               {question(long + "p"), attached("policyArn", cut(t, long+"p")), true},
	}
	for name, test := range tests {
		if got := test.question.Answers(&test.event); got != test.want {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}

// TestIndirect: requests about a group have its name and no member's, those about
// a policy its ARN and nobody who has it (IAM's PutGroupPolicy, CreatePolicyVersion).
func TestIndirect(t *testing.T) {
	tests := map[string]struct {
		kind   account.Kind
		causes []string
		want   bool
	}{
		"calls that name the user":            {account.KindUser, []string{"AttachUserPolicy", "AddUserToGroup"}, false},
		"a call at a user's group":            {account.KindUser, []string{"AttachUserPolicy", "PutGroupPolicy"}, true},
		"a call at a user's policy":           {account.KindUser, []string{"CreatePolicyVersion"}, true},
		"a call at a role's policy":           {account.KindRole, []string{"SetDefaultPolicyVersion"}, true},
		"a call that names the group":         {account.KindGroup, []string{"AttachGroupPolicy", "CreateGroup"}, false},
		"a call that names the policy":        {account.KindPolicy, []string{"CreatePolicyVersion", "AttachGroupPolicy"}, false},
		"calls that name an attached policy":  {account.KindPolicy, []string{"AttachUserPolicy", "AttachRolePolicy"}, false},
		"a call that changes only use by one": {account.KindGroup, []string{"AttachUserPolicy"}, false},
		"calls of other services":             {account.KindUser, []string{"StopLogging", "ConsoleLogin"}, false},
		"any call":                            {account.KindUser, nil, false},
	}
	for name, test := range tests {
		q := trail.Question{Resource: account.Ref{Kind: test.kind, Name: "x"}, Causes: test.causes}
		if got := q.Indirect(); got != test.want {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}

// cut is what an event keeps of a long detail.
func cut(t *testing.T, arn string) string {
	t.Helper()
	ev, err := trail.Parse([]byte(`{"detail": {"eventID": "1", "eventName": "AttachUserPolicy", "eventSource": "iam.amazonaws.com",
		"requestParameters": {"userName": "alice", "policyArn": "` + arn + `"}}}`))
	if err != nil || ev.Details["policyArn"] == arn {
		t.Fatalf("%v: %q", err, ev.Details["policyArn"])
	}
	return ev.Details["policyArn"]
}

// TestOriginIsACopy: what is remembered of an event does not change with it.
func TestOriginIsACopy(t *testing.T) {
	ev := trail.Event{ID: "1", Name: "CreateUser", Time: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC), Actor: trail.Actor{Type: "IAMUser", Name: "alice"}}
	origin := ev.Origin()
	ev.Actor.Name = "mallory"
	want := &trail.Origin{ID: "1", Event: "CreateUser", Time: ev.Time, Actor: &trail.Actor{Type: "IAMUser", Name: "alice"}}
	if diff := cmp.Diff(want, origin); diff != "" {
		t.Errorf("origin (-want +got):\n%s", diff)
	}
}

// TestSame: userIdentity's type, arn and userName tell actors apart, and of a
// session its sessionIssuer and its name, for its ARN and its keys change.
func TestSame(t *testing.T) {
	const role = "arn:aws:iam::123456789012:role/deploy"
	session := trail.Actor{Type: "AssumedRole", ARN: "arn:aws:sts::123456789012:assumed-role/deploy/i-1", Issuer: role, Name: "zoe", Key: "ASIA1", IP: "203.0.113.7", Agent: "x"}
	ann := trail.Actor{Type: "IAMUser", ARN: "arn:aws:iam::123456789012:user/ann", Name: "ann"}
	root := trail.Actor{Type: "Root", ARN: "arn:aws:iam::123456789012:root", Name: "acme"}
	edited := func(a trail.Actor, edit func(*trail.Actor)) trail.Actor {
		edit(&a)
		return a
	}
	for name, test := range map[string]struct {
		a, b trail.Actor
		want bool
	}{
		"another session":           {session, edited(session, func(a *trail.Actor) { a.ARN, a.Key = a.ARN+"2", "ASIA2" }), true},
		"another place and tool":    {ann, edited(ann, func(a *trail.Actor) { a.IP, a.Agent, a.Key, a.MFA = "192.0.2.1", "y", "AKIA1", "yes" }), true},
		"another person":            {session, edited(session, func(a *trail.Actor) { a.Name = "ann" }), false},
		"another role":              {session, edited(session, func(a *trail.Actor) { a.Issuer = role + "er" }), false},
		"another user":              {ann, edited(ann, func(a *trail.Actor) { a.ARN = "arn:aws:iam::123456789012:user/bob" }), false},
		"another kind":              {ann, edited(ann, func(a *trail.Actor) { a.Type = "FederatedUser" }), false},
		"root, however it is named": {root, edited(root, func(a *trail.Actor) { a.Name = "AWS ROOT USER" }), true},
		"a service for root":        {root, edited(root, func(a *trail.Actor) { a.InvokedBy = "cloudformation.amazonaws.com" }), false},
	} {
		if got := test.a.Same(test.b); got != test.want || test.b.Same(test.a) != got || (test.a.Identity() == test.b.Identity()) != got {
			t.Errorf("%s: %t, want %t", name, got, test.want)
		}
	}
}

// TestAnswersSince goes by eventTime.
func TestAnswersSince(t *testing.T) {
	at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	about := account.Ref{Kind: account.KindUser, Name: "alice"}
	ev := trail.Event{Name: "TagUser", Time: at, Touched: []account.Ref{about}}
	for since, want := range map[time.Time]bool{{}: true, at: true, at.Add(time.Second): false} {
		q := trail.Question{Resource: about, Since: since}
		if got := q.Answers(&ev); got != want {
			t.Errorf("since %v: %t, want %t", since, got, want)
		}
	}
}
