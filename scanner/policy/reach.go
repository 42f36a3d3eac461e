package policy

import (
	"iter"
	"slices"
)

// some tells whether something of what was asked is allowed.
func (q *question) some() truth { return q.through(q.all(), 0) }

// through tells whether something of a piece is allowed by the layers from the ith on. It
// cuts the piece into what single patterns of Allows match, which either some Deny covers,
// or an example of which is allowed, or of which nothing is sure.
func (q *question) through(p piece, i int) truth {
	switch {
	case !q.spend(pieceWork):
		return unclear
	case q.closed(p):
		return no
	case i == len(q.layers):
		return q.past(p, 0)
	case i > 0 && q.opened(p, i):
		return q.through(p, i+1)
	}
	t, lacking := no, q.layers[i].doubt == no
	if !lacking {
		t = min(q.through(p, i+1), unclear)
	}
	for k := range q.clauses {
		c := &q.clauses[k]
		if c.layer != i || c.Effect != Allow || i == 0 && c.decides[yes] {
			continue
		}
		for part := range q.pieces(c, p) {
			lacking = false
			if t = max(t, q.through(part, i+1)); t == yes && (i > 0 || c.decides[yes]) {
				break
			}
		}
		if t == yes && i > 0 {
			return yes
		}
	}
	if lacking {
		q.lacking = q.layers[i].source.Layer
	}
	return max(t, q.tired())
}

// leftOut tells whether nothing of a piece is what was asked.
func (q *question) leftOut(p piece) bool {
	return slices.ContainsFunc(q.except, func(g glob) bool { return q.within(p.resources, g) })
}

// closed tells whether surely nothing of a piece is allowed, because a Deny covers it
// or it is not what was asked.
func (q *question) closed(p piece) bool {
	q.spend(len(q.clauses))
	denied := q.leftOut(p)
	for i := range q.clauses {
		if c := &q.clauses[i]; c.Effect == Deny && c.applies == yes && q.about(c, p) {
			denied, c.decides[no] = true, true
		}
	}
	return denied
}

// opened tells whether one Allow of a layer surely allows all of a piece.
func (q *question) opened(p piece, layer int) bool {
	for i := range q.clauses {
		if c := &q.clauses[i]; c.layer == layer && c.Effect == Allow && c.applies == yes && q.about(c, p) {
			return true
		}
	}
	return false
}

// about tells whether a clause surely names all of a piece.
func (q *question) about(c *clause, p piece) bool {
	return q.takes(&c.actions, p.actions) && q.takes(&c.resources, p.resources)
}

// concerns tells whether a clause may name something of a piece.
func (q *question) concerns(c *clause, p piece) bool {
	return q.touches(&c.actions, p.actions) && q.touches(&c.resources, p.resources)
}

// pieces together hold all of p that a clause may name, unless there are too many.
func (q *question) pieces(c *clause, p piece) iter.Seq[piece] {
	return func(yield func(piece) bool) {
		resources := q.parts(&c.resources, p.resources)
		for _, a := range q.parts(&c.actions, p.actions) {
			for _, r := range resources {
				if !q.spend(pieceWork) || !yield(piece{a, r}) {
					return
				}
			}
		}
	}
}

// pieceWork is about what it takes to look at a piece, beside comparing patterns.
const pieceWork = 100

// past tells whether something of a piece that all layers may allow is allowed. A Deny by
// NotAction or NotResource leaves only what it names, one piece for each pattern.
func (q *question) past(p piece, k int) truth {
	for k < len(q.clauses) && !q.leavesOut(&q.clauses[k], p) {
		k++
	}
	switch {
	case !q.spend(pieceWork):
		return unclear
	case q.closed(p):
		return no
	case k == len(q.clauses):
		return q.example(p)
	}
	left, all := q.left(&q.clauses[k], p)
	t := no
	for _, part := range left {
		if t = max(t, q.past(part, k+1)); t == yes {
			return yes
		}
	}
	if all {
		q.clauses[k].decides[no] = true
		return t
	}
	return max(t, q.past(p, k+1))
}

func (q *question) leavesOut(c *clause, p piece) bool {
	return c.Effect == Deny && (c.actions.negated || c.resources.negated) && q.concerns(c, p)
}

// left is what the Not-forms of a Deny leave of a piece, and whether nothing else of it
// can be allowed.
func (q *question) left(c *clause, p piece) (left []piece, all bool) {
	all = c.applies == yes
	if !q.takes(&c.actions, p.actions) {
		for _, a := range q.parted(c.actions.not, p.actions) {
			left = append(left, piece{a, p.resources})
		}
		all = all && c.actions.negated
	}
	if !q.takes(&c.resources, p.resources) {
		for _, r := range q.parted(c.resources.not, p.resources) {
			left = append(left, piece{p.actions, r})
		}
		all = all && c.resources.negated
	}
	return left, all
}

// example looks for something of a piece that is surely allowed. Only of a single action
// on a single resource can it tell that it is not.
func (q *question) example(p piece) truth {
	best := no
	for _, at := range q.examples(p) {
		t := q.weigh(at.action, at.resource)
		if t == yes || p.single() {
			return t
		}
		best = max(best, t)
	}
	if best == no {
		q.suspect(p)
	}
	return unclear
}

// suspect notes that an answer rests on all that may have to do with a piece.
func (q *question) suspect(p piece) {
	for i := range q.clauses {
		if c := &q.clauses[i]; q.concerns(c, p) {
			c.decides[unclear] = true
		}
	}
}

// point is one action on one resource.
type point struct{ action, resource glob }

// runs is how long the runs are that stand for each * in examples: first such as hardly any
// pattern expects.
var runs = [...]int{12, 1, 0}

// examples is some points of a piece, none of them left out of the question.
func (q *question) examples(p piece) []point {
	var all []point
	for _, n := range runs {
		at := point{p.actions.core.filled(n), p.resources.core.filled(n)}
		excepted := slices.ContainsFunc(q.except, func(g glob) bool { return q.covers(g, at.resource) })
		if len(at.action) > 0 && len(at.resource) > 0 && !excepted {
			all = append(all, at)
		}
		if p.actions.core.literal() && p.resources.core.literal() {
			break
		}
	}
	return all
}

// single tells whether a piece is no more than one point.
func (p piece) single() bool {
	return slices.ContainsFunc(p.actions.all, glob.literal) && slices.ContainsFunc(p.resources.all, glob.literal)
}
