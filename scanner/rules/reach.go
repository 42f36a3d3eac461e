package rules

import (
	"slices"
	"strings"

	"iamvigil/scanner/policy"
)

// everywhere tells whether a statement is about all resources of a service, or of one
// of its types, as far as its patterns show it.
func (w *survey) everywhere(s *policy.Statement, service string) bool {
	spans := func(pattern string) bool { return w.spans(pattern, service) }
	if s.NotResources != nil && !slices.ContainsFunc(policy.Completed(s.NotResources), spans) {
		return true
	}
	return slices.ContainsFunc(policy.Completed(s.Resources), spans)
}

// spans tells whether a pattern names no more of an ARN than its partition, the
// service, the account, and the type before its first colon or slash.
func (w *survey) spans(pattern, service string) bool {
	fields := strings.SplitN(pattern, ":", 6)
	last := len(fields) - 1
	for i, want := range []string{"arn", w.own.Partition, service, "", w.own.ID} {
		if i >= last {
			break
		}
		if fields[i] != "" && !policy.MatchResource(fields[i], want) {
			return false
		}
	}
	if last < 5 {
		return stars(fields[last])
	}
	typed := !slices.Contains(untyped, service)
	for i, part := range strings.FieldsFunc(fields[5], func(r rune) bool { return r == ':' || r == '/' }) {
		if !stars(part) && (i > 0 || !typed) {
			return false
		}
	}
	return strings.Contains(fields[5], "*")
}

// untyped are services in whose ARNs a name comes first.
var untyped = []string{"codecommit", "execute-api", "s3", "s3express", "sns", "sqs"}

func stars(text string) bool { return text != "" && strings.Trim(text, "*") == "" }

// explicit tells whether a statement names an action by more than its service.
func explicit(s *policy.Statement, action string) bool {
	return slices.ContainsFunc(s.Actions, func(pattern string) bool {
		_, whole := wholeService(pattern)
		return !whole && policy.MatchAction(pattern, action)
	})
}

// wholeService tells whether a pattern is all actions of a service, and of which:
// "*" of one that begins with a wildcard.
func wholeService(pattern string) (service string, whole bool) {
	service, name, colon := strings.Cut(pattern, ":")
	switch {
	case !colon:
		return "*", stars(pattern)
	case strings.ContainsAny(service, "*?"):
		return "*", stars(name)
	}
	return strings.ToLower(service), stars(name) || policy.MatchAction(name, "x") && policy.MatchAction(name, "xxx")
}
