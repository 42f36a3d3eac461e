package scanner

import (
	"time"

	"iamvigil/scanner/account"
)

// ownDeny exempts a user from having policies of its own, where those are the
// scanner's: whoever contained the user attached them. And it exempts those
// policies from what they are meant to be.
func ownDeny() *Exemption {
	return &Exemption{
		Reason: "the scanner's stack contains users by it", Owner: "iamvigil",
		Expires: time.Date(9999, time.December, 31, 0, 0, 0, 0, time.UTC),
	}
}

// BuiltIn reports whether it is the scanner's own and none that anybody has
// configured, so that nobody has to hear of it or look after it.
func (x *Exemption) BuiltIn() bool {
	own := ownDeny()
	return x.Reason == own.Reason && x.Owner == own.Owner && x.Expires.Equal(own.Expires)
}

// contains reports whether the policies of the stack that a user has attached keep
// anybody from using what the rule finds.
func contains(rule string, has account.Denies) bool {
	switch rule {
	case "user-console-unused":
		return has.Console != "" || has.All != ""
	case "user-console-without-mfa":
		return has.Any()
	case "admin-user-without-mfa":
		return has.All != ""
	}
	return false
}

// contained are the users that have a policy of the stack attached, by their
// unique ids or ARNs, with what they have; and those policies.
type contained map[string]containment

type containment struct {
	has account.Denies
	// only: the user has no other policies of its own.
	only bool
	// own: it is no user but such a policy.
	own bool
}

func containedIn(s *account.Snapshot) contained {
	if !s.Stack.Denies.Any() {
		return nil
	}
	users := contained{}
	for i := range s.Users {
		u := &s.Users[i]
		if has := s.Stack.Denies.Of(u); has.Any() {
			users[u.Ref().Key()] = containment{has: has, only: len(u.Inline)+len(s.Stack.Denies.Without(u.Attached)) == 0}
		}
	}
	for _, arn := range []string{s.Stack.Denies.Console, s.Stack.Denies.WithoutMFA, s.Stack.Denies.All} {
		for i := range s.Policies {
			if p := &s.Policies[i]; arn != "" && p.ARN == arn {
				users[p.Ref().Key()] = containment{own: true}
			}
		}
	}
	return users
}

// exempt is the built-in exemption of a finding, or nil.
func (c contained) exempt(f *Finding) *Exemption {
	of := c[f.Resource.Key()]
	switch f.Rule {
	case "user-direct-policy":
		if of.only {
			return ownDeny()
		}
	case "policy-unattached", "policy-mfa-pattern":
		// It waits to be attached, and lets access keys be. What else it may be
		// found to be is told.
		if of.own {
			return ownDeny()
		}
	}
	return nil
}
