package rules

import (
	"slices"

	"iamvigil/scanner"
	"iamvigil/scanner/access"
	"iamvigil/scanner/account"
)

type viewKey struct{}

// viewOf is who can do what in the account, made once for all rules. Those policies are
// left out by which the scanner's stack contains users: who can do everything once they
// are detached is an administrator all the while.
func viewOf(p *scanner.Pass) *access.View {
	return p.Once(viewKey{}, func() any { return access.New(uncontained(p.Snapshot)) }).(*access.View)
}

func uncontained(s *account.Snapshot) *account.Snapshot {
	denies := s.Stack.Denies
	has := func(u account.User) bool { return denies.Of(&u).Any() }
	if !denies.Any() || !slices.ContainsFunc(s.Users, has) {
		return s
	}
	free := *s
	free.Users = slices.Clone(s.Users)
	for i := range free.Users {
		free.Users[i].Attached = denies.Without(free.Users[i].Attached)
	}
	return &free
}

// becomesAdmin tells whether a user or role is administrator, or can become one by its
// own permissions, step by step.
func becomesAdmin(p *scanner.Pass, ref account.Ref) bool {
	path, ok := viewOf(p).PathToAdmin(ref)
	return ok && path.Tier <= access.PassRole
}
