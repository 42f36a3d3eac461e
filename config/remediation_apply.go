package config

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"

	"iamvigil/remediate"
	"iamvigil/scanner"
)

// Remediation is what a configuration arms, as far as it is the configuration's
// to say: the stack has its own say. The zero value arms nothing.
type Remediation struct {
	// Cures are those that are enabled; Schedules are of their rules, by rule.
	Cures     map[remediate.Cure]bool
	Schedules map[string]remediate.Schedule
	// Protected are patterns held against a user's ARN and name.
	Protected []string
	// Ask is how to ask for an exemption; empty: the file does not say.
	Ask string
	// Digest is the hexadecimal SHA-256 of all in the file that decides what is
	// done about whom and when: of two files, or texts of one, with the same
	// meaning it is the same. It is never empty.
	Digest string
}

// apply holds the remedies against the rules that are on.
func (m *remedies) apply(found *faults, s *Settings) Remediation {
	out := Remediation{Protected: slices.Clone(m.protected), Ask: m.ask}
	for _, c := range m.cures {
		for _, rule := range c.rules {
			if !slices.ContainsFunc(s.On, func(on scanner.Rule) bool { return on.ID == rule.rule }) {
				found.at(rule.line, "rule %q is switched off, so that nothing is ever done about it; switch it on, or delete it here", rule.rule)
			}
		}
		if c.enabled {
			out.arm(c)
		}
	}
	out.Digest = out.digest(s)
	return out
}

func (m *Remediation) arm(c cure) {
	if m.Cures == nil {
		m.Cures, m.Schedules = map[remediate.Cure]bool{}, map[string]remediate.Schedule{}
	}
	m.Cures[c.id] = true
	for _, rule := range c.rules {
		m.Schedules[rule.rule] = rule.Schedule
	}
}

// digest leaves out what only stands in messages, such as reasons, and rules that
// nothing is done about, so that a release which adds one holds no cure up.
func (m *Remediation) digest(s *Settings) string {
	type limits struct {
		Rule                          string
		Limit, WithoutPassword, Grace int
	}
	type exemption struct {
		Key     string
		Expires int64
	}
	var rules []limits
	for _, r := range s.On {
		if _, has := m.Schedules[r.ID]; has {
			rules = append(rules, limits{r.ID, r.Limit.Value, r.Limit.WithoutPassword, r.Grace.Value})
		}
	}
	var exemptions []exemption
	for _, x := range s.Terms.Exemptions {
		exemptions = append(exemptions, exemption{x.Key(), x.Expires.Unix()})
	}
	// Strings, numbers and maps of them are always encoded, maps in the order of
	// keys.
	text, _ := json.Marshal([]any{m.Cures, m.Schedules, m.Protected, rules, exemptions, s.Terms.OwnerTags, s.Terms.AccountOwner})
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
