package rules

import (
	"strings"

	"iamvigil/scanner/policy"
)

// wholeServices are the patterns that are all actions of a service, of which the
// statement is about all resources.
func wholeServices(w *survey, s *policy.Statement) []string {
	var found []string
	for _, pattern := range s.Actions {
		service, whole := wholeService(pattern)
		if !whole {
			continue
		}
		if service == "*" {
			service = unnamed
		}
		if w.wholly(s, service) {
			found = append(found, pattern)
		}
	}
	return found
}

// wholly tells whether a statement is about every resource of a service, whatever its
// type, and none beside it denies all of its actions there.
func (w *survey) wholly(s *policy.Statement, service string) bool {
	action := service + ":" + unnamed
	for _, resource := range []string{
		w.arn(service, unnamed, ""), w.arn(service, "", ""), "arn:" + w.own.Partition + ":" + service + ":::" + unnamed,
	} {
		if s.Grants(action, resource) && !w.denied(action, resource) {
			return true
		}
	}
	return false
}

// allButThese are what a NotAction leaves out.
func allButThese(_ *survey, s *policy.Statement) []string {
	switch {
	case s.NotActions == nil:
		return nil
	case len(s.NotActions) == 0:
		return []string{"none"}
	}
	return s.NotActions
}

// everywhereElse are what a NotResource leaves out, unless that is everything.
func everywhereElse(w *survey, s *policy.Statement) []string {
	if s.NotResources == nil || !s.Grants(sample(s), "arn:"+w.own.Partition+":"+unnamed+":"+unnamed+":"+w.own.ID+":"+unnamed) {
		return nil
	}
	if len(s.NotResources) == 0 {
		return []string{"none"}
	}
	return s.NotResources
}

// sample is an action that a statement names, or would name without NotAction.
func sample(s *policy.Statement) string {
	if len(s.Actions) == 0 {
		return unnamed + ":" + unnamed
	}
	return strings.NewReplacer("*", unnamed, "?", unnamed).Replace(s.Actions[0])
}

// sharing tells whether a pattern is all actions of a service by which others can be
// given access to its resources.
func (k *knownActions) sharing(pattern string) bool {
	service, _ := wholeService(pattern)
	return service == "*" || len(k.shares(service+":*")) > 0
}
