package access

import (
	"slices"
	"strings"

	"iamvigil/scanner/account"
)

// census numbers the users, the roles and the groups of a snapshot, in this order.
type census struct {
	roles, groups, all int // the first number of each, and of none
	byKey              map[string]int
	refs               func(n int) account.Ref
}

func (v *View) count() *census {
	s := v.snapshot
	c := &census{roles: len(s.Users), groups: len(s.Users) + len(s.Roles)}
	c.all = c.groups + len(s.Groups)
	c.byKey = make(map[string]int, c.all)
	c.refs = func(n int) account.Ref {
		switch {
		case n < c.roles:
			return s.Users[n].Ref()
		case n < c.groups:
			return s.Roles[n-c.roles].Ref()
		}
		return s.Groups[n-c.groups].Ref()
	}
	for n := range c.all {
		c.byKey[c.refs(n).Key()] = n
	}
	return c
}

// find is the number of a resource, of which only a part may be known.
func (c *census) find(ref account.Ref) (n int, ok bool) {
	if n, ok = c.byKey[ref.Key()]; ok && ref.Key() != "" && c.refs(n).Kind == ref.Kind {
		return n, true
	}
	if ref.ID != "" || ref.Name == "" {
		return 0, false
	}
	for n := range c.all {
		if ref.Same(c.refs(n)) {
			return n, true
		}
	}
	return 0, false
}

// actions are what some Allow that bears on a user, a role or a group's members is about.
func (v *View) actions(n int) actionSet { return v.acts()[n] }

func (v *View) actionsOfAll() []actionSet {
	c, s := v.census(), v.snapshot
	all := make([]actionSet, c.all)
	groups := make(map[string]actionSet, len(s.Groups))
	for i := range s.Groups {
		g := &s.Groups[i]
		all[c.groups+i] = v.actionsOf(g.Attached, g.Inline)
		groups[strings.ToLower(g.Name)] = all[c.groups+i]
	}
	for i := range s.Roles {
		all[c.roles+i] = v.actionsOf(s.Roles[i].Attached, s.Roles[i].Inline)
	}
	for i := range s.Users {
		u := &s.Users[i]
		all[i] = v.actionsOf(u.Attached, u.Inline)
		for _, name := range u.Groups {
			all[i].add(groups[strings.ToLower(name)])
		}
	}
	return all
}

func (v *View) actionsOf(attached []account.Attachment, inline []account.InlinePolicy) (all actionSet) {
	for _, a := range attached {
		all.add(v.survey.of(v.managed(a.ARN).Document))
	}
	for i := range inline {
		all.add(v.survey.of(&inline[i].Document))
	}
	return all
}

// role is that of a number, or nil.
func (v *View) role(n int) *account.Role {
	if c := v.census(); n >= c.roles && n < c.groups {
		return &v.snapshot.Roles[n-c.roles]
	}
	return nil
}

// Unread tells whether a document that bears on a user or role, but for its boundary, was
// not read whole, or there may be more of them than were listed.
func (v *View) Unread(ref account.Ref) bool {
	n, ok := v.census().find(ref)
	switch c := v.census(); {
	case !ok:
		return true
	case n < c.roles:
		return v.bearing(&v.snapshot.Users[n]).has(unread)
	case n < c.groups:
		r := &v.snapshot.Roles[n-c.roles]
		return !v.snapshot.Seen[account.Roles].Known() || !v.snapshot.Seen[account.Policies].Known() ||
			slices.ContainsFunc(r.Attached, func(a account.Attachment) bool { return v.managed(a.ARN).has(unread) }) ||
			slices.ContainsFunc(r.Inline, func(p account.InlinePolicy) bool { return p.Document.Statements == nil || p.Document.Problems != nil })
	}
	return v.groups[strings.ToLower(ref.Name)].has(unread)
}
