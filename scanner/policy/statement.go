package policy

// draft is the statement being read.
type draft struct {
	Clause
	terms           Terms
	resources       []string
	principals      [2]Principal
	seen            seen
	hash, termsHash uint64 // of what was read so far: of the Clause but for Terms, and of those
}

// statement reads the object at pos and adds it to r.found.
func (r *reader) statement() {
	start := r.pos
	r.begin = start + 1
	r.draft = draft{}
	r.draft.Terms = &r.draft.terms
	r.drafted = r.drafted[:0]
	r.within = true
	r.members(r.element)
	r.within = false
	if r.pos < r.end {
		r.end, r.damaged = len(r.text), false
	}
	r.pos = min(r.pos, r.end)
	r.begin = r.pos
	r.check(start)
	r.found = append(r.found, Statement{
		Clause: r.share(), Resources: r.draft.resources, Offset: start, End: r.pos,
	})
}

// check looks for what must be there, and what must not be there together.
func (r *reader) check(start int) {
	d := &r.draft
	if !r.damaged && !d.seen.has(effect) {
		r.problem(Missing, start, "the statement has no Effect")
	}
	if !r.damaged && !d.seen.has(action) && !d.seen.has(notAction) {
		r.problem(Missing, start, "the statement has neither Action nor NotAction")
	}
	for _, place := range []int{principal, action, resource} {
		if d.seen.has(place) && d.seen.has(place+1) {
			r.problem(Both, start, "the statement has both %s and %s", statementElements[place], statementElements[place+1])
		}
	}
}

func (r *reader) element(key string, at int) {
	d := &r.draft
	place, how := r.admit(&d.seen, statementElements, key, at)
	if how == ignored {
		r.skip()
		return
	}
	switch place {
	case sid:
		r.single(&d.Sid, how)
		d.hash = mix(d.hash, uint64(r.lastWord))
	case action:
		r.values(&d.Actions, how)
		d.hash = mix(d.hash, r.hash)
	case resource:
		r.values(&d.resources, how)
	default:
		r.mixTerms(uint64(place))
		r.term(place, how)
	}
}

func (r *reader) mixTerms(n uint64) { r.draft.termsHash = mix(r.draft.termsHash, n) }

// term reads the value of an element that is one of the Terms.
func (r *reader) term(place int, how turn) {
	d := &r.draft
	switch place {
	case effect:
		r.effect(how)
	case principal:
		r.principal(&d.principals[0], how)
	case notPrincipal:
		r.principal(&d.principals[1], how)
	case notAction:
		r.values(&d.NotActions, how)
		r.mixTerms(r.hash)
	case notResource:
		r.values(&d.NotResources, how)
		r.mixTerms(r.hash)
	case condition:
		r.condition(how)
	}
}

func (r *reader) effect(how turn) {
	r.peek()
	at, d := r.pos, &r.draft
	value := string(d.Effect)
	if !r.single(&value, how) || how == again {
		return
	}
	d.Effect = Effect(value)
	r.mixTerms(uint64(r.lastWord))
	if d.Effect != Allow && d.Effect != Deny {
		r.problem(BadEffect, at, "effect %s is neither Allow nor Deny", quote(value))
	}
}
