package scanner

import (
	"slices"

	"iamvigil/scanner/account"
)

// Check is a question together with the loop over the resources it is asked
// of. Make one with [Users], [AccessKeys] and their kin.
type Check func(*evaluation)

// Account asks once about the account as a whole.
func Account(check func(*Pass, *account.Snapshot)) Check {
	return func(e *evaluation) {
		e.ask(e.snapshot.Account.Ref(), nil, func(p *Pass) { check(p, e.snapshot) })
	}
}

// Root asks once about the root user.
func Root(check func(*Pass, *account.Snapshot)) Check {
	return func(e *evaluation) {
		e.ask(e.snapshot.Account.RootRef(), nil, func(p *Pass) { check(p, e.snapshot) })
	}
}

// Users asks about every IAM user. The root user is not one.
func Users(check func(*Pass, *account.User)) Check {
	return func(e *evaluation) {
		e.needs(account.Users)
		for _, u := range e.inScope.users {
			e.ask(u.Ref(), u.Seen, func(p *Pass) {
				p.user = u
				check(p, u)
			})
		}
	}
}

// AccessKeys asks about every access key of every user. The resource of a
// finding is the user.
func AccessKeys(check func(*Pass, *account.User, *account.AccessKey)) Check {
	return Users(func(p *Pass, u *account.User) {
		for i := range u.Keys {
			check(p, u, &u.Keys[i])
		}
	})
}

// Groups asks about every group.
func Groups(check func(*Pass, *account.Group)) Check {
	return func(e *evaluation) {
		e.needs(account.Groups)
		for _, g := range e.inScope.groups {
			e.ask(g.Ref(), nil, func(p *Pass) { check(p, g) })
		}
	}
}

// Roles asks about every role that the customer can change: service-linked
// roles are AWS's own.
func Roles(check func(*Pass, *account.Role)) Check {
	return func(e *evaluation) {
		e.needs(account.Roles)
		for _, r := range e.inScope.roles {
			if !r.ServiceLinked() {
				e.ask(r.Ref(), r.Seen, func(p *Pass) { check(p, r) })
			}
		}
	}
}

// ManagedPolicies asks about every customer-managed policy.
func ManagedPolicies(check func(*Pass, *account.Policy)) Check {
	return func(e *evaluation) {
		e.needs(account.Policies)
		for _, m := range e.inScope.policies {
			if !m.AWSManaged() {
				e.ask(m.Ref(), nil, func(p *Pass) { check(p, m) })
			}
		}
	}
}

// Identity is what users, groups and roles have in common: what grants to them.
type Identity struct {
	Attached []account.Attachment
	Inline   []account.InlinePolicy
	Boundary string
}

// Identities asks about every user, group and role but service-linked ones. Of
// the listings of the three that the rule reads, each kind needs only its own.
func Identities(check func(*Pass, Identity)) Check {
	return func(e *evaluation) {
		e.listed(account.Users, Users(func(p *Pass, u *account.User) { check(p, Identity{u.Attached, u.Inline, u.Boundary}) }))
		e.listed(account.Groups, Groups(func(p *Pass, g *account.Group) { check(p, Identity{g.Attached, g.Inline, ""}) }))
		e.listed(account.Roles, Roles(func(p *Pass, r *account.Role) { check(p, Identity{r.Attached, r.Inline, r.Boundary}) }))
	}
}

// listed asks the current rule by a check of one kind of identity, without
// need of the other kinds' listings.
func (e *evaluation) listed(own account.Fact, check Check) {
	rule, narrowed := e.rule, *e.rule
	others := func(f account.Fact) bool {
		return f != own && (f == account.Users || f == account.Groups || f == account.Roles)
	}
	narrowed.Reads = slices.DeleteFunc(slices.Clone(rule.Reads), others)
	narrowed.Hints = slices.DeleteFunc(slices.Clone(rule.Hints), others)
	e.rule = &narrowed
	check(e)
	e.rule = rule
}
