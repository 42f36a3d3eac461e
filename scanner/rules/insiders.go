package rules

import (
	"slices"
	"strings"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// insider tells whether an account is the snapshot's, or one that is listed as trusted.
func insider(p *scanner.Pass, id string) bool {
	return id == p.Snapshot.Account.ID || slices.Contains(p.ListOf("role-trust-cross-account"), id)
}

// door is how a statement lets in all who meet conditions: its own, or else what
// Denies for everybody spare.
type door struct {
	conditions []policy.Condition
	spared     bool
}

// doors are the ways in for everybody who takes the action, but for those that are open
// to certain insiders, or to the role's own organization by a variable.
func doors(p *scanner.Pass, trust *policy.Document, action string) []door {
	var denies []policy.Condition
	for i := range trust.Statements {
		s := &trust.Statements[i]
		switch {
		case !everyone(s) || !s.Denies(action, "*"):
		case len(s.Conditions) == 0:
			return nil
		case closes(s):
			denies = append(denies, s.Conditions...)
		}
	}
	var found []door
	for i := range trust.Statements {
		s := &trust.Statements[i]
		if !everyone(s) || !s.Grants(action, "*") {
			continue
		}
		d := door{denies, true}
		if narrowed(s.Conditions) {
			d = door{s.Conditions, false}
		}
		inside := func(c policy.Condition) bool { return ofInsiders(p, c) }
		if len(d.conditions) > 0 && !slices.ContainsFunc(d.conditions, inside) {
			found = append(found, d)
		}
	}
	return found
}

// ofInsiders reports whether a condition names nobody but insiders.
func ofInsiders(p *scanner.Pass, c policy.Condition) bool {
	return owner(strings.ToLower(c.Key)) != nil && len(c.Values) > 0 && !slices.ContainsFunc(c.Values, func(v string) bool {
		v = itself(v)
		at := account.ParseARN(v).Account
		return v != "own" && at != "own" && !insider(p, v) && !insider(p, at)
	})
}

// within reports whether it is known that the door is open to the account's own
// organization alone.
func (d door) within(p *scanner.Pass) bool {
	return slices.ContainsFunc(d.conditions, func(c policy.Condition) bool {
		operator, negative := negated(c.Operator)
		if !negative {
			operator = c.Operator
		}
		return negative == d.spared && ofOwnOrganization(p, policy.Condition{Operator: operator, Key: c.Key, Values: c.Values})
	})
}

// ofOwnOrganization reports whether a condition is known to hold for members of the
// account's own organization alone.
func ofOwnOrganization(p *scanner.Pass, c policy.Condition) bool {
	org := p.Snapshot.Organization
	if org == nil || org.ID == "" || !p.Known(account.OrganizationMembership) || !narrows(c, false) {
		return false
	}
	another := func(v string) bool { return v != org.ID }
	switch strings.ToLower(c.Key) {
	case "aws:principalorgid":
	case "aws:principalorgpaths":
		another = func(v string) bool { return !strings.HasPrefix(v, org.ID+"/") }
	default:
		return false
	}
	return !slices.ContainsFunc(c.Values, another)
}

// within is as that of a door.
func (o outsider) within(p *scanner.Pass) bool {
	return !slices.ContainsFunc(o.statements, func(s *policy.Statement) bool { return !door{s.Conditions, false}.within(p) })
}
