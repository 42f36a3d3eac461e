package config

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"iamvigil/scanner"
)

// setting is what the file says of one rule.
type setting struct {
	id                            string
	line                          int
	enabled                       given[bool]
	severity                      given[scanner.Severity]
	limit, withoutPassword, grace given[int]
	list                          given[[]member]
}

func (r *reader) settings(n *yaml.Node) []setting {
	if n == nil || isNull(n) {
		return nil
	}
	if n.Kind != yaml.MappingNode {
		r.wrong(n, "rules must map rule ids to settings, such as key-rotation: {limit: 180}")
		return nil
	}
	var all []setting
	for key, value := range pairs(n) {
		all = append(all, r.setting(key, value))
	}
	return all
}

func (r *reader) setting(key, n *yaml.Node) setting {
	s := setting{id: key.Value, line: key.Line}
	what := "rule " + quoted(s.id)
	if isNull(n) || n.Kind == yaml.MappingNode && len(n.Content) == 0 {
		r.wrong(key, "%s needs settings, such as enabled: false; or delete it", what)
		return s
	}
	for name, value := range r.fields(n, what, "enabled", "severity", "limit", "limit_without_password", "grace", "list") {
		switch said := what + ": " + name; name {
		case "enabled":
			if on, ok := r.flag(value, said); ok {
				s.enabled = given[bool]{on, value.Line}
			}
		case "severity":
			s.severity = r.severity(value, what)
		case "list":
			s.list = r.members(value, said)
		default:
			*s.number(name) = r.count(value, said)
		}
	}
	return s
}

func (s *setting) number(name string) *given[int] {
	switch name {
	case "limit":
		return &s.limit
	case "grace":
		return &s.grace
	}
	return &s.withoutPassword
}

func (r *reader) count(n *yaml.Node, what string) given[int] {
	value, ok := r.number(n, what)
	if !ok {
		return given[int]{}
	}
	return given[int]{value, n.Line}
}

func (r *reader) severity(n *yaml.Node, what string) given[scanner.Severity] {
	var names []string
	for _, s := range scanner.Severities() {
		names = append(names, string(s))
	}
	if !isText(n) || !slices.Contains(names, n.Value) {
		r.wrong(n, "%s: severity %s is none of %s%s", what, quoted(n.Value), strings.Join(names, ", "), meant(n.Value, names))
		return given[scanner.Severity]{}
	}
	return given[scanner.Severity]{scanner.Severity(n.Value), n.Line}
}
