package rules

import (
	"time"

	"iamvigil/scanner"
)

// atLeast is how many acts make a streak.
func atLeast(n int, of string) scanner.Limit {
	return scanner.Limit{Value: n, Unit: of, Min: 2, Max: 60}
}

// policyChanges are the calls that change a policy, or who has it, those among them that
// the CIS benchmark's filter leaves out.
var policyChanges = []string{
	"AttachGroupPolicy", "AttachRolePolicy", "AttachUserPolicy", "CreatePolicy", "CreatePolicyVersion", "DeleteGroupPolicy", "DeletePolicy",
	"DeletePolicyVersion", "DeleteRolePermissionsBoundary", "DeleteRolePolicy", "DeleteUserPermissionsBoundary", "DeleteUserPolicy",
	"DetachGroupPolicy", "DetachRolePolicy", "DetachUserPolicy", "PutGroupPolicy", "PutRolePermissionsBoundary", "PutRolePolicy",
	"PutUserPermissionsBoundary", "PutUserPolicy", "SetDefaultPolicyVersion", "UpdateAssumeRolePolicy",
}

var activity = []scanner.EventRule{
	{
		About: scanner.About{
			ID: "event-iam-policy-change", Title: "Somebody changed a policy of IAM", Severity: scanner.Medium, OptIn: true,
			Controls: cis("4.4", "4.4", "4.4", "FSBP CloudWatch.4"),
			Why:      "Every change of what somebody may do is one that somebody must have wanted. Opt-in, since the findings tell of each that is a fault, and most are none.",
			Fix:      "Ask whoever made it whether it was meant; if not, undo it. The command lists what else they did.",
		},
		Events: policyChanges,
		Check:  eventPolicyChange,
	},
	{
		About: scanner.About{
			ID: "event-mfa-removed", Title: "An MFA device of a user with a password was taken away, and there is another", Severity: scanner.Medium,
			Why: "Whoever has taken over a session assigns a device of their own and takes the user's away. Afterwards all looks well: the user has MFA. Where none is left, user-console-without-mfa tells it.",
			Fix: "Ask the user whether they have changed devices. If not, the first command ends all that they can do until it is detached (iam detach-user-policy), and the second lists what is left.",
		},
		Events: []string{"DeactivateMFADevice"},
		Check:  eventMFARemoved,
	},
	{
		About: scanner.About{
			ID: "provider-changed", Title: "Somebody changed whom an identity provider lets in", Severity: scanner.High,
			Why: "Whoever puts their own certificate into a SAML provider's metadata, or a client of their own into an OIDC provider, signs in as anybody to every role that trusts it, and no trust policy has changed. A new provider lets nobody in until a role trusts it.",
			Fix: "Ask whoever made it whether it was meant, such as for a certificate that is replaced. If not, put the provider back to what it was; the first command shows it, the second what else they did.",
		},
		Events: []string{"UpdateSAMLProvider", "AddClientIDToOpenIDConnectProvider", "UpdateOpenIDConnectProviderThumbprint"},
		Check:  eventProviderChanged,
	},
	{
		About: scanner.About{
			ID: "delegation-request-accepted", Title: "Somebody gave a partner of AWS's temporary access", Severity: scanner.Medium,
			Why: "Who accepts such a request lends a product of another company what they are allowed themselves, for a time, without a role or a policy that anybody could find afterwards.",
			Fix: "Ask whoever accepted it whether they know the product and what it asked for. Until the token is sent the request can be rejected (iam reject-delegation-request); afterwards only its time ends it.",
		},
		Events: []string{"AcceptDelegationRequest", "SendDelegationToken"},
		Check:  eventDelegationAccepted,
	},
	{
		About: scanner.About{
			ID: "event-organization-change", Title: "Somebody changed the organization", Severity: scanner.Medium,
			Controls: cis("4.15", "4.15", "4.15"),
			Why:      "An account that leaves the organization, or from which a service control policy is detached, has nothing above it that limits its administrators; an account that is invited, moved or made has others' rules or none.",
			Fix:      "Ask whoever made it whether it was meant; if not, undo it. The command lists what else they did.",
		},
		Check: eventOrganizationChange,
	},
	{
		About: scanner.About{
			ID: "event-console-auth-failure", Title: "Sign-ins to the console failed again and again", Severity: scanner.Low,
			Controls: cis("4.6", "4.6", "4.6", "FSBP CloudWatch.6"),
			Why:      "Somebody has forgotten a password, or tries one after the other.",
			Fix:      "Ask the user whether it was them. If it was not, see that they have MFA and a long password, and who signed in from the same address.",
			Limit:    atLeast(5, "sign-ins"),
		},
		Events: []string{"ConsoleLogin"},
		Unseen: signInsElsewhere,
		Counts: failedSignIn,
		Within: time.Hour,
		Check:  eventConsoleAuthFailure,
	},
	{
		About: scanner.About{
			ID: "event-console-auth-spray", Title: "Sign-ins to the console failed for many users from one address", Severity: scanner.Medium,
			Controls: cis("4.6", "4.6", "4.6", "FSBP CloudWatch.6"),
			Why:      "Somebody tries a likely password with one name after the other, which locks nobody out. An office behind one address has people who mistype, too.",
			Fix:      "Find out whose address it is. If nobody knows, see that every user has MFA, and whether somebody signed in from there.",
			Limit:    atLeast(10, "users"),
		},
		Events: []string{"ConsoleLogin"},
		Unseen: signInsElsewhere,
		Counts: failedName,
		Within: time.Hour,
		Check:  eventConsoleAuthSpray,
	},
	{
		About: scanner.About{
			ID: "event-unauthorized-calls", Title: "Somebody was refused many different calls", Severity: scanner.Low,
			Controls: cis("4.1", "4.1", "4.1", "FSBP CloudWatch.2"),
			Why:      "Whoever has found a key tries what it may do. A program that lacks a permission is refused the same call again and again, which counts once.",
			Fix:      "Ask whose it is what they were about. If nobody knows, take the credential for stolen: the command lists what it did besides.",
			Limit:    atLeast(5, "calls"),
		},
		Unseen:  "refused calls of other services",
		Further: "refused calls of other services than IAM",
		Counts:  refusedCall,
		Within:  time.Hour,
		Check:   eventUnauthorizedCalls,
	},
	{
		About: scanner.About{
			ID: "event-privesc-burst", Title: "Somebody tried many different calls by which one becomes administrator", Severity: scanner.High,
			Why:   "Whoever has stolen credentials tries one way after the other. Calls that succeeded count as well as those that were refused, but none that CloudFormation makes.",
			Fix:   "Ask whose it is whether all of that was meant, as by a deployment. If not, end what they can do, and see what they did (cloudtrail lookup-events): the command does so for a user and for a role's open sessions; for people of IAM Identity Center that is done there.",
			Limit: atLeast(10, "calls"),
		},
		Unseen:  "refused calls of other services",
		Further: "refused calls of other services than IAM",
		Counts:  escalatingCall,
		Within:  24 * time.Hour,
		Check:   eventPrivescBurst,
	},
	{
		About: scanner.About{
			ID: "event-enumeration-burst", Title: "Somebody asked IAM many different questions", Severity: scanner.Medium, OptIn: true,
			Why:   "Whoever has stolen credentials first finds out what there is. So does a scanner, or a new colleague at the console: exempt the roles of those that are meant to. Opt-in, since such calls come here only where the stack is asked for them.",
			Fix:   "Ask whose it is what they were about. If nobody knows, take the credential for stolen: the command lists what it did besides.",
			Limit: atLeast(30, "calls"),
		},
		Further: "calls of IAM that only read",
		Counts:  read,
		Within:  time.Hour,
		Check:   eventEnumerationBurst,
	},
}
