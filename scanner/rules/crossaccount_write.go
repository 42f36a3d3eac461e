package rules

import (
	"slices"
	"strings"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

var crossAccountWrite = []scanner.Rule{
	{
		About: scanner.About{
			ID: "role-cross-account-write", Title: "Another AWS account can change something through a role", Severity: scanner.High,
			Why:       "Whoever administers that account, or breaks into it, changes what is here. Medium where a condition limits it to your own organization (aws:PrincipalOrgID), info for the account that manages that, as with OrganizationAccountAccessRole. Each action counts that AWS says writes, tags or manages permissions, on whatever resource, but for those whose names say that they read, and support cases.",
			Fix:       "Find out whose account it is. If that is as it should be, name the one role there that needs it, and list the account as trusted (list of role-trust-cross-account; a missing external id is told all the same); otherwise take it out of the trust policy (iam update-assume-role-policy), or take the actions from the role.",
			CoveredBy: []string{"role-trust-any-principal"},
			Causes:    []string{"CreateRole", "UpdateAssumeRolePolicy", "AttachRolePolicy", "PutRolePolicy", "DeleteRolePermissionsBoundary"},
			Cures:     []string{"UpdateAssumeRolePolicy", "DetachRolePolicy", "DeleteRolePolicy", "PutRolePolicy", "PutRolePermissionsBoundary"},
		},
		Reads:  []account.Fact{account.Roles, account.Policies},
		Weighs: []account.Fact{account.OrganizationMembership},
		Check:  scanner.Roles(roleCrossAccountWrite),
	},
}

func roleCrossAccountWrite(p *scanner.Pass, r *account.Role) {
	who := strangersTo(p, r)
	if who.none() {
		cannotTell(p, account.Roles, unread("the trust policy", &r.Trust))
		return
	}
	of := reachOf(p, r)
	switch {
	case len(of.can) == 0:
		for _, doubt := range of.doubts {
			cannotTell(p, doubt.fact, doubt.doubt)
		}
		return
	case of.unbounded != "":
		cannotTell(p, account.Policies, of.unbounded)
		return
	}
	p.FailAs(who.severity(p), "", map[string]string{"accounts": who.evidence(), "actions": strings.Join(of.can, " ")},
		"role %q trusts %s, and can change something, as by %s", r.Name, who, quoted(of.can)).
		Mend(iam("get-role", "--role-name", r.Name))
}

// reach is what a role may change by its policies.
type reach struct {
	// can are some of the actions, known to change something, that the role may do on
	// some resource, conditions left to hold; none: it may not, but for the doubts.
	can    []string
	doubts []source
	// unbounded is why it is not known how much of that the boundary lets through, or
	// empty. It adds nothing.
	unbounded string
}

func (of *reach) onlyReads() bool { return len(of.can) == 0 && len(of.doubts) == 0 }

type reachKey struct{ *account.Role }

func reachOf(p *scanner.Pass, r *account.Role) *reach {
	return p.Once(reachKey{r}, func() any {
		of := &reach{}
		documents := documentsThatReach(p, r, of)
		limits := policy.Limits{SCPs: [][]*policy.Document{}}
		if r.Boundary != "" {
			boundary, doubt := inForce(p, r.Boundary)
			if boundary == nil {
				unlisted := policy.Parse("")
				boundary, doubt = &unlisted, "the boundary "+r.Boundary+" was not listed"
			}
			limits.Boundary, of.unbounded = boundary, doubt
		}
		if slices.ContainsFunc(documents, func(d *policy.Document) bool { return d.DeniesAll() }) {
			return &reach{}
		}
		tries := tries{known: knownTo(p), grants: policy.Combine(documents, limits).Given(ofSessions()).At(p.Now), documents: documents, left: comparisonsOf(p)}
		if of.unbounded == "" {
			tries.boundary = limits.Boundary
		}
		if of.can = tries.changes(); tries.tired {
			of.doubts = append(of.doubts, source{fact: account.Roles, doubt: "the role's policies have more actions than are tried"})
		}
		return of
	}).(*reach)
}

// ofSessions is what is known of every request that a role's session makes.
func ofSessions() map[string][]string {
	return map[string][]string{"aws:username": nil, "aws:PrincipalType": {"AssumedRole"}}
}

// documentsThatReach leaves out those of AWS's own policies that only read, by AWS's word,
// whatever levels it gives to some of their actions.
func documentsThatReach(p *scanner.Pass, r *account.Role, of *reach) []*policy.Document {
	var documents []*policy.Document
	reads := func(a account.Attachment) bool {
		return ofAWS(a.ARN, "ReadOnlyAccess", "SecurityAudit", "ViewOnlyAccess")
	}
	attached := slices.DeleteFunc(slices.Clone(r.Attached), reads)
	documentsOf(p, source{fact: account.Roles}, attached, r.Inline, func(from source, document *policy.Document) bool {
		documents = append(documents, document)
		if from.doubt != "" {
			of.doubts = append(of.doubts, from)
		}
		return true
	})
	return documents
}
