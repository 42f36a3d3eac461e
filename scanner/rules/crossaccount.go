package rules

import (
	"maps"
	"slices"
	"strings"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

var crossAccount = []scanner.Rule{
	{
		About: scanner.About{
			ID: "role-trust-any-principal-conditional", Title: "A role can be assumed from any AWS account that meets a condition", Severity: scanner.Medium,
			Why:       "The condition is all that keeps everybody else out: a wrong organization, account or pattern in it, and the role is a stranger's. Low where it is known to limit the role to your own organization (aws:PrincipalOrgID).",
			Fix:       "Check that the organization, the accounts or the ARNs in the condition are yours, and better name the principals in the trust policy (iam update-assume-role-policy).",
			CoveredBy: []string{"role-trust-any-principal", "role-cross-account-write"},
			Causes:    []string{"CreateRole", "UpdateAssumeRolePolicy"},
			Cures:     []string{"UpdateAssumeRolePolicy"},
		},
		Reads:  []account.Fact{account.Roles},
		Weighs: []account.Fact{account.OrganizationMembership},
		Check:  scanner.Roles(roleTrustAnyPrincipalConditional),
	},
	{
		About: scanner.About{
			ID: "role-trust-cross-account", Title: "A role can be assumed from another AWS account", Severity: scanner.Medium,
			Why:       "Whoever administers that account, or breaks into it, can use the role's permissions here. Low where a condition limits it to your own organization (aws:PrincipalOrgID), and where the role asks for an external id (StringEquals sts:ExternalId) and only reads, without ReadOnlyAccess: so AWS would have a third party let in. Info for the account that manages your organization.",
			Fix:       "Find out whose account it is. If that is as it should be, name the one role there that needs it, and list the account as trusted: what its roles here may change or read is then not told either, but a missing external id still is. Otherwise take it out of the trust policy (iam update-assume-role-policy).",
			List:      scanner.List{Of: "accounts that are trusted, your own and third parties': of the rules about other accounts, only role-trust-no-external-id still asks about them", Accounts: true},
			CoveredBy: []string{"role-trust-any-principal", "role-cross-account-write"},
			Causes:    []string{"CreateRole", "UpdateAssumeRolePolicy"},
			Cures:     []string{"UpdateAssumeRolePolicy"},
		},
		Reads:  []account.Fact{account.Roles},
		Weighs: []account.Fact{account.OrganizationMembership, account.Policies},
		Check:  scanner.Roles(roleTrustCrossAccount),
	},
	{
		About: scanner.About{
			ID: "role-trust-no-external-id", Title: "A role can be assumed from another AWS account without an external id or MFA", Severity: scanner.Medium,
			Why:       "A third party assumes roles for all its customers. Without an external id of your own, another customer who tells it your role's ARN is let in by it. Info for the account that manages your organization.",
			Fix:       "Ask the third party for your external id and add StringEquals sts:ExternalId to the trust policy (iam update-assume-role-policy); for people of another account Bool aws:MultiFactorAuthPresent true. BoolIfExists does not ask for MFA: long-term keys come without that key. An account of your own, which acts for nobody else, needs none: list it here.",
			List:      scanner.List{Of: "accounts of your own, which act for nobody else and need no external id", Accounts: true},
			CoveredBy: []string{"role-trust-any-principal"},
			Causes:    []string{"CreateRole", "UpdateAssumeRolePolicy"},
			Cures:     []string{"UpdateAssumeRolePolicy"},
		},
		Reads:  []account.Fact{account.Roles},
		Weighs: []account.Fact{account.OrganizationMembership},
		Check:  scanner.Roles(roleTrustNoExternalID),
	},
	{
		About: scanner.About{
			ID: "role-cross-account-readonly", Title: "Another AWS account can read everything through a role", Severity: scanner.Medium,
			Why:       "ReadOnlyAccess reads the data too: objects in S3, items of tables, parameters, source code. Low where a condition limits it to your own organization (aws:PrincipalOrgID), info for the account that manages that.",
			Fix:       "Attach SecurityAudit or ViewOnlyAccess, which show configuration and no data, in its place (iam attach-role-policy, iam detach-role-policy).",
			CoveredBy: []string{"role-trust-any-principal", "role-cross-account-write", "role-trust-cross-account"},
			Causes:    []string{"AttachRolePolicy", "UpdateAssumeRolePolicy"},
			Cures:     []string{"DetachRolePolicy", "UpdateAssumeRolePolicy"},
		},
		Reads:  []account.Fact{account.Roles},
		Weighs: []account.Fact{account.OrganizationMembership},
		Check:  scanner.Roles(roleCrossAccountReadonly),
	},
	{
		About: scanner.About{
			ID: "role-trust-no-mfa", Title: "The account's own users can assume a role without MFA", Severity: scanner.Low, OptIn: true,
			Why:    "Whoever finds a user's key has the role's permissions too. Not for roles that programs assume with keys, or other roles: those have no MFA.",
			Fix:    "Add Bool aws:MultiFactorAuthPresent true to the trust policy (iam update-assume-role-policy). BoolIfExists does not ask for MFA: long-term keys come without that key.",
			Causes: []string{"CreateRole", "UpdateAssumeRolePolicy"},
			Cures:  []string{"UpdateAssumeRolePolicy"},
		},
		Reads: []account.Fact{account.Roles},
		Check: scanner.Roles(roleTrustNoMFA),
	},
	{
		About: scanner.About{
			ID: "trust-deleted-principal", Title: "A role trusts a user or role that was deleted", Severity: scanner.Low,
			Why:    "IAM shows a deleted principal by its unique id, which nobody has again: the statement lets nobody in, and hides in the trust policy who was meant to be.",
			Fix:    "Take the id out of the trust policy, or put the principal's successor in its place (iam update-assume-role-policy).",
			Causes: []string{"DeleteRole"},
			Cures:  []string{"UpdateAssumeRolePolicy"},
		},
		Reads: []account.Fact{account.Roles},
		Check: trusting(trustDeletedPrincipal),
	},
}

// assume is how principals of AWS accounts are let in.
const assume = "sts:AssumeRole"

func roleTrustAnyPrincipalConditional(p *scanner.Pass, r *account.Role) {
	conditions := map[string]bool{}
	severity := milder(p.Rule.Severity)
	for _, action := range assumeActions {
		for _, door := range doors(p, &r.Trust, action) {
			if !door.within(p) {
				severity = p.Rule.Severity
			}
			for _, c := range door.conditions {
				conditions[c.Operator+" "+c.Key+" "+strings.Join(c.Values, " ")] = true
			}
		}
	}
	if len(conditions) == 0 {
		cannotTell(p, account.Roles, unread("the trust policy", &r.Trust))
		return
	}
	names := slices.Sorted(maps.Keys(conditions))
	p.FailAs(severity, "", map[string]string{"conditions": strings.Join(names, ", ")},
		"role %q trusts every principal of every AWS account that meets its conditions: %s", r.Name, quoted(names)).
		Mend(iam("get-role", "--role-name", r.Name))
}

func roleTrustCrossAccount(p *scanner.Pass, r *account.Role) {
	found := outside(p, r, trustedAccounts(p))
	for _, id := range slices.Sorted(maps.Keys(found)) {
		of := found[id]
		evidence := map[string]string{"account": id, "principals": strings.Join(of.principals, " ")}
		under := ""
		if names := conditionNames(of.statements[0]); len(names) > 0 {
			evidence["conditions"] = strings.Join(names, ", ")
			under = ", under conditions on " + quoted(names)
		}
		p.FailAs(nearer(p, of.within(p, id) || recommended(p, r, of), manages(p, id)), id, evidence, "role %q trusts account %q: %s%s", r.Name, id, quoted(of.principals), under).
			Mend(iam("get-role", "--role-name", r.Name))
	}
	if len(found) == 0 {
		cannotTell(p, account.Roles, unread("the trust policy", &r.Trust))
	}
}

// recommended tells whether a role lets in another account as AWS would have a third
// party let in: by an external id, and to read what there is, not what is in it.
func recommended(p *scanner.Pass, r *account.Role, of outsider) bool {
	for i, s := range of.statements {
		if admitsUnnamed(&r.Trust, s, of.principals[i], nil) {
			return false
		}
	}
	return p.Known(account.Policies) && !readsAll(r) && reachOf(p, r).onlyReads()
}

func readsAll(r *account.Role) bool {
	return slices.ContainsFunc(r.Attached, func(a account.Attachment) bool { return ofAWS(a.ARN, "ReadOnlyAccess") })
}

// outsider is what a role trusts of another account.
type outsider struct {
	principals []string
	statements []*policy.Statement // by principal
}

// outside are the other accounts whose principals can assume the role, by their
// ids, without those listed.
func outside(p *scanner.Pass, r *account.Role, listed []string) map[string]outsider {
	found := map[string]outsider{}
	for s, principal := range trusted(&r.Trust) {
		id := accountOf(principal)
		if id != "" && !insider(p, id, listed) && admits(&r.Trust, s, aboutAWS(principal), nil) {
			of := found[id]
			found[id] = outsider{append(of.principals, principal), append(of.statements, s)}
		}
	}
	return found
}

// trusted yields the AWS principals that a trust policy names, but for everybody.
func trusted(trust *policy.Document) func(yield func(*policy.Statement, string) bool) {
	return func(yield func(*policy.Statement, string) bool) {
		for i := range trust.Statements {
			s := &trust.Statements[i]
			if s.Principal == nil || s.Principal.Everyone() || !s.Grants(assume, "*") {
				continue
			}
			for _, principal := range s.Principal.AWS {
				if !yield(s, principal) {
					return
				}
			}
		}
	}
}

// accountOf is the account of a principal, or empty: a unique id, which is all that is
// left of a deleted principal, tells none. IAM takes no patterns there;
// one that is found all the same is as if of another account.
func accountOf(principal string) string {
	id := principal
	if strings.Contains(principal, ":") {
		id = account.ParseARN(principal).Account
	}
	digits := len(id) == 12 && strings.Trim(id, "0123456789") == ""
	if digits || strings.Contains(principal, ":") && strings.ContainsAny(id, "*?") {
		return id
	}
	return ""
}

// aboutAWS tells whether a Deny is surely about a principal, by its ARN, its
// account, or as one of everybody.
func aboutAWS(principal string) func(*policy.Statement) bool {
	id := accountOf(principal)
	names := func(of string) bool {
		return of == principal || of == id || accountOf(of) == id && account.ParseARN(of).Resource == "root"
	}
	return func(deny *policy.Statement) bool {
		if deny.NotPrincipal != nil {
			return !deny.NotPrincipal.Everyone() && !slices.ContainsFunc(deny.NotPrincipal.AWS, func(of string) bool { return accountOf(of) == id })
		}
		return deny.Principal.Everyone() || deny.Principal != nil && slices.ContainsFunc(deny.Principal.AWS, names)
	}
}

// admits reports whether a statement of a trust policy may let in somebody of
// whose request no more is known than the given context, in which a key without
// values is absent. About tells which of the policy's Denies are about them.
func admits(trust *policy.Document, s *policy.Statement, about func(deny *policy.Statement) bool, known map[string][]string) bool {
	door := policy.Document{Version: trust.Version, Statements: []policy.Statement{impersonal(s)}}
	for i := range trust.Statements {
		if deny := &trust.Statements[i]; deny.Effect == policy.Deny && about(deny) {
			door.Statements = append(door.Statements, impersonal(deny))
		}
	}
	grants := policy.Combine([]*policy.Document{&door}, policy.Limits{SCPs: [][]*policy.Document{}}).Given(known)
	return slices.ContainsFunc(assumeActions, func(action string) bool {
		return s.Grants(action, "*") && !grants.May(action, "role").Denied()
	})
}

// impersonal is a statement without its principals and resources.
func impersonal(s *policy.Statement) policy.Statement {
	clause, terms := *s.Clause, *s.Terms
	terms.Principal, terms.NotPrincipal, terms.NotResources = nil, nil, nil
	clause.Terms = &terms
	return policy.Statement{Clause: &clause}
}

// Requests of principals that did not use MFA: long-term keys come without the
// keys about it, sessions that began without MFA with the first of them.
func withoutMFA() []map[string][]string {
	return []map[string][]string{
		{"aws:MultiFactorAuthPresent": nil, "aws:MultiFactorAuthAge": nil},
		{"aws:MultiFactorAuthPresent": {"false"}, "aws:MultiFactorAuthAge": nil},
	}
}

// roleTrustNoExternalID leaves it to role-trust-cross-account to tell of an account, but not
// where that says nothing of one that is listed as trusted.
func roleTrustNoExternalID(p *scanner.Pass, r *account.Role) {
	found := outside(p, r, p.List())
	var lacking []string
	managing := true
	for _, id := range slices.Sorted(maps.Keys(found)) {
		for i, s := range found[id].statements {
			if !ofOrganization(s) && admitsUnasked(&r.Trust, s, found[id].principals[i]) {
				lacking, managing = append(lacking, id), managing && manages(p, id)
				break
			}
		}
	}
	if len(lacking) == 0 {
		cannotTell(p, account.Roles, unread("the trust policy", &r.Trust))
		return
	}
	saidBy := "role-trust-cross-account"
	if slices.ContainsFunc(lacking, func(id string) bool { return insider(p, id, trustedAccounts(p)) }) {
		saidBy = ""
	}
	p.FailAs(nearer(p, false, managing), "", map[string]string{"accounts": strings.Join(lacking, " ")},
		"role %q can be assumed without an external id or MFA from other accounts: %s", r.Name, quoted(lacking)).
		SaidBy(saidBy).Mend(iam("get-role", "--role-name", r.Name))
}

// admitsUnasked reports whether a principal is let in without MFA and with no, or
// just any, external id.
func admitsUnasked(trust *policy.Document, s *policy.Statement, principal string) bool {
	return slices.ContainsFunc(withoutMFA(), func(known map[string][]string) bool { return admitsUnnamed(trust, s, principal, known) })
}

// admitsUnnamed reports whether a principal is let in with no, or just any, external id.
func admitsUnnamed(trust *policy.Document, s *policy.Statement, principal string, known map[string][]string) bool {
	return slices.ContainsFunc([][]string{nil, {"any"}}, func(id []string) bool {
		asking := map[string][]string{"sts:ExternalId": id}
		maps.Copy(asking, known)
		return admits(trust, s, aboutAWS(principal), asking)
	})
}

// ofOrganization reports whether a statement lets in members of a certain
// organization only, which are no third party.
func ofOrganization(s *policy.Statement) bool {
	return slices.ContainsFunc(s.Conditions, func(c policy.Condition) bool {
		key := strings.ToLower(c.Key)
		return (key == "aws:principalorgid" || key == "aws:principalorgpaths") && narrows(c, false)
	})
}

func roleCrossAccountReadonly(p *scanner.Pass, r *account.Role) {
	if !readsAll(r) {
		return
	}
	who := strangersTo(p, r)
	if who.none() {
		cannotTell(p, account.Roles, unread("the trust policy", &r.Trust))
		return
	}
	p.FailAs(who.severity(p), "", map[string]string{"accounts": who.evidence()},
		"role %q has the policy \"ReadOnlyAccess\" and trusts %s", r.Name, who).
		Mend(iam("get-role", "--role-name", r.Name))
}

// roleTrustNoMFA is about users and the account as a whole: that other roles
// assume this one cannot come with MFA.
func roleTrustNoMFA(p *scanner.Pass, r *account.Role) {
	own := p.Snapshot.Account
	var lacking []string
	for s, principal := range trusted(&r.Trust) {
		person := principal == own.ID || principal == own.RootARN() || strings.HasPrefix(account.ParseARN(principal).Resource, "user/")
		without := func(known map[string][]string) bool { return admits(&r.Trust, s, aboutAWS(principal), known) }
		if person && accountOf(principal) == own.ID && slices.ContainsFunc(withoutMFA(), without) {
			lacking = append(lacking, principal)
		}
	}
	if len(lacking) == 0 {
		cannotTell(p, account.Roles, unread("the trust policy", &r.Trust))
		return
	}
	p.Fail("", map[string]string{"principals": strings.Join(lacking, " ")},
		"role %q can be assumed without MFA by %s", r.Name, quoted(lacking)).
		Mend(iam("get-role", "--role-name", r.Name))
}

func trustDeletedPrincipal(trust *policy.Document) []trustFault {
	var gone []string
	for _, principal := range trusted(trust) {
		if strings.HasPrefix(principal, "AIDA") || strings.HasPrefix(principal, "AROA") {
			gone = append(gone, principal)
		}
	}
	if len(gone) == 0 {
		return nil
	}
	return []trustFault{{
		evidence: map[string]string{"principals": strings.Join(gone, " ")},
		says:     "trusts principals that were deleted: " + quoted(gone),
	}}
}
