package notify

import (
	"fmt"
	"strings"

	"iamvigil/internal/plain"
	"iamvigil/ledger"
)

// How much of a mail each thing may take. Together they stay far below
// [MaxSize], so a mail never comes in parts: a person reads the worst of it
// here and lists the rest.
const (
	maxSubject = 99
	maxItems   = 40
	maxActs    = 15
	maxSpots   = 10
	maxStrays  = 20
	maxCounts  = 50 // of counts by rule
	maxNames   = 5

	// bytes
	maxSentence = 500
	maxFix      = 1000
	maxARN      = 700 // with the longest path and name that IAM allows
	maxValue    = 200
	maxRule     = 64
)

// Emails tells the changes to a person, in plain text of 78 columns. At most 40
// items are told in full, the worst; the rest is counted by rule, with the
// command that lists it.
func Emails(c *ledger.Changes) []Message {
	if c.Quiet() {
		return nil
	}
	return []Message{{Subject: subject(c), Body: emailBody(c), Attributes: attributes(c, worst(c))}}
}

func subject(c *ledger.Changes) string {
	first := ""
	if c.First {
		first = "first look, "
	}
	all := counts(c)
	in, message := lead(c)
	return plain.ASCII(fmt.Sprintf("IAM %s: %s: %s%s%s%s", tone(c), accountName(c, 28), first,
		strings.Join(all[:min(3, len(all))], ", "), in, message), maxSubject)
}

func emailBody(c *ledger.Changes) string {
	m := &mail{changes: c}
	s := choose(c, maxItems)
	m.opening()
	m.alerts(s.alerts)
	m.acts()
	m.findings(s.new)
	m.resolved(s.resolved)
	m.rest(s)
	m.newRules()
	m.gaps()
	m.strays()
	m.totals(s)
	return m.b.String()
}

// mail writes the sections of one email. A section without items leaves no
// trace.
type mail struct {
	page
	changes *ledger.Changes
}

func (m *mail) opening() {
	c := m.changes
	look := "iamvigil looked at account "
	if c.Kind == ledger.Event {
		look = "iamvigil was told of an event in account "
	}
	m.wrap("", itemIndent, look+accountName(c, maxValue)+".")
	m.paragraph("Written at " + minute(c.Time) + ". " + capital(summary(c)) + ".")
	if len(c.New) > 1 {
		m.paragraph("New: " + bySeverity(severities(c.New)) + ".")
	}
	if c.First {
		m.blank()
		m.paragraph("This is the first look at this account, so all it found is new. From now on only what changes is told.")
	}
}

// totals end the mail with what is open, and with the commands that tell more:
// of the worst rule, or of any.
func (m *mail) totals(s shown) {
	if open := standing(m.changes); open != "" {
		m.heading("OPEN NOW")
		m.paragraph(open)
	}
	rule := "RULE"
	switch {
	case len(s.alerts) > 0:
		rule = s.alerts[0].Rule
	case len(s.new) > 0:
		rule = s.new[0].Rule
	}
	m.heading("MORE")
	m.item("All that is open: iamvigil scan")
	m.item("Why it matters: iamvigil explain " + safe(rule, maxRule))
}
