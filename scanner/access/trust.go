package access

import (
	"cmp"
	"slices"

	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

const assume = "sts:AssumeRole"

// trusts is whom the roles of an account trust.
type trusts struct {
	// roles are all but the service-linked ones, by name.
	roles []*account.Role
	// named are the principals that some role names, by ARN or unique id.
	named map[string]bool
	// open are the statements by which roles trust anybody.
	open []policy.Statement
	// unread: some role's trust policy was not read, or not every role was listed.
	unread bool
}

func trustsOf(s *account.Snapshot) trusts {
	t := trusts{named: map[string]bool{}, unread: !s.Seen[account.Roles].Known()}
	for i := range s.Roles {
		if r := &s.Roles[i]; !r.ServiceLinked() {
			t.roles = append(t.roles, r)
			t.add(r)
		}
	}
	slices.SortStableFunc(t.roles, func(a, b *account.Role) int { return cmp.Compare(a.Name, b.Name) })
	return t
}

func (t *trusts) add(r *account.Role) {
	t.unread = t.unread || traitsOf(&r.Trust).has(unread)
	for _, s := range r.Trust.Statements {
		switch {
		case !s.Grants(assume, r.ARN):
		case s.NotPrincipal != nil || s.Principal.Everyone():
			t.open = append(t.open, s)
		case s.Principal != nil:
			for _, principal := range s.Principal.AWS {
				t.named[principal] = true
			}
		}
	}
}

// trusted reports whether some role may trust the user by itself, so that no
// document of the user's own need allow it to assume the role.
func (v *View) trusted(u *account.User) bool {
	who := caller{u, v.snapshot.Account}
	return v.trusts.unread || v.trusts.named[u.ARN] || u.ID != "" && v.trusts.named[u.ID] ||
		slices.ContainsFunc(v.trusts.open, func(s policy.Statement) bool { return !who.barred(s.Conditions) })
}

// Assumable are the roles that the user may be able to assume now, as far as
// their trust policies and the user's own documents tell; the proven and the
// possible alike, sorted by name. Service-linked roles are never among them. A
// role that was assumed before the user was denied it is not among them either,
// though its session may live on.
func (v *View) Assumable(u *account.User) []account.Role {
	who, h := caller{u, v.snapshot.Account}, v.bearing(u)
	limits := h.texts
	boundary, bounded := v.boundary(u)
	if bounded {
		limits = append(limits, boundary)
	}
	var roles []account.Role
	for _, r := range v.trusts.roles {
		mayAssume := func(t text) bool { return who.may(t, assume, r.ARN, possibly) }
		deniesIt := func(t text) bool { return who.denied(t, assume, r.ARN, surely) }
		itself, passed := who.trustedBy(r)
		// A boundary limits what the user's documents grant, not what a role does.
		itself = itself || passed && (h.has(unread) || slices.ContainsFunc(h.texts, mayAssume)) && (!bounded || mayAssume(boundary))
		if itself && !slices.ContainsFunc(limits, deniesIt) {
			roles = append(roles, *r)
		}
	}
	return roles
}

// trustedBy tells whether a role may trust the user by itself, and whether it may
// trust the account, whose documents pass that on.
func (c caller) trustedBy(r *account.Role) (itself, passed bool) {
	if traitsOf(&r.Trust).has(unread) {
		return true, true
	}
	for _, s := range r.Trust.Statements {
		switch {
		case s.Denies(assume, r.ARN) && len(s.Conditions) == 0 && (c.is(s.Principal) || c.ofAccount(s.Principal)):
			return false, false
		case s.Grants(assume, r.ARN) && !c.barred(s.Conditions):
			itself = itself || s.NotPrincipal != nil || c.is(s.Principal)
			passed = passed || c.ofAccount(s.Principal)
		}
	}
	return itself, passed
}

// is tells whether a principal is the user or everybody.
func (c caller) is(p *policy.Principal) bool {
	return p.Everyone() || p != nil && (slices.Contains(p.AWS, c.user.ARN) || c.user.ID != "" && slices.Contains(p.AWS, c.user.ID))
}

func (c caller) ofAccount(p *policy.Principal) bool {
	return p != nil && (slices.Contains(p.AWS, c.account.ID) || slices.Contains(p.AWS, c.account.RootARN()))
}

// barred tells whether conditions surely do not hold for the user: one wants of
// it another ARN, account, name or id. All others are taken to hold.
func (c caller) barred(conditions []policy.Condition) bool {
	return slices.ContainsFunc(conditions, func(of policy.Condition) bool {
		switch of.Operator {
		case "StringEquals", "StringLike", "ArnEquals", "ArnLike":
		default:
			return false
		}
		value := c.value(of.Key)
		return value != "" && !slices.ContainsFunc(of.Values, func(wanted string) bool {
			// Its * and ? match at least what they do in any of the operators.
			return policy.MatchResource(c.fill(wanted, possibly), value)
		})
	})
}
