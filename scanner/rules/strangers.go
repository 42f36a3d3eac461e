package rules

import (
	"maps"
	"slices"
	"strings"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// strangers are those outside the account, and beside the trusted accounts, whom a role
// lets in.
type strangers struct {
	accounts []string // by their ids, sorted
	// open: so is everybody. conditional: so is everybody who meets conditions.
	open, conditional bool
	// within: they are known to be of the account's own organization. managing: they
	// are known to be of the account that manages it.
	within, managing bool
}

func strangersTo(p *scanner.Pass, r *account.Role) strangers {
	found, doors := outside(p, r, trustedAccounts(p)), doors(p, &r.Trust, assume)
	open := opening(&r.Trust, assume) != nil
	s := strangers{
		accounts: slices.Sorted(maps.Keys(found)), open: open, conditional: len(doors) > 0,
		within: !open, managing: !open && len(doors) == 0,
	}
	for id, of := range found {
		s.within, s.managing = s.within && of.within(p, id), s.managing && manages(p, id)
	}
	s.within = s.within && !slices.ContainsFunc(doors, func(d door) bool { return !d.within(p) })
	return s
}

func (s strangers) none() bool { return len(s.accounts) == 0 && !s.open && !s.conditional }

// evidence has * for everybody.
func (s strangers) evidence() string {
	if s.open || s.conditional {
		return strings.Join(append(slices.Clip(s.accounts), "*"), " ")
	}
	return strings.Join(s.accounts, " ")
}

// String is how a message goes on after "trusts".
func (s strangers) String() string {
	var said []string
	if len(s.accounts) > 0 {
		said = append(said, "other accounts, "+quoted(s.accounts))
	}
	switch {
	case s.open:
		said = append(said, "everybody")
	case s.conditional:
		said = append(said, "everybody who meets its conditions")
	}
	return strings.Join(said, ", and ")
}

// severity is milder than the rule's for the account's own organization. The account
// that manages that has power over it anyway.
func (s strangers) severity(p *scanner.Pass) scanner.Severity { return nearer(p, s.within, s.managing) }

func nearer(p *scanner.Pass, within, managing bool) scanner.Severity {
	switch {
	case managing:
		return scanner.Info
	case within:
		return milder(p.Rule.Severity)
	}
	return p.Rule.Severity
}

// manages tells whether another account is known to manage the account's organization.
func manages(p *scanner.Pass, id string) bool {
	org := p.Snapshot.Organization
	return org != nil && p.Known(account.OrganizationMembership) && id != "" && id == org.Management && id != p.Snapshot.Account.ID
}

// trustedAccounts are listed as such: accounts of one's own, and of third parties that
// were let in deliberately.
func trustedAccounts(p *scanner.Pass) []string { return p.ListOf("role-trust-cross-account") }

// insider tells whether an account is the snapshot's, or one of those listed.
func insider(p *scanner.Pass, id string, listed []string) bool {
	return id == p.Snapshot.Account.ID || slices.Contains(listed, id)
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
	listed := trustedAccounts(p)
	return owner(strings.ToLower(c.Key)) != nil && len(c.Values) > 0 && !slices.ContainsFunc(c.Values, func(v string) bool {
		v = itself(v)
		at := account.ParseARN(v).Account
		return v != "own" && at != "own" && !insider(p, v, listed) && !insider(p, at, listed)
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

// within is as that of a door, of the account with this id.
func (o outsider) within(p *scanner.Pass, id string) bool {
	return manages(p, id) || !slices.ContainsFunc(o.statements, func(s *policy.Statement) bool { return !door{s.Conditions, false}.within(p) })
}
