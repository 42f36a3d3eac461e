package policy

import (
	"iter"
	"slices"
)

// every tells whether all of what was asked is allowed.
func (q *question) every() truth {
	switch {
	case q.leftOut(q.all()):
		return no
	case q.everywhere():
		return yes
	}
	for p := range q.doubtful() {
		for _, at := range q.examples(p) {
			if q.judge(at.action, at.resource) == no {
				q.mark(no)
				return no
			}
		}
	}
	q.suspect(q.all())
	return unclear
}

// everywhere tells whether one Allow in each layer is about all that was asked, and
// whether no Deny has anything to do with it.
func (q *question) everywhere() bool {
	opened := 0
	for i, l := range q.layers {
		before := opened
		for k := range q.clauses {
			c := &q.clauses[k]
			if c.layer == i && c.Effect == Allow && c.applies == yes && c.whole() {
				c.decides[yes] = true
				opened = i + 1
			}
		}
		if l.doubt != no || opened == before {
			return false
		}
	}
	return opened > 0 && !slices.ContainsFunc(q.clauses, func(c clause) bool { return c.Effect == Deny && !q.excepted(&c) })
}

// excepted tells whether a clause is only about resources that are left out of the question.
func (q *question) excepted(c *clause) bool {
	return c.resources.whole == no && !c.resources.negated && !slices.ContainsFunc(c.resources.list, func(one choice) bool {
		return !slices.ContainsFunc(q.except, func(g glob) bool { return q.covers(g, one.glob) })
	})
}

// doubtful is pieces of what was asked in which something may not be allowed: all of it, what
// each Deny names, and what the Not-forms of each Allow do.
func (q *question) doubtful() iter.Seq[piece] {
	return func(yield func(piece) bool) {
		whole := q.all()
		if !yield(whole) {
			return
		}
		for i := range q.clauses {
			c := &q.clauses[i]
			pieces := q.pieces(c, whole)
			if c.Effect == Allow {
				pieces = q.omitted(c, whole)
			}
			for p := range pieces {
				if !yield(p) {
					return
				}
			}
		}
	}
}

// omitted is the pieces that the Not-forms of a clause name.
func (q *question) omitted(c *clause, p piece) iter.Seq[piece] {
	return func(yield func(piece) bool) {
		for _, a := range q.parted(c.actions.not, p.actions) {
			if !q.spend(pieceWork) || !yield(piece{a, p.resources}) {
				return
			}
		}
		for _, r := range q.parted(c.resources.not, p.resources) {
			if !q.spend(pieceWork) || !yield(piece{p.actions, r}) {
				return
			}
		}
	}
}
