package awstest_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/google/go-cmp/cmp"

	"iamvigil/internal/awstest"
	"iamvigil/scanner/account"
)

func TestUserCalls(t *testing.T) {
	s := small()
	client, ctx := iamOf(awstest.Serve(t, s)), t.Context()
	user, err := client.GetUser(ctx, &iam.GetUserInput{UserName: aws.String("ANN")})
	if err != nil || *user.User.UserName != "Ann" || *user.User.Path != "/team/" || !user.User.PasswordLastUsed.Equal(s.Users[0].Login.LastUsed) {
		t.Errorf("GetUser: %+v, %v", user, err)
	}
	login, err := client.GetLoginProfile(ctx, &iam.GetLoginProfileInput{UserName: aws.String("Ann")})
	if err != nil || !login.LoginProfile.CreateDate.Equal(s.Users[0].Login.Changed) {
		t.Errorf("GetLoginProfile: %+v, %v", login, err)
	}
	devices, err := client.ListMFADevices(ctx, &iam.ListMFADevicesInput{UserName: aws.String("Ann")})
	if err != nil || len(devices.MFADevices) != 1 || *devices.MFADevices[0].SerialNumber != s.VirtualMFA[0].Serial {
		t.Errorf("ListMFADevices: %+v, %v", devices, err)
	}
	used, err := client.GetAccessKeyLastUsed(ctx, &iam.GetAccessKeyLastUsedInput{AccessKeyId: aws.String("AKIAANN1")})
	if err != nil || *used.UserName != "Ann" || !used.AccessKeyLastUsed.LastUsedDate.Equal(s.Users[0].Keys[0].LastUsed) || *used.AccessKeyLastUsed.Region != "N/A" {
		t.Errorf("GetAccessKeyLastUsed: %+v, %v", used, err)
	}
	used, err = client.GetAccessKeyLastUsed(ctx, &iam.GetAccessKeyLastUsedInput{AccessKeyId: aws.String("AKIAANN2")})
	if err != nil || used.AccessKeyLastUsed.LastUsedDate != nil || *used.AccessKeyLastUsed.ServiceName != "N/A" {
		t.Errorf("GetAccessKeyLastUsed of a key never used: %+v, %v", used, err)
	}
}

// A user with MFA and no virtual device has one of hardware.
func TestHardwareMFA(t *testing.T) {
	s := small()
	s.VirtualMFA = nil
	out, err := iamOf(awstest.Serve(t, s)).ListMFADevices(t.Context(), &iam.ListMFADevicesInput{UserName: aws.String("Ann")})
	if err != nil || len(out.MFADevices) != 1 {
		t.Errorf("%+v, %v", out, err)
	}
}

func TestAccessKeysInPages(t *testing.T) {
	a := awstest.Serve(t, small())
	var ids []string
	pages := iam.NewListAccessKeysPaginator(iamOf(a), &iam.ListAccessKeysInput{UserName: aws.String("Ann"), MaxItems: aws.Int32(1)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range page.AccessKeyMetadata {
			ids = append(ids, *k.AccessKeyId+" "+string(k.Status))
		}
	}
	if diff := cmp.Diff([]string{"AKIAANN2 Inactive", "AKIAANN1 Active"}, ids); diff != "" {
		t.Error(diff)
	}
	if n := a.Calls()["iam:ListAccessKeys"]; n != 2 {
		t.Errorf("%d calls", n)
	}
}

// Users that are not there: NoSuchEntity, status 404. A key that is not there:
// GetAccessKeyLastUsed has no such error. No name, with a role's credentials:
// ValidationError.
func TestNoSuchEntity(t *testing.T) {
	client, ctx, nobody := iamOf(awstest.Serve(t, small())), t.Context(), aws.String("nobody")
	_, user := client.GetUser(ctx, &iam.GetUserInput{UserName: nobody})
	_, profile := client.GetLoginProfile(ctx, &iam.GetLoginProfileInput{UserName: nobody})
	_, noProfile := client.GetLoginProfile(ctx, &iam.GetLoginProfileInput{UserName: aws.String("bot,1")})
	_, devices := client.ListMFADevices(ctx, &iam.ListMFADevicesInput{UserName: nobody})
	_, keys := client.ListAccessKeys(ctx, &iam.ListAccessKeysInput{UserName: nobody})
	_, own := client.ListAccessKeys(ctx, &iam.ListAccessKeysInput{})
	_, key := client.GetAccessKeyLastUsed(ctx, &iam.GetAccessKeyLastUsedInput{AccessKeyId: aws.String("AKIANOBODY000000")})
	_, passwords := client.GetAccountPasswordPolicy(ctx, &iam.GetAccountPasswordPolicyInput{})
	got := map[string]string{"user": codeOf(t, user), "profile": codeOf(t, profile), "no profile": codeOf(t, noProfile),
		"devices": codeOf(t, devices), "keys": codeOf(t, keys), "own keys": codeOf(t, own), "key": codeOf(t, key), "passwords": codeOf(t, passwords)}
	want := map[string]string{"user": "NoSuchEntity", "profile": "NoSuchEntity", "no profile": "NoSuchEntity",
		"devices": "NoSuchEntity", "keys": "NoSuchEntity", "own keys": "ValidationError", "key": "AccessDenied", "passwords": "NoSuchEntity"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// DescribeTrails shows single-Region trails too. The selectors of each form say
// the same.
func TestTrails(t *testing.T) {
	for form, fields := range map[awstest.Selectors][2]int{awstest.Basic: {1, 0}, awstest.Split: {1, 0}, awstest.Advanced: {0, 2}} {
		client := cloudtrail.NewFromConfig(awstest.Serve(t, small(), awstest.EventSelectors(form), awstest.RegionalTrails("local")).Config())
		trails, err := client.DescribeTrails(t.Context(), &cloudtrail.DescribeTrailsInput{})
		if err != nil || len(trails.TrailList) != 2 {
			t.Fatalf("%+v, %v", trails, err)
		}
		status, err := client.GetTrailStatus(t.Context(), &cloudtrail.GetTrailStatusInput{Name: aws.String("all")})
		if err != nil || !*status.IsLogging {
			t.Errorf("%+v, %v", status, err)
		}
		selectors, err := client.GetEventSelectors(t.Context(), &cloudtrail.GetEventSelectorsInput{TrailName: aws.String(small().Trails[0].ARN)})
		if err != nil || len(selectors.EventSelectors) != fields[0] || len(selectors.AdvancedEventSelectors) != fields[1] {
			t.Errorf("form %v: %+v, %v", form, selectors, err)
		}
		_, err = client.GetTrailStatus(t.Context(), &cloudtrail.GetTrailStatusInput{Name: aws.String("none")})
		if got := codeOf(t, err); got != "TrailNotFoundException" {
			t.Errorf("code %q", got)
		}
	}
}

func TestSplitSelectors(t *testing.T) {
	s := small()
	s.Trails[0].Management = account.RecordsAll
	client := cloudtrail.NewFromConfig(awstest.Serve(t, s, awstest.EventSelectors(awstest.Split)).Config())
	out, err := client.GetEventSelectors(t.Context(), &cloudtrail.GetEventSelectorsInput{TrailName: aws.String("all")})
	if err != nil || len(out.EventSelectors) != 2 {
		t.Errorf("%+v, %v", out, err)
	}
}
