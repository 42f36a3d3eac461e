package access

import (
	"slices"

	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// Admin is a user or role that may do everything on everything.
type Admin struct {
	account.Ref
	// Answer is Allowed, and By is the statements through which; or Conditional, on
	// conditions, or because a document was not read that might deny something.
	Answer policy.Answer
}

// Admins are the users and roles, but the service-linked, of which a statement that is
// about every action on every resource makes administrators, and no boundary and no Deny
// does not, sorted. A Deny of anything, however little, keeps one from being among them,
// and one under a condition makes its Answer Conditional. Nor is whoever can make itself
// one: see [View.Escalations]. The slice must not be changed.
func (v *View) Admins() []Admin { return v.admins() }

func (v *View) administrators() []Admin {
	var all []Admin
	for n := range v.census().groups {
		if v.actions(n) != v.survey.all {
			continue
		}
		p := v.build(n)
		if p.linked {
			continue
		}
		if answer := wholly(p.grants.MayAll("*", "*")); !answer.Denied() {
			all = append(all, Admin{p.ref, answer})
		}
	}
	slices.SortFunc(all, func(a, b Admin) int { return a.Compare(b.Ref) })
	return all
}
