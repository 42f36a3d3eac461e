package policy

import "slices"

// Conditional is the Decision of an Answer that depends on what is not known: on conditions,
// on a document that was not read whole, or on what patterns come to together.
const Conditional Decision = "Conditional"

// Answer is what Grants say to a question.
type Answer struct {
	// Decision is Allowed, Conditional, ExplicitDeny or ImplicitDeny. It is never Allowed
	// or one of the denials unless that is sure, but for what the SCPs would deny where
	// they are not known.
	Decision Decision

	// By is the statements that decide, layer by layer, each in the order of its
	// documents. Of what is Allowed, each Allow of the principal's own by which something
	// of what was asked surely is, and those of the limits that let it through; of an
	// ExplicitDeny, the Denies that keep all that is allowed, or all that was asked, from
	// being so; of what is Conditional, each Allow and Deny on which it may depend. Nil
	// of an ImplicitDeny.
	By []Ground

	// Lacking is, of an ImplicitDeny, a layer in which nothing allows it; else empty.
	Lacking Layer

	// Unknown is what the policies do not tell, whether or not this Answer would
	// be another if they did.
	Unknown []Gap
}

// Ground is a statement that decides.
type Ground struct {
	Source
	*Statement

	// Open is the statement's conditions of which it is not known whether they hold. The
	// statement applies only if all of them do. Nil: all conditions are known to hold.
	Open []Condition

	// Part is set where the statement is about some of what was asked only, or where that
	// cannot be told for another reason than its conditions: a policy variable of unknown
	// value, a Principal, a document with Problems, an ARN of a boundary or an SCP that
	// is not whole, which AWS may or may not complete.
	Part bool
}

// Denied tells whether the answer is one of the two denials.
func (a Answer) Denied() bool { return a.Decision == ExplicitDeny || a.Decision == ImplicitDeny }

// Conditions is all open conditions of the deciding statements, each once: those that
// would have to hold for an Allow to apply, and those under which a Deny would.
func (a Answer) Conditions() []Condition {
	var all []Condition
	for _, ground := range a.By {
		for _, c := range ground.Open {
			same := func(other Condition) bool {
				return c.Operator == other.Operator && c.Key == other.Key && slices.Equal(c.Values, other.Values)
			}
			if !slices.ContainsFunc(all, same) {
				all = append(all, c)
			}
		}
	}
	return all
}

// May answers whether some action on some resource is allowed. Both may be patterns, in
// the sense of MatchAction and MatchResource, and stand for every string that they match,
// real or not: this package knows neither actions nor resources. A call on no resource in
// particular, such as iam:ListUsers, is on the resource "${*}", which "*" stands for too.
//
// It is Allowed if at least one action on one resource surely is, with whatever other
// context keys the requests have; denied if none can be; else Conditional. What takes
// several statements or patterns together to be wholly denied, or several conditions
// that exclude each other, may be told as Conditional. So may be what policies far beyond
// IAM's limits come to, which Unknown then says: time is bounded by the length of the
// documents times that of the question, and of what has to be compared beyond that by a
// fixed limit.
func (g Grants) May(action, resource string) Answer {
	q := g.ask(action, resource)
	if q.literal() {
		return q.answer(q.weigh(q.actions, q.resources))
	}
	return q.answer(q.some())
}

// MayAll answers whether every action on every resource that the patterns stand for is
// allowed. It is denied if at least one surely is denied, on which Answer.By then rests.
// Everything else is as with May.
func (g Grants) MayAll(action, resource string) Answer {
	q := g.ask(action, resource)
	if q.literal() {
		return q.answer(q.weigh(q.actions, q.resources))
	}
	return q.answer(q.every())
}

// answer puts into words what a question came to. The clauses that decide are marked.
func (q *question) answer(t truth) Answer {
	a := Answer{Unknown: q.gaps}
	if q.tired() != no {
		a.Unknown = append(slices.Clip(a.Unknown), Gap{Source{Layer: Identity}, "the policies are too long to be compared"})
	}
	switch {
	case t == yes:
		a.Decision = Allowed
	case t == unclear:
		a.Decision = Conditional
	case slices.ContainsFunc(q.clauses, func(c clause) bool { return c.decides[no] }):
		a.Decision = ExplicitDeny
	default:
		a.Decision, a.Lacking = ImplicitDeny, q.lacking
	}
	for i := range q.clauses {
		if c := &q.clauses[i]; c.decides[t] {
			a.By = append(a.By, Ground{c.source, c.Statement, c.open, c.part || !c.whole()})
		}
	}
	return a
}
