package remediate

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"iamvigil/ledger"
	"iamvigil/scanner/account"
)

// readUser reads the user that an intent is about. Spared says that it is no more.
func readUser(ctx context.Context, api IAM, about account.Ref) (u account.User, signedIn time.Time, spared string, err error) {
	out, err := api.GetUser(ctx, &iam.GetUserInput{UserName: &about.Name})
	switch {
	case missing(err):
		return u, signedIn, "the user is gone, or has another name now", nil
	case err != nil:
		return u, signedIn, "", fmt.Errorf("get user %q: %w", about.Name, err)
	case out.User == nil:
		return u, signedIn, "", fmt.Errorf("get user %q: AWS's answer has none", about.Name)
	}
	u = account.User{
		ARN: aws.ToString(out.User.Arn), ID: aws.ToString(out.User.UserId), Name: aws.ToString(out.User.UserName),
		Created: aws.ToTime(out.User.CreateDate).UTC(), Tags: map[string]string{},
	}
	for _, tag := range out.User.Tags {
		u.Tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	if u.ID != about.ID {
		spared = "the name is another user's now"
	}
	return u, aws.ToTime(out.User.PasswordLastUsed).UTC(), spared, nil
}

// readKeys reads all of a user's access keys, but not when they were used.
func readKeys(ctx context.Context, api IAM, user string) ([]account.AccessKey, error) {
	var all []account.AccessKey
	for pages := iam.NewListAccessKeysPaginator(api, &iam.ListAccessKeysInput{UserName: &user}); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list access keys of %q: %w", user, err)
		}
		for _, k := range page.AccessKeyMetadata {
			all = append(all, account.AccessKey{ID: aws.ToString(k.AccessKeyId), Status: string(k.Status), Created: aws.ToTime(k.CreateDate).UTC()})
		}
	}
	return all, nil
}

// readUse reads when a key was last used; zero: never.
func readUse(ctx context.Context, api IAM, id string) (time.Time, error) {
	out, err := api.GetAccessKeyLastUsed(ctx, &iam.GetAccessKeyLastUsedInput{AccessKeyId: &id})
	switch {
	case err != nil:
		return time.Time{}, fmt.Errorf("get the last use of access key %s: %w", id, err)
	case out.AccessKeyLastUsed == nil:
		// Of a key that was never used AWS tells no date, but that it was not.
		return time.Time{}, fmt.Errorf("get the last use of access key %s: AWS's answer has none", id)
	}
	return aws.ToTime(out.AccessKeyLastUsed.LastUsedDate).UTC(), nil
}

// readLogin reads when the user's password was made; zero: there is none.
func readLogin(ctx context.Context, api IAM, user string) (time.Time, error) {
	out, err := api.GetLoginProfile(ctx, &iam.GetLoginProfileInput{UserName: &user})
	switch {
	case missing(err):
		return time.Time{}, nil
	case err != nil:
		return time.Time{}, fmt.Errorf("get the login profile of %q: %w", user, err)
	case out.LoginProfile == nil || aws.ToTime(out.LoginProfile.CreateDate).IsZero():
		return time.Time{}, fmt.Errorf("get the login profile of %q: AWS's answer has no date", user)
	}
	return out.LoginProfile.CreateDate.UTC(), nil
}

// hasMFA reads whether the user has an MFA device.
func hasMFA(ctx context.Context, api IAM, user string) (bool, error) {
	for pages := iam.NewListMFADevicesPaginator(api, &iam.ListMFADevicesInput{UserName: &user}); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return false, fmt.Errorf("list MFA devices of %q: %w", user, err)
		}
		if len(page.MFADevices) > 0 {
			return true, nil
		}
	}
	return false, nil
}

// readAttached reads the ARNs of all policies that are attached to the user.
func readAttached(ctx context.Context, api IAM, user string) (map[string]bool, error) {
	all := map[string]bool{}
	for pages := iam.NewListAttachedUserPoliciesPaginator(api, &iam.ListAttachedUserPoliciesInput{UserName: &user}); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list policies attached to %q: %w", user, err)
		}
		for _, p := range page.AttachedPolicies {
			all[aws.ToString(p.PolicyArn)] = true
		}
	}
	return all, nil
}

// asEvidence is a time in the evidence's words.
func asEvidence(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.UTC().Format(time.RFC3339)
}

// rounding is how far apart AWS may tell one use of a key.
const rounding = 15 * time.Minute

// newer reports whether something happened that the finding's evidence, of the
// given name, does not know.
func newer(than *ledger.Record, name string, t time.Time) bool {
	if t.IsZero() {
		return false
	}
	known := than.EvidenceAt
	switch text := than.Evidence[name]; text {
	case "never":
		return true
	default:
		if at, err := time.Parse(time.RFC3339, text); err == nil {
			known = at.Add(rounding)
		}
	}
	return t.After(known)
}

// within reports whether a time is within the limit of the finding's rule, so
// that it would not stand: the one that it was found by, or the longer of those
// set since.
func within(r *ledger.Record, s *Settings, t, now time.Time) bool {
	days := r.Limit
	if l := s.Limits[r.Rule]; days != l.Value && (days != l.WithoutPassword || days == 0) {
		days = max(days, l.Value, l.WithoutPassword)
	}
	return days > 0 && !t.IsZero() && now.Sub(t) < time.Duration(days+1)*day
}
