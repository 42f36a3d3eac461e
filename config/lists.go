package config

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"iamvigil/scanner"
)

// Bounds of a rule's list: how many members it has, and characters one of them.
const (
	maxMembers = 100
	maxMember  = 2048 // an ARN's most
)

// member is one of a list, and its line.
type member struct {
	text string
	line int
}

// members is a list of texts, each once.
func (r *reader) members(n *yaml.Node, what string) given[[]member] {
	entries := r.list(n, what, "[one, another]")
	if len(entries) > maxMembers {
		r.wrong(entries[maxMembers], "%s has more than %d members; delete some", what, maxMembers)
		return given[[]member]{}
	}
	var all []member
	for _, entry := range entries {
		text := r.text(entry, "a member of "+what, maxMember)
		if text == "" {
			continue
		}
		if slices.ContainsFunc(all, func(m member) bool { return m.text == text }) {
			r.wrong(entry, "%s has %s twice; delete one of them", what, quoted(text))
			continue
		}
		all = append(all, member{text, entry.Line})
	}
	return given[[]member]{all, n.Line}
}

// applyList gives the rule the list that the file gives it. A rule that cannot be
// asked without one and is switched on must have been given one.
func (s *setting) applyList(found *faults, rule *scanner.About) {
	switch {
	case s.list.line > 0 && rule.List.Of == "":
		found.at(s.list.line, "rule %q has no list to set; delete the line", s.id)
		return
	case s.list.line > 0:
		rule.List.Values = nil
		for _, m := range s.list.value {
			if rule.List.Accounts && !accountID(m.text) {
				found.at(m.line, "rule %q: %s is no account's id of 12 digits", s.id, quoted(m.text))
			}
			if rule.List.Of == scanner.TagKeys && strings.HasPrefix(m.text, "aws:") {
				found.at(m.line, "rule %q: nobody can give a tag whose key begins with aws:, as %s does", s.id, quoted(m.text))
			}
			rule.List.Values = append(rule.List.Values, m.text)
		}
	}
	if s.enabled.value && !rule.Ready() {
		found.at(s.enabled.line, "rule %q cannot be asked without a list of %s; add list: [...]", s.id, rule.List.Of)
	}
}

func accountID(text string) bool { return len(text) == 12 && strings.Trim(text, "0123456789") == "" }
