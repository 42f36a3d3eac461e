package rules

import (
	"strings"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/actions"
)

// mostSought bounds the dear patterns of actions that one evaluation looks for among
// those known. Each takes up to a tenth of a millisecond; an account that is not out to
// keep the scanner busy has some hundred of them.
const mostSought = 1 << 12

// dear patterns have something behind a wildcard: they have to be held against every
// action of the service.
func dear(pattern string) bool { return strings.ContainsAny(strings.TrimRight(pattern, "*"), "*?") }

// knownActions are the answers that package actions gave in one evaluation.
type knownActions struct {
	exist map[string]bool     // whether there are any that match a pattern
	share map[string][]string // those that match and give others access
	alter map[string]bool     // whether any that match change something, on resources
	about map[string]targets  // what those that match can be about
	left  int                 // of mostSought; below zero: some were not looked for
}

type knownKey struct{}

func knownTo(p *scanner.Pass) *knownActions {
	return p.Once(knownKey{}, func() any { return newKnown() }).(*knownActions)
}

func newKnown() *knownActions {
	return &knownActions{map[string]bool{}, map[string][]string{}, map[string]bool{}, map[string]targets{}, mostSought}
}

// tell tells a gap if not all was looked for.
func (k *knownActions) tell(p *scanner.Pass, in place) {
	if k.left < 0 {
		p.Gap(in.fact(), account.Seen{Missing: "the account's policies have more distinct patterns of actions than are looked for"})
	}
}

// any tells whether a pattern matches a known action, or was not looked for.
func (k *knownActions) any(pattern string) bool {
	exist, sought := k.exist[pattern]
	if !sought && k.look(pattern) {
		sought, exist = true, exists(pattern)
		k.exist[pattern] = exist
	}
	return exist || !sought
}

func (k *knownActions) look(pattern string) bool {
	if !dear(pattern) {
		return true
	}
	if k.left >= 0 {
		k.left--
	}
	return k.left >= 0
}

// exists is true of what begins with a wildcard: it may be of any service.
func exists(pattern string) bool {
	service, _, colon := strings.Cut(pattern, ":")
	switch {
	case strings.ContainsAny(service, "*?"):
		return true
	case !colon:
		return false
	case !strings.ContainsAny(pattern, "*?"):
		return actions.Known(pattern)
	}
	for range actions.Matching(pattern) {
		return true
	}
	return false
}

// shares are the known actions, matched by a pattern that names a service, by which
// others are given access to its resources.
func (k *knownActions) shares(pattern string) []string {
	pattern = strings.ToLower(pattern)
	found, sought := k.share[pattern]
	if sought || !k.look(pattern) {
		return found
	}
	for action, level := range actions.Levels(pattern) {
		if level != actions.PermissionsManagement || !gives(action) {
			continue
		}
		if onResources, _ := actions.OnResources(action); onResources {
			found = append(found, action)
		}
	}
	k.share[pattern] = found
	return found
}

// changes tells whether a pattern matches a known action that changes something, and
// can be allowed on some resources alone; or was not looked for.
func (k *knownActions) changes(pattern string) bool {
	alter, sought := k.alter[pattern]
	if !sought && k.look(pattern) {
		sought, alter = true, altering(pattern)
		k.alter[pattern] = alter
	}
	return alter || !sought
}

func altering(pattern string) bool {
	for action, level := range actions.Levels(pattern) {
		if onResources, _ := actions.OnResources(action); onResources && writes(level) {
			return true
		}
	}
	return false
}

// writes tells whether actions of a level change something.
func writes(level actions.Level) bool {
	return level == actions.Write || level == actions.PermissionsManagement || level == actions.Tagging
}
