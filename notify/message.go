// Package notify turns what changed in an account into messages for three
// audiences, and publishes them: a plain-text email that a person can act on, a
// note for a chat channel, and JSON for programs that holds everything.
//
// It is pure but for [Publisher]. It decides neither what is a fault nor what
// is worth telling: it tells all of a [ledger.Telling], and nothing when that
// is quiet. Every string of the account is taken for hostile: none can break a
// line, mention anybody or become a link, and only the JSON has it unaltered.
package notify

import (
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
	// severity (the worst that is told, "info" if nothing has one) and account, of
	// SNS's type String.
	Attributes map[string]string
	// Rules are for programs the rules that are concerned, sorted: the attribute
	// rule, always of SNS's type String.Array, absent where there are none.
	Rules []string
}

// Size is how many bytes of [MaxSize] the message takes.
func (m Message) Size() int {
	size := len(m.Subject) + len(m.Body)
	for _, a := range m.typed() {
		size += len(a.name) + len(a.kind) + len(a.value)
	}
	return size
}

// attribute is an attribute as SNS takes it.
type attribute struct{ name, kind, value string }

// typed are all of the message's attributes.
func (m Message) typed() []attribute {
	var all []attribute
	for name, value := range m.Attributes {
		all = append(all, attribute{name, "String", value})
	}
	if len(m.Rules) > 0 {
		all = append(all, attribute{"rule", "String.Array", string(encode(m.Rules))})
	}
	return all
}

func attributes(c *ledger.Telling, severity scanner.Severity) map[string]string {
	if severity == "" {
		severity = scanner.Info
	}
	return map[string]string{"kind": c.Kind, "severity": string(severity), "account": c.Account.ID}
}

// worst is the worst severity that is told, or empty.
func worst(c *ledger.Telling) scanner.Severity {
	worst := scanner.Severity("")
	for i := range c.Alerts {
		worst = worse(worst, c.Alerts[i].Severity)
	}
	for _, list := range [][]ledger.Record{c.New, c.Resolved, c.Reranked, c.Silenced} {
		for i := range list {
			worst = worse(worst, list[i].Severity)
		}
	}
	for i := range c.Steps {
		worst = worse(worst, c.Steps[i].Record.Severity)
	}
	for _, n := range c.Notices {
		worst = worse(worst, gravity(n))
	}
	for _, list := range [][]ledger.RuleCount{c.NewRules, c.Withdrawn, c.Rest} {
		for i := range list {
			worst = worse(worst, list[i].Severity)
		}
	}
	return worst
}

// worse is the worse of two severities, of which one may be empty.
func worse(a, b scanner.Severity) scanner.Severity {
	if a == "" || b != "" && b.Rank() < a.Rank() {
		return b
	}
	return a
}
