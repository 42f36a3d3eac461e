package policy

import "slices"

// weigh is judge, and notes what has decided.
func (q *question) weigh(action, resource glob) truth {
	t := q.judge(action, resource)
	q.mark(t)
	return t
}

// judge tells whether one action on one resource is allowed: by every layer, and denied
// by none.
func (q *question) judge(action, resource glob) truth {
	q.spend(10 * len(q.clauses)) // at least
	denied := no
	for i, l := range q.layers {
		q.allows[i] = l.doubt
		denied = max(denied, l.doubt)
	}
	for i := range q.clauses {
		c := &q.clauses[i]
		c.here = min(c.applies, q.has(&c.actions, action), q.has(&c.resources, resource))
		if c.Effect == Deny {
			denied = max(denied, c.here)
		} else {
			q.allows[c.layer] = max(q.allows[c.layer], c.here)
		}
	}
	if q.tired() == unclear {
		return unclear
	}
	return min(denied.not(), slices.Min(q.allows))
}

// mark notes which clauses have decided what judge has just told, and in which layer an
// Allow was lacking.
func (q *question) mark(t truth) {
	for i := range q.clauses {
		c := &q.clauses[i]
		decides := c.here != no
		switch t {
		case yes:
			decides = c.Effect == Allow && c.here == yes
		case no:
			decides = c.Effect == Deny && c.here == yes
		}
		c.decides[t] = c.decides[t] || decides
	}
	if i := slices.Index(q.allows, no); i >= 0 {
		q.lacking = q.layers[i].source.Layer
	}
}
