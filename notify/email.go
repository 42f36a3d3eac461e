package notify

import (
	"fmt"
	"strings"

	"iamvigil/internal/plain"
	"iamvigil/ledger"
	"iamvigil/scanner"
	"iamvigil/scanner/trail"
)

// How much of a mail each thing may take. Together they stay far below
// [MaxSize], so a mail never comes in parts: a person reads the worst of it
// here and lists the rest.
const (
	maxSubject = 99
	// minSubjectLead is the room below which a sentence's start says nothing.
	minSubjectLead = 20
	maxItems       = 40
	maxActs        = 15
	maxSpots       = 10
	maxStrays      = 20
	maxCounts      = 50 // of counts by rule
	maxNotes       = 10 // of exemptions
	maxNames       = 5
	// of steps beyond the items: of what is to come, three times what a run begins
	// to warn of, and of others
	maxComing = 900
	maxOthers = 100

	// bytes
	maxSentence = 500
	maxFix      = 600
	maxARN      = 700 // with the longest path and name that IAM allows
	maxValue    = 200
	maxOwner    = 40 // in a heading
	maxRule     = 64
	maxPasted   = 40_000  // of all commands
	maxSteps    = 150_000 // before a step that is told in full, with the lines of others
	// maxID is as much of a finding's id as tells it from all others.
	maxID = 10
)

// Emails tells the changes to a person, in plain text of 78 columns. At most 40
// items are told in full, the worst; the rest is counted by rule, with the
// command that lists it. What is held waits for the summary.
func Emails(c *ledger.Telling) []Message {
	if c.Quiet() || c.Held {
		return nil
	}
	s := choose(c, maxItems)
	return []Message{{Subject: subject(c, &s), Body: emailBody(c, &s), Attributes: attributes(c, worst(c))}}
}

func subject(c *ledger.Telling, s *shown) string {
	first := ""
	switch {
	case dry(c):
		first = "dry run, "
	case c.First:
		first = "first look, "
	case c.Kind == ledger.Summary:
		first = "summary, "
	}
	all := counts(c)
	in, message := lead(c, s)
	tone, worst := tone(c), worst(c)
	text := fmt.Sprintf("IAM %s: %s: %s%s", tone, accountName(c, 28), first, strings.Join(all[:min(3, len(all))], ", "))
	if worst != "" && c.Kind != ledger.Remediation && scanner.Severity(tone).Rank() == len(scanner.Severities()) {
		text += " (" + string(worst) + ")"
	}
	if len(text)+len(in)+minSubjectLead <= maxSubject {
		text += in + message
	}
	return plain.ASCII(text, maxSubject)
}

func emailBody(c *ledger.Telling, s *shown) string {
	m := &mail{changes: c, said: map[string]string{}, coming: maxComing, others: maxOthers}
	if c.Kind == ledger.Event {
		m.calls = deeds(c)
		m.doer = doer(m.calls)
	}
	if c.Burst != nil && !manySessions(c.Burst) {
		m.doer = &c.Burst.Actor
	}
	held, noted := held(c)
	m.begin()
	m.notices("HELD BACK", held)
	m.steps()
	m.notices("TO BE LOOKED AFTER", noted)
	m.alerts(s.alerts)
	m.fresh(s.new)
	m.reranked(s.reranked)
	m.silenced(s.silenced)
	m.resolved(s.resolved)
	m.rest(s)
	m.acts()
	m.withdrawn()
	m.gaps()
	m.exemptions()
	m.strays()
	m.totals(s)
	return m.b.String()
}

// mail writes the sections of one email. A section without items leaves no
// trace.
type mail struct {
	page
	changes *ledger.Telling
	// calls are what brought about what an event's mail tells, and doer is who
	// made them, if it was one: the mail begins with them.
	calls []trail.Origin
	doer  *trail.Actor
	// said has the advice that the mail has told, and the rule whose it is.
	said map[string]string
	// newRulesTold is how many of the rules asked for the first time are told.
	newRulesTold int
	// pasted is how many bytes the commands have.
	pasted int
	// full is how many steps are told in full; coming and others are how many more
	// may be named, and lines is how many bytes the names of all that comes need.
	full, coming, others, lines int
}
