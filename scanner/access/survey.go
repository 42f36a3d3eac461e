package access

import (
	"slices"
	"strings"
	"sync"

	"iamvigil/scanner/policy"
)

// actionSet is some of the actions that combos are of, by their places in a [survey].
type actionSet [4]uint64

func (s *actionSet) put(i int)      { s[i/64] |= 1 << (i % 64) }
func (s *actionSet) has(i int) bool { return s[i/64]&(1<<(i%64)) != 0 }

func (s actionSet) any(of actionSet) bool {
	return slices.ContainsFunc([]int{0, 1, 2, 3}, func(i int) bool { return s[i]&of[i] != 0 })
}

func (s *actionSet) add(other actionSet) {
	for i := range s {
		s[i] |= other[i]
	}
}

func (s *actionSet) without(other actionSet) {
	for i := range s {
		s[i] &^= other[i]
	}
}

// survey tells at a glance of most documents that they allow nothing that matters.
type survey struct {
	places    map[string]int      // by action
	byService map[string][]string // actions, by "service:" in lower case
	services  []string            // that roles of combos trust
	all       actionSet
	writing   actionSet   // those that write to what they are on
	takes     []actionSet // by the places of the combos

	lock  sync.Mutex
	known map[*policy.Document]actionSet
}

func newSurvey() *survey {
	s := &survey{places: map[string]int{}, byService: map[string][]string{}, known: map[*policy.Document]actionSet{}}
	for _, c := range combos {
		for _, name := range c.services {
			if !slices.Contains(s.services, name) {
				s.services = append(s.services, name)
			}
		}
		for _, action := range c.Actions {
			if _, ok := s.places[action]; ok {
				continue
			}
			s.all.put(len(s.places))
			if targets[action].hold == writes {
				s.writing.put(len(s.places))
			}
			s.places[action] = len(s.places)
			service := serviceOf(action)
			s.byService[service] = append(s.byService[service], action)
		}
	}
	for _, c := range combos {
		var set actionSet
		for _, action := range c.Actions {
			set.put(s.places[action])
		}
		s.takes = append(s.takes, set)
	}
	return s
}

// some tells whether a set has all actions of any combo.
func (s *survey) some(of actionSet) bool {
	return of != (actionSet{}) && slices.ContainsFunc(s.takes, func(set actionSet) bool {
		set.without(of)
		return set == (actionSet{})
	})
}

// serviceOf is what an action or pattern begins with, up to its colon, in lower case.
func serviceOf(action string) string {
	return strings.ToLower(action[:strings.IndexByte(action, ':')+1])
}

// of is the actions that some Allow of a document matches, whatever its resources and
// conditions.
func (s *survey) of(d *policy.Document) actionSet {
	s.lock.Lock()
	defer s.lock.Unlock()
	found, ok := s.known[d]
	if !ok {
		for _, statement := range d.Statements {
			if statement.Effect == policy.Allow {
				found.add(s.matching(statement.Actions))
				if statement.NotActions != nil {
					rest := s.all
					rest.without(s.matching(statement.NotActions))
					found.add(rest)
				}
			}
		}
		s.known[d] = found
	}
	return found
}

func (s *survey) matching(patterns []string) actionSet {
	var found actionSet
	for _, pattern := range patterns {
		service := serviceOf(pattern)
		if service == "" || strings.ContainsAny(service, "*?") {
			for action, i := range s.places {
				if policy.MatchAction(pattern, action) {
					found.put(i)
				}
			}
			continue
		}
		for _, action := range s.byService[service] {
			if policy.MatchAction(pattern, action) {
				found.put(s.places[action])
			}
		}
	}
	return found
}

// within tells whether all actions of a combo are in a set.
func (s *survey) within(c *Combo, set actionSet) bool {
	return !slices.ContainsFunc(c.Actions, func(action string) bool { return !set.has(s.places[action]) })
}
