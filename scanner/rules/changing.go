package rules

import (
	"iter"
	"slices"
	"strings"

	"iamvigil/scanner"
	"iamvigil/scanner/actions"
	"iamvigil/scanner/policy"
)

// Of what a role may change, a few actions are shown, and so many are asked about after
// a glance: denials and boundaries may close one after another. What all roles' glances
// compare is bounded too.
const (
	mostChanges  = 3
	mostTried    = 1 << 6
	mostCompared = 1 << 21
)

type comparisonsKey struct{}

// comparisonsOf are how many comparisons are left for one evaluation.
func comparisonsOf(p *scanner.Pass) *int {
	return p.Once(comparisonsKey{}, func() any {
		left := mostCompared
		return &left
	}).(*int)
}

// tries look for actions that change something.
type tries struct {
	known     *knownActions
	grants    policy.Grants
	documents []*policy.Document
	boundary  *policy.Document // one that was read whole, or nil
	denies    []*policy.Statement
	left      *int // comparisons
	tired     bool // not all was tried
}

// changes are the first that are allowed.
func (t *tries) changes() []string {
	t.denies = outright(t.documents)
	if t.boundary != nil {
		t.denies = append(t.denies, outright([]*policy.Document{t.boundary})...)
	}
	var can []string
	tried := map[string]bool{}
	for action := range t.allowed() {
		if tried[action] || t.closed(action) {
			continue
		}
		if t.tired = len(tried) == mostTried || *t.left < 0; t.tired {
			break
		}
		tried[action] = true
		if !t.grants.May(action, "*").Denied() {
			if can = append(can, action); len(can) == mostChanges {
				break
			}
		}
	}
	t.tired = t.tired || t.known.left < 0
	return can
}

// outright are the Denies on whatever resource and under no condition.
func outright(documents []*policy.Document) []*policy.Statement {
	var all []*policy.Statement
	for _, d := range documents {
		for i := range d.Statements {
			s := &d.Statements[i]
			if d.Problems == nil && s.Effect == policy.Deny && len(s.Conditions) == 0 && s.Principal == nil && s.NotPrincipal == nil && slices.Contains(s.Resources, "*") {
				all = append(all, s)
			}
		}
	}
	return all
}

// closed tells at a glance that an action is denied outright, or that the boundary does
// not name it. Where it is not, the action has to be asked about.
func (t *tries) closed(action string) bool {
	for _, s := range t.denies {
		if *t.left -= len(s.Actions) + len(s.NotActions); *t.left < 0 {
			return false
		}
		if s.Denies(action, "*") {
			return true
		}
	}
	if t.boundary == nil {
		return false
	}
	is := func(pattern string) bool { return policy.MatchAction(pattern, action) }
	for i := range t.boundary.Statements {
		s := &t.boundary.Statements[i]
		if *t.left -= len(s.Actions) + len(s.NotActions); *t.left < 0 {
			return false
		}
		if s.Allows() && (slices.ContainsFunc(s.Actions, is) || s.NotActions != nil && !slices.ContainsFunc(s.NotActions, is)) {
			return false
		}
	}
	return true
}

// allowed are the known actions that change something and that some statement allows,
// each perhaps more than once.
func (t *tries) allowed() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, d := range t.documents {
			for i := range d.Statements {
				s := &d.Statements[i]
				if s.Allows() && !t.byStatement(s, yield) {
					return
				}
			}
		}
	}
}

// byStatement yields what one statement allows, and is false once that is enough.
func (t *tries) byStatement(s *policy.Statement, yield func(string) bool) bool {
	patterns := s.Actions
	if s.NotActions != nil {
		patterns = append(slices.Clip(patterns), "*")
	}
	for _, pattern := range patterns {
		if !t.known.look(pattern) {
			continue
		}
		for action, level := range actions.Levels(pattern) {
			if writes(level) && !onlyReads(action) && !yield(action) {
				return false
			}
		}
	}
	return true
}

// AWS puts more than a hundred actions that read among those that write or manage
// permissions, such as backup:ListIndexedRecoveryPointsForSearch and glue:GetQuery.
var (
	readingNames  = []string{"BatchGet", "Describe", "Get", "List", "Lookup", "Query", "Search", "Test", "View"}
	changingNames = []string{"Credentials", "Failover", "Upload"}
)

// onlyReads tells, by its name, whether an action reads, whatever level AWS gives it; or
// is about support cases and checks, as monitoring services ask for, which change nothing
// in the account.
func onlyReads(action string) bool {
	service, name, _ := strings.Cut(action, ":")
	if service == "support" || action == "trustedadvisor:RefreshCheck" {
		return true
	}
	begins := func(word string) bool {
		rest, ok := strings.CutPrefix(name, word)
		return ok && (rest == "" || 'A' <= rest[0] && rest[0] <= 'Z')
	}
	return slices.ContainsFunc(readingNames, begins) &&
		!slices.ContainsFunc(changingNames, func(word string) bool { return strings.Contains(name, word) })
}
