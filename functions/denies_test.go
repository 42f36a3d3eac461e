package functions_test

import (
	"maps"
	"testing"

	"iamvigil/scanner/policy"
)

// managed is the document of a managed policy of the stack.
func (tm template) managed(t *testing.T, name string) *policy.Document {
	t.Helper()
	d := document(t, tm.properties(t, name)["PolicyDocument"])
	return &d
}

// session is the condition keys that tell the kinds of requests apart that can reach a
// user's policies. They are as AWS's IAM User Guide has them: "AWS global condition
// context keys" under aws:MultiFactorAuthPresent, aws:TokenIssueTime and
// aws:ViaAWSService, and "Forward access sessions".
//
// Sessions of roles are not among them: a user's policies do not bear on a role that
// the user has assumed, nor on what a service does in its own or a service role.
type session map[string][]string

const (
	mfaKey    = "aws:MultiFactorAuthPresent"
	viaKey    = "aws:ViaAWSService"
	issuedKey = "aws:TokenIssueTime"
)

var issued = []string{"2026-03-02T08:00:00Z"}

// MultiFactorAuthPresent comes with temporary credentials only, such as those of
// GetSessionToken and the ones that the console makes for whoever signs in with a
// password. A service that calls another in the user's name has temporary ones too,
// whatever the user has: the guide names Athena and CloudFormation. That the key is
// false then, for an access key and for a session without MFA alike, it says as well.
var (
	longTerm          = session{}
	consoleWithoutMFA = session{mfaKey: {"false"}, issuedKey: issued}
	consoleWithMFA    = session{mfaKey: {"true"}, issuedKey: issued}
	tokenWithoutMFA   = consoleWithoutMFA // GetSessionToken without SerialNumber and TokenCode
	tokenWithMFA      = consoleWithMFA
	forwarded         = session{mfaKey: {"false"}, issuedKey: issued, viaKey: {"true"}, "aws:CalledVia": {"athena.amazonaws.com"}}
	forwardedWithMFA  = session{mfaKey: {"true"}, issuedKey: issued, viaKey: {"true"}, "aws:CalledVia": {"athena.amazonaws.com"}}

	// MultiFactorAuthPresent is not there for federated identities, the guide says. Of a
	// user's credentials only access keys can call GetFederationToken when a policy
	// stops the sessions, so what it gives is spared with them.
	federated = session{issuedKey: issued}
)

// contexts are the forms in which a session's own keys can come. The guide says of
// ViaAWSService both that it is always there, and that it is not set in direct calls.
func (s session) contexts() []map[string][]string {
	if s[viaKey] != nil {
		return []map[string][]string{s}
	}
	direct := maps.Clone(s)
	direct[viaKey] = []string{"false"}
	return []map[string][]string{s, direct}
}

const (
	ben       = "arn:aws:iam::111122223333:user/ben"
	bensPhone = "arn:aws:iam::111122223333:mfa/ben"
)

type call struct{ action, resource string }

