package scanner

import "iamvigil/scanner/account"

// resources are those that a look is about. Of an account of thousands that is often
// one, and there are more than a hundred rules to go through them.
type resources struct {
	users    []*account.User
	groups   []*account.Group
	roles    []*account.Role
	policies []*account.Policy
}

func covered(s *account.Snapshot, scope account.Scope) resources {
	return resources{
		users:    within(s.Users, scope, (*account.User).Ref),
		groups:   within(s.Groups, scope, (*account.Group).Ref),
		roles:    within(s.Roles, scope, (*account.Role).Ref),
		policies: within(s.Policies, scope, (*account.Policy).Ref),
	}
}

func within[T any](list []T, scope account.Scope, ref func(*T) account.Ref) []*T {
	var all []*T
	for i := range list {
		if scope.Covers(ref(&list[i])) {
			all = append(all, &list[i])
		}
	}
	return all
}
