package collect

import (
	"context"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

const (
	maxItems = 1000
	// A managed policy can hold 5 versions of 6,144 characters: fewer to a page
	// keep the page's texts, which are dropped once parsed, small.
	maxPolicies = 200
)

// authorizations is what GetAccountAuthorizationDetails tells: every user,
// group and role, and beside them every managed policy that is in use or the
// customer's own.
type authorizations struct {
	users    []account.User
	groups   []account.Group
	roles    []account.Role
	policies []account.Policy
}

func (a *authorizations) fill(s *account.Snapshot) {
	s.Users, s.Groups, s.Roles, s.Policies = a.users, a.groups, a.roles, a.policies
}

// authorizations reads principals and managed policies side by side. When a
// page fails, what came before it is kept and the listing is missing.
func (c *Collector) authorizations(ctx context.Context, l *look, a *authorizations) {
	var wg sync.WaitGroup
	wg.Go(func() {
		at, m := c.now(), mapper{parser: policy.NewParser()}
		err := c.pages(ctx, maxItems, func(page *iam.GetAccountAuthorizationDetailsOutput) {
			a.addPrincipals(m, page)
		}, types.EntityTypeUser, types.EntityTypeGroup, types.EntityTypeRole)
		l.saw(at, err, account.Users, account.Groups, account.Roles)
	})
	wg.Go(func() {
		at, m := c.now(), mapper{parser: policy.NewParser()}
		err := c.pages(ctx, maxPolicies, func(page *iam.GetAccountAuthorizationDetailsOutput) {
			a.addPolicies(m, page)
		}, types.EntityTypeLocalManagedPolicy, types.EntityTypeAWSManagedPolicy)
		l.saw(at, err, account.Policies)
	})
	wg.Wait()
}

func (c *Collector) pages(ctx context.Context, size int32, add func(*iam.GetAccountAuthorizationDetailsOutput), kinds ...types.EntityType) error {
	pages := iam.NewGetAccountAuthorizationDetailsPaginator(c.iam,
		&iam.GetAccountAuthorizationDetailsInput{Filter: kinds, MaxItems: aws.Int32(size)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		add(page)
	}
	return nil
}

func (a *authorizations) addPrincipals(m mapper, page *iam.GetAccountAuthorizationDetailsOutput) {
	for i := range page.UserDetailList {
		a.users = append(a.users, m.user(&page.UserDetailList[i]))
	}
	for i := range page.GroupDetailList {
		a.groups = append(a.groups, m.group(&page.GroupDetailList[i]))
	}
	for i := range page.RoleDetailList {
		a.roles = append(a.roles, m.role(&page.RoleDetailList[i]))
	}
}

func (a *authorizations) addPolicies(m mapper, page *iam.GetAccountAuthorizationDetailsOutput) {
	for i := range page.Policies {
		p := m.policy(&page.Policies[i])
		if !p.AWSManaged() || p.Attachments > 0 || p.BoundaryUses > 0 {
			a.policies = append(a.policies, p)
		}
	}
}
