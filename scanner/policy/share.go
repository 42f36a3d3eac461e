package policy

import "slices"

// share gives the draft's clause, or the same one from before if it is recent.
func (r *reader) share() *Clause {
	d := &r.draft
	terms := r.shareTerms()
	slot := r.clauses.slot(mix(d.hash, d.termsHash))
	if c := *slot; c != nil && c.Terms == terms && c.Sid == d.Sid && equal(c.Actions, d.Actions) {
		return c
	}
	c := &r.memory.clauses.keep([]Clause{{d.Sid, d.Actions, terms}})[0]
	r.clauses.store(slot, c)
	return c
}

func (r *reader) shareTerms() *Terms {
	t := r.draft.Terms
	if r.draft.seen.has(principal) {
		t.Principal = &r.draft.principals[0]
	}
	if r.draft.seen.has(notPrincipal) {
		t.NotPrincipal = &r.draft.principals[1]
	}
	if r.draft.seen.has(condition) {
		t.Conditions = r.drafted
	}
	slot := r.terms.slot(r.draft.termsHash)
	if *slot != nil && (*slot).equal(t) {
		return *slot
	}
	kept := &r.memory.terms.keep([]Terms{*t})[0]
	kept.Principal, kept.NotPrincipal = t.Principal.clone(), t.NotPrincipal.clone()
	if t.Conditions != nil {
		kept.Conditions = r.memory.conditions.keep(t.Conditions)
	}
	r.terms.store(slot, kept)
	return kept
}

func (t *Terms) equal(u *Terms) bool {
	return t.Effect == u.Effect && equal(t.NotActions, u.NotActions) &&
		equal(t.NotResources, u.NotResources) && t.Principal.equal(u.Principal) &&
		t.NotPrincipal.equal(u.NotPrincipal) && (t.Conditions == nil) == (u.Conditions == nil) &&
		slices.EqualFunc(t.Conditions, u.Conditions, Condition.equal)
}

func (c Condition) equal(d Condition) bool {
	return c.Operator == d.Operator && c.Key == d.Key && equal(c.Values, d.Values)
}

// equal tells an absent list from an empty one.
func equal(a, b []string) bool {
	return (a == nil) == (b == nil) && slices.Equal(a, b)
}

// equal takes principals with unknown kinds to differ: they are too rare to compare.
func (p *Principal) equal(q *Principal) bool {
	if p == nil || q == nil {
		return p == q
	}
	return p.Any == q.Any && equal(p.AWS, q.AWS) && equal(p.Service, q.Service) &&
		equal(p.Federated, q.Federated) && equal(p.CanonicalUser, q.CanonicalUser) &&
		p.Other == nil && q.Other == nil
}

func (p *Principal) clone() *Principal {
	if p == nil {
		return nil
	}
	clone := *p
	return &clone
}
