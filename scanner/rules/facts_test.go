package rules_test

import (
	"strings"
	"testing"

	"iamvigil/scanner/account"
)

// credentialReport is what users' credentials are read from at night.
var credentialReport = []string{"iam:GenerateCredentialReport", "iam:GetCredentialReport"}

// permissions are the IAM actions that seeing a fact takes: of everybody in an
// audit, and live of those whom an event touched.
var permissions = map[account.Fact][]string{
	account.Users:              {"iam:GetAccountAuthorizationDetails"},
	account.Groups:             {"iam:GetAccountAuthorizationDetails"},
	account.Roles:              {"iam:GetAccountAuthorizationDetails"},
	account.Policies:           {"iam:GetAccountAuthorizationDetails"},
	account.Logins:             append(credentialReport[:2:2], "iam:GetLoginProfile", "iam:GetUser"),
	account.Keys:               append(credentialReport[:2:2], "iam:ListAccessKeys", "iam:GetAccessKeyLastUsed"),
	account.MFA:                append(credentialReport[:2:2], "iam:ListMFADevices"),
	account.Certificates:       credentialReport,
	account.RootUse:            credentialReport,
	account.Summary:            {"iam:GetAccountSummary"},
	account.Passwords:          {"iam:GetAccountPasswordPolicy"},
	account.VirtualMFA:         {"iam:ListVirtualMFADevices"},
	account.Trails:             {"cloudtrail:DescribeTrails", "cloudtrail:GetTrailStatus", "cloudtrail:GetEventSelectors"},
	account.ServiceCredentials: {"iam:ListServiceSpecificCredentials"},
	account.SAMLProviders:      {"iam:ListSAMLProviders"},
	account.OIDCProviders:      {"iam:ListOpenIDConnectProviders"},
	account.ServerCertificates: {"iam:ListServerCertificates"},
	account.Analyzers:          {"access-analyzer:ListAnalyzers"},
	// There is no action of its own for ListFindingsV2.
	account.AnalyzerFindings:       {"access-analyzer:ListFindings"},
	account.SecurityContact:        {"account:GetAlternateContact"},
	account.OrganizationMembership: {"organizations:DescribeOrganization"},

	account.SSHKeys:            {"iam:ListSSHPublicKeys"},
	account.LastAccessed:       {"iam:GenerateServiceLastAccessedDetails", "iam:GetServiceLastAccessedDetails"},
	account.OIDCClients:        {"iam:GetOpenIDConnectProvider"},
	account.RegionalAnalyzers:  {"account:ListRegions", "access-analyzer:ListAnalyzers"},
	account.OutboundFederation: {"iam:GetOutboundWebIdentityFederationInfo"},
	account.AllContacts:        {"account:GetAlternateContact", "account:GetContactInformation"},
	account.RootManagement:     {"iam:ListOrganizationsFeatures"},
	account.DelegatedAdmins:    {"organizations:ListDelegatedAdministrators"},
	account.OrganizationPolicies: {"organizations:ListRoots", "organizations:ListPolicies", "organizations:DescribePolicy",
		"organizations:ListTargetsForPolicy"},

	account.Topics:     {"sns:GetTopicAttributes"},
	account.EventRules: {"events:DescribeRule"},
	account.Queues:     {"sqs:GetQueueAttributes"},
}

// costs are the calls beyond the usual ones that reading an optional fact takes,
// at a look at the whole account.
var costs = map[account.Fact]string{
	account.SSHKeys:              "a call for each user",
	account.LastAccessed:         "two calls, or a few more, for each of at most 40 users and roles: half of them of those who may do much, so that of n of these everybody has a turn every n/20 nights",
	account.OIDCClients:          "a call for each OIDC provider",
	account.RegionalAnalyzers:    "a call for each enabled Region, and one for their list",
	account.OutboundFederation:   "one call",
	account.AllContacts:          "three calls",
	account.RootManagement:       "one call, which only the organization's management account and its delegate for IAM may make",
	account.DelegatedAdmins:      "one call, which only the organization's management account and its delegates may make",
	account.OrganizationPolicies: "one call, one for each type of policy that is on, one for each policy and another for each service control policy, which only the organization's management account and its delegates may make",
}

// TestPermissions: every fact that a rule may read takes some permission to see,
// and every optional one has its cost.
func TestPermissions(t *testing.T) {
	for _, fact := range everyFact() {
		if len(permissions[fact]) == 0 {
			t.Errorf("no permission is documented for the fact %s", fact)
		}
	}
	for _, fact := range account.Optional() {
		if costs[fact] == "" {
			t.Errorf("no cost is documented for the fact %s", fact)
		}
	}
}

// services are those whose calls show a fact, and whose events can tell of it.
func services(f account.Fact) []string {
	var names []string
	for _, action := range permissions[f] {
		service, _, _ := strings.Cut(action, ":")
		names = append(names, service)
	}
	return names
}
