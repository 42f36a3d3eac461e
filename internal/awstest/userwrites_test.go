package awstest_test

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/google/go-cmp/cmp"

	"iamvigil/internal/awstest"
	"iamvigil/scanner/account"
)

const denyAll = "arn:aws:iam::111122223333:policy/stack/DenyAll"

// contained is small with a policy to attach.
func contained() *account.Snapshot {
	s := small()
	s.Policies = []account.Policy{{ARN: denyAll, ID: "ANPADENYALL", Name: "DenyAll"}}
	return s
}

func TestUpdateAccessKey(t *testing.T) {
	a := awstest.Serve(t, small())
	client, ctx := iamOf(a), t.Context()
	out, err := client.UpdateAccessKey(ctx, &iam.UpdateAccessKeyInput{UserName: aws.String("ann"), AccessKeyId: aws.String("AKIAANN1"), Status: types.StatusTypeInactive})
	if err != nil {
		t.Fatal(err)
	}
	if id, ok := awsmiddleware.GetRequestIDMetadata(out.ResultMetadata); !ok || id != "awstest-000001" {
		t.Errorf("request id %q", id)
	}
	keys, err := client.ListAccessKeys(ctx, &iam.ListAccessKeysInput{UserName: aws.String("Ann")})
	if err != nil || len(keys.AccessKeyMetadata) != 2 || keys.AccessKeyMetadata[1].Status != types.StatusTypeInactive {
		t.Errorf("%+v, %v", keys, err)
	}
}

func TestUpdateAccessKeyRefuses(t *testing.T) {
	client, ctx := iamOf(awstest.Serve(t, small())), t.Context()
	got := map[string]string{}
	for name, in := range map[string]*iam.UpdateAccessKeyInput{
		"of nobody":        {UserName: aws.String("nobody"), AccessKeyId: aws.String("AKIAANN1"), Status: types.StatusTypeInactive},
		"of somebody else": {UserName: aws.String("bot,1"), AccessKeyId: aws.String("AKIAANN1"), Status: types.StatusTypeInactive},
		"gone":             {UserName: aws.String("Ann"), AccessKeyId: aws.String("AKIAGONE"), Status: types.StatusTypeInactive},
		"whose":            {AccessKeyId: aws.String("AKIAANN1"), Status: types.StatusTypeInactive},
		"no status":        {UserName: aws.String("Ann"), AccessKeyId: aws.String("AKIAANN1"), Status: "Asleep"},
	} {
		_, err := client.UpdateAccessKey(ctx, in)
		got[name] = codeOf(t, err)
	}
	want := map[string]string{"of nobody": "NoSuchEntity", "of somebody else": "NoSuchEntity", "gone": "NoSuchEntity",
		"whose": "ValidationError", "no status": "ValidationError"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// attachedTo lists in pages; with SmallPages some are empty.
func attachedTo(t *testing.T, a *awstest.AWS, user string) map[string]bool {
	t.Helper()
	arns := map[string]bool{}
	pages := iam.NewListAttachedUserPoliciesPaginator(iamOf(a), &iam.ListAttachedUserPoliciesInput{UserName: &user})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range page.AttachedPolicies {
			arns[*p.PolicyArn+" "+*p.PolicyName] = true
		}
	}
	return arns
}

func TestAttachAndDetach(t *testing.T) {
	s := contained()
	a := awstest.Serve(t, s, awstest.SmallPages(1))
	client, ctx := iamOf(a), t.Context()
	all := map[string]bool{}
	for _, arn := range []string{denyAll, "arn:aws:iam::aws:policy/AWSDenyAll", denyAll} { // again changes nothing
		if _, err := client.AttachUserPolicy(ctx, &iam.AttachUserPolicyInput{UserName: aws.String("Ann"), PolicyArn: &arn}); err != nil {
			t.Fatal(err)
		}
		all[arn+" "+account.NameOf(arn)] = true
	}
	if diff := cmp.Diff(all, attachedTo(t, a, "Ann")); diff != "" {
		t.Error(diff)
	}
	if n := s.Policies[0].Attachments; n != 1 {
		t.Errorf("attached %d times", n)
	}
	for _, want := range []string{"", "NoSuchEntity"} {
		_, err := client.DetachUserPolicy(ctx, &iam.DetachUserPolicyInput{UserName: aws.String("Ann"), PolicyArn: aws.String(denyAll)})
		if got := codeOf(t, err); got != want {
			t.Errorf("detached: %q, want %q", got, want)
		}
	}
	delete(all, denyAll+" DenyAll")
	if diff := cmp.Diff(all, attachedTo(t, a, "Ann")); diff != "" || s.Policies[0].Attachments != 0 {
		t.Errorf("%d attachments; %s", s.Policies[0].Attachments, diff)
	}
}

func TestAttachRefuses(t *testing.T) {
	full := contained()
	for n := range 10 {
		arn := fmt.Sprintf("arn:aws:iam::aws:policy/P%d", n)
		full.Users[1].Attached = append(full.Users[1].Attached, account.Attachment{ARN: arn, Name: account.NameOf(arn)})
	}
	client, ctx := iamOf(awstest.Serve(t, full)), t.Context()
	got := map[string]string{}
	for name, in := range map[string]*iam.AttachUserPolicyInput{
		"to nobody":     {UserName: aws.String("nobody"), PolicyArn: aws.String(denyAll)},
		"no policy":     {UserName: aws.String("Ann"), PolicyArn: aws.String(denyAll + "2")},
		"no ARN":        {UserName: aws.String("Ann"), PolicyArn: aws.String("AdministratorAccess!")},
		"over quota":    {UserName: aws.String("bot,1"), PolicyArn: aws.String(denyAll)},
		"there already": {UserName: aws.String("bot,1"), PolicyArn: aws.String("arn:aws:iam::aws:policy/P3")},
	} {
		_, err := client.AttachUserPolicy(ctx, in)
		got[name] = codeOf(t, err)
	}
	want := map[string]string{"to nobody": "NoSuchEntity", "no policy": "NoSuchEntity", "no ARN": "InvalidInput",
		"over quota": "LimitExceeded", "there already": ""}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
