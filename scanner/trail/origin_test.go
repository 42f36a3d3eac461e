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
