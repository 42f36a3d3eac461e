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

// Sizes of pages. A managed policy can hold 5 versions of 6,144 characters and
// a role 12,288 characters: fewer to a page keep a page's texts, which are
// dropped once parsed, small.
const (
	maxItems    = 1000
	maxRoles    = 250
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

// authorizations reads users and groups, roles, and managed policies side by
// side. When a page fails, what came before it is kept and the listing is
// missing.
func (c *Collector) authorizations(ctx context.Context, l *look, a *authorizations) {
	var wg sync.WaitGroup
	for _, listing := range []listing{
		{maxItems, []types.EntityType{types.EntityTypeUser, types.EntityTypeGroup}, []account.Fact{account.Users, account.Groups}},
		{maxRoles, []types.EntityType{types.EntityTypeRole}, []account.Fact{account.Roles}},
		{maxPolicies, []types.EntityType{types.EntityTypeLocalManagedPolicy, types.EntityTypeAWSManagedPolicy}, []account.Fact{account.Policies}},
	} {
		wg.Go(func() { c.list(ctx, l, a, listing) })
	}
	wg.Wait()
}

// everything reads users, groups, roles and managed policies in one listing,
// which is a single call in a small account.
func (c *Collector) everything(ctx context.Context, l *look, a *authorizations) {
	c.list(ctx, l, a, listing{size: maxItems, facts: []account.Fact{account.Users, account.Groups, account.Roles, account.Policies}})
}

// listing is a run of pages of some kinds of entities; of none, of all.
type listing struct {
	size  int32
	kinds []types.EntityType
	facts []account.Fact
}

func (c *Collector) list(ctx context.Context, l *look, a *authorizations, of listing) {
	at, m := c.now(), mapper{parser: policy.NewParser()}
	err := c.pages(ctx, of, func(page *iam.GetAccountAuthorizationDetailsOutput) {
		a.addPrincipals(m, page)
		a.addPolicies(m, page)
	})
	l.saw(at, err, of.facts...)
}

func (c *Collector) pages(ctx context.Context, of listing, add func(*iam.GetAccountAuthorizationDetailsOutput)) error {
	pages := iam.NewGetAccountAuthorizationDetailsPaginator(c.iam,
		&iam.GetAccountAuthorizationDetailsInput{Filter: of.kinds, MaxItems: aws.Int32(of.size)})
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
