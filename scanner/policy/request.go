package policy

import (
	"maps"
	"slices"
	"strings"
)

// Request is one call to AWS, as its authorization sees it.
type Request struct {
	Action   string // such as "iam:PassRole"; the case does not count
	Resource string // an ARN, or the "*" of calls on no resource in particular

	// Context holds the values of the condition keys that the request has. A key that
	// is not in it, or has no values, is not in the request. Case does not count in
	// keys: those that differ by nothing else are one key, with the values of all.
	// Booleans are "true" and "false", dates ISO 8601 or seconds since 1970, binary
	// values base64.
	Context map[string][]string
}

// Decision is what documents say to a Request.
type Decision string

// The decisions. Only Allowed lets a request through.
const (
	ImplicitDeny Decision = "ImplicitDeny" // no statement is known to allow it
	Allowed      Decision = "Allowed"      // some Allow applies, and surely no Deny
	ExplicitDeny Decision = "ExplicitDeny" // some Deny applies
	Undecided    Decision = "Undecided"    // a Deny may apply, and none surely does
)

// Verdict is a Decision and its grounds.
type Verdict struct {
	Decision Decision

	// By is the statements that decide, in the order of the documents: each Deny that
	// applies or, of what is Allowed, each Allow. Nil for the other decisions.
	By []*Statement

	// Unclear is the statements, Allow or Deny, of which it cannot be told whether they
	// apply. An Allow among them allows nothing. What is Undecided may have none,
	// because a document's Doubt stands for a Deny that was not read.
	Unclear []*Statement
}

// Decide evaluates a request against the identity-based policies of whoever makes it,
// the way of "Policy evaluation logic" in AWS's IAM User Guide: a Deny that applies
// decides, then an Allow that does, then nothing is allowed. Boundaries, the
// organisation's and the resources' policies are decisions of their own, for the caller
// to join. Resources are as in Completed. A nil document says nothing.
//
// What AWS leaves open is not guessed at. A statement is unclear where an operator is
// none that it documents or a value is none that the operator compares, where the request
// has several values of a key and a condition on it no set operator, where it is about
// certain principals, and wherever its document has Problems: IAM would not have accepted
// that one. Time is bounded by the length of the documents times that of the request.
func Decide(r Request, documents ...*Document) Verdict {
	e := evaluation{Request: r, context: folded(r.Context)}
	var v Verdict
	var allows, denies []*Statement
	doubt := false
	for _, d := range documents {
		if d == nil {
			continue
		}
		doubt = doubt || d.Doubt() != nil
		e.variables = d.Version == Version2012
		for i := range d.Statements {
			s := &d.Statements[i]
			switch t := e.applies(s, d.Problems == nil); {
			case t == unclear:
				v.Unclear = append(v.Unclear, s)
				doubt = doubt || s.Effect == Deny
			case t == yes && s.Effect == Deny:
				denies = append(denies, s)
			case t == yes:
				allows = append(allows, s)
			}
		}
	}
	switch {
	case denies != nil:
		v.Decision, v.By = ExplicitDeny, denies
	case doubt:
		v.Decision = Undecided
	case allows != nil:
		v.Decision, v.By = Allowed, allows
	default:
		v.Decision = ImplicitDeny
	}
	return v
}

// evaluation is a request before the statements of one document.
type evaluation struct {
	Request
	context   map[string][]string // by keys in lower case; no key without values
	variables bool                // the document's version has policy variables
}

func folded(context map[string][]string) map[string][]string {
	all := make(map[string][]string, len(context))
	for _, key := range slices.Sorted(maps.Keys(context)) {
		if values := context[key]; len(values) > 0 {
			key = strings.ToLower(key)
			all[key] = slices.Concat(all[key], values)
		}
	}
	return all
}

func (e *evaluation) valuesOf(key string) []string { return e.context[strings.ToLower(key)] }

// applies tells whether the request is one that the statement is about. Only of a
// sound document that can be sure.
func (e *evaluation) applies(s *Statement, sound bool) truth {
	if s.Effect != Allow && s.Effect != Deny {
		return no
	}
	t := selected(s.Actions, s.NotActions, e.isAction)
	if t != no && (s.Resources != nil || s.NotResources != nil) {
		t = min(t, selected(Completed(s.Resources), Completed(s.NotResources), e.isResource))
	}
	for i := 0; i < len(s.Conditions) && t != no; i++ {
		t = min(t, e.holds(s.Conditions[i]))
	}
	everybody := s.Principal == nil && s.NotPrincipal == nil || s.NotPrincipal == nil && s.Principal.Everyone()
	if !sound || !everybody {
		t = min(t, unclear)
	}
	return t
}

// selected tells whether some pattern of list matches, or none of its Not-form.
func selected(list, not []string, matches func(pattern string) truth) truth {
	t := anyOf(list, matches)
	if not != nil {
		t = max(t, anyOf(not, matches).not())
	}
	return t
}

func (e *evaluation) isAction(pattern string) truth { return truthOf(MatchAction(pattern, e.Action)) }

// isResource matches a pattern of Resource or NotResource. With a variable that has no
// value it matches nothing (IAM User Guide, "Variables and tags", "Policy variables with
// no value"), so that such a NotResource leaves nothing out.
func (e *evaluation) isResource(pattern string) truth {
	if e.variables && variableBefore(pattern, 5) {
		return unclear // the same page: variables may stand after the fifth colon only
	}
	return e.like(pattern, e.Resource)
}
