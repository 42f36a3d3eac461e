// Package access tells who can do what in one look at an account, as far as it
// can be proven. What cannot is told as such, and never taken for harmless.
//
// It knows no rule, no finding and no AWS client.
package access

import (
	"iamvigil/scanner/account"
)

// View is what one snapshot shows of its users' permissions.
type View struct {
	snapshot *account.Snapshot
}

// New makes the view of a snapshot, which must not change any more.
func New(s *account.Snapshot) *View { return &View{snapshot: s} }

// Snapshot is what the view is of.
func (v *View) Snapshot() *account.Snapshot { return v.snapshot }

// User finds a user by its unique id, or is nil.
func (v *View) User(id string) *account.User {
	for i := range v.snapshot.Users {
		if v.snapshot.Users[i].ID == id {
			return &v.snapshot.Users[i]
		}
	}
	return nil
}

// Unprivileged reports whether it is proven that the user can neither change
// IAM, nor become another principal, nor hand a role to anything: every document
// that bears on it was read, and none allows any such thing, under whatever
// condition.
func (v *View) Unprivileged(u *account.User) bool { return false }

// Administrator reports whether it is proven that the user may do everything in
// IAM: some document allows it without a condition, and neither a boundary nor
// any Deny that bears on IAM narrows it.
func (v *View) Administrator(u *account.User) bool { return false }

// MayEnrolMFA reports whether it is proven that the user may create a virtual MFA
// device of its own name and assign it to itself, in a session without MFA.
func (v *View) MayEnrolMFA(u *account.User) bool { return false }

// SendsMail reports whether the user may be one for sending mail through SES,
// whose SMTP password is an access key's secret: nobody has shown that AWS counts
// such mail as a use of the key.
func (v *View) SendsMail(u *account.User) bool { return true }

// Assumable are the roles that the user may be able to assume, as far as their
// trust policies and the user's own documents tell; the proven and the possible
// alike, sorted by name. Service-linked roles are never among them.
func (v *View) Assumable(u *account.User) []account.Role { return nil }
