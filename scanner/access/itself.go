package access

import (
	"slices"
	"strings"

	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// object is something that a principal's permissions come from.
type object struct {
	ref account.Ref
	of  circumstance
	// dormant: it is a policy of which another version allows everything.
	dormant bool
}

// objects are what decides on a principal's permissions, of the kind that an action is
// on: itself, its groups and its own account's policies.
func (p *principal) objects(kind string) []object {
	var all []object
	n, ok := p.view.census().find(p.ref)
	if !ok {
		return nil
	}
	if string(p.ref.Kind) == kind {
		all = append(all, object{ref: p.ref, of: p.view.circumstance(n)})
	}
	for _, from := range p.origins {
		var one object
		switch g := p.view.named[strings.ToLower(from.Group)]; {
		case kind == "group" && p.ref.Kind == account.KindUser && g != nil:
			one.ref, one.of.known = g.Ref(), true
		case kind == "policy" && from.ARN != "" && !account.AWSManaged(from.ARN):
			one.ref = account.Ref{Kind: account.KindPolicy, ARN: from.ARN, Name: from.Name}
			one.dormant = p.view.dormant(from.ARN)
		default:
			continue
		}
		if !slices.ContainsFunc(all, func(o object) bool { return o.ref == one.ref }) {
			all = append(all, one)
		}
	}
	if kind == "group" && p.ref.Kind == account.KindUser && n < p.view.census().roles {
		all = p.joined(all, p.view.snapshot.Users[n].Groups)
	}
	return all
}

// joined adds the groups from which the principal has no policy.
func (p *principal) joined(all []object, groups []string) []object {
	for _, name := range groups {
		g := p.view.named[strings.ToLower(name)]
		if g != nil && !slices.ContainsFunc(all, func(o object) bool { return o.ref == g.Ref() }) {
			all = append(all, object{ref: g.Ref(), of: circumstance{known: true}})
		}
	}
	return all
}

// dormant tells whether a version of a policy that is not in force allows everything.
func (v *View) dormant(arn string) bool {
	i := slices.IndexFunc(v.snapshot.Policies, func(p account.Policy) bool { return p.ARN == arn })
	return i >= 0 && slices.ContainsFunc(v.snapshot.Policies[i].Versions, func(version account.PolicyVersion) bool {
		return !version.Default && version.Document.Admin() != nil
	})
}

// itself is a combo on what decides on the principal's own permissions, or on those of a
// role that it can assume.
func (a *attempt) itself(c *Combo) (Escalation, bool) {
	action := c.Actions[0]
	if targets[action].hold == unbinds {
		return a.freed(c)
	}
	best, on := a.write(action, a.principal)
	e := Escalation{Combo: *c, Answers: []policy.Answer{best}, On: on}
	if best.Decision == policy.Allowed {
		return e, true
	}
	for _, r := range a.view.trusts.roles {
		if a.look != nil && !a.look(1) || !a.principal.mayTrust(r) {
			continue
		}
		found, on := a.write(action, a.view.ofRole(r))
		if found.Denied() || !best.Denied() && found.Decision != policy.Allowed {
			continue
		}
		assumed := a.principal.assume(r, noTime)
		if assumed.Denied() || !best.Denied() && assumed.Decision != policy.Allowed {
			continue
		}
		if assumed.Decision != policy.Allowed {
			found.Decision, found.By = policy.Conditional, slices.Concat(found.By, assumed.By)
		}
		best, e = found, Escalation{Combo: *c, Answers: []policy.Answer{found}, On: on, Role: r.Ref()}
	}
	return e, !best.Denied()
}

// write is the best that is said to an action on what decides on the permissions of a
// principal that would have them then.
func (a *attempt) write(action string, to *principal) (best policy.Answer, on account.Ref) {
	best = denied
	if t := targets[action]; t.hold == writes && to.unbounded() {
		for _, o := range to.objects(t.kind) {
			if action == switches && !o.dormant {
				continue
			}
			if answer := a.on(action, o.ref.ARN, o.of); !answer.Denied() && (best.Denied() || answer.Decision == policy.Allowed) {
				best, on = answer, o.ref
			}
		}
	}
	return best, on
}

// writesTo is the first of the combos by which the principal writes to another.
func (a *attempt) writesTo(to *principal) (combo int, best policy.Answer) {
	best = denied
	for i := range combos {
		c := &combos[i]
		if c.Tier != Self || len(c.Actions) > 1 || targets[c.Actions[0]].hold != writes || !a.view.survey.within(c, a.principal.may) {
			continue
		}
		if answer, _ := a.write(c.Actions[0], to); !answer.Denied() && (best.Denied() || best.Decision != policy.Allowed && answer.Decision == policy.Allowed) {
			combo, best = i, answer
		}
	}
	return combo, best
}

// freed is the combo of taking off, or widening, a boundary that keeps a user from becoming
// administrator.
func (a *attempt) freed(c *Combo) (Escalation, bool) {
	p := a.principal
	if p.ref.Kind != account.KindUser || p.limits.Boundary == nil {
		return Escalation{}, false
	}
	n, ok := a.view.census().find(p.ref)
	if !ok {
		return Escalation{}, false
	}
	answer := a.on(c.Actions[0], p.ref.ARN, a.view.circumstance(n))
	if answer.Denied() {
		return Escalation{}, false
	}
	free := p.with(p.documents, false)
	free.origins = p.origins
	if _, wrote := a.view.attempt(free, nil).writesTo(free); wrote.Denied() && !free.makesItself() {
		return Escalation{}, false
	}
	return Escalation{Combo: *c, Answers: []policy.Answer{answer}, On: p.ref}, true
}

// unbounded tells whether the principal could become administrator with every policy that
// there is: whether it has no boundary, or one that lets it.
func (p *principal) unbounded() bool {
	if p.limits.Boundary == nil {
		return true
	}
	all := p.with([]*policy.Document{p.view.everything.Document}, true)
	if all.makesItself() {
		return true
	}
	n, ok := p.view.census().find(p.ref)
	for _, action := range []string{"iam:Delete", "iam:Put"} {
		action += map[account.Kind]string{account.KindUser: "User", account.KindRole: "Role"}[p.ref.Kind] + "PermissionsBoundary"
		if ok && !p.view.attempt(all, nil).on(action, p.ref.ARN, p.view.circumstance(n)).Denied() {
			return true
		}
	}
	return false
}

// makesItself tells whether the principal is administrator, or may write to whatever there
// is.
func (p *principal) makesItself() bool {
	if !wholly(p.grants.MayAll("*", "*")).Denied() {
		return true
	}
	a := p.view.attempt(p, nil)
	return slices.ContainsFunc(combos, func(c Combo) bool {
		if c.Tier != Self || c.Name == assuming || c.Actions[0] == provider || !p.view.survey.within(&c, p.may) {
			return false
		}
		_, ok := a.anywhere(&c)
		return ok
	})
}
