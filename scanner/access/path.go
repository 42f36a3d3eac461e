package access

import (
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// Path is how a user or role becomes administrator.
type Path struct {
	// Tier and Decision are those of its gravest and its least sure step: Self, PassRole
	// or ExistingCompute; Allowed or Conditional. Of who is one already they are Self and
	// how sure that is.
	Tier     Tier
	Decision policy.Decision
	// Steps are as many as it takes; none: it is administrator. The last leads to one, or
	// makes whoever takes it one.
	Steps []Step
}

// Step is taken by a user or role, or by a member of a group.
type Step struct {
	From account.Ref
	Escalation
	// To is whom it makes of that: a user or role as which to go on, or a group of which to
	// be a member; zero: an administrator.
	To account.Ref
}

// PathToAdmin is the gravest way by which a user or role, or a member of a group, becomes
// administrator, and of several that are as grave the shortest. It is false for who does not,
// and for all that was not found when [View.Whole] is not true. Service-linked roles never do.
func (v *View) PathToAdmin(ref account.Ref) (Path, bool) {
	g := v.graph()
	n, ok := v.census().find(ref)
	if !ok || !g.places[n].reached {
		return Path{}, false
	}
	r := g.places[n].rank
	path := Path{Tier: r.tier(), Decision: r.decision()}
	for g.places[n].combo != none {
		at := g.places[n]
		from := v.census().refs(n)
		a := v.attempt(v.build(n), g)
		c := &combos[at.combo]
		switch {
		case at.next == none:
			e, _ := a.escalation(c)
			return path.and(Step{From: from, Escalation: e}), true
		case at.then != none:
			w := v.census().refs(int(at.next))
			e, _ := a.leads(c, int(at.next))
			path = path.and(Step{From: from, Escalation: e, To: w})
			return path.and(Step{From: w, Escalation: v.writing(int(at.next), n, int(at.then))}), true
		}
		e, _ := a.leads(c, int(at.next))
		path = path.and(Step{From: from, Escalation: e, To: v.census().refs(int(at.next))})
		n = int(at.next)
	}
	return path, true
}

func (p Path) and(s Step) Path {
	p.Steps = append(p.Steps, s)
	return p
}

// writing is the combo by which one writes to another.
func (v *View) writing(from, to, combo int) Escalation {
	c := &combos[combo]
	answer, on := v.attempt(v.build(from), nil).write(c.Actions[0], v.build(to))
	return Escalation{Combo: *c, Answers: []policy.Answer{answer}, On: on}
}

// Whole tells whether all paths were looked at. They are but for an account that has so
// many policies about so many users and roles that it would take too long.
func (v *View) Whole() bool { return v.graph().looks >= 0 }
