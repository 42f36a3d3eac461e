package config

import (
	"slices"
	"time"

	"iamvigil/scanner"
)

// exempt holds the exemptions against the ids of all rules.
func (c *Config) exempt(found *faults, ids []string, now time.Time) []scanner.Exemption {
	var all []scanner.Exemption
	last := now.UTC().Truncate(24*time.Hour).AddDate(1, 0, 0)
	lines := map[string]int{}
	for _, x := range c.exemptions {
		x.Rules = x.among(found, ids)
		x.once(found, lines, ids)
		if !x.Expires.Before(last.AddDate(0, 0, 1)) {
			found.at(x.expires.line, "expires %s is more than a year ahead; the last day that it may is %s", x.Expires.Format(time.DateOnly), last.Format(time.DateOnly))
		}
		all = append(all, x.Exemption)
	}
	return all
}

// once notes that an exemption says again what another in the file does. Lines
// holds where each rule's is, by the key of an exemption from that rule alone.
func (x *exemption) once(found *faults, lines map[string]int, ids []string) {
	if x.Resource == "" || x.Account == "" {
		return // told; whatever it was meant to be about
	}
	from := x.Rules
	if slices.Contains(from, scanner.EveryRule) {
		from = ids
	}
	for _, id := range from {
		one := x.Exemption
		one.Rules = []string{id}
		if line := lines[one.Key()]; line > 0 {
			found.at(x.line, "rule %q is exempt for the same in line %d; delete one of them", id, line)
			return
		}
		lines[one.Key()] = x.line
	}
}

// among are the rules that the exemption names, which are to be among ids. That
// it is from every rule is left as it is said, so that rules which a release adds
// do not make another exemption of it.
func (x *exemption) among(found *faults, ids []string) []string {
	var named []string
	for _, rule := range x.rules {
		switch {
		case rule.value == scanner.EveryRule:
			return []string{scanner.EveryRule}
		case rule.value == scanner.Tampering:
			found.at(rule.line, "rule %q cannot be exempt: whoever touches the scanner is told of; delete it here", scanner.Tampering)
		case !slices.Contains(ids, rule.value):
			found.at(rule.line, "there is no rule %s%s; `iamvigil rules` lists them", quoted(rule.value), meant(rule.value, ids))
		default:
			named = append(named, rule.value)
		}
	}
	slices.Sort(named)
	return named
}

// lapsed notes the exemptions that are over.
func (c *Config) lapsed(found *faults, now time.Time) {
	for _, x := range c.exemptions {
		if x.expires.line > 0 && x.Expired(now) {
			found.at(x.expires.line, "the exemption expired at %s; look whether it is still wanted, and give it another date or delete it", x.Expires.Format(time.RFC3339))
		}
	}
}
