package policy

import "slices"

// question is what Grants are asked, and what of their statements bears on it.
type question struct {
	Grants
	actions, resources glob
	action             string // as it was asked
	clauses            []clause
	budget             int     // what may still be spent; negative: not all was looked at
	allows             []truth // by layer, as judge last found it
	lacking            Layer   // in which no Allow was found last
	scratch            glob
}

// clause is a statement that may apply to something of what was asked.
type clause struct {
	*Statement
	source             Source
	layer              int
	actions, resources selection
	applies            truth // whether it does to what it names: yes or unclear
	open               []Condition
	part               bool    // it is unclear for another reason than its conditions
	here               truth   // whether it applies to what judge last looked at
	decides            [3]bool // by the truths that the question may come to: whether that rests on it
}

// whole tells whether the clause is about all that was asked.
func (c *clause) whole() bool { return c.actions.whole == yes && c.resources.whole == yes }

func (g Grants) ask(action, resource string) *question {
	if g.layers == nil {
		g.add(Source{Layer: Identity}, nil)
	}
	q := &question{
		Grants: g, budget: maxWork, action: action, lacking: Identity,
		actions: actionSymbols(nil, action), resources: symbols(nil, resource),
		allows: make([]truth, len(g.layers)),
	}
	if q.resources.literal() {
		q.except = nil
	}
	for i, l := range g.layers {
		source := l.source
		for j, d := range l.documents {
			source.Document = j
			if d != nil {
				q.read(d, source, i)
			}
		}
	}
	return q
}

func (q *question) literal() bool { return q.actions.literal() && q.resources.literal() }

func (q *question) all() piece { return piece{q.actions.region(), q.resources.region()} }

// read finds the statements of a document that may bear on the question.
func (q *question) read(d *Document, source Source, layer int) {
	variables := d.Version == Version2012
	for i := range d.Statements {
		s := &d.Statements[i]
		if s.Effect != Allow && s.Effect != Deny {
			continue
		}
		c := clause{Statement: s, source: source, layer: layer, actions: q.actionsOf(s)}
		if c.actions.empty() {
			continue
		}
		var completed bool
		if c.resources, completed = q.resourcesOf(s, variables); c.resources.empty() {
			continue
		}
		if c.applies, c.open = q.known.conditions(s.Conditions, variables); c.applies == no {
			continue
		}
		everybody := s.Principal == nil && s.NotPrincipal == nil || s.NotPrincipal == nil && s.Principal.Everyone()
		if d.Problems != nil || !everybody || completed && source.Layer != Identity {
			c.applies, c.part = unclear, true
		}
		q.clauses = append(q.clauses, c)
	}
}

// actionsOf turns most statements down without reading a pattern into symbols.
func (q *question) actionsOf(s *Statement) selection {
	if q.actions.literal() {
		named := q.named(s.Actions) || s.NotActions != nil && !q.named(s.NotActions)
		return selection{whole: truthOf(named)}
	}
	read := func(pattern string) (choice, bool) {
		q.scratch = actionSymbols(q.scratch[:0], pattern)
		return choice{q.scratch, true}, true
	}
	return q.selected(s.Actions, s.NotActions, q.actions, read)
}

// named tells whether a pattern matches the action that was asked. Nearly all patterns
// begin with another letter.
func (q *question) named(patterns []string) bool {
	first := q.actions[:min(len(q.actions), 1)]
	for _, pattern := range patterns {
		if len(first) > 0 && pattern != "" && pattern[0] > '?' && symbol(lower(pattern[0])) != first[0] {
			continue
		}
		if MatchAction(pattern, q.action) {
			return true
		}
	}
	return false
}

// resourcesOf also tells whether there are ARNs to complete, which AWS says only of
// identity-based policies.
func (q *question) resourcesOf(s *Statement, variables bool) (of selection, completed bool) {
	if s.Resources == nil && s.NotResources == nil {
		return selection{whole: yes}, false
	}
	list, not := Completed(s.Resources), Completed(s.NotResources)
	of = q.selected(list, not, q.resources, func(pattern string) (choice, bool) {
		r := q.known.resolve(pattern, variables)
		q.scratch = symbols(q.scratch[:0], r.pattern)
		return choice{q.scratch, r.exact}, !r.nothing
	})
	return of, len(list) > len(s.Resources) || len(not) > len(s.NotResources)
}

// selected keeps of the patterns those that have something to do with what was asked.
// What read gives lasts until it reads the next.
func (q *question) selected(list, not []string, asked glob, read func(pattern string) (choice, bool)) selection {
	var s selection
	for _, pattern := range list {
		c, ok := read(pattern)
		switch {
		case !ok || apart(c.glob, asked):
		case q.matches(c.glob, asked):
			s.whole = max(s.whole, unclear, truthOf(c.exact))
		case !asked.literal() && q.meets(c.glob, asked):
			s.list = append(s.list, c.kept())
		}
		if s.whole == yes {
			return selection{whole: yes}
		}
	}
	if not == nil {
		return s
	}
	s.negated = true
	for _, pattern := range not {
		c, ok := read(pattern)
		covers := ok && q.matches(c.glob, asked)
		switch {
		case covers && c.exact:
			s.negated, s.not = false, nil
			return s
		case covers || ok && !asked.literal() && q.meets(c.glob, asked):
			s.not = append(s.not, c.kept())
		}
	}
	if s.not == nil {
		return selection{whole: yes}
	}
	return s
}

// matches is covers, without a limit where a string is asked for, and not a pattern.
func (q *question) matches(p, asked glob) bool {
	if asked.literal() {
		return covers(p, asked)
	}
	return q.covers(p, asked)
}

func (c choice) kept() choice { return choice{slices.Clone(c.glob), c.exact} }
