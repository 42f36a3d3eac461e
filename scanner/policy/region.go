package policy

import "slices"

// region is some of the actions, or of the resources, that a question is about: what
// matches a pattern or, where that would take many patterns to tell, all of several.
type region struct {
	all  []glob
	core glob // the pattern, or one that each of all covers; empty: none is known
}

func (g glob) region() region { return region{all: []glob{g}, core: g} }

// piece is the actions of one region on the resources of another.
type piece struct{ actions, resources region }

// selection is which of the actions, or of the resources, of a question a statement is
// about. Patterns that have nothing to do with the question are left out.
type selection struct {
	whole   truth // yes: all of them; unclear: all of them may be
	list    []choice
	negated bool     // also all that none of not matches
	not     []choice // of these, too, those that the question is wholly within are not kept
}

// choice is a pattern of a statement.
type choice struct {
	glob
	exact bool // else it is a wider one, because not all of the pattern is known
}

func (s *selection) empty() bool { return s.whole == no && s.list == nil && !s.negated }

// maxWork bounds, in symbols and pairs of symbols compared, what one question may cost
// beyond reading the documents; maxPair bounds what comparing two patterns may.
const (
	maxWork = 1 << 23
	maxPair = 1 << 20
)

// spend tells whether some work may still be done. Once it may not, budget is negative.
func (q *question) spend(work int) bool {
	if q.budget >= 0 {
		q.budget -= work
	}
	return q.budget >= 0
}

// tired is unclear when not all of what there was could be looked at; else no.
func (q *question) tired() truth { return min(truthOf(q.budget < 0), unclear) }

func (q *question) spendPair(p, g glob) bool {
	work := len(p) * len(g)
	if work > maxPair {
		q.budget = -1
	}
	return q.spend(work)
}

// covers, meets and common are those of the patterns, within what may be spent on the
// question. Beyond it nothing is known to be covered, or to be apart.
func (q *question) covers(p, g glob) bool {
	if len(p) == 1 && p[0] == anyRun {
		return true
	}
	return q.spend(len(p)+len(g)+1) && !apart(p, g) && q.spendPair(p, g) && covers(p, g)
}

func (q *question) meets(p, g glob) bool {
	found, all := q.common(p, g, 1)
	return len(found) > 0 || !all
}

func (q *question) common(p, g glob, most int) (found []glob, all bool) {
	switch {
	case !q.spend(len(p) + len(g) + 1):
		return nil, false
	case apart(p, g):
		return nil, true
	case q.covers(p, g):
		return []glob{g}, true
	case q.covers(g, p):
		return []glob{p}, true
	case !q.spendPair(p, g):
		return nil, false
	}
	return common(p, g, most)
}

// maxParts bounds into how many regions one is cut by one pattern.
const maxParts = 8

// and is what of the region the pattern matches; none if it matches nothing of it.
func (q *question) and(r region, p glob) []region {
	if q.within(r, p) {
		return []region{r}
	}
	if q.beside(r, p) {
		return nil
	}
	if p.literal() {
		return []region{p.region()}
	}
	found, all := q.common(p, r.core, maxParts)
	if all && len(r.all) == 1 {
		parts := make([]region, len(found))
		for i, g := range found {
			parts[i] = g.region()
		}
		return parts
	}
	part := region{all: append(slices.Clone(r.all), p)}
	if len(found) > 0 {
		part.core = found[0]
	}
	return []region{part}
}

// within tells whether a pattern surely covers the region.
func (q *question) within(r region, p glob) bool {
	return slices.ContainsFunc(r.all, func(g glob) bool { return q.covers(p, g) })
}

// beside tells whether a pattern surely matches nothing in the region.
func (q *question) beside(r region, p glob) bool {
	return slices.ContainsFunc(r.all, func(g glob) bool { return !q.meets(p, g) })
}

// takes tells whether the statement is surely about all of the region.
func (q *question) takes(s *selection, r region) bool {
	return s.whole == yes ||
		slices.ContainsFunc(s.list, func(c choice) bool { return c.exact && q.within(r, c.glob) }) ||
		s.negated && !slices.ContainsFunc(s.not, func(c choice) bool { return !q.beside(r, c.glob) })
}

// touches tells whether the statement may be about something in the region.
func (q *question) touches(s *selection, r region) bool {
	return s.whole != no ||
		slices.ContainsFunc(s.list, func(c choice) bool { return !q.beside(r, c.glob) }) ||
		s.negated && !slices.ContainsFunc(s.not, func(c choice) bool { return c.exact && q.within(r, c.glob) })
}

// has tells whether the statement is about one action, or resource.
func (q *question) has(s *selection, one glob) truth {
	matches := func(all []choice) truth {
		t := no
		for i := 0; i < len(all) && t != yes; i++ {
			if q.covers(all[i].glob, one) {
				t = max(t, unclear, truthOf(all[i].exact))
			}
		}
		return t
	}
	t := max(s.whole, matches(s.list))
	if s.negated && t != yes {
		t = max(t, matches(s.not).not())
	}
	return t
}

// parts is regions within r that together hold all that the statement may be about there.
func (q *question) parts(s *selection, r region) []region {
	var all []region
	if s.whole != yes {
		all = q.parted(s.list, r)
	}
	if s.whole != no || s.negated {
		all = append(all, r)
	}
	return all
}

func (q *question) parted(list []choice, r region) []region {
	var all []region
	for _, c := range list {
		all = append(all, q.and(r, c.glob)...)
	}
	return all
}
