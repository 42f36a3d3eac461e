package collect

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"golang.org/x/sync/errgroup"

	"iamvigil/internal/order"
	"iamvigil/scanner/account"
)

// outboundFederation reads whether tokens are made for services outside AWS.
// Where that was never switched on, AWS answers with an error.
func (c *Collector) outboundFederation(ctx context.Context, l *look) {
	at := c.now()
	out, err := c.iam.GetOutboundWebIdentityFederationInfo(ctx, &iam.GetOutboundWebIdentityFederationInfoInput{})
	var off *types.FeatureDisabledException
	switch {
	case err == nil:
		l.snapshot.OutboundFederation = out.JwtVendingEnabled
	case errors.As(err, &off):
		err = nil
	}
	l.saw(at, err, account.OutboundFederation)
}

// rootManagement is what of centralized root access the organization has on.
type rootManagement struct {
	features []string
	seen     account.Seen // zero: nobody asked
}

func (c *Collector) rootManagement(ctx context.Context) rootManagement {
	at := c.now()
	out, err := c.iam.ListOrganizationsFeatures(ctx, &iam.ListOrganizationsFeaturesInput{})
	if err != nil {
		return rootManagement{seen: withoutFeatures(at, err)}
	}
	var features []string
	for _, one := range out.EnabledFeatures {
		features = append(features, string(one))
	}
	slices.Sort(features)
	return rootManagement{features, account.Seen{At: at}}
}

// withoutFeatures tells apart why there is no list of features. Without IAM's
// trusted access, and in an organization for bills alone, none can be on; whom
// AWS does not tell, knows nothing.
func withoutFeatures(at time.Time, err error) account.Seen {
	switch codeOf(err) {
	case "ServiceAccessNotEnabledException", "OrganizationNotInAllFeaturesModeException":
		return account.Seen{At: at}
	case "OrganizationNotFoundException":
		return account.Seen{At: at, Missing: "the account belongs to no organization"}
	case "AccountNotManagementOrDelegatedAdministratorException", "CallerIsNotManagementAccountException":
		return account.Seen{At: at, Missing: "only the organization's management account, or its delegated administrator for IAM, is told of centralized root access"}
	}
	return seen(at, err)
}

// fill gives the organization its features. An account that is known to be in none
// is known to have none, whatever was answered.
func (r rootManagement) fill(s *account.Snapshot) {
	if !r.seen.Asked() {
		return
	}
	s.Seen[account.RootManagement] = r.seen
	switch {
	case s.Organization != nil:
		s.Organization.Features = r.features
	case s.Seen[account.OrganizationMembership].Known():
		s.Seen[account.RootManagement] = account.Seen{At: r.seen.At}
	case r.seen.Known():
		s.Seen[account.RootManagement] = account.Seen{At: r.seen.At, Missing: "which organization the account belongs to is not known"}
	}
}

// sshKeys reads every user's public keys for SSH, a call for each. A user gone
// meanwhile is taken out of the snapshot. Where the first call fails, no other is
// made: thousands would tell no more, but to CloudTrail.
func (c *Collector) sshKeys(ctx context.Context, l *look) {
	if !c.wants(account.SSHKeys) {
		return
	}
	at, users := c.now(), l.snapshot.Users
	goneUsers := make([]bool, len(users))
	read := func(i int) (err error) {
		users[i].SSHKeys, err = c.listSSHKeys(ctx, users[i].Name)
		if goneUsers[i] = gone(err); goneUsers[i] {
			return nil
		}
		return err
	}
	var err error
	if len(users) > 0 {
		err = read(0)
	}
	l.saw(at, err, account.SSHKeys)
	var g errgroup.Group
	g.SetLimit(atOnce)
	for i := 1; i < len(users) && err == nil; i++ {
		g.Go(func() error {
			at := c.now()
			if err := read(i); err != nil {
				users[i].Seen = with(users[i].Seen, account.SSHKeys, seen(at, err))
			}
			return nil
		})
	}
	_ = g.Wait() // its functions return no error: what failed is in the snapshot
	l.snapshot.Users = without(users, goneUsers)
}

func (c *Collector) listSSHKeys(ctx context.Context, name string) ([]account.SSHKey, error) {
	var keys []account.SSHKey
	pages := iam.NewListSSHPublicKeysPaginator(c.iam, &iam.ListSSHPublicKeysInput{UserName: aws.String(name)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for i := range page.SSHPublicKeys {
			one := &page.SSHPublicKeys[i]
			keys = append(keys, account.SSHKey{ID: aws.ToString(one.SSHPublicKeyId), Status: string(one.Status), Uploaded: timeOf(one.UploadDate)})
		}
	}
	order.By(keys, func(a, b account.SSHKey) int {
		return cmp.Or(a.Uploaded.Compare(b.Uploaded), cmp.Compare(a.ID, b.ID))
	})
	return keys, nil
}
