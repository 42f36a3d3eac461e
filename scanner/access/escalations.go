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
	// Role is one that can be passed or assumed, if the combo takes that; zero: it does
	// not, or the roles are not known.
	Role account.Ref
}

// Decision is Allowed if all answers are; else Conditional.
func (e *Escalation) Decision() policy.Decision {
	if slices.ContainsFunc(e.Answers, func(a policy.Answer) bool { return a.Decision != policy.Allowed }) {
		return policy.Conditional
	}
	return policy.Allowed
}

// Grounds are the statements on which the answers rest, each once, in their order. Where a
// role that trusts the principal itself can be assumed, they do not tell of its trust.
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
// What somebody may do to itself alone, such as making access keys of its own, is no
// escalation, but attaching policies is. A role that is passed must trust the service, and
// be one that it may pass to it. An assumed one must be an administrator's that
// trusts whoever assumes it. Of everything else it is not asked whether it exists. An
// action that is allowed by nothing that was read is none of these, though what was not
// read might allow it. The slice must not be changed.
func (v *View) Escalations(ref account.Ref) []Escalation { return v.principal(ref).found() }

func (v *View) escalationsOf(p *principal) []Escalation {
	if p.linked {
		return nil
	}
	a := attempt{view: v, principal: p, answers: map[string]policy.Answer{}, passed: map[string]passage{}}
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
	if e.Name == other.Name || e.Tier > other.Tier || e.Decision() != policy.Allowed && other.Decision() == policy.Allowed {
		return false
	}
	has := func(action string) bool {
		return slices.ContainsFunc(e.Actions, func(own string) bool { return policy.MatchAction(own, action) })
	}
	return e.Actions[0] == everyIAM || other.Name != assuming && !slices.ContainsFunc(other.Actions, func(action string) bool { return !has(action) })
}

// attempt asks for one principal what combos take.
type attempt struct {
	view      *View
	principal *principal
	answers   map[string]policy.Answer // by action
	passed    map[string]passage       // by service
}

func (a *attempt) escalation(c *Combo) (Escalation, bool) {
	e := Escalation{Combo: *c}
	for _, action := range c.Actions {
		var answer policy.Answer
		switch {
		case action == pass:
			answer, e.Role = a.passing(c.services)
		case c.Name == assuming:
			answer, e.Role = a.assuming()
		default:
			answer = a.ask(action)
		}
		if answer.Denied() {
			return Escalation{}, false
		}
		e.Answers = append(e.Answers, answer)
	}
	return e, true
}

// ask is what is said to an action on what it would have to be on.
func (a *attempt) ask(action string) policy.Answer {
	answer, known := a.answers[action]
	if !known {
		answer = a.principal.answer(func(g policy.Grants) policy.Answer { return a.question(g, action) })
		a.answers[action] = answer
	}
	return answer
}

func (a *attempt) question(g policy.Grants, action string) policy.Answer {
	target, ref := targets[action], a.principal.ref
	switch {
	case isPattern(action):
		return wholly(g.MayAll(action, "*"))
	case target.bounded && (ref.Kind != account.KindUser || a.principal.boundary == Origin{}):
		return denied
	case target.bounded:
		return g.May(action, ref.ARN)
	case target.others:
		return g.Except(a.self()...).May(action, a.view.every(target.kind))
	case target.kind != "":
		return g.May(action, a.view.every(target.kind))
	}
	return g.May(action, "*")
}

// denied is the answer where nothing allows what was asked.
var denied = policy.Answer{Decision: policy.ImplicitDeny, Lacking: policy.Identity}

// answer asks the principal's grants. What is only not denied because of what was not
// read is denied here.
func (p *principal) answer(question func(policy.Grants) policy.Answer) policy.Answer {
	if p.doubtful && question(p.read).Denied() {
		return denied
	}
	return question(p.grants)
}

// wholly is an answer about everything, which is denied if no single statement may allow
// all of it: that several might together is told of what they are.
func wholly(answer policy.Answer) policy.Answer {
	allows := func(g policy.Ground) bool { return g.Layer == policy.Identity && g.Effect == policy.Allow && !g.Part }
	if !answer.Denied() && !slices.ContainsFunc(answer.By, allows) {
		return denied
	}
	return answer
}

// self is the resources that are the principal itself. Names are unique, whatever the path.
func (a *attempt) self() []string {
	ref := a.principal.ref
	kind := a.view.every(string(ref.Kind))
	kind = kind[:len(kind)-1]
	return []string{kind + literal(ref.Name), kind + "*/" + literal(ref.Name)}
}

// every is the pattern of all resources of a kind that are the account's.
func (v *View) every(kind string) string {
	id := v.snapshot.Account
	return "arn:" + orAny(id.Partition) + ":iam::" + orAny(id.ID) + ":" + kind + "/*"
}

func orAny(s string) string {
	if s == "" {
		return "*"
	}
	return s
}
