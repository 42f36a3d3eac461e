package access

import (
	"slices"

	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// Escalation is a combo that a user or role has.
type Escalation struct {
	Combo
	// Answers are to each of the Actions. None is a denial; what is Conditional in one
	// is so under its Conditions, or because a document was not read.
	Answers []policy.Answer
	// On is what the combo is on: a user, group, role or policy; zero: whatever there is.
	On account.Ref
	// Role is one that can be passed or assumed, or as which something may run, if the
	// combo takes that; zero: it does not, or the roles are not known.
	Role account.Ref
	// Latent: there is no role yet by which the combo would make an administrator.
	Latent bool

	narrow bool // it is on some of what may run
}

// Decision is Allowed if all answers are, on whatever may run; else Conditional.
func (e *Escalation) Decision() policy.Decision {
	unsure := func(a policy.Answer) bool { return a.Decision != policy.Allowed }
	if e.narrow || slices.ContainsFunc(e.Answers, unsure) {
		return policy.Conditional
	}
	return policy.Allowed
}

// Grounds are the statements on which the answers rest, each once, in their order.
func (e *Escalation) Grounds() []policy.Ground {
	var all []policy.Ground
	for _, answer := range e.Answers {
		for _, ground := range answer.By {
			same := func(g policy.Ground) bool { return g.Source == ground.Source && g.Statement == ground.Statement }
			if !slices.ContainsFunc(all, same) {
				all = append(all, ground)
			}
		}
	}
	return all
}

// Escalations are the combos by which a user or role may become more than it is, by all
// that [View.Of] takes together, in the order of [Combos]. One is left out where another
// that is as grave and as sure takes it in, as iam:* does everything. iam:* and iam:Put*
// must each be granted by one statement, on every resource.
//
// A combo on whatever users, groups, roles or policies there may be is one in any case. On
// certain ones only, it is if they are there and worth it: the principal itself, its
// groups and policies, a role that it can assume, or one that can become administrator. A
// role that is passed must trust the service, may be passed to it, and can become
// administrator; where none does, passing whatever role there may be is a Latent one. So it
// is with what already runs. EC2 takes only roles that are in an instance profile, or that
// the combo puts there. An assumed one must trust whoever assumes it and be one that
// can become administrator. An action that is allowed by nothing that was read is none of
// these, though what was not read might allow it.
func (v *View) Escalations(ref account.Ref) []Escalation {
	n, ok := v.census().find(ref)
	if !ok || !v.survey.some(v.actions(n)) && !v.graph().places[n].reached {
		return nil
	}
	p := v.build(n)
	if p.linked {
		return nil
	}
	a := v.attempt(p, v.graph())
	var all []Escalation
	for i := range combos {
		c := &combos[i]
		if c.Name != assuming && !v.survey.within(c, p.may) {
			continue
		}
		if e, ok := a.escalation(c); ok {
			all = append(all, e)
			if e.Actions[0] == everyIAM && e.Decision() == policy.Allowed {
				return all
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(e Escalation) bool {
		return slices.ContainsFunc(all, func(other Escalation) bool { return other.takesIn(&e) })
	})
}

// takesIn tells whether there is no need to tell of the other beside this one.
func (e *Escalation) takesIn(other *Escalation) bool {
	if e.Name == other.Name || e.Tier > other.Tier || e.Decision() != policy.Allowed && other.Decision() == policy.Allowed || e.Latent && !other.Latent {
		return false
	}
	has := func(action string) bool {
		return slices.ContainsFunc(e.Actions, func(own string) bool { return policy.MatchAction(own, action) })
	}
	return e.Actions[0] == everyIAM || other.Name != assuming && !slices.ContainsFunc(other.Actions, func(action string) bool { return !has(action) })
}

// escalation is a combo as the principal has it, if it does.
func (a *attempt) escalation(c *Combo) (Escalation, bool) {
	switch {
	case len(c.services) > 0:
		return a.byRole(c)
	case c.Name == assuming, c.Actions[0] == provider:
		return a.nearest(c)
	}
	wide, ok := a.anywhere(c)
	if ok && wide.Decision() == policy.Allowed || c.Tier != Self || len(c.Actions) > 1 {
		return wide, ok
	}
	var certain Escalation
	var found bool
	switch targets[c.Actions[0]].hold {
	case takes, joins:
		certain, found = a.nearest(c)
	case writes, unbinds:
		certain, found = a.itself(c)
	}
	if found && (!ok || certain.Decision() == policy.Allowed) {
		return certain, true
	}
	return wide, ok
}

// anywhere is a combo on whatever there may be.
func (a *attempt) anywhere(c *Combo) (Escalation, bool) {
	e := Escalation{Combo: *c}
	for _, action := range c.Actions {
		answer := a.ask(action)
		if answer.Denied() {
			return Escalation{}, false
		}
		e.Answers = append(e.Answers, answer)
	}
	return e, true
}
