package rules

import (
	"slices"
	"strconv"
	"strings"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

var providers = []scanner.Rule{
	{
		About: scanner.About{
			ID: "federation-missing", Title: "People sign in as IAM users, and no other way is set up", Severity: scanner.Info,
			Controls: cis("1.21", "1.21", "1.20"),
			Why:      "Passwords of IAM users are one more place where somebody has to be taken out when they leave. Where people come from a directory, that is done there, once. A provider of OpenID Connect that is for programs alone, such as GitHub's or a cluster's, lets no people in.",
			Fix:      "Have people sign in through IAM Identity Center, or through a provider of SAML or OpenID Connect, and take away the passwords of IAM users (iam delete-login-profile).",
		},
		Reads: []account.Fact{account.SAMLProviders, account.OIDCProviders, account.Roles, account.Users, account.Logins},
		Check: scanner.Account(federationMissing),
	},
	{
		About: scanner.About{
			ID: "saml-provider-expired", Title: "A SAML provider's metadata have expired, or soon will", Severity: scanner.Low,
			Why:   "Once they have, nobody can sign in through the provider, and somebody will sign in as root or as a user kept for the purpose. A provider that nobody misses is one to delete.",
			Fix:   "Fetch the metadata of the identity provider anew and upload them (iam update-saml-provider), or delete the provider (iam delete-saml-provider) after the roles that trust it.",
			Limit: beforeExpiry,
			Cures: []string{"UpdateSAMLProvider"},
		},
		Reads: []account.Fact{account.SAMLProviders},
		Check: scanner.SAMLProviders(samlProviderExpired),
	},
	{
		About: scanner.About{
			ID: "oidc-provider-audience", Title: "An OIDC provider takes tokens that were made for somebody else", Severity: scanner.Low, OptIn: true,
			Why:    "A role whose trust policy asks for no audience takes a token made for any audience of its provider. Providers that many share make tokens for other services too: whichever service is shown one with GitHub's own audience, https://github.com/<owner>, can use it here, if that is among them. IAM takes * and ? in an audience for plain text, so that a pattern lets nothing in.",
			Fix:    "Have the token made for AWS: sts.amazonaws.com with most providers, aws.workload.identity with HCP Terraform. Then take the other audience out (iam remove-client-id-from-open-id-connect-provider). Those that are meant go into this rule's list.",
			List:   scanner.List{Of: "audiences that are expected beside the usual ones"},
			Causes: []string{"CreateOpenIDConnectProvider", "AddClientIDToOpenIDConnectProvider"},
			Cures:  []string{"RemoveClientIDFromOpenIDConnectProvider"},
		},
		Reads: []account.Fact{account.OIDCProviders, account.OIDCClients},
		Check: scanner.OIDCProviders(oidcProviderAudience),
	},
	{
		About: scanner.About{
			ID: "role-trust-provider-missing", Title: "A role trusts an identity provider that the account does not have", Severity: scanner.Low,
			Why:    "Nobody can assume the role through it until somebody creates a provider of that name. Whoever may do that can put an identity provider of their own behind it, and then has the role.",
			Fix:    "Take the provider out of the trust policy (iam update-assume-role-policy), or delete a role that nobody misses (iam delete-role).",
			Causes: []string{"CreateRole", "UpdateAssumeRolePolicy"},
			Cures:  []string{"UpdateAssumeRolePolicy"},
		},
		Reads: []account.Fact{account.Roles, account.SAMLProviders, account.OIDCProviders},
		Check: scanner.Roles(roleTrustProviderMissing),
	},
}

// federationMissing is content with any way for people to come from elsewhere,
// whether or not they do.
func federationMissing(p *scanner.Pass, s *account.Snapshot) {
	if len(s.SAMLProviders) > 0 || slices.ContainsFunc(s.OIDCProviders, forPersons) {
		return
	}
	for i := range s.Roles {
		if ofIdentityCenter(s.Roles[i].ARN) {
			return
		}
	}
	users := 0
	for i := range s.Users {
		switch u := &s.Users[i]; {
		case u.Login != nil:
			users++
		case !s.Of(u.Seen, account.Logins).Known():
			p.Gap(account.Logins, s.Of(u.Seen, account.Logins))
		}
	}
	if users > 0 {
		p.Fail("", map[string]string{"users": strconv.Itoa(users)},
			"account %s has no identity provider for people, and %s with a console password", s.Account.ID, counted(users, "user"))
	}
}

// forPersons reports whether people may come from the provider: all that are known
// are for programs, but for Google.
func forPersons(o account.OIDCProvider) bool {
	of := issuerOf(o.Ref().Name)
	return of.subjects == nil || of.host == google
}

// ofIdentityCenter tells the roles that IAM Identity Center makes for the people it
// lets into the account. Nobody else can make one of that path.
func ofIdentityCenter(roleARN string) bool {
	return strings.HasPrefix(account.ParseARN(roleARN).Resource, "role/aws-reserved/sso.amazonaws.com/")
}

func samlProviderExpired(p *scanner.Pass, o *account.SAMLProvider) {
	if o.ValidUntil.IsZero() {
		return
	}
	said, _ := expiring(p, "expire", o.ValidUntil)
	if said == "" {
		return
	}
	p.Fail("", map[string]string{"valid_until": when(o.ValidUntil), "limit": strconv.Itoa(p.Limit())},
		"the metadata of SAML provider %q %s", p.Resource.Name, said).
		Mend(iam("get-saml-provider", "--saml-provider-arn", o.ARN))
}

// usual are the audiences that tokens of shared providers are made for where they
// are for AWS, by the provider's host. GitLab's own documentation has them made for
// the server itself too.
var usual = map[string][]string{
	"token.actions.githubusercontent.com": {"sts.amazonaws.com"},
	"gitlab.com":                          {"sts.amazonaws.com", "https://gitlab.com"},
	"app.terraform.io":                    {"sts.amazonaws.com", "aws.workload.identity"},
	"agent.buildkite.com":                 {"sts.amazonaws.com"},
	"oidc.codefresh.io":                   {"sts.amazonaws.com"},
}

func oidcProviderAudience(p *scanner.Pass, o *account.OIDCProvider) {
	expected, known := usual[issuerOf(p.Resource.Name).host]
	for _, client := range o.Clients {
		said := ""
		switch {
		case slices.Contains(p.List(), client) || slices.Contains(expected, client):
			continue
		case known:
			said = "which is not AWS's"
		case strings.ContainsAny(client, "*?"):
			said = "where * and ? stand for nothing but themselves"
		default:
			continue
		}
		p.Fail(client, map[string]string{"audience": client}, "OIDC provider %q takes tokens made for %q, %s", p.Resource.Name, client, said).
			Mend(iam("get-open-id-connect-provider", "--open-id-connect-provider-arn", o.ARN))
	}
}

// roleTrustProviderMissing compares without regard to case: whatever IAM makes of
// it, such a provider is no missing one.
func roleTrustProviderMissing(p *scanner.Pass, r *account.Role) {
	there := providersOf(p)
	missing := map[string]bool{}
	for _, action := range []string{withSAML, withWebIdentity} {
		for _, principal := range federated(&r.Trust, action) {
			if !ownProvider(p, principal) || there[strings.ToLower(principal)] || missing[principal] {
				continue
			}
			missing[principal] = true
			p.Fail(principal, map[string]string{"provider": principal}, "role %q trusts the provider %q, which the account does not have", r.Name, principal).
				Mend(iam("get-role", "--role-name", r.Name))
		}
	}
	if len(missing) == 0 {
		cannotTell(p, account.Roles, unread("the trust policy", &r.Trust))
	}
}

// ownProvider reports whether a federated principal is a provider of the account.
func ownProvider(p *scanner.Pass, principal string) bool {
	arn := account.ParseARN(principal)
	return arn.Account == p.Snapshot.Account.ID && arn.Service == "iam" &&
		(strings.HasPrefix(arn.Resource, "saml-provider/") || strings.HasPrefix(arn.Resource, "oidc-provider/"))
}

type providersKey struct{}

// providersOf are the ARNs of the account's providers, in lower case.
func providersOf(p *scanner.Pass) map[string]bool {
	return p.Once(providersKey{}, func() any {
		all := map[string]bool{}
		for i := range p.Snapshot.SAMLProviders {
			all[strings.ToLower(p.Snapshot.SAMLProviders[i].ARN)] = true
		}
		for i := range p.Snapshot.OIDCProviders {
			all[strings.ToLower(p.Snapshot.OIDCProviders[i].ARN)] = true
		}
		return all
	}).(map[string]bool)
}
