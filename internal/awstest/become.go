package awstest

import "iamvigil/scanner/policy"

// Become has the calls that follow come from a role with these permissions, as
// [Role] does from the start.
func (a *AWS) Become(documents ...policy.Document) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.settings.role, a.settings.limited = documents, true
}

// Refuse refuses the actions from now on, as [Deny] does from the start. Every
// fault of before, such as [Throttle]'s, is over.
func (a *AWS) Refuse(actions ...string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.faults = nil
	for _, action := range actions {
		a.faults = append(a.faults, &fault{action: action, left: Always, failure: controlled})
	}
}
