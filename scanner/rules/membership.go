package rules

import (
	"slices"
	"strconv"
	"strings"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// These rules are about the account's organization. All but the first can be
// answered only where AWS tells of it: in its management account, or in one that it
// has delegated that to.
var membership = []scanner.Rule{
	{
		About: scanner.About{
			ID: "account-in-organization", Title: "The account is in no organization, or in another one than expected", Severity: scanner.Medium, OptIn: true,
			Controls: []string{"FSBP Account.2", "AWS Config account-part-of-organizations"},
			Why:      "Nobody outside the account can limit what it does, see its bill or close it: a break-in that has its root user has everything. One account by itself is all that a small company needs, which is why this has to be named. High where the list says whose organization it is to be, and it is another one's: its management account can take over the account.",
			Fix:      "Have the organization invite the account (organizations invite-account-to-organization), or make one (organizations create-organization). If another organization has it, find out who accepted that.",
			List:     scanner.List{Of: "management accounts' ids, of the organizations that the account may belong to", Accounts: true},
			Causes:   []string{"LeaveOrganization", "AcceptHandshake", "RemoveAccountFromOrganization"},
			Cures:    []string{"AcceptHandshake", "CreateOrganization", "LeaveOrganization"},
		},
		Reads: []account.Fact{account.OrganizationMembership},
		Check: scanner.Account(accountInOrganization),
	},
	{
		About: scanner.About{
			ID: "root-central-management", Title: "Member accounts' root users keep credentials of their own", Severity: scanner.High, OptIn: true,
			Controls: []string{"CIS 7.0 2.1.1"},
			Why:      "Each member account has a root user with a password that somebody can reset by its mailbox. Managed centrally, it has no credentials at all, and what only root can do is done from the management account for a task at a time. Only the management account, or the delegated administrator for IAM, can tell.",
			Fix:      "Let IAM work with Organizations and enable the central management of root credentials; then remove the credentials of each member's root user (sts assume-root with the task IAMDeleteRootUserCredentials).",
			Causes:   []string{"DisableOrganizationsRootCredentialsManagement"},
			Cures:    []string{"EnableOrganizationsRootCredentialsManagement"},
		},
		Reads: []account.Fact{account.RootManagement, account.OrganizationMembership},
		Check: scanner.Account(rootCentralManagement),
	},
	{
		About: scanner.About{
			ID: "delegated-admin-untrusted", Title: "An account administers the organization that is not to", Severity: scanner.Critical, OptIn: true,
			Controls: []string{"CIS 7.0 2.1.5–2.1.6"},
			Why:      "A delegated administrator reaches into every account of the organization through the service it was given: with IAM Identity Center or CloudFormation StackSets, as administrator.",
			Fix:      "Find out who registered it and for which service, and take that back (organizations deregister-delegated-administrator). One that is meant goes into this rule's list.",
			List:     scanner.List{Of: "ids of the accounts that may administer the organization", Needed: true, Accounts: true},
			Causes:   []string{"RegisterDelegatedAdministrator"},
			Cures:    []string{"DeregisterDelegatedAdministrator"},
		},
		Reads: []account.Fact{account.DelegatedAdmins, account.OrganizationMembership},
		Check: scanner.Account(delegatedAdminUntrusted),
	},
	{
		About: scanner.About{
			ID: "scp-region-deny-missing", Title: "No service control policy closes the Regions that are not in use", Severity: scanner.Medium, OptIn: true,
			Why:    "Who breaks in starts machines where nobody looks. A policy that denies what is outside the Regions in use takes that from everybody in the member accounts at once; the management account it does not bind. It is asked whether the policies that are attached to anything at all would let an ordinary role start a machine or make a function in a Region that there is not: which accounts each of them binds is not looked at, and a pattern such as eu-* will do.",
			Fix:    "Attach a service control policy to the organization's root that denies all but global services with StringNotEquals aws:RequestedRegion (organizations create-policy, organizations attach-policy).",
			List:   scanner.List{Of: "Regions in use", Needed: true},
			Causes: []string{"DetachPolicy", "UpdatePolicy", "DisablePolicyType"},
			Cures:  []string{"AttachPolicy", "UpdatePolicy", "EnablePolicyType"},
		},
		Reads: []account.Fact{account.OrganizationPolicies, account.OrganizationMembership},
		Check: scanner.Account(scpRegionDenyMissing),
	},
	{
		About: scanner.About{
			ID: "org-policy-missing", Title: "The organization has no tag policy, or none about AI services", Severity: scanner.Low, OptIn: true,
			Why:    "Without a tag policy, owners and costs are written in as many ways as there are accounts, and what goes by tags goes wrong. Without one that opts out, some AI services of AWS may keep and use what they are given. What a policy says is not looked at.",
			Fix:    "Enable the type of policy in the organization's root (organizations enable-policy-type), and attach a policy of that type to it (organizations create-policy, organizations attach-policy).",
			Causes: []string{"DetachPolicy", "DisablePolicyType"},
			Cures:  []string{"AttachPolicy", "EnablePolicyType"},
		},
		Reads: []account.Fact{account.OrganizationPolicies, account.OrganizationMembership},
		Check: scanner.Account(orgPolicyMissing),
	},
	{
		About: scanner.About{
			ID: "outbound-federation-enabled", Title: "The account vouches for its principals outside AWS", Severity: scanner.Medium, OptIn: true,
			Why:    "Whoever may call sts:GetWebIdentityToken has AWS sign who it is, for any service outside that trusts the account's issuer: access there that no log here shows the use of.",
			Fix:    "If nobody outside AWS relies on it, disable it (iam disable-outbound-web-identity-federation). Else allow sts:GetWebIdentityToken to those alone who need it, for the audiences they need, and exempt the finding.",
			Causes: []string{"EnableOutboundWebIdentityFederation"},
			Cures:  []string{"DisableOutboundWebIdentityFederation"},
		},
		Reads: []account.Fact{account.OutboundFederation},
		Check: scanner.Account(outboundFederationEnabled),
	},
}

func accountInOrganization(p *scanner.Pass, s *account.Snapshot) {
	switch o := s.Organization; {
	case o == nil:
		p.Fail("", map[string]string{"organization": "none"}, "account %s belongs to no organization", s.Account.ID)
	case len(p.List()) > 0 && !slices.Contains(p.List(), o.Management):
		p.FailAs(scanner.High, "", map[string]string{"organization": o.ID, "management_account": o.Management},
			"account %s belongs to the organization %q of account %q, which is not expected", s.Account.ID, o.ID, o.Management)
	}
}

// rootCentralManagement asks nothing of an account without an organization.
func rootCentralManagement(p *scanner.Pass, s *account.Snapshot) {
	if s.Organization == nil || slices.Contains(s.Organization.Features, "RootCredentialsManagement") {
		return
	}
	p.Fail("", map[string]string{"organization": s.Organization.ID, "features": strings.Join(s.Organization.Features, " ")},
		"organization %q does not manage its accounts' root credentials centrally", s.Organization.ID).
		Mend(
			scanner.Command("organizations", "enable-aws-service-access", "--service-principal", "iam.amazonaws.com"),
			iam("enable-organizations-root-credentials-management"),
		)
}

func delegatedAdminUntrusted(p *scanner.Pass, s *account.Snapshot) {
	if s.Organization == nil {
		return
	}
	for _, d := range s.Organization.Delegated {
		if !slices.Contains(p.List(), d.ID) {
			p.Fail(d.ID, map[string]string{"account": d.ID, "name": d.Name, "organization": s.Organization.ID},
				"organization %q is administered by account %s %q too, which is not trusted to", s.Organization.ID, d.ID, d.Name).
				Mend(scanner.Command("organizations", "list-delegated-services-for-account", "--account-id", d.ID))
		}
	}
}

// inForceOf are the organization's policies of a type that bind somebody.
func inForceOf(o *account.Organization, kind string) []*account.OrganizationPolicy {
	var all []*account.OrganizationPolicy
	for i := range o.Policies {
		if one := &o.Policies[i]; one.Type == kind && one.Targets > 0 && slices.Contains(o.PolicyTypes, kind) {
			all = append(all, one)
		}
	}
	return all
}

func scpRegionDenyMissing(p *scanner.Pass, s *account.Snapshot) {
	o := s.Organization
	if o == nil {
		return
	}
	var documents []*policy.Document
	doubt := ""
	for _, one := range inForceOf(o, account.ServiceControlPolicy) {
		documents = append(documents, &one.Document)
		if why := unread("service control policy "+one.ID, &one.Document); why != "" {
			doubt = why
		}
	}
	switch {
	case abroad(p, documents):
	case doubt != "":
		cannotTell(p, account.OrganizationPolicies, doubt)
	default:
		p.Fail("", map[string]string{"organization": o.ID, "regions": strings.Join(p.List(), " "), "service_control_policies": strconv.Itoa(len(documents))},
			"organization %q has no service control policy that denies what is outside the Regions in use: %s", o.ID, quoted(p.List()))
	}
}

// abroad reports whether the policies surely keep an ordinary role from what intruders
// do first, in a Region that no policy names.
func abroad(p *scanner.Pass, scps []*policy.Document) bool {
	if len(scps) == 0 {
		return false
	}
	known := map[string][]string{
		"aws:RequestedRegion":       {unnamed},
		"aws:PrincipalArn":          {"arn:" + p.Snapshot.Account.Partition + ":iam::" + stranger + ":role/" + unnamed},
		"aws:PrincipalAccount":      {stranger},
		"aws:PrincipalType":         {"AssumedRole"},
		"aws:userid":                {"AROA" + unnamed + ":" + unnamed},
		"aws:PrincipalIsAWSService": {"false"},
		"aws:ViaAWSService":         {"false"},
	}
	for _, d := range scps {
		for _, s := range d.Statements {
			for _, c := range s.Conditions {
				if strings.HasPrefix(strings.ToLower(c.Key), "aws:principaltag/") {
					known[c.Key] = nil
				}
			}
		}
	}
	grants := policy.Combine([]*policy.Document{everything()}, policy.Limits{SCPs: [][]*policy.Document{scps}}).Given(known).At(p.Now)
	denied := func(service, action, kind string) bool {
		arn := strings.Join([]string{"arn", p.Snapshot.Account.Partition, service, unnamed, stranger, kind + unnamed}, ":")
		return grants.May(service+":"+action, arn).Denied()
	}
	return denied("ec2", "RunInstances", "instance/") && denied("lambda", "CreateFunction", "function:")
}

// expectedTypes are the types of policies that every organization is better for.
var expectedTypes = []struct{ kind, said string }{
	{"TAG_POLICY", "tag policies"},
	{"AISERVICES_OPT_OUT_POLICY", "policies to opt out of AI services"},
}

func orgPolicyMissing(p *scanner.Pass, s *account.Snapshot) {
	o := s.Organization
	if o == nil {
		return
	}
	for _, expected := range expectedTypes {
		fault := ""
		switch {
		case !slices.Contains(o.PolicyTypes, expected.kind):
			fault = "has not enabled " + expected.said
		case len(inForceOf(o, expected.kind)) == 0:
			fault = "has none of its " + expected.said + " attached to anything"
		default:
			continue
		}
		p.Fail(expected.kind, map[string]string{"organization": o.ID, "type": expected.kind}, "organization %q %s", o.ID, fault)
	}
}

func outboundFederationEnabled(p *scanner.Pass, s *account.Snapshot) {
	if s.OutboundFederation {
		p.Fail("", map[string]string{"outbound_federation": "enabled"}, "account %s has outbound web identity federation enabled", s.Account.ID).
			Mend(iam("get-outbound-web-identity-federation-info"))
	}
}
