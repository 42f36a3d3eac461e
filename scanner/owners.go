package scanner

import "iamvigil/scanner/account"

// Owners asks about every user, group and role as [Identities] does, and about every
// customer-managed policy as [ManagedPolicies] does: about all that holds policy
// documents which the customer writes. Of the facts that the rule reads, each kind
// needs the listing of its own alone.
func Owners(identity func(*Pass, Identity), managed func(*Pass, *account.Policy)) Check {
	return Several(
		Part{[]account.Fact{account.Users}, Users(func(p *Pass, u *account.User) { identity(p, Identity{u.Attached, u.Inline, u.Boundary}) })},
		Part{[]account.Fact{account.Groups}, Groups(func(p *Pass, g *account.Group) { identity(p, Identity{g.Attached, g.Inline, ""}) })},
		Part{[]account.Fact{account.Roles}, Roles(func(p *Pass, r *account.Role) { identity(p, Identity{r.Attached, r.Inline, r.Boundary}) })},
		Part{[]account.Fact{account.Policies}, ManagedPolicies(managed)},
	)
}

// Once gives what make makes of a key: made when a rule of this evaluation first asks,
// and handed to all that ask later. What one key stands for must always be made alike,
// and must not change.
func (p *Pass) Once(key any, make func() any) any {
	x := p.index
	made, known := x.once[key]
	if !known {
		made = make()
		if x.once == nil {
			x.once = map[any]any{}
		}
		x.once[key] = made
	}
	return made
}
