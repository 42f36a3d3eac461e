package rules

import (
	"iter"
	"maps"
	"slices"
	"strings"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/actions"
	"iamvigil/scanner/policy"
)

var foreign = []scanner.Rule{
	{
		About: scanner.About{
			ID: "role-cross-account-write", Title: "Another AWS account can change something through a role", Severity: scanner.High,
			Why:       "Whoever administers that account, or breaks into it, changes what is here. Medium where a condition has it be of the account's own organization (aws:PrincipalOrgID). Each action counts that AWS says writes, tags or manages permissions, on whatever resource.",
			Fix:       "Find out whose account it is. If that is as it should be, name the one role there that needs it, and list the account as trusted by role-trust-cross-account; otherwise take it out of the trust policy (iam update-assume-role-policy), or take the actions from the role.",
			CoveredBy: []string{"role-trust-any-principal"},
			Causes:    []string{"CreateRole", "UpdateAssumeRolePolicy", "AttachRolePolicy", "PutRolePolicy", "DeleteRolePermissionsBoundary"},
			Cures:     []string{"UpdateAssumeRolePolicy", "DetachRolePolicy", "DeleteRolePolicy", "PutRolePolicy", "PutRolePermissionsBoundary"},
		},
		Reads: []account.Fact{account.Roles, account.Policies},
		Hints: []account.Fact{account.OrganizationMembership},
		Check: scanner.Roles(roleCrossAccountWrite),
	},
}

func roleCrossAccountWrite(p *scanner.Pass, r *account.Role) {
	who, within := strangers(p, r)
	if len(who) == 0 {
		cannotTell(p, account.Roles, unread("the trust policy", &r.Trust))
		return
	}
	of := reachOf(p, r)
	can := of.changes()
	if len(can) == 0 {
		for _, doubt := range of.doubts {
			cannotTell(p, doubt.fact, doubt.doubt)
		}
		return
	}
	severity := p.Rule.Severity
	if within {
		severity = milder(severity)
	}
	p.FailAs(severity, "", map[string]string{"accounts": strings.Join(who, " "), "actions": strings.Join(can, " ")},
		"role %q trusts other accounts, %s, and can change something, as by %s", r.Name, quoted(who), quoted(can)).
		Mend(iam("get-role", "--role-name", r.Name))
}

// strangers are the other accounts that can assume the role, "*" for everybody who
// meets its conditions among them, and whether all are known to be of the account's
// own organization.
func strangers(p *scanner.Pass, r *account.Role) (who []string, within bool) {
	found := outside(p, r)
	within = true
	for _, id := range slices.Sorted(maps.Keys(found)) {
		who, within = append(who, id), within && found[id].within(p)
	}
	open := opening(&r.Trust, assume) != nil
	conditional := doors(p, &r.Trust, assume)
	if open || len(conditional) > 0 {
		who = append(who, "*")
	}
	return who, within && !open && !slices.ContainsFunc(conditional, func(d door) bool { return !d.within(p) })
}

// reach is what a role may do by its policies.
type reach struct {
	known     *knownActions
	documents []*policy.Document
	grants    policy.Grants
	doubts    []source
}

// readers are those of AWS's own policies that only read, by AWS's word, whatever
// levels it gives to some of their actions.
var readers = []string{"ReadOnlyAccess", "SecurityAudit", "ViewOnlyAccess"}

func reachOf(p *scanner.Pass, r *account.Role) *reach {
	of := &reach{known: knownTo(p)}
	reads := func(a account.Attachment) bool {
		return account.AWSManaged(a.ARN) && slices.Contains(readers, account.NameOf(a.ARN))
	}
	attached := slices.DeleteFunc(slices.Clone(r.Attached), reads)
	documentsOf(p, source{fact: account.Roles}, attached, r.Inline, func(from source, document *policy.Document) bool {
		of.documents = append(of.documents, document)
		if from.doubt != "" {
			of.doubts = append(of.doubts, from)
		}
		return true
	})
	limits := policy.Limits{SCPs: [][]*policy.Document{}}
	if r.Boundary != "" {
		boundary, doubt := inForce(p, r.Boundary)
		limits.Boundary = boundary
		if doubt != "" {
			of.doubts = append(of.doubts, source{fact: account.Policies, doubt: doubt})
		}
	}
	of.grants = policy.Combine(of.documents, limits)
	return of
}

// Of what a role may do, a few actions are shown, and so many are tried: denials and
// boundaries may close one after another.
const (
	mostChanges = 3
	mostTried   = 1 << 6
)

// changes are some of the actions, known to change something, that the role may do on
// some resource, conditions left to hold.
func (of *reach) changes() []string {
	if slices.ContainsFunc(of.documents, func(d *policy.Document) bool { return d.DeniesAll() }) {
		return nil
	}
	var can []string
	tried := 0
	for action := range of.allowed() {
		if tried++; tried > mostTried {
			break
		}
		if !slices.Contains(can, action) && !of.grants.May(action, "*").Denied() {
			if can = append(can, action); len(can) == mostChanges {
				break
			}
		}
	}
	if tried > mostTried || of.known.left < 0 {
		of.doubts = append(of.doubts, source{fact: account.Roles, doubt: "the role's policies have more actions than are tried"})
	}
	return can
}

// allowed are the known actions that change something and that some statement allows,
// each perhaps more than once.
func (of *reach) allowed() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, d := range of.documents {
			for i := range d.Statements {
				s := &d.Statements[i]
				if s.Allows() && !of.named(s, yield) {
					return
				}
			}
		}
	}
}

// named yields what one statement allows, and is false once that is enough.
func (of *reach) named(s *policy.Statement, yield func(string) bool) bool {
	patterns := s.Actions
	if s.NotActions != nil {
		patterns = append(slices.Clip(patterns), "*")
	}
	for _, pattern := range patterns {
		if !of.known.look(pattern) {
			continue
		}
		for action, level := range actions.Levels(pattern) {
			if writes(level) && !yield(action) {
				return false
			}
		}
	}
	return true
}
