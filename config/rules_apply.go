package config

import (
	"slices"

	"iamvigil/scanner"
)

// settable are the ids of the rules that have settings.
func (all *Rules) settable() []string {
	ids := make([]string, 0, len(all.State)+len(all.Events))
	for i := range all.State {
		ids = append(ids, all.State[i].ID)
	}
	for i := range all.Events {
		ids = append(ids, all.Events[i].ID)
	}
	return ids
}

// set parts the rules into those that are on and those that are off, each as
// configured. Of the settings it gives the rules alone.
func (c *Config) set(found *faults, all *Rules) (s Settings) {
	c.strangers(found, all)
	settings := map[string]setting{}
	for _, said := range c.rules {
		settings[said.id] = said
	}
	on := func(rule *scanner.About) bool {
		said := settings[rule.ID]
		return said.apply(found, rule)
	}
	for _, rule := range all.State {
		if on(&rule.About) {
			s.On = append(s.On, rule)
		} else {
			s.Off = append(s.Off, rule)
		}
	}
	for _, rule := range all.Events {
		if on(&rule.About) {
			s.Events = append(s.Events, rule)
		} else {
			s.EventsOff = append(s.EventsOff, rule)
		}
	}
	return s
}

// strangers notes settings of what has none.
func (c *Config) strangers(found *faults, all *Rules) {
	ids := all.settable()
	for _, s := range c.rules {
		switch {
		case slices.Contains(all.Others, s.id):
			found.at(s.line, "rule %q is asked of no snapshot and has no settings; an exemption can silence it", s.id)
		case !slices.Contains(ids, s.id):
			found.at(s.line, "there is no rule %s%s; `iamvigil rules` lists them", quoted(s.id), meant(s.id, ids))
		}
	}
}

// apply gives the rule what the file gives it, and tells whether it is on then.
func (s *setting) apply(found *faults, rule *scanner.About) (on bool) {
	s.applySeverity(found, rule)
	s.applyNumbers(found, rule)
	s.applyList(found, rule)
	switch {
	case s.enabled.line == 0:
		return !rule.OptIn || rule.List.Needed && rule.Ready()
	case rule.ID == scanner.Tampering && !s.enabled.value:
		found.at(s.enabled.line, "rule %q cannot be switched off: whoever touches the scanner is told of; delete the line", s.id)
	}
	return s.enabled.value
}

// applySeverity keeps the rule about the scanner itself as bad as it is: what is
// milder can wait for the end of a burst.
func (s *setting) applySeverity(found *faults, rule *scanner.About) {
	switch {
	case s.severity.line == 0:
	case rule.ID == scanner.Tampering && s.severity.value.Rank() > rule.Severity.Rank():
		found.at(s.severity.line, "rule %q cannot be milder than %s: whoever touches the scanner is told of at once; delete the line", s.id, rule.Severity)
	default:
		rule.Severity = s.severity.value
	}
}

func (s *setting) applyNumbers(found *faults, rule *scanner.About) {
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
