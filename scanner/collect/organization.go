package collect

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/aws/smithy-go"

	"iamvigil/internal/awsjson"
	"iamvigil/scanner/account"
)

// organization reads which organization the account belongs to, and if wanted what
// only its management account and its delegates can see of it.
func (c *Collector) organization(ctx context.Context, l *look) {
	client := c.organizations()
	at := c.now()
	own, err := client.membership(ctx, l, at)
	for _, fact := range []struct {
		name account.Fact
		read func(context.Context, *account.Organization) error
	}{
		{account.DelegatedAdmins, client.delegatedAdmins},
		{account.OrganizationPolicies, client.policies},
	} {
		switch {
		case !c.wants(fact.name):
		case own == nil: // not known to belong to any, or known to belong to none
			l.saw(at, err, fact.name)
		default:
			at := c.now()
			l.saw(at, fromMember(fact.read(ctx, own)), fact.name)
		}
	}
}

// membership reads whether the account belongs to an organization, and to which.
func (o organizations) membership(ctx context.Context, l *look, at time.Time) (*account.Organization, error) {
	own, err := o.describe(ctx)
	l.saw(at, err, account.OrganizationMembership)
	l.snapshot.Organization = own
	return own, err
}

func (c *Collector) organizations() organizations {
	return organizations{awsjson.New(c.config, awsjson.Service{Name: "organizations", ID: "Organizations",
		Target: "AWSOrganizationsV20161128", Version: "1.1", Global: true}, c.now)}
}

// organizations is a client of AWS Organizations.
type organizations struct{ *awsjson.Client }

// organizationAnswer is DescribeOrganization's, and the AWS CLI's output.
type organizationAnswer struct {
	Organization *struct {
		ID              string
		MasterAccountID string
		FeatureSet      string
	}
}

// describe is nil where the account belongs to no organization.
func (o organizations) describe(ctx context.Context) (*account.Organization, error) {
	var out organizationAnswer
	err := o.Call(ctx, "DescribeOrganization", struct{}{}, &out)
	if codeOf(err) == "AWSOrganizationsNotInUseException" {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	own := out.organization()
	if own == nil {
		return nil, errors.New("organizations:DescribeOrganization gives no organization")
	}
	return own, nil
}

// organization is nil where the answer names none, or not its management account.
func (a *organizationAnswer) organization() *account.Organization {
	if a.Organization == nil || a.Organization.ID == "" || a.Organization.MasterAccountID == "" {
		return nil
	}
	return &account.Organization{
		ID: a.Organization.ID, Management: a.Organization.MasterAccountID, AllFeatures: a.Organization.FeatureSet == "ALL",
	}
}

// fromMember tells of a refusal whether a permission would help. To an account that
// may not see its organization AWS says nothing of any action; to whom IAM refuses,
// it names that.
func fromMember(err error) error {
	var api smithy.APIError
	if !errors.As(err, &api) || !denied(api.ErrorCode()) || strings.Contains(api.ErrorMessage(), "not authorized to perform") {
		return err
	}
	var op *smithy.OperationError
	if !errors.As(err, &op) {
		return err
	}
	return errors.New("organizations:" + op.OperationName + " answers only the organization's management account and its delegated administrators")
}
