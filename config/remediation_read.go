package config

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"iamvigil/remediate"
)

const (
	maxAsk       = 200
	maxProtected = 100
)

// remedies are what the file says of remediation. The rules are not yet held
// against those that are on.
type remedies struct {
	ask       string
	protected []string
	cures     []cure
}

type cure struct {
	id      remediate.Cure
	enabled bool
	rules   []scheduled
}

// scheduled is a rule about whose findings something is done, and its line.
type scheduled struct {
	rule string
	line int
	remediate.Schedule
}

func (r *reader) remedies(n *yaml.Node) remedies {
	var m remedies
	if n == nil || isNull(n) {
		return m
	}
	has := r.fields(n, "remediation", "ask", "protected", "cures")
	if ask := has["ask"]; ask != nil {
		m.ask = r.text(ask, "how to ask for an exemption", maxAsk)
	}
	if protected := has["protected"]; protected != nil {
		m.protected = r.protected(protected)
	}
	if cures := has["cures"]; cures != nil && !isNull(cures) {
		m.cures = r.cures(cures)
	}
	return m
}

func (r *reader) protected(n *yaml.Node) []string {
	entries := r.list(n, "protected", "[arn:aws:iam::*:user/break-glass/*]")
	if len(entries) > maxProtected {
		r.wrong(entries[maxProtected], "more than %d protected users; one with a * in it takes the place of many", maxProtected)
		return nil
	}
	var patterns []string
	for _, entry := range entries {
		switch pattern := r.pattern(entry, "protected user"); {
		case pattern == "": // told
		case noUser(pattern):
			r.wrong(entry, "protected user %s matches no user, and nothing else is ever acted on; who is meant by it is not protected: name the users", quoted(pattern))
		case slices.Contains(patterns, pattern):
			r.wrong(entry, "protected user %s is listed twice; delete one of them", quoted(pattern))
		default:
			patterns = append(patterns, pattern)
		}
	}
	return patterns
}

// noUser reports whether a pattern is of another kind of resource, such as a
// group, whose members somebody may think protected.
func noUser(pattern string) bool {
	colon := strings.LastIndexByte(pattern, ':')
	kind, _, _ := strings.Cut(pattern[colon+1:], "/")
	return colon >= 0 && !strings.Contains(pattern, ":user/") && !strings.ContainsAny(kind, "*?")
}

func (r *reader) cures(n *yaml.Node) []cure {
	var ids []string
	for _, c := range remediate.Cures() {
		ids = append(ids, string(c))
	}
	if n.Kind != yaml.MappingNode {
		r.wrong(n, "cures must map names to settings; there are %s", listed(ids))
		return nil
	}
	var all []cure
	for key, value := range pairs(n) {
		if !slices.Contains(ids, key.Value) {
			r.at(key.Line, "there is no cure %s%s; there are %s", quoted(key.Value), meant(key.Value, ids), listed(ids))
			continue
		}
		all = append(all, r.cure(key, value))
	}
	return all
}

func (r *reader) cure(key, n *yaml.Node) cure {
	c := cure{id: remediate.Cure(key.Value)}
	what := "cure " + quoted(key.Value)
	if isNull(n) {
		r.wrong(key, "%s needs settings, such as enabled: true; or delete it", what)
		return c
	}
	has := r.fields(n, what, "enabled", "rules")
	if n.Kind != yaml.MappingNode {
		return c
	}
	if enabled := has["enabled"]; enabled != nil {
		c.enabled, _ = r.flag(enabled, what+": enabled")
	} else {
		r.at(key.Line, "%s does not say whether it is on; add enabled: true, or false", what)
	}
	if rules := has["rules"]; rules != nil {
		c.rules = r.scheduled(rules, what, c.id.Rules())
	} else if c.enabled && c.id != remediate.Quarantine {
		r.at(key.Line, "%s has no rules and would do nothing; add rules: {%s: {warn: 0, final: 7, act: 14}}", what, c.id.Rules()[0])
	}
	return c
}

// scheduled are the rules of a cure, which has these to choose from.
func (r *reader) scheduled(n *yaml.Node, what string, ids []string) []scheduled {
	if n.Kind != yaml.MappingNode || len(n.Content) == 0 {
		r.wrong(n, "%s: rules must map rule ids to days, such as %s: {warn: 0, final: 7, act: 14}", what, ids[0])
		return nil
	}
	var all []scheduled
	for key, value := range pairs(n) {
		if !slices.Contains(ids, key.Value) {
			r.at(key.Line, "%s is not for rule %s%s; it is for %s", what, quoted(key.Value), meant(key.Value, ids), listed(ids))
			continue
		}
		s := scheduled{rule: key.Value, line: key.Line}
		about := what + ", rule " + quoted(s.rule)
		if !r.days(value, about, &s.Schedule) {
			continue
		}
		if err := s.Check(); err != nil {
			r.at(key.Line, "%s: %v", about, err)
			continue
		}
		all = append(all, s)
	}
	return all
}

// days reads a schedule, all of it; it reports whether it is one.
func (r *reader) days(n *yaml.Node, what string, s *remediate.Schedule) bool {
	has := r.fields(n, what, "warn", "final", "act")
	if n.Kind != yaml.MappingNode {
		return false
	}
	whole := true
	for _, field := range []struct {
		name string
		into *int
	}{{"warn", &s.Warn}, {"final", &s.Final}, {"act", &s.Act}} {
		if value := has[field.name]; value == nil {
			r.wrong(n, "%s has no %s; add %s: how many days after the first run that saw the finding", what, field.name, field.name)
			whole = false
		} else if days, ok := r.number(value, what+": "+field.name); ok {
			*field.into = days
		} else {
			whole = false
		}
	}
	return whole
}
