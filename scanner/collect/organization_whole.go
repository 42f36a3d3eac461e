package collect

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"iamvigil/internal/order"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// organizationPage is a page of each list that is read of an organization.
type organizationPage struct {
	DelegatedAdministrators []struct{ ID, Name string }
	Roots                   []struct {
		PolicyTypes []struct{ Type, Status string }
	}
	Policies  []struct{ ID, Name string }
	Targets   []struct{ TargetID string }
	NextToken string
}

// pages reads all pages of a list. In is what the operation takes beside a page's
// size and token; add reports whether the page has the list at all.
func (o organizations) pages(ctx context.Context, operation string, in map[string]any, add func(*organizationPage) bool) error {
	return paged("organizations:"+operation, func(token string) (string, error) {
		asked := map[string]any{"MaxResults": 20}
		maps.Copy(asked, in)
		if token != "" {
			asked["NextToken"] = token
		}
		var page organizationPage
		if err := o.Call(ctx, operation, asked, &page); err != nil {
			return "", err
		}
		if !add(&page) {
			return "", errors.New("organizations:" + operation + " gives no list, not even an empty one")
		}
		return page.NextToken, nil
	})
}

func (o organizations) delegatedAdmins(ctx context.Context, of *account.Organization) error {
	err := o.pages(ctx, "ListDelegatedAdministrators", nil, func(page *organizationPage) bool {
		for _, admin := range page.DelegatedAdministrators {
			of.Delegated = append(of.Delegated, account.DelegatedAdmin{ID: admin.ID, Name: admin.Name})
		}
		return page.DelegatedAdministrators != nil
	})
	order.By(of.Delegated, func(a, b account.DelegatedAdmin) int { return strings.Compare(a.ID, b.ID) })
	return err
}

// policies reads the policies of every type that is enabled, one after the other:
// Organizations throttles calls that come faster.
func (o organizations) policies(ctx context.Context, of *account.Organization) error {
	types, err := o.policyTypes(ctx)
	if err != nil {
		return err
	}
	of.PolicyTypes = types
	parser := policy.NewParser()
	for _, name := range types {
		listed, err := o.policiesOf(ctx, name)
		if err != nil {
			return err
		}
		for i := range listed {
			err := o.policy(ctx, parser, &listed[i])
			switch {
			case codeOf(err) == "PolicyNotFoundException": // deleted meanwhile
			case err != nil:
				return err
			default:
				of.Policies = append(of.Policies, listed[i])
			}
		}
	}
	return nil
}

// policiesOf lists the policies of a type.
func (o organizations) policiesOf(ctx context.Context, name string) ([]account.OrganizationPolicy, error) {
	var all []account.OrganizationPolicy
	err := o.pages(ctx, "ListPolicies", map[string]any{"Filter": name}, func(page *organizationPage) bool {
		for _, p := range page.Policies {
			all = append(all, account.OrganizationPolicy{ID: p.ID, Name: p.Name, Type: name})
		}
		return page.Policies != nil
	})
	order.By(all, func(a, b account.OrganizationPolicy) int { return strings.Compare(a.ID, b.ID) })
	return all, err
}

func (o organizations) policyTypes(ctx context.Context) ([]string, error) {
	var types []string
	roots := 0
	err := o.pages(ctx, "ListRoots", nil, func(page *organizationPage) bool {
		for _, root := range page.Roots {
			roots++
			for _, t := range root.PolicyTypes {
				if t.Status == "ENABLED" {
					types = append(types, t.Type)
				}
			}
		}
		return page.Roots != nil
	})
	if err == nil && roots == 0 {
		err = errors.New("organizations:ListRoots gives no root")
	}
	slices.Sort(types)
	return slices.Compact(types), err
}

// policy counts whom a policy is attached to, and reads what it says if it bounds
// permissions.
func (o organizations) policy(ctx context.Context, parser *policy.Parser, p *account.OrganizationPolicy) error {
	err := o.pages(ctx, "ListTargetsForPolicy", map[string]any{"PolicyId": p.ID}, func(page *organizationPage) bool {
		p.Targets += len(page.Targets)
		return page.Targets != nil
	})
	if err != nil || p.Type != account.ServiceControlPolicy {
		return err
	}
	var out struct{ Policy struct{ Content string } }
	if err := o.Call(ctx, "DescribePolicy", map[string]string{"PolicyId": p.ID}, &out); err != nil {
		return err
	}
	if out.Policy.Content == "" {
		return errors.New("organizations:DescribePolicy gives a policy without content")
	}
	p.Document = parser.Parse(out.Policy.Content)
	return nil
}
