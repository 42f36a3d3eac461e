package trail

import (
	"strings"

	"iamvigil/scanner/account"
)

// every is the entry for all other names of a service.
const every = "*"

// cluesOf tells what a call touches. Known is false for a write that is not in
// the table of its service; a service without a table has no answers to change.
func cluesOf(source, name string) (clues []clue, known bool) {
	if reads(name) {
		return nil, true
	}
	service, _, _ := strings.Cut(source, ".")
	calls := callsOf(service)
	if calls == nil {
		return nil, true
	}
	if clues, known = calls[name]; known {
		return clues, true
	}
	clues, known = calls[every]
	return clues, known
}

func reads(name string) bool {
	for _, verb := range []string{"Get", "List", "Describe", "Lookup", "Search", "Simulate"} {
		if strings.HasPrefix(name, verb) {
			return true
		}
	}
	return false
}

func callsOf(service string) map[string][]clue {
	switch service {
	case "iam":
		return iamCalls
	case "signin":
		return signInCalls
	case "sts":
		return stsCalls
	case "cloudtrail":
		return cloudTrailCalls
	case "access-analyzer":
		return analyzerCalls
	case "organizations":
		return organizationCalls
	case "sso":
		return identityCenterCalls
	}
	return nil
}

var (
	// whole is whatever belongs to the account and has no kind of its own:
	// password policy, providers, certificates, instance profiles, trails.
	whole = clue{kind: account.KindAccount}

	user = clue{kind: account.KindUser, fields: []string{
		"request.userName", "response.user.userName", "response.loginProfile.userName",
		"response.sSHPublicKey.userName", "response.serviceSpecificCredential.userName",
	}}
	newUser = clue{kind: account.KindUser, without: nothing, fields: []string{"request.newUserName"}}
	// owner is the user of a credential, whom IAM takes to be the caller where
	// the request has no UserName.
	owner = clue{kind: account.KindUser, without: caller, fields: []string{
		"request.userName", "response.accessKey.userName", "response.loginProfile.userName",
		"response.certificate.userName", "response.serviceSpecificCredential.userName",
	}}
	// device is the user of a virtual MFA device that is gone. Only an unassigned
	// one can be deleted (DeleteConflict), so this is a guess, in case the event
	// that unassigned it was lost.
	device = clue{kind: account.KindUser, without: nothing, fields: []string{"request.serialNumber"}}

	// members are touched by what their group is allowed, not by who else is in it.
	members  = clue{kind: account.KindMembers, fields: []string{"request.groupName"}}
	group    = clue{kind: account.KindGroup, fields: []string{"request.groupName", "response.group.groupName"}}
	newGroup = clue{kind: account.KindGroup, without: nothing, fields: []string{"request.newGroupName"}}
	role     = clue{kind: account.KindRole, fields: []string{"request.roleName", "response.role.roleName"}}
	policy   = clue{kind: account.KindPolicy, fields: []string{
		"request.policyArn", "response.policy.arn", "request.policyName",
	}}
	// attached is a policy that gains or loses a bearer: some are a fault only
	// while anyone has them.
	attached = clue{kind: account.KindPolicy, without: nothing, used: true, fields: []string{"request.policyArn"}}
)

// signInCalls: only root's password is set at sign-in. That someone signed in
// is not a change; the nightly audit sees when a password was last used.
var signInCalls = map[string][]clue{
	"PasswordRecoveryCompleted":               {whole},
	"PasswordUpdated":                         {whole},
	"PasswordRecoveryRequested":               {},
	"EmailUpdated":                            {},
	"ConsoleLogin":                            {},
	"CheckMfa":                                {},
	"SwitchRole":                              {},
	"ExitRole":                                {},
	"RenewRole":                               {},
	"UserAuthentication":                      {},
	"CredentialChallenge":                     {},
	"CredentialVerification":                  {},
	"AuthorizeOAuth2Access":                   {},
	"CreateOAuth2Token":                       {},
	"CreateOAuth2TokenWithIAM":                {},
	"CreateOAuth2TokenWithTokenExchange":      {},
	"IntrospectOAuth2TokenWithIAM":            {},
	"RevokeOAuth2TokenWithIAM":                {},
	"PutConsoleAuthorizationConfiguration":    {},
	"DeleteConsoleAuthorizationConfiguration": {},
	"PutResourcePermissionStatement":          {},
	"DeleteResourcePermissionStatement":       {},
}

var stsCalls = map[string][]clue{
	"AssumeRoot":                 {whole},
	"AssumeRole":                 {},
	"AssumeRoleWithSAML":         {},
	"AssumeRoleWithWebIdentity":  {},
	"DecodeAuthorizationMessage": {},
}

var cloudTrailCalls = map[string][]clue{
	"CreateTrail":       {whole},
	"UpdateTrail":       {whole},
	"DeleteTrail":       {whole},
	"StartLogging":      {whole},
	"StopLogging":       {whole},
	"PutEventSelectors": {whole},

	"AddTags":                              {},
	"RemoveTags":                           {},
	"PutEventConfiguration":                {},
	"PutInsightSelectors":                  {},
	"PutResourcePolicy":                    {},
	"DeleteResourcePolicy":                 {},
	"CreateChannel":                        {},
	"UpdateChannel":                        {},
	"DeleteChannel":                        {},
	"CreateDashboard":                      {},
	"UpdateDashboard":                      {},
	"DeleteDashboard":                      {},
	"StartDashboardRefresh":                {},
	"CreateEventDataStore":                 {},
	"UpdateEventDataStore":                 {},
	"DeleteEventDataStore":                 {},
	"RestoreEventDataStore":                {},
	"StartEventDataStoreIngestion":         {},
	"StopEventDataStoreIngestion":          {},
	"EnableFederation":                     {},
	"DisableFederation":                    {},
	"StartImport":                          {},
	"StopImport":                           {},
	"StartQuery":                           {},
	"CancelQuery":                          {},
	"GenerateQuery":                        {},
	"RegisterOrganizationDelegatedAdmin":   {},
	"DeregisterOrganizationDelegatedAdmin": {},
}

var analyzerCalls = map[string][]clue{
	"CreateAnalyzer": {whole},
	"UpdateAnalyzer": {whole},
	"DeleteAnalyzer": {whole},
	every:            {},
}

var organizationCalls = map[string][]clue{every: {whole}}

// identityCenterCalls are those about permission sets and who is assigned them.
// The roles that they make come as IAM's own events.
var identityCenterCalls = map[string][]clue{
	"CreatePermissionSet":                                   {whole},
	"UpdatePermissionSet":                                   {whole},
	"DeletePermissionSet":                                   {whole},
	"ProvisionPermissionSet":                                {whole},
	"CreateAccountAssignment":                               {whole},
	"DeleteAccountAssignment":                               {whole},
	"AttachManagedPolicyToPermissionSet":                    {whole},
	"DetachManagedPolicyFromPermissionSet":                  {whole},
	"AttachCustomerManagedPolicyReferenceToPermissionSet":   {whole},
	"DetachCustomerManagedPolicyReferenceFromPermissionSet": {whole},
	"PutInlinePolicyToPermissionSet":                        {whole},
	"DeleteInlinePolicyFromPermissionSet":                   {whole},
	"PutPermissionsBoundaryToPermissionSet":                 {whole},
	"DeletePermissionsBoundaryFromPermissionSet":            {whole},
	every: {},
}
