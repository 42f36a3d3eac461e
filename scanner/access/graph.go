package access

import (
	"slices"

	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// rank is how grave it is that somebody can become administrator; the lesser the graver.
type rank uint8

const (
	bySelf rank = iota
	byRole
	bySelfMaybe // under conditions, as all that follow but one
	byRoleMaybe
	byCompute
	byComputeMaybe
	ranks
)

func rankOf(t Tier, d policy.Decision) rank {
	sure := d == policy.Allowed
	switch {
	case t == Self && sure:
		return bySelf
	case t == Self:
		return bySelfMaybe
	case t == PassRole && sure:
		return byRole
	case t == PassRole:
		return byRoleMaybe
	case sure:
		return byCompute
	}
	return byComputeMaybe
}

func (r rank) tier() Tier {
	return [...]Tier{Self, PassRole, Self, PassRole, ExistingCompute, ExistingCompute}[r]
}

func (r rank) decision() policy.Decision {
	if r == bySelf || r == byRole || r == byCompute {
		return policy.Allowed
	}
	return policy.Conditional
}

// after is the rank of what takes two steps.
func (r rank) after(other rank) rank {
	if r.decision() == policy.Allowed && other.decision() == policy.Allowed {
		return rankOf(max(r.tier(), other.tier()), policy.Allowed)
	}
	return rankOf(max(r.tier(), other.tier()), policy.Conditional)
}

// place is where somebody stands on the way to administrator.
type place struct {
	offered, reached bool
	rank             rank
	steps            int32
	// combo is that of the next step, of [combos]; none: it is an administrator. It leads
	// to next, unless that is none: then it makes whoever takes it one.
	combo, next int32
	// then is the combo by which next, that is none itself, makes one of this; else none.
	then int32
}

const none = -1

// graph is who can become administrator, and by which next step: found from the
// administrators backwards, the gravest ways first and of those the shortest.
type graph struct {
	view   *View
	places []place                // by the numbers of the census
	order  map[account.Kind][]int // those reached, the gravest first
	runs   map[string][]int       // of those, the roles that trust each service
	queue  [ranks][][]int
	holds  holds
	looks  int // that may still be taken; below zero: not all was looked at
}

// mostLooks bounds the comparisons of patterns in one account that it takes to find the
// paths: some tenth of a second. An account that is not out to keep the scanner busy takes
// some ten thousand.
const (
	mostLooks = 2 << 20
	askLooks  = 100 // what a question costs
)

func (v *View) paths() *graph {
	g := &graph{view: v, order: map[account.Kind][]int{}, runs: map[string][]int{}, places: make([]place, v.census().all), holds: newHolds(v), looks: mostLooks}
	for _, admin := range v.Admins() {
		n, _ := v.census().find(admin.Ref)
		g.offer(n, place{rank: rankOf(Self, admin.Answer.Decision), combo: none, next: none, then: none})
	}
	for n := v.census().groups; n < v.census().all; n++ {
		if v.actions(n) == v.survey.all {
			if answer := wholly(v.build(n).grants.MayAll("*", "*")); !answer.Denied() {
				g.offer(n, place{rank: rankOf(Self, answer.Decision), combo: none, next: none, then: none})
			}
		}
	}
	for n := range g.places {
		g.enter(n)
	}
	g.enterWritten()
	for r := range g.queue {
		for steps := 0; steps < len(g.queue[r]); steps++ {
			slices.SortFunc(g.queue[r][steps], g.compare)
			for _, n := range g.queue[r][steps] {
				g.reach(n, rank(r), int32(steps))
			}
			g.queue[r][steps] = nil
		}
	}
	g.holds, g.queue = holds{}, [ranks][][]int{}
	return g
}

// reach settles the place of one, unless a better one was settled before, and looks for
// who can take a step to there.
func (g *graph) reach(n int, r rank, steps int32) {
	at := &g.places[n]
	if at.reached || at.rank != r || at.steps != steps {
		return
	}
	at.reached = true
	kind := g.view.census().refs(n).Kind
	g.order[kind] = append(g.order[kind], n)
	if r := g.view.role(n); r != nil {
		for _, service := range g.view.servicesOf(r) {
			g.runs[service] = append(g.runs[service], n)
		}
	}
	g.relax(n)
}

// offer gives somebody a place if it is better than what was offered before.
func (g *graph) offer(n int, to place) {
	if !g.wants(n, to.rank, to.steps) {
		return
	}
	to.offered = true
	g.places[n] = to
	q := &g.queue[to.rank]
	for len(*q) <= int(to.steps) {
		*q = append(*q, nil)
	}
	(*q)[to.steps] = append((*q)[to.steps], n)
}

// wants tells whether a place would be a better one. Nobody but AWS uses a service-linked
// role, whomever it trusts.
func (g *graph) wants(n int, r rank, steps int32) bool {
	at := &g.places[n]
	if at.reached || at.offered && (r > at.rank || r == at.rank && steps >= at.steps) {
		return false
	}
	role := g.view.role(n)
	return role == nil || !role.ServiceLinked()
}

// compare puts numbers into one order, however the snapshot is.
func (g *graph) compare(a, b int) int {
	return g.view.census().refs(a).Compare(g.view.census().refs(b))
}

// look spends a part of what may be looked at.
func (g *graph) look(cost int) bool {
	if g.looks >= 0 {
		g.looks -= cost
	}
	return g.looks >= 0
}

// enter finds what somebody can make itself, and whom it may be able to take a step to.
func (g *graph) enter(n int) {
	v := g.view
	may := v.actions(n)
	if at := &g.places[n]; at.offered && at.rank == bySelf {
		return
	}
	if !v.survey.some(may) || v.role(n) != nil && v.role(n).ServiceLinked() {
		return
	}
	a := v.attempt(v.build(n), nil)
	a.look = g.look
	for i := range combos {
		c := &combos[i]
		if c.Tier != Self || c.Name == assuming || !v.survey.within(c, may) {
			continue
		}
		if e, ok := a.escalation(c); ok {
			steps := int32(1)
			if e.Role != (account.Ref{}) {
				steps = 2
			}
			g.offer(n, place{rank: rankOf(Self, e.Decision()), steps: steps, combo: int32(i), next: none, then: none})
			if g.places[n].rank == bySelf {
				return
			}
		}
	}
	g.holds.add(n, a)
}

// enterWritten looks for who can assume a role that may write to whoever assumes it. Of
// several such roles the first by name is the way.
func (g *graph) enterWritten() {
	slices.SortFunc(g.holds.writers, g.compare)
	for _, w := range g.holds.writers {
		r := g.view.role(w)
		if r == nil || g.places[w].offered && g.places[w].rank == bySelf {
			continue
		}
		writer := g.view.attempt(g.view.build(w), nil)
		for n := range g.assumers(r) {
			g.written(n, w, writer)
		}
	}
}

func (g *graph) written(n, w int, writer *attempt) {
	if n == w || !g.wants(n, bySelf, 2) || !g.look(askLooks) {
		return
	}
	p := g.view.build(n)
	combo, wrote := writer.writesTo(p)
	if wrote.Denied() || !p.mayTrust(g.view.role(w)) {
		return
	}
	if found := p.assume(g.view.role(w), noTime); !found.Denied() {
		r := rankOf(Self, wrote.Decision).after(rankOf(Self, found.Decision))
		g.offer(n, place{rank: r, steps: 2, combo: comboAssume, next: int32(w), then: int32(combo)})
	}
}

// running are the roles that can become administrator and trust a service of a combo, for
// each service the gravest first.
func (g *graph) running(c *Combo) []int {
	if len(c.services) == 1 {
		return g.runs[c.services[0]]
	}
	var all []int
	for _, service := range c.services {
		for _, n := range g.runs[service] {
			if !slices.Contains(all, n) {
				all = append(all, n)
			}
		}
	}
	return all
}
