package awstest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"iamvigil/scanner/account"
)

// fullAccess is the policy of AWS's own that every root begins with.
const fullAccess = "p-FullAWSAccess"

// describeOrganization answers every account of an organization.
func (a *AWS) describeOrganization(c *call) (any, *failure) {
	o := a.account.Organization
	if o == nil {
		return nil, noOrganization()
	}
	features := "CONSOLIDATED_BILLING"
	if o.AllFeatures {
		features = "ALL"
	}
	return map[string]any{"Organization": map[string]any{
		"Id": o.ID, "Arn": a.organizations("organization/" + o.ID), "FeatureSet": features,
		"MasterAccountArn": a.organizations("account/" + o.ID + "/" + o.Management), "MasterAccountId": o.Management,
		"MasterAccountEmail": "owner@example.com", "AvailablePolicyTypes": []any{},
	}}, nil
}

func noOrganization() *failure {
	return &failure{status: http.StatusBadRequest, code: "AWSOrganizationsNotInUseException", message: "Your account is not a member of an organization."}
}

// organizations is the ARN of something in the organization.
func (a *AWS) organizations(resource string) string {
	return "arn:" + a.account.Account.Partition + ":organizations::" + a.account.Organization.Management + ":" + resource
}

// administrated is the organization as its management account and its delegates see
// it; others are refused without a word of any action.
func (a *AWS) administrated() (*account.Organization, *failure) {
	o, id := a.account.Organization, a.account.Account.ID
	switch {
	case o == nil:
		return nil, noOrganization()
	case o.Management == id || slices.ContainsFunc(o.Delegated, func(d account.DelegatedAdmin) bool { return d.ID == id }):
		return o, nil
	}
	return nil, &failure{status: http.StatusBadRequest, code: "AccessDeniedException", message: "You don't have permissions to access this resource."}
}

type organizationInput struct {
	MaxResults       int
	NextToken        string
	Filter           string
	PolicyID         string `json:"PolicyId"`
	ServicePrincipal string
}

// organizationList answers a page of what list makes of the organization.
func (a *AWS) organizationList(c *call, name string, list func(*account.Organization, organizationInput) ([]any, *failure)) (any, *failure) {
	var in organizationInput
	if fail := c.decode(&in); fail != nil {
		return nil, fail
	}
	o, fail := a.administrated()
	if fail != nil {
		return nil, fail
	}
	if in.MaxResults < 0 || in.MaxResults > 20 {
		return nil, &failure{status: http.StatusBadRequest, code: "InvalidInputException", message: "You provided a value that does not match the required pattern."}
	}
	all, fail := list(o, in)
	if fail != nil {
		return nil, fail
	}
	from, to, next, fail := a.part(in.NextToken, 20, len(all))
	if fail != nil {
		return nil, fail
	}
	answer := map[string]any{name: append([]any{}, all[from:to]...)}
	if next != "" {
		answer["NextToken"] = next
	}
	return answer, nil
}

func (a *AWS) listDelegatedAdministrators(c *call) (any, *failure) {
	return a.organizationList(c, "DelegatedAdministrators", func(o *account.Organization, _ organizationInput) (all []any, _ *failure) {
		for _, d := range backwards(o.Delegated) {
			all = append(all, map[string]any{"Id": d.ID, "Name": d.Name, "Arn": a.organizations("account/" + o.ID + "/" + d.ID),
				"Email": "delegate@example.com", "Status": "ACTIVE", "JoinedMethod": "CREATED", "JoinedTimestamp": 1.5e9})
		}
		return all, nil
	})
}

// listRoots has the one root, and a type of policies that is not enabled yet.
func (a *AWS) listRoots(c *call) (any, *failure) {
	return a.organizationList(c, "Roots", func(o *account.Organization, _ organizationInput) ([]any, *failure) {
		types := []any{map[string]string{"Type": "BACKUP_POLICY", "Status": "PENDING_ENABLE"}}
		for _, name := range backwards(o.PolicyTypes) {
			types = append(types, map[string]string{"Type": name, "Status": "ENABLED"})
		}
		return []any{map[string]any{"Id": "r-abcd", "Name": "Root", "Arn": a.organizations("root/" + o.ID + "/r-abcd"), "PolicyTypes": types}}, nil
	})
}

func (a *AWS) listPolicies(c *call) (any, *failure) {
	return a.organizationList(c, "Policies", func(o *account.Organization, in organizationInput) (all []any, _ *failure) {
		for _, p := range backwards(o.Policies) {
			if p.Type == in.Filter {
				all = append(all, a.policySummary(p))
			}
		}
		return all, nil
	})
}

func (a *AWS) policySummary(p account.OrganizationPolicy) map[string]any {
	return map[string]any{"Id": p.ID, "Name": p.Name, "Type": p.Type, "Arn": a.policyARN(p), "AwsManaged": p.ID == fullAccess}
}

func (a *AWS) policyARN(p account.OrganizationPolicy) string {
	kind := strings.ToLower(p.Type)
	if p.ID == fullAccess {
		return "arn:" + a.account.Account.Partition + ":organizations::aws:policy/" + kind + "/" + p.ID
	}
	return a.organizations("policy/" + a.account.Organization.ID + "/" + kind + "/" + p.ID)
}

// theOrganizationPolicy demands the action's permission on the policy that the call
// names.
func theOrganizationPolicy(a *AWS, c *call) []demand {
	var in organizationInput
	if fail := c.decode(&in); fail != nil || a.account.Organization == nil {
		return nil // said again when the call is answered
	}
	arn := "*"
	if p, fail := a.organizationPolicy(in.PolicyID); fail == nil {
		arn = a.policyARN(*p)
	}
	return []demand{on(c.action(), arn)}
}

func (a *AWS) organizationPolicy(id string) (*account.OrganizationPolicy, *failure) {
	all := a.account.Organization.Policies
	i := slices.IndexFunc(all, func(p account.OrganizationPolicy) bool { return p.ID == id })
	if i < 0 {
		return nil, &failure{status: http.StatusBadRequest, code: "PolicyNotFoundException", message: "We can't find a policy with the PolicyId that you specified."}
	}
	return &all[i], nil
}

func (a *AWS) listTargetsForPolicy(c *call) (any, *failure) {
	return a.organizationList(c, "Targets", func(_ *account.Organization, in organizationInput) ([]any, *failure) {
		p, fail := a.organizationPolicy(in.PolicyID)
		if fail != nil {
			return nil, fail
		}
		var all []any
		for i := range p.Targets {
			id := fmt.Sprintf("%012d", i+1)
			all = append(all, map[string]string{"TargetId": id, "Type": "ACCOUNT", "Name": "member " + id, "Arn": a.organizations("account/o/" + id)})
		}
		return all, nil
	})
}

func (a *AWS) describeOrganizationPolicy(c *call) (any, *failure) {
	var in organizationInput
	if fail := c.decode(&in); fail != nil {
		return nil, fail
	}
	if _, fail := a.administrated(); fail != nil {
		return nil, fail
	}
	p, fail := a.organizationPolicy(in.PolicyID)
	if fail != nil {
		return nil, fail
	}
	return map[string]any{"Policy": map[string]any{"PolicySummary": a.policySummary(*p), "Content": text(p.Document)}}, nil
}
