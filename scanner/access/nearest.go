package access

import (
	"slices"

	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// nearest is a combo on the nearest to an administrator whom the principal can take by it.
func (a *attempt) nearest(c *Combo) (best Escalation, found bool) {
	if a.graph == nil {
		return best, false
	}
	// Whoever can take one who becomes administrator becomes one too.
	n, ok := a.view.census().find(a.principal.ref)
	if !ok || !a.graph.places[n].reached {
		return best, false
	}
	kind := account.Kind(targets[c.Actions[0]].kind)
	if c.Actions[0] == provider {
		kind = account.KindRole
	}
	glance := a.glance(c)
	for _, to := range a.graph.order[kind] {
		if to == n || !glance(a.view.census().refs(to)) {
			continue
		}
		e, ok := a.leads(c, to)
		if ok && (!found || e.Decision() == policy.Allowed) {
			best, found = e, true
		}
		if found && best.Decision() == policy.Allowed {
			break
		}
	}
	return best, found
}

// glance tells at once of most others that a combo is not on them.
func (a *attempt) glance(c *Combo) func(account.Ref) bool {
	if c.Name == assuming || c.Actions[0] == provider {
		return func(account.Ref) bool { return true }
	}
	patterns := a.patterns(c.Actions[0])
	return func(ref account.Ref) bool {
		return slices.ContainsFunc(patterns, func(p string) bool { return policy.MatchResource(p, ref.ARN) })
	}
}

// leads is a combo as it takes the principal to another, if it does.
func (a *attempt) leads(c *Combo, to int) (Escalation, bool) {
	e := Escalation{Combo: *c}
	ref := a.view.census().refs(to)
	r := a.view.role(to)
	switch {
	case len(c.services) > 0:
		return a.asRole(c, r)
	case c.Name == assuming:
		e.Role = ref
		if a.principal.mayTrust(r) {
			e.Answers = append(e.Answers, a.principal.assume(r, noTime))
		}
	case c.Actions[0] == provider:
		e.Role = ref
		e.Answers = a.posing(r)
	default:
		e.On = ref
		if a.gains(c, r) {
			e.Answers = append(e.Answers, a.on(c.Actions[0], ref.ARN, a.view.circumstance(to)))
		}
	}
	return e, len(e.Answers) > 0 && !e.Answers[0].Denied()
}

// gains tells whether taking hold of another does the principal any good.
func (a *attempt) gains(c *Combo, r *account.Role) bool {
	p := a.principal
	switch {
	case targets[c.Actions[0]].hold == joins:
		return p.ref.Kind != account.KindRole && p.unbounded()
	case r != nil: // which it makes trust itself
		return !p.trusted().May(assume, r.ARN).Denied()
	}
	return true
}

// posing is what is said to changing a SAML provider that a role trusts.
func (a *attempt) posing(r *account.Role) []policy.Answer {
	for _, arn := range federated(r) {
		if answer := a.on(provider, arn, circumstance{}); !answer.Denied() {
			return []policy.Answer{answer}
		}
	}
	return nil
}

func (v *View) circumstance(n int) circumstance {
	c, s := v.census(), v.snapshot
	switch {
	case n < c.roles:
		return circumstance{s.Users[n].Boundary, s.Users[n].Tags, true}
	case n < c.groups:
		r := &s.Roles[n-c.roles]
		return circumstance{r.Boundary, r.Tags, true}
	}
	return circumstance{known: true}
}

// byRole is a combo with the nearest to an administrator of the roles that it can be done
// with; or else with whatever role there may be.
func (a *attempt) byRole(c *Combo) (best Escalation, found bool) {
	if a.graph == nil || !a.view.runs(c) {
		return best, false
	}
	for _, action := range c.Actions {
		if action != pass && a.ask(action).Denied() {
			return best, false
		}
	}
	for _, n := range a.graph.running(c) {
		e, ok := a.asRole(c, a.view.role(n))
		if ok && (!found || e.Decision() == policy.Allowed) {
			best, found = e, true
		}
		if found && best.Decision() == policy.Allowed {
			return best, true
		}
	}
	if found {
		return best, true
	}
	return a.latent(c)
}

// runs tells whether there is, or may be, a role that trusts a service of a combo.
func (v *View) runs(c *Combo) bool {
	return !v.snapshot.Seen[account.Roles].Known() ||
		slices.ContainsFunc(c.services, func(service string) bool { return len(v.trusting()[service]) > 0 })
}

// asRole is a combo with a certain role.
func (a *attempt) asRole(c *Combo, r *account.Role) (Escalation, bool) {
	e := Escalation{Combo: *c, Role: r.Ref()}
	if !slices.ContainsFunc(c.services, func(service string) bool { return a.view.placed(c, r, service) }) {
		return Escalation{}, false
	}
	for _, action := range c.Actions {
		answer := a.ask(action)
		if action == pass {
			answer = a.passes(c, r)
		}
		if answer.Denied() {
			return Escalation{}, false
		}
		e.Answers = append(e.Answers, answer)
	}
	e.narrow = c.Tier == ExistingCompute && !slices.ContainsFunc(e.Answers, onAll)
	return e, true
}

// instances is the service that has a role by way of an instance profile alone.
const instances = "ec2" + suffix

// placed tells whether a combo may have a service act as a role: EC2 only where the role
// is in an instance profile, or where the combo puts it into one.
func (v *View) placed(c *Combo, r *account.Role, service string) bool {
	if service != instances {
		_, trusts := trustedService(r, service)
		return trusts
	}
	return len(r.InstanceProfiles) > 0 || !v.snapshot.Seen[account.Roles].Known() || c.places()
}

// places tells whether a combo puts a role into an instance profile.
func (c *Combo) places() bool { return slices.Contains(c.Actions, "iam:AddRoleToInstanceProfile") }

// onAll tells whether an answer rests on a statement about all resources.
func onAll(a policy.Answer) bool {
	return slices.ContainsFunc(a.By, func(g policy.Ground) bool { return g.Effect == policy.Allow && !g.Part })
}

// passes is what is said to passing a role to one of the services that it trusts.
func (a *attempt) passes(c *Combo, r *account.Role) policy.Answer {
	best := denied
	for _, service := range c.services {
		name, ok := trustedService(r, service)
		if !ok || !a.view.placed(c, r, service) {
			continue
		}
		if answer := a.passed(name, r.ARN, circumstance{r.Boundary, r.Tags, true}); best.Denied() || answer.Decision == policy.Allowed {
			best = answer
		}
	}
	return best
}

func (a *attempt) passed(service, arn string, of circumstance) policy.Answer {
	p := *a.principal
	to := map[string][]string{"iam:PassedToService": {service}}
	p.grants = p.grants.Given(to)
	if p.doubtful {
		p.read = p.read.Given(to)
	}
	other := *a
	other.principal = &p
	return other.on(pass, arn, of)
}

// mostTried bounds the roles of which it is asked whether one may be passed to a service.
const mostTried = 20

// latent is a combo with whatever role there may be, while of those that there are none
// that is known would make an administrator.
func (a *attempt) latent(c *Combo) (Escalation, bool) {
	if !a.view.snapshot.Seen[account.Roles].Known() {
		return a.unlisted(c)
	}
	for _, action := range c.Actions {
		if answer := a.ask(action); answer.Denied() || c.Tier == ExistingCompute && action != pass && !onAll(answer) {
			return Escalation{}, false
		}
	}
	for _, service := range c.services {
		for i, t := range a.view.trusting()[service] {
			if i == mostTried {
				break
			}
			if e, ok := a.asRole(c, t.role); ok {
				e.Latent = true
				return e, true
			}
		}
	}
	return Escalation{}, false
}

// unlisted is a combo with whatever role there may be, where they are not known.
func (a *attempt) unlisted(c *Combo) (Escalation, bool) {
	for _, service := range c.services {
		e := Escalation{Combo: *c}
		for _, action := range c.Actions {
			answer := a.ask(action)
			if action == pass {
				answer = a.passed(service, a.view.arn("role", unnamed), circumstance{})
			}
			if answer.Denied() {
				break
			}
			e.Answers = append(e.Answers, answer)
		}
		if len(e.Answers) == len(c.Actions) {
			return e, true
		}
	}
	return Escalation{}, false
}

// abilities are the best that the principal can do with roles of each service.
func (a *attempt) abilities() []ability {
	var all []ability
	for i := range combos {
		c := &combos[i]
		if len(c.services) == 0 || !a.view.survey.within(c, a.principal.may) || !a.view.runs(c) {
			continue
		}
		r, ok := a.able(c)
		if !ok {
			continue
		}
		passes, places := slices.Contains(c.Actions, pass), c.places()
		for _, service := range c.services {
			at := slices.IndexFunc(all, func(one ability) bool {
				return one.service == service && one.passes == passes && one.places == places
			})
			switch {
			case at < 0:
				all = append(all, ability{service, int32(i), r, passes, places})
			case r < all[at].rank:
				all[at] = ability{service, int32(i), r, passes, places}
			}
		}
	}
	return all
}

func (a *attempt) able(c *Combo) (rank, bool) {
	sure := policy.Allowed
	for _, action := range c.Actions {
		if action == pass {
			continue
		}
		switch answer := a.ask(action); {
		case answer.Denied():
			return 0, false
		case answer.Decision != policy.Allowed:
			sure = policy.Conditional
		}
	}
	return rankOf(c.Tier, sure), true
}