var (
	work = []call{
		{"s3:GetObject", "arn:aws:s3:::bucket/key"}, {"ec2:RunInstances", "arn:aws:ec2:us-east-1:111122223333:instance/*"},
		{"kms:Decrypt", "arn:aws:kms:us-east-1:111122223333:key/1"},
		{"ses:SendRawEmail", "arn:aws:ses:us-east-1:111122223333:identity/example.com"}, // SMTP passwords are made of access keys
		{"s3:ListAllMyBuckets", "*"}, {"sts:GetCallerIdentity", "*"},
	}

	// With these a session could give itself a way around its policy: the switch to a
	// role, a federated session, a key, a password, the device out of the way, or the
	// credentials that the CLI's login takes from the console, for which a user needs what
	// AWS's policy SignInLocalDevelopmentAccess allows.
	evasions = []call{
		{"sts:AssumeRole", "arn:aws:iam::111122223333:role/admin"}, {"sts:GetFederationToken", "arn:aws:sts::111122223333:federated-user/x"},
		{"iam:CreateAccessKey", ben}, {"iam:UpdateAccessKey", ben}, {"iam:CreateLoginProfile", ben}, {"iam:UpdateLoginProfile", ben},
		{"iam:DetachUserPolicy", ben}, {"iam:DeactivateMFADevice", ben}, {"iam:DeleteVirtualMFADevice", bensPhone}, {"iam:CreateServiceSpecificCredential", ben},
		{"signin:AuthorizeOAuth2Access", "arn:aws:signin:us-east-1:111122223333:oauth2/public-client/localhost"},
		{"signin:CreateOAuth2Token", "arn:aws:signin:us-east-1:111122223333:oauth2/public-client/localhost"},
	}

	// What the console and the CLI call to assign a device: the NotAction of the guide's
	// examples "Allows MFA-authenticated IAM users to manage their own credentials" and
	// "Allows IAM users to self-manage an MFA device"; the last two are those that the
	// first of them names for whoever must set a new password at sign-in.
	enrolment = []call{
		{"iam:CreateVirtualMFADevice", bensPhone}, {"iam:EnableMFADevice", ben}, {"iam:GetMFADevice", ben}, {"iam:GetUser", ben},
		{"iam:ListMFADevices", ben}, {"iam:ListVirtualMFADevices", "*"}, {"iam:ResyncMFADevice", ben}, {"sts:GetSessionToken", "*"},
		{"iam:ChangePassword", ben}, {"iam:GetAccountPasswordPolicy", "*"},
	}
)

// What the stack's policies do to each kind of request of a user who may do everything.
func TestDenyPolicies(t *testing.T) {
	const spared, stopped = policy.Allowed, policy.ExplicitDeny
	tm := readTemplate(t, nil)
	allowed := policy.Parse(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`)
	others := append(append([]call{}, work...), evasions...)
	for _, c := range []struct {
		kind                string
		session             session
		calls               []call
		console, mfa, total policy.Decision // by DenyConsolePolicy, DenyWithoutMFAPolicy, DenyAllPolicy
	}{
		{"access key", longTerm, others, spared, spared, stopped},
		{"access key", longTerm, enrolment, spared, spared, stopped},
		{"console without MFA", consoleWithoutMFA, others, stopped, stopped, stopped},
		{"console without MFA", consoleWithoutMFA, enrolment, stopped, spared, stopped},
		{"console with MFA", consoleWithMFA, others, stopped, spared, stopped},
		{"console with MFA", consoleWithMFA, enrolment, stopped, spared, stopped},
		{"GetSessionToken without MFA", tokenWithoutMFA, others, stopped, stopped, stopped},
		{"GetSessionToken without MFA", tokenWithoutMFA, enrolment, stopped, spared, stopped},
		{"GetSessionToken with MFA", tokenWithMFA, others, stopped, spared, stopped},
		{"a service for an access key or a session without MFA", forwarded, work, spared, spared, stopped},
		{"a service for a session with MFA", forwardedWithMFA, work, spared, spared, stopped},
		{"GetFederationToken", federated, work, spared, spared, stopped},
	} {
		for name, want := range map[string]policy.Decision{"DenyConsolePolicy": c.console, "DenyWithoutMFAPolicy": c.mfa, "DenyAllPolicy": c.total} {
			document := tm.managed(t, name)
			for _, context := range c.session.contexts() {
				for _, call := range c.calls {
					r := policy.Request{Action: call.action, Resource: call.resource, Context: context}
					if v := policy.Decide(r, &allowed, document); v.Decision != want {
						t.Errorf("%s, %s: %s on %s %v is %s", name, c.kind, call.action, call.resource, context, v.Decision)
					}
				}
			}
		}
	}
}

// A deny policy gives nothing, so that it can be attached to anybody; and only the one
// that says so takes everything.
func TestDenyPoliciesOnlyDeny(t *testing.T) {
	tm := readTemplate(t, nil)
	for _, name := range []string{"DenyConsolePolicy", "DenyWithoutMFAPolicy", "DenyAllPolicy"} {
		d := tm.managed(t, name)
		for _, s := range d.Statements {
			if s.Effect != policy.Deny {
				t.Errorf("%s has a statement that does not deny: %s", name, s.Sid)
			}
		}
		if d.DeniesAll() != (name == "DenyAllPolicy") {
			t.Errorf("%s denies all: %t", name, d.DeniesAll())
		}
	}
}
