package rules_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
	"iamvigil/scanner/rules"
)

// TestOneFaultOneLine: of all the rules that see a fault one tells it, be they on
// unless configured otherwise, or named here. What more is told is another fault: to
// be an administrator is one, to be the only one another, and to have no MFA a third.
func TestOneFaultOneLine(t *testing.T) {
	administrator := []account.Attachment{{ARN: "arn:aws:iam::aws:policy/AdministratorAccess", Name: "AdministratorAccess"}}
	inlineAdministrator := []account.InlinePolicy{{Name: "p", Document: policy.Parse(`{"Statement": {"Effect": "Allow", "Action": "*:*", "Resource": "*"}}`)}}
	readOnly := account.Attachment{ARN: "arn:aws:iam::aws:policy/ReadOnlyAccess", Name: "ReadOnlyAccess"}
	old := clock.Add(-days(500))
	tests := map[string]struct {
		snapshot account.Snapshot
		told     []string
		covered  map[string]string
	}{
		"an account without a password policy": {
			withoutPasswordPolicy(),
			[]string{"password-policy-absent"},
			by("password-policy-absent", "password-min-length", "password-reuse", "password-expiry",
				"password-uppercase", "password-lowercase", "password-symbol", "password-number"),
		},
		"an administrator at the console without MFA": {
			user(account.User{Attached: administrator, Login: &account.Login{Changed: clock, LastUsed: clock}}),
			[]string{"admin-user-without-mfa", "administrator-attached", "administrators-too-few"},
			by("admin-user-without-mfa", "user-console-without-mfa", "user-direct-policy", "user-in-no-group", "user-without-mfa"),
		},
		"an administrator with MFA": {
			user(account.User{MFA: true, Attached: administrator}),
			[]string{"administrator-attached", "administrators-too-few"}, by("administrator-attached", "user-direct-policy", "user-in-no-group"),
		},
		"an inline policy that allows everything, without MFA": {
			user(account.User{Inline: inlineAdministrator, Login: &account.Login{Changed: clock, LastUsed: clock}}),
			[]string{"admin-user-without-mfa", "administrators-too-few"},
			by("admin-user-without-mfa", "inline-policy-admin", "user-console-without-mfa", "user-direct-policy", "user-in-no-group"),
		},
		"an inline policy that allows everything, with MFA": {
			user(account.User{MFA: true, Inline: inlineAdministrator, Login: &account.Login{Changed: clock, LastUsed: clock}}),
			[]string{"administrators-too-few", "inline-policy-admin"}, by("inline-policy-admin", "user-direct-policy", "user-in-no-group"),
		},
		"a user whose only key is unused": {
			user(account.User{Created: old, Keys: []account.AccessKey{{ID: "AKIA", Status: account.Active, Created: clock.Add(-days(91))}}}),
			[]string{"key-rotation", "key-unused"},
			map[string]string{"user-unused": "key-unused", "user-in-no-group": "user-unused"},
		},
		"a user without credentials": {
			user(account.User{Created: old}), []string{"user-unused"}, by("user-unused", "user-in-no-group"),
		},
		"a console user whose key was made with it": {
			user(account.User{Created: clock, Groups: []string{"g"}, MFA: true, Login: &account.Login{Changed: clock, LastUsed: clock},
				Keys: []account.AccessKey{{ID: "AKIA", Status: account.Active, Created: clock}}}),
			[]string{"key-at-user-setup"}, by("key-at-user-setup", "user-password-and-key"),
		},
		"a role that another account reads everything with": {
			trusting(`{"AWS": "444455556666"}`, "", readOnly), []string{"role-trust-cross-account"},
			by("role-trust-cross-account", "role-cross-account-readonly", "role-trust-no-external-id"),
		},
		"a role that everybody reads everything with": {
			trusting(`"*"`, "", readOnly), []string{"role-trust-any-principal"}, by("role-trust-any-principal", "role-cross-account-readonly"),
		},
		"a role for every token of GitHub's": {
			trusting(`{"Federated": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}`, "WithWebIdentity", readOnly),
			[]string{"role-trust-oidc-subject"}, by("role-trust-oidc-subject", "role-trust-oidc-audience"),
		},
		"root without MFA": {
			sound(account.Snapshot{Summary: summary(map[string]int{"AccountMFAEnabled": 0})}),
			[]string{"root-mfa"}, map[string]string{"root-hardware-mfa": "root-mfa"},
		},
		"a console user without MFA, let alone hardware": {
			user(account.User{Groups: []string{"g"}, Login: &account.Login{Changed: clock}}),
			[]string{"user-console-without-mfa"}, by("user-console-without-mfa", "user-without-hardware-mfa"),
		},
		"an administrator's API key of Bedrock": {
			user(account.User{MFA: true, Attached: administrator, ServiceCredentials: []account.ServiceCredential{
				{ID: "ACCA", Service: "bedrock.amazonaws.com", Status: account.Active, Created: clock},
			}}),
			[]string{"administrator-attached", "administrators-too-few", "bedrock-key-admin"},
			map[string]string{"bedrock-key-long-lived": "bedrock-key-admin", "user-direct-policy": "administrator-attached", "user-in-no-group": "administrator-attached"},
		},
		"a group that may do everything in IAM": {
			grouped(account.Group{Inline: inlineOf(says("Allow", "iam:*"))}),
			[]string{"principal-effective-admin"},
			map[string]string{"policy-privilege-escalation": "principal-effective-admin",
				"policy-pass-role-star": "policy-privilege-escalation", "policy-service-wildcard": "policy-privilege-escalation"},
		},
		"a function's role that is an administrator's": {
			trusting(`{"Service": "lambda.amazonaws.com"}`, "", administrator...),
			[]string{"administrator-attached"}, by("administrator-attached", "compute-role-admin"),
		},
		"no analyzer in the one Region": {
			withoutAnalyzer(),
			[]string{"external-access-analyzer"}, by("external-access-analyzer", "external-access-analyzer-everywhere"),
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			told, covered := lines(test.snapshot, func(r scanner.Rule) bool {
				_, covered := test.covered[r.ID]
				return !r.OptIn || covered || slices.Contains(test.told, r.ID)
			})
			if diff := cmp.Diff(test.told, told); diff != "" {
				t.Errorf("told (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.covered, covered); diff != "" {
				t.Errorf("covered (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSound: in the account that the faults are put into nothing is at fault, and
// nothing missing.
func TestSound(t *testing.T) {
	report := reported(grouped(account.Group{}), func(r scanner.Rule) bool { return !r.OptIn })
	if diff := cmp.Diff([]scanner.Finding{}, report.Findings); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]scanner.Gap{}, report.Gaps); diff != "" {
		t.Errorf("gaps (-want +got):\n%s", diff)
	}
}

func by(covering string, rules ...string) map[string]string {
	covered := map[string]string{}
	for _, rule := range rules {
		covered[rule] = covering
	}
	return covered
}

func lines(s account.Snapshot, asked func(scanner.Rule) bool) (told []string, covered map[string]string) {
	covered = map[string]string{}
	for _, f := range reported(s, asked).Findings {
		if f.CoveredBy == "" {
			told = append(told, f.Rule)
		} else {
			covered[f.Rule] = f.CoveredBy
		}
	}
	slices.Sort(told)
	return told, covered
}

func reported(s account.Snapshot, asked func(scanner.Rule) bool) scanner.Report {
	all := slices.DeleteFunc(rules.All(), func(r scanner.Rule) bool { return !asked(r) })
	s.Account = account.Identity{ID: "111122223333", Partition: "aws"}
	if s.Summary == nil {
		s.Summary = summary(nil)
	}
	s.Seen = map[account.Fact]account.Seen{}
	for _, fact := range everyFact() {
		s.Seen[fact] = account.Seen{At: clock}
	}
	return scanner.Evaluate(&s, account.Scope{Whole: true}, all, clock)
}

func user(u account.User) account.Snapshot { return sound(oneUser(u)) }

// sound gives an account no other faults.
func sound(s account.Snapshot) account.Snapshot {
	s.PasswordPolicy = &account.PasswordPolicy{
		MinimumLength: 14, Uppercase: true, Lowercase: true, Numbers: true, Symbols: true, MaxAge: 90, Reuse: 24,
	}
	s.Trails = goodTrail()
	s.Contacts.Security = account.Contact{Name: 1, Email: 1, Phone: 1}
	s.Analyzers = []account.Analyzer{{
		ARN: "arn:aws:access-analyzer:us-east-1:111122223333:analyzer/main", Name: "main", Region: "us-east-1",
		Type: account.AnalyzesAccount, Status: "ACTIVE",
	}}
	s.SAMLProviders = []account.SAMLProvider{{ARN: "arn:aws:iam::111122223333:saml-provider/people"}}
	s.OIDCProviders = []account.OIDCProvider{{ARN: "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}}
	s.Roles = []account.Role{{
		ARN: "arn:aws:iam::111122223333:role/oncall", ID: "AROAONCALL", Name: "oncall", Created: clock,
		Trust: policy.Parse(`{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:AssumeRoleWithSAML",
			"Principal": {"Federated": "arn:aws:iam::111122223333:saml-provider/people"},
			"Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}}}`),
		Attached: []account.Attachment{{ARN: "arn:aws:iam::aws:policy/AWSSupportAccess", Name: "AWSSupportAccess"}},
	}}
	return s
}

// grouped is an account with a user in a group, at whom there is nothing to find.
func grouped(g account.Group) account.Snapshot {
	s := user(account.User{Created: clock, Groups: []string{"g"}, MFA: true, Login: &account.Login{Changed: clock, LastUsed: clock}})
	g.ARN, g.ID, g.Name, g.Created = "arn:aws:iam::111122223333:group/g", "AGPAG", "g", clock
	s.Groups = []account.Group{g}
	return s
}

// trusting is an account with a role that has policies, and trusts somebody.
func trusting(principal, how string, attached ...account.Attachment) account.Snapshot {
	s := sound(account.Snapshot{})
	s.Roles = append(s.Roles, account.Role{
		ARN: "arn:aws:iam::111122223333:role/r", ID: "AROAR", Name: "r", Created: clock,
		Attached: attached,
		Trust:    policy.Parse(`{"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole` + how + `", "Principal": ` + principal + `}}`),
	})
	return s
}

func withoutPasswordPolicy() account.Snapshot {
	s := sound(account.Snapshot{})
	s.PasswordPolicy = nil
	return s
}

func withoutAnalyzer() account.Snapshot {
	s := sound(account.Snapshot{Regions: []string{"us-east-1"}})
	s.Analyzers = nil
	return s
}

func goodTrail() []account.Trail {
	return []account.Trail{{Name: "main", Global: true, Logging: true, Management: account.RecordsAll}}
}

func summary(but map[string]int) map[string]int {
	all := map[string]int{
		"AccountMFAEnabled": 1, "AccountAccessKeysPresent": 0, "AccountPasswordPresent": 1, "AccountSigningCertificatesPresent": 0,
	}
	maps.Copy(all, but)
	return all
}
