// Package access tells who can do what in one look at an account, as far as it
// can be proven. What cannot is told as such, and never taken for harmless.
//
// It knows no rule, no finding and no AWS client, and it sees no more than the
// snapshot: neither the organisation's policies, which only take away, nor those
// of buckets, keys and functions, which can give.
package access

import (
	"slices"
	"strings"
	"sync"

	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// View is what one snapshot shows of its users' and roles' permissions. Several goroutines
// may use it at once.
type View struct {
	snapshot *account.Snapshot
	users    map[string]*account.User  // by unique id
	policies map[string]text           // managed ones, by ARN
	groups   map[string]holding        // by name in lower case
	named    map[string]*account.Group // as groups
	bearings map[*account.User]holding
	trusts   trusts

	census     func() *census
	acts       func() []actionSet           // by the numbers of the census
	trusting   func() map[string][]trusting // by service
	admins     func() []Admin
	graph      func() *graph
	attachable func() []string
	survey     *survey
	everything text             // as AdministratorAccess says it
	unread     *policy.Document // of an empty text
}

// New makes the view of a snapshot, which must not change any more.
func New(s *account.Snapshot) *View {
	v := &View{
		snapshot: s,
		users:    make(map[string]*account.User, len(s.Users)),
		policies: make(map[string]text, len(s.Policies)),
		groups:   make(map[string]holding, len(s.Groups)),
		named:    make(map[string]*account.Group, len(s.Groups)),
		bearings: make(map[*account.User]holding, len(s.Users)),
		trusts:   trustsOf(s),
	}
	v.everything = parsed(`{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}`)
	v.unread, v.survey, v.census = parsed("").Document, newSurvey(), sync.OnceValue(v.count)
	v.acts = sync.OnceValue(v.actionsOfAll)
	v.trusting, v.admins = sync.OnceValue(v.rolesByService), sync.OnceValue(v.administrators)
	v.graph, v.attachable = sync.OnceValue(v.paths), sync.OnceValue(v.adminPolicies)
	for i := range s.Policies {
		v.policies[s.Policies[i].ARN] = inForce(&s.Policies[i])
	}
	for i := range s.Groups {
		g := &s.Groups[i]
		name := strings.ToLower(g.Name)
		v.named[name], v.groups[name] = g, v.held(g.Attached, g.Inline)
	}
	for i := range s.Users {
		u := &s.Users[i]
		v.users[u.ID], v.bearings[u] = u, v.read(u)
	}
	return v
}

// Snapshot is what the view is of.
func (v *View) Snapshot() *account.Snapshot { return v.snapshot }

// User finds a user by its unique id, or is nil.
func (v *View) User(id string) *account.User {
	if id == "" {
		return nil
	}
	return v.users[id]
}

// Unprivileged reports whether it is proven that the user can neither change
// IAM, but for its own password, nor become another principal, nor hand a role
// to anything: every document that bears on it was read without a problem, and
// none allows any such thing, on whatever resource and under whatever condition;
// nor does any role trust it by itself. Boundaries and Denies prove nothing here,
// because they can be taken off.
func (v *View) Unprivileged(u *account.User) bool {
	return !v.bearing(u).has(unread|escalates) && !v.trusted(u)
}

// Administrator reports whether it is proven that the user may do everything in
// IAM: every document that bears on it was read without a problem, one statement
// allows it without a condition, as does one of the boundary if there is one, and
// none denies anything that could be of IAM, even under a condition.
func (v *View) Administrator(u *account.User) bool {
	full := func(t traits) bool { return t.has(administers) && !t.has(unread|deniesIAM) }
	boundary, bounded := v.boundary(u)
	return full(v.bearing(u).traits) && (!bounded || full(boundary.traits))
}

// SES's console gives these names to what it makes for SMTP credentials: a user
// that has the inline policy, or, of late, is in the group.
const (
	mailUserPrefix = "ses-smtp-user."
	mailPolicy     = "AmazonSesSendingAccess"
	mailGroup      = "AWSSESSendingGroupDoNotRename"
)

// SendsMail reports whether the user may be one for sending mail through SES,
// whose SMTP password is an access key's secret: nobody has shown that AWS counts
// such mail as a use of the key. It is one that SES's console made, or that some
// document allows by name to send mail; "*" alone is no such name. So is whoever
// has a document that was not read.
func (v *View) SendsMail(u *account.User) bool {
	return strings.HasPrefix(strings.ToLower(u.Name), mailUserPrefix) ||
		slices.ContainsFunc(u.Groups, func(name string) bool { return strings.EqualFold(name, mailGroup) }) ||
		slices.ContainsFunc(u.Inline, func(p account.InlinePolicy) bool { return strings.EqualFold(p.Name, mailPolicy) }) ||
		v.bearing(u).has(mails|unread)
}
