package awstest_test

import (
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"iamvigil/internal/awstest"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// small is an account with one of each.
func small() *account.Snapshot {
	doc := policy.Parse(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}`)
	born := time.Date(2025, time.March, 1, 10, 0, 0, 0, time.UTC)
	return &account.Snapshot{
		Version: account.Version,
		Account: account.Identity{ID: "111122223333", Name: "acme", Partition: "aws"},
		Summary: map[string]int{"AccountMFAEnabled": 1},
		Root:    account.Root{Password: "yes", MFA: true},
		Users: []account.User{
			{ARN: "arn:aws:iam::111122223333:user/team/Ann", ID: "AIDAANN", Name: "Ann", Created: born, MFA: true,
				Login: &account.Login{Changed: born, LastUsed: born.Add(time.Hour)},
				Keys: []account.AccessKey{
					{ID: "AKIAANN1", Slot: 1, Status: account.Active, Created: born, LastUsed: born.Add(time.Hour), LastUsedService: "s3"},
					{ID: "AKIAANN2", Slot: 2, Status: account.Inactive, Created: born},
				}},
			{ARN: "arn:aws:iam::111122223333:user/bot,1", ID: "AIDABOT", Name: "bot,1", Created: born},
		},
		Roles: []account.Role{{ARN: "arn:aws:iam::111122223333:role/fn", ID: "AROAFN", Name: "fn", Created: born, Trust: doc}},
		VirtualMFA: []account.VirtualMFADevice{
			{Serial: "arn:aws:iam::111122223333:mfa/ann", User: "arn:aws:iam::111122223333:user/team/Ann"},
			{Serial: "arn:aws:iam::111122223333:mfa/root-account-mfa-device", User: "arn:aws:iam::111122223333:root"},
			{Serial: "arn:aws:iam::111122223333:mfa/spare"},
		},
		Trails: []account.Trail{{ARN: "arn:aws:cloudtrail:us-east-1:111122223333:trail/all", Name: "all", Global: true, Logging: true, Management: account.RecordsWrite}},
	}
}

func iamOf(a *awstest.AWS) *iam.Client { return iam.NewFromConfig(a.Config()) }

// codeOf is the code of an AWS error; "" for none.
func codeOf(t *testing.T, err error) string {
	t.Helper()
	var api smithy.APIError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &api):
		return api.ErrorCode()
	}
	t.Fatalf("no answer of AWS: %v", err)
	return ""
}

func TestCallerIdentity(t *testing.T) {
	a := awstest.Serve(t, small(), awstest.Caller("arn:aws:sts::111122223333:assumed-role/audit/run"), awstest.Role())
	out, err := sts.NewFromConfig(a.Config()).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	if err != nil {
		t.Fatal("GetCallerIdentity needs no permission: ", err)
	}
	if *out.Account != "111122223333" || *out.Arn != "arn:aws:sts::111122223333:assumed-role/audit/run" {
		t.Errorf("%s, %s", *out.Account, *out.Arn)
	}
}

// The SDK's retryer gets over throttling, and over an answer lost on its way.
func TestFaultsThatRetriesGetOver(t *testing.T) {
	for name, opt := range map[string]awstest.Option{
		"throttled": awstest.Throttle("iam:GetAccountSummary", 2),
		"lost":      awstest.Lose("iam:GetAccountSummary", 2),
	} {
		a := awstest.Serve(t, small(), opt)
		out, err := iamOf(a).GetAccountSummary(t.Context(), &iam.GetAccountSummaryInput{})
		if err != nil || out.SummaryMap["AccountMFAEnabled"] != 1 {
			t.Errorf("%s: %v, %v", name, out, err)
		}
		if diff := cmp.Diff(map[string]int{"iam:GetAccountSummary": 3}, a.Calls()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestFaultsThatStay(t *testing.T) {
	for want, opt := range map[string]awstest.Option{
		"AccessDenied":   awstest.Deny("iam:GetAccountSummary"),
		"InvalidAction":  awstest.Unsupported("iam:GetAccountSummary"),
		"ServiceFailure": awstest.Fail("iam:GetAccountSummary", awstest.Always, "ServiceFailure", 500),
		"Throttling":     awstest.Throttle("iam:GetAccountSummary", awstest.Always),
	} {
		a := awstest.Serve(t, small(), opt)
		_, err := iamOf(a).GetAccountSummary(t.Context(), &iam.GetAccountSummaryInput{})
		if got := codeOf(t, err); got != want {
			t.Errorf("%s, want %s", got, want)
		}
		if _, err := iamOf(a).ListAccountAliases(t.Context(), &iam.ListAccountAliasesInput{}); err != nil {
			t.Errorf("%s: another action fails too: %v", want, err)
		}
	}
}

// recorder is a test that may fail without failing this one.
type recorder struct {
	cleanups []func()
	errors   int
}

func (r *recorder) Helper()               {}
func (r *recorder) Cleanup(f func())      { r.cleanups = append(r.cleanups, f) }
func (r *recorder) Errorf(string, ...any) { r.errors++ }

func TestUnknownCallsFailTheTest(t *testing.T) {
	var r recorder
	a := awstest.Serve(&r, small())
	_, err := iamOf(a).CreateUser(t.Context(), &iam.CreateUserInput{UserName: aws.String("eve")})
	if got := codeOf(t, err); got != "InvalidAction" {
		t.Errorf("code %s", got)
	}
	for _, cleanup := range r.cleanups {
		cleanup()
	}
	if diff := cmp.Diff([]string{"iam:CreateUser"}, a.Unknown()); diff != "" || r.errors != 1 {
		t.Errorf("%d errors; %s", r.errors, diff)
	}
}

func TestHookComesBeforeTheCall(t *testing.T) {
	var a *awstest.AWS
	var seen []int
	a = awstest.Serve(t, small(), awstest.Hook(func(action string, n int) {
		seen = append(seen, n)
		if action == "iam:GetUser" && n == 2 {
			a.Change(func(s *account.Snapshot) { s.Users = nil })
		}
	}))
	for _, want := range []string{"", "NoSuchEntity"} {
		_, err := iamOf(a).GetUser(t.Context(), &iam.GetUserInput{UserName: aws.String("ann")})
		if got := codeOf(t, err); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if diff := cmp.Diff([]int{1, 2}, seen); diff != "" {
		t.Error(diff)
	}
}
