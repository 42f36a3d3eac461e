package rules

import (
	"fmt"
	"slices"
	"strings"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

var federations = []scanner.Rule{
	{
		About: scanner.About{
			ID: "role-trust-oidc-subject", Title: "A role can be assumed by whomever an OIDC provider vouches for", Severity: scanner.Critical,
			Why:    "A provider such as GitHub's gives tokens to all its customers. Only a condition on the token's subject tells yours from theirs: without one the role is anybody's, and with a pattern that does not fix the owner it is for whoever registers a name that fits. High where the provider is your own or there is a pattern.",
			Fix:    "Add StringEquals or StringLike on the provider's sub to the trust policy (iam update-assume-role-policy), with the owner and best the repository and branch written out: repo:<owner>/<repository>:ref:refs/heads/main, project_path:<group>/<project>:*, organization:<name>:*, system:serviceaccount:<namespace>:<name>. Not with IfExists or ForAllValues, which hold where there is no subject.",
			Causes: []string{"CreateRole", "UpdateAssumeRolePolicy"},
			Cures:  []string{"UpdateAssumeRolePolicy"},
		},
		Reads: []account.Fact{account.Roles},
		Check: trusting(roleTrustOIDCSubject),
	},
	{
		About: scanner.About{
			ID: "role-trust-oidc-audience", Title: "A role does not ask for whom an OIDC provider's token was made", Severity: scanner.Low,
			Why:       "A token that was made for another service, and shown to it, can be used for the role too. STS refuses those for audiences that the provider in IAM does not list; the condition keeps it so when another one is added to that list.",
			Fix:       "Add StringEquals on the provider's aud, mostly sts.amazonaws.com, to the trust policy (iam update-assume-role-policy).",
			CoveredBy: []string{"role-trust-oidc-subject"},
			Causes:    []string{"CreateRole", "UpdateAssumeRolePolicy"},
			Cures:     []string{"UpdateAssumeRolePolicy"},
		},
		Reads: []account.Fact{account.Roles},
		Check: trusting(roleTrustOIDCAudience),
	},
	{
		About: scanner.About{
			ID: "role-trust-saml-audience", Title: "A role does not ask for whom a SAML assertion was made", Severity: scanner.Low,
			Why:    "An assertion that the identity provider made for another service can be used for the role too.",
			Fix:    "Add StringEquals SAML:aud with https://signin.aws.amazon.com/saml, or what it is in your partition, to the trust policy (iam update-assume-role-policy).",
			Causes: []string{"CreateRole", "UpdateAssumeRolePolicy"},
			Cures:  []string{"UpdateAssumeRolePolicy"},
		},
		Reads: []account.Fact{account.Roles},
		Check: trusting(roleTrustSAMLAudience),
	},
	{
		About: scanner.About{
			ID: "role-trust-cognito-unauth", Title: "A role does not ask which identity pool of Cognito, or whether its guests", Severity: scanner.High,
			Why:    "Anybody can make an identity pool of Cognito in an account of theirs: without the pool's id the role is for all of them. Without a condition on amr it is for a pool's guests too, who have not signed in.",
			Fix:    "Add StringEquals cognito-identity.amazonaws.com:aud with the pool's id, and ForAnyValue:StringLike cognito-identity.amazonaws.com:amr with authenticated, or with unauthenticated for the guests' role, to the trust policy (iam update-assume-role-policy).",
			Causes: []string{"CreateRole", "UpdateAssumeRolePolicy"},
			Cures:  []string{"UpdateAssumeRolePolicy"},
		},
		Reads: []account.Fact{account.Roles},
		Check: trusting(roleTrustCognitoUnauth),
	},
	{
		About: scanner.About{
			ID: "role-trust-foreign-provider", Title: "A role trusts an identity provider of another account", Severity: scanner.Medium,
			Why:    "Either STS refuses it, and the trust is dead, which means that somebody who was to have the role has not; or who gets in is for another account to decide, by what it puts behind its provider, and nothing here shows who that is.",
			Fix:    "Make the provider in this account and name that one in the trust policy (iam update-assume-role-policy); or take it out, or delete a role that nobody misses (iam delete-role).",
			Causes: []string{"CreateRole", "UpdateAssumeRolePolicy"},
			Cures:  []string{"UpdateAssumeRolePolicy"},
		},
		Reads: []account.Fact{account.Roles},
		Check: scanner.Roles(roleTrustForeignProvider),
	},
}

const (
	withSAML        = "sts:AssumeRoleWithSAML"
	withWebIdentity = "sts:AssumeRoleWithWebIdentity"
	cognito         = "cognito-identity.amazonaws.com"
	google          = "accounts.google.com"
	amazon          = "www.amazon.com"
	facebook        = "graph.facebook.com"
)

// issuer is what is known of an OIDC provider.
type issuer struct {
	// host is the provider's name in IAM, or that without its path.
	host string
	// shared: one name for all its customers.
	shared bool
	// subjects are the ways in which a subject says whose it is.
	subjects []subject
	// claims say that too, where they have one value.
	claims []string
}

// subject is what a subject begins with, and what ends the name of its owner
// there; empty: nothing but the subject's end does.
type subject struct{ begins, ends string }

// issuers are the providers whose subjects are known. GitHub lets a repository
// choose other first claims: those that anybody can have, such as workflow, ref or
// environment, do not say whose the token is.
var issuers = []issuer{
	{
		host: "token.actions.githubusercontent.com", shared: true,
		subjects: []subject{
			{"repo:", "/"}, {"repository:", "/"}, {"repository_id:", ":"}, {"repository_owner:", ":"},
			{"repository_owner_id:", ":"}, {"enterprise:", ":"}, {"enterprise_id:", ":"},
		},
		claims: []string{"repository_owner", "repository_owner_id", "repository", "repository_id", "enterprise", "enterprise_id"},
	},
	{host: "gitlab.com", shared: true, subjects: []subject{{"project_path:", "/"}}},
	{host: "app.terraform.io", shared: true, subjects: []subject{{"organization:", ":"}}},
	{host: "agent.buildkite.com", shared: true, subjects: []subject{{"organization:", ":"}}},
	{host: "oidc.codefresh.io", shared: true, subjects: []subject{{"account:", ":"}}},
	// The audience is the client that the token was made for, which is a service
	// account's unique id for tokens of its own.
	{host: google, shared: true, subjects: []subject{{"", ""}}, claims: []string{"aud"}},
	{host: amazon, shared: true, subjects: []subject{{"", ""}}, claims: []string{"app_id", "user_id"}},
	{host: facebook, shared: true, subjects: []subject{{"", ""}}, claims: []string{"app_id", "id"}},
}

// issuerOf is what is known of a provider by its name in IAM. One of which nothing
// is known is taken for the customer's own, all of whose subjects are.
func issuerOf(name string) issuer {
	name = strings.ToLower(name)
	for _, known := range issuers {
		if name == known.host || strings.HasPrefix(name, known.host+"/") {
			return known
		}
	}
	if strings.HasPrefix(name, "oidc.eks.") {
		return issuer{host: name, subjects: []subject{{"system:serviceaccount:", ":"}}}
	}
	return issuer{host: name}
}

// says reports whether a value fixes whose the subject is.
func (i issuer) says(value string) bool {
	if i.subjects == nil {
		return value != "" && !strings.ContainsAny(value[:1], "*?$")
	}
	return slices.ContainsFunc(i.subjects, func(of subject) bool {
		rest, ok := strings.CutPrefix(value, of.begins)
		if !ok {
			return false
		}
		if of.ends != "" {
			rest, _, _ = strings.Cut(rest, of.ends)
		}
		return fixed(rest)
	})
}

// providerOf is the name of the OIDC provider that a federated principal is, or
// empty. Cognito's pools are asked for by a rule of their own.
func providerOf(federated string) string {
	if name, ok := strings.CutPrefix(account.ParseARN(federated).Resource, "oidc-provider/"); ok {
		return name
	}
	if federated == google || federated == amazon || federated == facebook {
		return federated
	}
	return ""
}

// federated yields the federated principals that a trust policy lets take the
// action, but for those to whom it is denied without a condition.
func federated(trust *policy.Document, action string) func(yield func(*policy.Statement, string) bool) {
	return func(yield func(*policy.Statement, string) bool) {
		for i := range trust.Statements {
			s := &trust.Statements[i]
			if s.Principal == nil || !s.Grants(action, "*") {
				continue
			}
			for _, principal := range s.Principal.Federated {
				if !shut(trust, action, principal) && !yield(s, principal) {
					return
				}
			}
		}
	}
}

func shut(trust *policy.Document, action, principal string) bool {
	return slices.ContainsFunc(trust.Statements, func(s policy.Statement) bool {
		return len(s.Conditions) == 0 && s.Denies(action, "*") && aboutFederated(&s, principal)
	})
}

func aboutFederated(deny *policy.Statement, principal string) bool {
	return deny.NotPrincipal == nil && (deny.Principal.Everyone() || deny.Principal != nil && slices.Contains(deny.Principal.Federated, principal))
}

// bound reports whether a principal is let in by a statement only with a value of
// the key that passes the test: that is what its conditions want, or all that a
// Deny spares.
func bound(trust *policy.Document, s *policy.Statement, principal, key string, is func(value string) bool) bool {
	if binds(s.Conditions, key, is) {
		return true
	}
	return slices.ContainsFunc(trust.Statements, func(deny policy.Statement) bool {
		if deny.Effect != policy.Deny || len(deny.Conditions) != 1 || !aboutFederated(&deny, principal) {
			return false
		}
		c := deny.Conditions[0]
		_, negative := negated(c.Operator)
		spared := slices.ContainsFunc(assumeActions, func(action string) bool { return s.Grants(action, "*") && !deny.Denies(action, "*") })
		return negative && !spared && strings.EqualFold(c.Key, key) && every(c.Values, is)
	})
}

// binds reports whether conditions hold only where the key has values that pass
// the test. IfExists and ForAllValues hold where it is absent, unless its presence
// is required beside.
func binds(conditions []policy.Condition, key string, is func(value string) bool) bool {
	present := slices.ContainsFunc(conditions, func(c policy.Condition) bool { return requires(c, key) })
	return slices.ContainsFunc(conditions, func(c policy.Condition) bool {
		return strings.EqualFold(c.Key, key) && positive(c.Operator, present) && every(c.Values, is)
	})
}

func positive(operator string, present bool) bool {
	operator = strings.TrimPrefix(strings.ToLower(operator), "foranyvalue:")
	if present {
		operator = strings.TrimSuffix(strings.TrimPrefix(operator, "forallvalues:"), "ifexists")
	}
	switch operator {
	case "stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike":
		return true
	}
	return false
}

// every reports whether there are values and all of them pass the test.
func every(values []string, is func(value string) bool) bool {
	return len(values) > 0 && !slices.ContainsFunc(values, func(v string) bool { return !is(v) })
}

func roleTrustOIDCSubject(trust *policy.Document) []trustFault {
	var found []trustFault
	open := map[string]bool{}
	for s, principal := range federated(trust, withWebIdentity) {
		provider := providerOf(principal)
		if provider == "" || open[provider] {
			continue
		}
		of := issuerOf(provider)
		claim := func(name string) bool { return bound(trust, s, principal, provider+":"+name, fixed) }
		if bound(trust, s, principal, provider+":sub", of.says) || slices.ContainsFunc(of.claims, claim) {
			continue
		}
		open[provider] = true
		found = append(found, openSubject(of, provider, valuesOf(s.Conditions, provider+":sub")))
	}
	return found
}

func openSubject(of issuer, provider string, subjects []string) trustFault {
	fault := trustFault{
		severity: scanner.High, part: provider, evidence: map[string]string{"provider": provider, "subjects": strings.Join(subjects, " ")},
		says: "trusts every token of " + quoted([]string{provider}) + ", whosever it is",
	}
	switch {
	case len(subjects) > 0:
		fault.says = "trusts tokens of " + quoted([]string{provider}) + " whose owner its conditions on the subject do not fix: " + quoted(subjects)
	case of.shared:
		fault.severity = scanner.Critical
	}
	return fault
}

// valuesOf are all values that conditions have for a key.
func valuesOf(conditions []policy.Condition, key string) []string {
	var values []string
	for _, c := range conditions {
		if strings.EqualFold(c.Key, key) {
			values = append(values, c.Values...)
		}
	}
	return values
}

func roleTrustOIDCAudience(trust *policy.Document) []trustFault {
	audience := func(principal string) []string {
		switch provider := providerOf(principal); {
		case provider == google:
			return []string{google + ":aud", google + ":oaud"}
		case provider == amazon || provider == facebook:
			return []string{provider + ":app_id"}
		case provider != "":
			return []string{provider + ":aud"}
		}
		return nil
	}
	return unasked(trust, withWebIdentity, audience, "does not ask for whom a token of %s was made")
}

func roleTrustSAMLAudience(trust *policy.Document) []trustFault {
	audience := func(principal string) []string {
		if strings.HasPrefix(account.ParseARN(principal).Resource, "saml-provider/") {
			return []string{"SAML:aud"}
		}
		return nil
	}
	return unasked(trust, withSAML, audience, "does not ask for whom an assertion of %s was made")
}

// unasked is a fault for each federated principal that is let in with any value of the
// keys, one of which would do. No keys: there is nothing to ask it for.
func unasked(trust *policy.Document, action string, keysOf func(principal string) []string, says string) []trustFault {
	var found []trustFault
	told := map[string]bool{}
	for s, principal := range federated(trust, action) {
		keys := keysOf(principal)
		asks := func(key string) bool { return bound(trust, s, principal, key, fixed) }
		if len(keys) == 0 || told[principal] || slices.ContainsFunc(keys, asks) {
			continue
		}
		told[principal] = true
		found = append(found, trustFault{part: principal, evidence: map[string]string{"provider": principal}, says: fmt.Sprintf(says, quoted([]string{principal}))})
	}
	return found
}

func roleTrustCognitoUnauth(trust *policy.Document) []trustFault {
	for s, principal := range federated(trust, withWebIdentity) {
		if principal != cognito {
			continue
		}
		var lacking []string
		for _, key := range []string{"aud", "amr"} {
			if !bound(trust, s, principal, cognito+":"+key, fixed) {
				lacking = append(lacking, key)
			}
		}
		if len(lacking) > 0 {
			return []trustFault{{
				evidence: map[string]string{"lacking": strings.Join(lacking, " ")},
				says:     fmt.Sprintf("trusts %q without a condition that fixes %s", cognito, strings.Join(lacking, " and ")),
			}}
		}
	}
	return nil
}

// roleTrustForeignProvider passes over providers of accounts that are listed as trusted:
// that they decide who enters is meant.
func roleTrustForeignProvider(p *scanner.Pass, r *account.Role) {
	told := map[string]bool{}
	for _, action := range []string{withSAML, withWebIdentity} {
		for _, principal := range federated(&r.Trust, action) {
			id := accountOfProvider(principal)
			if id == "" || insider(p, id, trustedAccounts(p)) || told[principal] {
				continue
			}
			told[principal] = true
			p.Fail(principal, map[string]string{"provider": principal, "account": id},
				"role %q trusts the provider %q of another account: either it is dead, or that account decides who enters", r.Name, principal).
				Mend(iam("get-role", "--role-name", r.Name))
		}
	}
	if len(told) == 0 {
		cannotTell(p, account.Roles, unread("the trust policy", &r.Trust))
	}
}

// accountOfProvider is the account of an identity provider, or empty: it is none.
func accountOfProvider(principal string) string {
	arn := account.ParseARN(principal)
	if arn.Service != "iam" || !strings.HasPrefix(arn.Resource, "saml-provider/") && !strings.HasPrefix(arn.Resource, "oidc-provider/") {
		return ""
	}
	return arn.Account
}
