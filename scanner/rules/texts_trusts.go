package rules

import (
	"cmp"
	"slices"

	"iamvigil/scanner"
	"iamvigil/scanner/policy"
)

// trustFinders are the rules about trust policies that need nothing but the document.
var trustFinders = []struct {
	rule string
	find func(trust *policy.Document) []trustFault
}{
	{"role-trust-any-principal", roleTrustAnyPrincipal},
	{"role-trust-oidc-subject", roleTrustOIDCSubject},
	{"role-trust-oidc-audience", roleTrustOIDCAudience},
	{"role-trust-saml-audience", roleTrustSAMLAudience},
	{"role-trust-cognito-unauth", roleTrustCognitoUnauth},
	{"role-confused-deputy", roleConfusedDeputy},
	{"trust-deleted-principal", trustDeletedPrincipal},
}

// mostTrustWork bounds the bytes of statements that are weighed for one document. A trust
// policy that IAM takes has 4,096 characters.
const mostTrustWork = 1 << 24

// Trusts are the faults in whom a role's trust policy lets in, which is told by having
// principals and no resources: of each statement by itself, with the denials of its
// document, and without what another rule says of it already. Not all of a document is
// looked at if it is greater than IAM takes.
func (t *Texts) Trusts(d *policy.Document) (found []TextFault, all bool) {
	alone, beside := []policy.Statement{{}}, 0
	for i := range d.Statements {
		if s := &d.Statements[i]; s.Effect == policy.Deny && ofTrust(s) {
			alone, beside = append(alone, *s), beside+s.End-s.Offset
		}
	}
	left, all := mostTrustWork, true
	for i := range d.Statements {
		s := &d.Statements[i]
		if !s.Allows() || !ofTrust(s) {
			continue
		}
		work := weighings(s) * (s.End - s.Offset + beside)
		if work > left {
			all = false
			continue
		}
		left -= work
		alone[0] = *s
		found = append(found, t.trusted(i, &policy.Document{Version: d.Version, Statements: alone})...)
	}
	return found, all
}

func ofTrust(s *policy.Statement) bool {
	return (s.Principal != nil || s.NotPrincipal != nil) && s.Resources == nil && s.NotResources == nil
}

// weighings is about how often a statement is weighed: for each rule, and each principal
// with each value of its conditions.
func weighings(s *policy.Statement) int {
	principals, values := 0, 1
	if s.Principal != nil {
		principals = len(s.Principal.AWS) + len(s.Principal.Service) + len(s.Principal.Federated)
	}
	for _, c := range s.Conditions {
		values += len(c.Values)
	}
	return len(trustFinders) + principals*values
}

// trusted is what is told of one statement, with the denials beside it.
func (t *Texts) trusted(i int, trust *policy.Document) []TextFault {
	var found []TextFault
	for n, about := range t.trusts {
		if slices.ContainsFunc(found, func(f TextFault) bool { return slices.Contains(about.CoveredBy, f.Rule) }) {
			continue
		}
		for _, f := range trustFinders[n].find(trust) {
			found = append(found, TextFault{Rule: about.ID, Severity: cmp.Or(f.severity, about.Severity), Statement: i, Message: "the statement " + f.says})
		}
	}
	return found
}

// aboutsOfTrusts are what the rules of trustFinders say of themselves.
func aboutsOfTrusts() []*scanner.About {
	all := slices.Concat(trusts, federations, roles, crossAccount)
	var abouts []*scanner.About
	for _, f := range trustFinders {
		abouts = append(abouts, aboutOf(all, f.rule))
	}
	return abouts
}
