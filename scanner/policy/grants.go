package policy

import (
	"slices"
	"strings"
)

// Allows tells whether the statement's effect is Allow.
func (s Statement) Allows() bool { return s.Effect == Allow }

// Grants tells whether an Allow statement names the action and the resource, by its
// lists or their Not-forms. It does not look at Principal and Conditions. A statement
// without Resource and NotResource, as in a trust policy, is about any resource; one
// without Action and NotAction about none. Beside its own Not-form, which IAM would
// not accept, either of the two is enough. The resources of a statement with neither
// Principal nor NotPrincipal are as in Completed.
//
// The resource "*" is that of calls on no resource in particular: Grants(a, "*") is
// true only where a pattern matches it, as "*" does and "arn:*" does not.
func (s Statement) Grants(action, resource string) bool {
	return s.Effect == Allow && s.names(action, resource, false)
}

// Denies is Grants for Deny statements, except that an element beside its own
// Not-form must agree with it: what is in doubt is not denied.
func (s Statement) Denies(action, resource string) bool {
	return s.Effect == Deny && s.names(action, resource, true)
}

func (s Statement) names(action, resource string, strict bool) bool {
	isAction := func(pattern string) bool { return MatchAction(pattern, action) }
	isResource := func(pattern string) bool { return MatchResource(pattern, resource) }
	if !selects(s.Actions, s.NotActions, isAction, isAction, strict) {
		return false
	}
	list, not := s.Resources, s.NotResources
	if s.Principal == nil && s.NotPrincipal == nil {
		list, not = Completed(list), Completed(not)
	}
	return list == nil && not == nil || selects(list, not, isResource, isResource, strict)
}

// selects tells whether some pattern of list is in, or none of the Not-form is out;
// both must hold if both are there and strict is set.
func selects(list, not []string, in, out func(pattern string) bool, strict bool) bool {
	byList := slices.ContainsFunc(list, in)
	byNot := not != nil && !slices.ContainsFunc(not, out)
	if strict && list != nil && not != nil {
		return byList && byNot
	}
	return byList || byNot
}

// Admin is the first statement that by itself yields every action on every
// resource: it allows, has no conditions, its Action has a pattern that covers every
// "service:Name" or its NotAction has none that could match one, and its Resource has
// a pattern that covers everything, or every ARN of a partition, or its NotResource
// has none that could match an ARN. If the document is free of Problems and has an
// unconditional Deny of every action on every resource, there is none: nil.
//
// It does not decide what takes several patterns or statements together, what takes
// knowledge of the services ("NotAction": "iam:Foo" leaves out nothing that exists),
// of the account ("arn:aws:*:*:123456789012:*" may be all that it has), or of
// conditions (one that always holds). Nor does it look for less than everything:
// "iam:*" makes administrators too. Statements without Resource and NotResource, those of
// trust policies, are not considered, and Principal is not looked at.
func (d Document) Admin() *Statement {
	i := slices.IndexFunc(d.Statements, Statement.allowsAll)
	if i < 0 || d.DeniesAll() {
		return nil
	}
	return &d.Statements[i]
}

// DeniesAll tells whether the document surely denies every action on every resource,
// so that whoever has it can do nothing: it is free of Problems, and a statement does
// so to everybody without conditions.
func (d Document) DeniesAll() bool {
	return d.Problems == nil && slices.ContainsFunc(d.Statements, Statement.deniesAll)
}

func (s Statement) allowsAll() bool {
	return s.Effect == Allow && len(s.Conditions) == 0 &&
		selects(s.Actions, s.NotActions, everyAction, someAction, false) &&
		selects(Completed(s.Resources), s.NotResources, everyARN, someResource, false)
}

func (s Statement) deniesAll() bool {
	return s.Effect == Deny && len(s.Conditions) == 0 && s.Principal == nil && s.NotPrincipal == nil &&
		selects(s.Actions, s.NotActions, everyAction, someAction, true) &&
		selects(s.Resources, s.NotResources, everyResource, someResource, true)
}

// everyAction turns down at a glance what nearly all patterns are.
func everyAction(pattern string) bool {
	return (strings.HasPrefix(pattern, "*") || strings.HasPrefix(pattern, "?")) && coversAction(pattern, "?*:?*")
}

// someAction is false only where no action can match: it has one colon, with
// something on either side.
func someAction(pattern string) bool {
	service, name, colon := strings.Cut(pattern, ":")
	if !colon {
		return strings.ContainsAny(pattern, "*?")
	}
	return service != "" && name != "" && !strings.Contains(name, ":")
}

func everyResource(pattern string) bool { return coversResource(pattern, "*") }

func everyARN(pattern string) bool {
	partition := "*"
	if parts := strings.SplitN(pattern, ":", 3); len(parts) == 3 {
		partition = parts[1]
	}
	return coversResource(pattern, "arn:"+partition+":*:*:*:*")
}

// someResource is false only where neither an ARN nor "*" can match.
func someResource(pattern string) bool {
	start := pattern
	if i := strings.IndexAny(pattern, "*?$"); i >= 0 {
		start = pattern[:i]
		return strings.HasPrefix("arn:", start) || strings.HasPrefix(start, "arn:")
	}
	return strings.HasPrefix(start, "arn:")
}
