package access

import (
	"iter"
	"slices"
	"strings"

	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// grip is what one of somebody's documents may let him take: by a combo, what the pattern
// matches.
type grip struct {
	from, combo int32
	pattern     string
	best        policy.Decision // that can come of it: Allowed or Conditional
}

// ability is what somebody may do with roles that trust a service.
type ability struct {
	service string
	combo   int32
	rank    rank
	passes  bool // the role must be passed
	places  bool // into an instance profile, which is made for it
}

// holds are what there is that may be steps, but for the questions themselves, while a
// graph is made.
type holds struct {
	named   map[string][]grip // by what the pattern's name is, after the kind's first letter
	wild    map[byte][]grip   // patterns of names
	can     map[int32][]ability
	running map[string][]grip // by service: whoever gets at what runs as roles of it
	saml    []int             // who may update a provider
	writers []int             // who may write to some that is not just any
	// trusted are the numbers of those that roles name, by ARN and by id.
	trusted map[string]int
}

func newHolds(v *View) holds {
	h := holds{named: map[string][]grip{}, wild: map[byte][]grip{}, can: map[int32][]ability{},
		running: map[string][]grip{}, trusted: map[string]int{}}
	for n := range v.census().groups {
		ref := v.census().refs(n)
		for _, name := range []string{ref.ARN, ref.ID} {
			if name != "" && v.trusts.named[name] {
				h.trusted[name] = n
			}
		}
	}
	return h
}

const passing = none // the combo of a grip on a role that may be passed

// add notes what somebody has in hand.
func (h *holds) add(n int, a *attempt) {
	v, p := a.view, a.principal
	for i := range combos {
		c := &combos[i]
		if c.edge() && v.survey.within(c, p.may) {
			if c.Actions[0] == provider {
				h.saml = append(h.saml, n)
				continue
			}
			h.grips(n, a, int32(i), c.Actions[0])
		}
	}
	if p.may.any(v.survey.writing) {
		h.writers = append(h.writers, n)
	}
	can := a.abilities()
	if len(can) == 0 {
		return
	}
	passes := false
	for _, one := range can {
		if one.passes {
			passes = true
		} else {
			h.running[one.service] = append(h.running[one.service], grip{from: int32(n), combo: one.combo, best: one.rank.decision()})
		}
	}
	h.can[int32(n)] = can
	if passes {
		h.grips(n, a, passing, pass)
	}
}

func (h *holds) grips(n int, a *attempt, combo int32, action string) {
	kind := targets[action].kind[0]
	all := a.ask(action)
	for _, pattern := range a.patterns(action) {
		one := grip{int32(n), combo, pattern, policy.Allowed}
		if policy.MatchResource(pattern, a.view.arn(targets[action].kind, unnamed)) {
			switch {
			case all.Decision == policy.Conditional:
				one.best = policy.Conditional // as it is on all else
			case all.Denied() && a.given(nil, action, a.view.every(targets[action].kind)).Denied():
				return
			}
		}
		if name := pattern[strings.LastIndexByte(pattern, '/')+1:]; strings.ContainsAny(name, "*?$") {
			h.wild[kind] = append(h.wild[kind], one)
		} else {
			key := string(kind) + name
			h.named[key] = append(h.named[key], one)
		}
	}
}

// on are the grips that may be on a resource.
func (g *graph) on(ref account.Ref) iter.Seq[grip] {
	return func(yield func(grip) bool) {
		key := string(ref.Kind[0]) + ref.Name
		for _, one := range g.holds.named[key] {
			if !yield(one) {
				return
			}
		}
		for _, one := range g.holds.wild[ref.Kind[0]] {
			if !g.look(1) {
				return
			}
			if policy.MatchResource(one.pattern, ref.ARN) && !yield(one) {
				return
			}
		}
	}
}

// assumers are those who a role's trust policy may let in, and what can come of it at most.
func (g *graph) assumers(r *account.Role) iter.Seq2[int, policy.Decision] {
	return func(yield func(int, policy.Decision) bool) {
		open, passed := false, false
		for _, s := range r.Trust.Statements {
			if !s.Grants(assume, r.ARN) {
				continue
			}
			open = open || s.NotPrincipal != nil || s.Principal.Everyone()
			if s.Principal == nil {
				continue
			}
			own := g.view.snapshot.Account
			for _, name := range s.Principal.AWS {
				passed = passed || name == own.ID || name == own.RootARN()
				n, ok := g.holds.trusted[name]
				if !ok {
					n, ok = g.session(name)
				}
				if ok && !yield(n, policy.Allowed) {
					return
				}
			}
		}
		switch {
		case open:
			for n := range g.view.census().groups {
				if !g.look(1) || !yield(n, policy.Allowed) {
					return
				}
			}
		case passed:
			for one := range g.on(r.Ref()) {
				if one.combo == comboAssume && !yield(int(one.from), one.best) {
					return
				}
			}
		}
	}
}

// session is the role of which a principal is sessions.
func (g *graph) session(name string) (n int, ok bool) {
	arn := account.ParseARN(name)
	rest, ok := strings.CutPrefix(arn.Resource, "assumed-role/")
	if !ok || arn.Account != g.view.snapshot.Account.ID {
		return 0, false
	}
	role, _, _ := strings.Cut(rest, "/")
	return g.view.census().find(account.Ref{Kind: account.KindRole, Name: role})
}

// relax offers a place to whoever can take a step to one that was reached.
func (g *graph) relax(n int) {
	v := g.view
	ref := v.census().refs(n)
	for one := range g.on(ref) {
		if one.combo == passing || one.combo == comboAssume {
			continue
		}
		g.step(int(one.from), one.combo, n, one.best)
	}
	r := v.role(n)
	if r == nil {
		return
	}
	for from, best := range g.assumers(r) {
		g.step(from, comboAssume, n, best)
	}
	if len(g.holds.saml) > 0 && len(federated(r)) > 0 {
		for _, from := range g.holds.saml {
			g.step(from, comboProvider, n, policy.Allowed)
		}
	}
	g.run(n, r)
}

// run offers a place to whoever can have something run as a role.
func (g *graph) run(n int, r *account.Role) {
	v := g.view
	if len(g.holds.can) == 0 {
		return
	}
	services := v.servicesOf(r)
	if len(services) == 0 {
		return
	}
	for _, service := range services {
		for _, one := range g.holds.running[service] {
			if !v.placed(&combos[one.combo], r, service) {
				continue
			}
			g.step(int(one.from), one.combo, n, one.best)
		}
	}
	for one := range g.on(r.Ref()) {
		if one.combo != passing {
			continue
		}
		for _, can := range g.holds.can[one.from] {
			if can.passes && slices.Contains(services, can.service) && v.placed(&combos[can.combo], r, can.service) {
				g.step(int(one.from), can.combo, n, lesser(one.best, can.rank.decision()))
			}
		}
	}
}

func lesser(a, b policy.Decision) policy.Decision {
	if a == policy.Allowed {
		return b
	}
	return a
}

// step offers a place to somebody by a combo, if that leads to one that was reached. Best
// is what can come of the question at most, which spares most of them.
func (g *graph) step(from int, combo int32, to int, best policy.Decision) {
	at := g.places[to]
	if from == to || !g.wants(from, rankOf(combos[combo].Tier, best).after(at.rank), at.steps+1) || !g.look(askLooks) {
		return
	}
	a := g.view.attempt(g.view.build(from), g)
	if e, ok := a.leads(&combos[combo], to); ok {
		r := rankOf(combos[combo].Tier, e.Decision()).after(at.rank)
		g.offer(from, place{rank: r, steps: at.steps + 1, combo: combo, next: int32(to), then: none})
	}
}

// patterns are what a resource must match one of to be one that the principal's documents
// may allow an action on: a glance instead of a question.
func (a *attempt) patterns(action string) []string {
	var all []string
	isAction := func(p string) bool { return policy.MatchAction(p, action) }
	who := caller{a.principal.asUser(), a.view.snapshot.Account}
	for _, d := range a.principal.documents {
		for i := range d.Statements {
			s := &d.Statements[i]
			switch {
			case s.Effect != policy.Allow || !slices.ContainsFunc(s.Actions, isAction) && (s.NotActions == nil || slices.ContainsFunc(s.NotActions, isAction)):
			case s.NotResources != nil || s.Resources == nil:
				return []string{"*"}
			default:
				for _, pattern := range policy.Completed(s.Resources) {
					if d.Version == policy.Version2012 && strings.Contains(pattern, "${") {
						pattern = who.fill(pattern, possibly)
					}
					all = append(all, pattern)
				}
			}
		}
	}
	return all
}

// asUser is a principal as policy variables see it. Of a role only its ARN is known: its
// sessions have other ids, and no name.
func (p *principal) asUser() *account.User {
	if p.ref.Kind == account.KindUser {
		return &account.User{ARN: p.ref.ARN, ID: p.ref.ID, Name: p.ref.Name}
	}
	if p.ref.Kind == account.KindRole {
		return &account.User{ARN: p.ref.ARN}
	}
	return &account.User{}
}
