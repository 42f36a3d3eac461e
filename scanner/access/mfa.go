package access

import (
	"slices"

	"iamvigil/scanner/account"
)

// MayEnrolMFA reports whether it is proven that the user may create a virtual MFA
// device of its own name and assign it to itself, in a session without MFA: it is
// allowed either without a condition but that MFA is not present, its boundary
// allows both too, and nothing denies one of them, under whatever condition.
func (v *View) MayEnrolMFA(u *account.User) bool {
	who, h := caller{u, v.snapshot.Account}, v.bearing(u)
	boundary, bounded := v.boundary(u)
	may := func(action, resource string) bool {
		allows := func(t text) bool { return who.may(t, action, resource, surely) }
		denies := func(t text) bool { return who.denied(t, action, resource, possibly) }
		return slices.ContainsFunc(h.texts, allows) && !slices.ContainsFunc(h.texts, denies) &&
			(!bounded || allows(boundary) && !denies(boundary))
	}
	device := "arn:" + who.account.Partition + ":iam::" + who.account.ID + ":mfa/" + u.Name
	return !h.has(unread) && may("iam:CreateVirtualMFADevice", device) && may("iam:EnableMFADevice", u.ARN)
}
