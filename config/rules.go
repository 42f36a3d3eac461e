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
		r.wrong(key, "%s needs settings, such as limit: 180; or delete it", what)
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

// set parts the rules into those that are on and those that are off, each as
// configured.
func (c *Config) set(found *faults, all []scanner.Rule, others []string) (on, off []scanner.Rule) {
	settings := map[string]setting{}
	for _, s := range c.rules {
		settings[s.id] = s
	}
	ids := make([]string, 0, len(all))
	for _, rule := range all {
		ids = append(ids, rule.ID)
		s := settings[rule.ID]
		s.apply(found, &rule)
		s.applyList(found, &rule)
		asked := !rule.OptIn || rule.List.Needed && rule.Ready()
		if enabled := s.enabled; enabled.value || enabled.line == 0 && asked {
			on = append(on, rule)
		} else {
			off = append(off, rule)
		}
	}
	for _, s := range c.rules {
		switch {
		case slices.Contains(others, s.id):
			found.at(s.line, "rule %q is asked of no snapshot and has no settings; an exemption can silence it", s.id)
		case !slices.Contains(ids, s.id):
			found.at(s.line, "there is no rule %s%s; `iamvigil rules` lists them", quoted(s.id), meant(s.id, ids))
		}
	}
	return on, off
}

func (s *setting) apply(found *faults, rule *scanner.Rule) {
	if s.severity.line > 0 {
		rule.Severity = s.severity.value
	}
	perPassword := rule.Limit
	if !perPassword.PerPassword {
		perPassword = scanner.Limit{}
	}
	for _, n := range []struct {
		given[int]
		name   string
		bounds scanner.Limit
		target *int
	}{
		{s.limit, "limit", rule.Limit, &rule.Limit.Value},
		{s.withoutPassword, "limit_without_password", perPassword, &rule.Limit.WithoutPassword},
		{s.grace, "grace", rule.Grace, &rule.Grace.Value},
	} {
		switch low, high := n.bounds.Min, n.bounds.Max; {
		case n.line == 0:
		case n.bounds.Unit == "":
			found.at(n.line, "rule %q has no %s to set; delete the line", s.id, n.name)
		case n.value < low || n.value > high:
			found.at(n.line, "rule %q: %s %d is not within %d to %d %s", s.id, n.name, n.value, low, high, n.bounds.Unit)
		default:
			*n.target = n.value
		}
	}
}
