// Package notify turns what changed in an account into messages for three
// audiences, and publishes them: a plain-text email that a person can act on, a
// note for a chat channel, and JSON for programs that holds everything.
//
// It is pure but for [Publisher]. It decides neither what is a fault nor what
// is worth telling: it tells all of a [ledger.Changes], and nothing when that
// is quiet. Every string of the account is taken for hostile: none can break a
// line, mention anybody or become a link, and only the JSON has it unaltered.
package notify

import (
	"slices"
	"strings"

	"iamvigil/ledger"
	"iamvigil/scanner"
)

// MaxSize is how many bytes SNS accepts in one publication: body, subject and
// attributes together.
const MaxSize = 256 << 10

// Message is one publication to a topic.
type Message struct {
	// Subject is empty but for email: at most 99 printable ASCII characters
	// that do not begin with a space.
	Subject string
	Body    string
	// Attributes are what a subscription's filter policy can look at: kind,
	// severity (the worst that is told, "info" if nothing has one) and account,
	// one value each, of SNS's type String. For programs also rule, always a
	// String.Array, absent where no rule is concerned.
	Attributes map[string][]string
}

// Size is how many bytes of [MaxSize] the message takes.
func (m Message) Size() int {
	size := len(m.Subject) + len(m.Body)
	for name := range m.Attributes {
		kind, value := m.attribute(name)
		size += len(name) + len(kind) + len(value)
	}
	return size
}

const rules = "rule"

// attribute is an attribute as SNS takes it.
func (m Message) attribute(name string) (kind, value string) {
	values := m.Attributes[name]
	if name != rules {
		return "String", strings.Join(values, ",")
	}
	return "String.Array", string(encode(values))
}

func attributes(c *ledger.Changes, severity scanner.Severity) map[string][]string {
	if severity == "" {
		severity = scanner.Info
	}
	return map[string][]string{
		"kind":     {c.Kind},
		"severity": {string(severity)},
		"account":  {c.Account.ID},
	}
}

// worst is the worst severity that is told, or empty.
func worst(c *ledger.Changes) scanner.Severity {
	var all []scanner.Severity
	for i := range c.Alerts {
		all = append(all, c.Alerts[i].Severity)
	}
	for i := range c.New {
		all = append(all, c.New[i].Severity)
	}
	for i := range c.NewRules {
		all = append(all, c.NewRules[i].Severity)
	}
	for i := range c.Resolved {
		all = append(all, c.Resolved[i].Severity)
	}
	return worse(all...)
}

// worse is the worst of some severities, or empty if there is none.
func worse(of ...scanner.Severity) scanner.Severity {
	of = slices.DeleteFunc(of, func(s scanner.Severity) bool { return s == "" })
	if len(of) == 0 {
		return ""
	}
	return slices.MinFunc(of, func(a, b scanner.Severity) int { return a.Rank() - b.Rank() })
}
