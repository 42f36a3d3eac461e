package collect

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"iamvigil/internal/order"
	"iamvigil/scanner/account"
)

// credentials is one user's password, MFA devices and access keys, read live.
type credentials struct {
	login *account.Login
	keys  []account.AccessKey
	mfa   bool
	seen  map[account.Fact]account.Seen
	// gone: AWS knows no such user.
	gone bool
}

// credentials reads a user's credentials: four calls at once and one for each
// key. None of it comes from the credential report.
func (c *Collector) credentials(ctx context.Context, name string) credentials {
	var (
		cr                                = credentials{}
		at                                = c.now()
		used, changed                     time.Time
		hasLogin                          bool
		userErr, loginErr, mfaErr, keyErr error
		wg                                sync.WaitGroup
	)
	wg.Go(func() { used, userErr = c.passwordUse(ctx, name) })
	wg.Go(func() { hasLogin, changed, loginErr = c.loginProfile(ctx, name) })
	wg.Go(func() { cr.mfa, mfaErr = c.hasMFA(ctx, name) })
	wg.Go(func() { cr.keys, keyErr = c.keys(ctx, name, nil) })
	wg.Wait()
	if hasLogin {
		cr.login = &account.Login{Changed: changed, LastUsed: used}
	}
	cr.gone = gone(userErr)
	cr.seen = map[account.Fact]account.Seen{
		account.Logins: seen(at, cmp.Or(userErr, loginErr)),
		account.MFA:    seen(at, mfaErr),
		account.Keys:   seen(at, keyErr),
	}
	return cr
}

func (cr credentials) fill(u *account.User) {
	u.Login, u.Keys, u.MFA, u.Seen = cr.login, cr.keys, cr.mfa, cr.seen
}

func (c *Collector) passwordUse(ctx context.Context, name string) (time.Time, error) {
	out, err := c.iam.GetUser(ctx, &iam.GetUserInput{UserName: aws.String(name)})
	if err != nil {
		return time.Time{}, err
	}
	return aws.ToTime(out.User.PasswordLastUsed).UTC(), nil
}

// loginProfile tells whether the user has a console password, and since when.
func (c *Collector) loginProfile(ctx context.Context, name string) (bool, time.Time, error) {
	out, err := c.iam.GetLoginProfile(ctx, &iam.GetLoginProfileInput{UserName: aws.String(name)})
	switch {
	case gone(err):
		return false, time.Time{}, nil
	case err != nil:
		return false, time.Time{}, err
	}
	return true, aws.ToTime(out.LoginProfile.CreateDate).UTC(), nil
}

func (c *Collector) hasMFA(ctx context.Context, name string) (bool, error) {
	out, err := c.iam.ListMFADevices(ctx, &iam.ListMFADevicesInput{UserName: aws.String(name)})
	if err != nil {
		return false, err
	}
	return len(out.MFADevices) > 0, nil
}

// keys lists a user's access keys in the order of their creation. The last use
// of a key that is surely one of those reported is taken from there; AWS is
// asked for that of every other.
func (c *Collector) keys(ctx context.Context, name string, reported []account.AccessKey) ([]account.AccessKey, error) {
	listed, err := c.listKeys(ctx, name)
	if err != nil {
		return nil, err
	}
	sortKeys(listed)
	for i := range listed {
		if same := matching(listed[i], listed, reported); same != nil {
			listed[i].Slot = same.Slot
			listed[i].LastUsed, listed[i].LastUsedRegion, listed[i].LastUsedService = same.LastUsed, same.LastUsedRegion, same.LastUsedService
			continue
		}
		if err := c.lastUsed(ctx, &listed[i]); err != nil {
			return nil, err
		}
	}
	return listed, nil
}

// sortKeys puts keys in the order of their creation.
func sortKeys(keys []account.AccessKey) {
	order.By(keys, func(a, b account.AccessKey) int {
		return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID))
	})
}

// matching is the reported key that has the creation second and status of a
// listed one, if that pairs exactly one of either.
func matching(key account.AccessKey, listed, reported []account.AccessKey) *account.AccessKey {
	alike := func(k account.AccessKey) bool {
		return k.Status == key.Status && !k.Created.IsZero() && sameSecond(k.Created, key.Created)
	}
	if count(listed, alike) != 1 || count(reported, alike) != 1 {
		return nil
	}
	return &reported[slices.IndexFunc(reported, alike)]
}

func count(keys []account.AccessKey, alike func(account.AccessKey) bool) int {
	n := 0
	for _, k := range keys {
		if alike(k) {
			n++
		}
	}
	return n
}

func (c *Collector) listKeys(ctx context.Context, name string) ([]account.AccessKey, error) {
	var keys []account.AccessKey
	pages := iam.NewListAccessKeysPaginator(c.iam, &iam.ListAccessKeysInput{UserName: aws.String(name)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, k := range page.AccessKeyMetadata {
			keys = append(keys, mapKey(k))
		}
	}
	return keys, nil
}

func mapKey(k types.AccessKeyMetadata) account.AccessKey {
	return account.AccessKey{
		ID:      aws.ToString(k.AccessKeyId),
		Status:  string(k.Status),
		Created: aws.ToTime(k.CreateDate).UTC(),
	}
}

func (c *Collector) lastUsed(ctx context.Context, key *account.AccessKey) error {
	out, err := c.iam.GetAccessKeyLastUsed(ctx, &iam.GetAccessKeyLastUsedInput{AccessKeyId: aws.String(key.ID)})
	if err != nil {
		return err
	}
	if used := out.AccessKeyLastUsed; used != nil {
		key.LastUsed = aws.ToTime(used.LastUsedDate).UTC()
		key.LastUsedRegion = known(aws.ToString(used.Region))
		key.LastUsedService = known(aws.ToString(used.ServiceName))
	}
	return nil
}
