package access

import (
	"slices"

	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// assuming tells whether the principal may assume an administrator's role, and which.
func (a *attempt) assuming() (policy.Answer, account.Ref) {
	best := passage{answer: denied}
	for _, r := range a.view.adminRoles() {
		if r.ARN != a.principal.ref.ARN {
			best.improve(passage{a.assume(r), r.Ref()})
		}
	}
	return best.answer, best.role
}

// rolesOfAdmins are the roles of administrators, but those whose trust was not read.
func (v *View) rolesOfAdmins() []*account.Role {
	admins := map[string]bool{}
	for _, admin := range v.Admins() {
		admins[admin.ARN] = true
	}
	var all []*account.Role
	for _, r := range v.trusts.roles {
		if admins[r.ARN] && !traitsOf(&r.Trust).has(unread) {
			all = append(all, r)
		}
	}
	return all
}

// assume tells whether the principal may assume a role, which takes its own policies
// only where the role trusts the account and not the principal itself.
func (a *attempt) assume(r *account.Role) policy.Answer {
	who := caller{a.principal.asUser(), a.view.snapshot.Account}
	itself, passed := who.trustedBy(r)
	mayAssume := a.principal.may.has(a.view.survey.places[assume])
	var answer policy.Answer
	switch {
	case !itself && (!passed || !mayAssume):
		return denied
	case itself:
		answer = a.principal.trusted().May(assume, r.ARN)
	default:
		answer = a.principal.answer(func(g policy.Grants) policy.Answer { return g.May(assume, r.ARN) })
	}
	if answer.Decision == policy.Allowed && !slices.ContainsFunc(r.Trust.Statements, who.freely) {
		answer.Decision = policy.Conditional
	}
	return answer
}

// freely tells whether a statement of a role's trust lets the caller assume it, or its
// account decide that, under no condition.
func (c caller) freely(s policy.Statement) bool {
	return s.Effect == policy.Allow && len(s.Conditions) == 0 &&
		slices.ContainsFunc(s.Actions, func(p string) bool { return policy.MatchAction(p, assume) }) &&
		(s.NotPrincipal != nil || c.is(s.Principal) || c.ofAccount(s.Principal))
}

// asUser is a principal as a trust policy sees it. Of a role only its ARN is known: its
// sessions have other ids, and no name.
func (p *principal) asUser() *account.User {
	if p.ref.Kind == account.KindUser {
		return &account.User{ARN: p.ref.ARN, ID: p.ref.ID, Name: p.ref.Name}
	}
	return &account.User{ARN: p.ref.ARN}
}
