package notify

import (
	"fmt"
	"strings"

	"iamvigil/ledger"
	"iamvigil/scanner"
)

// summary counts all that is told: "3 new, 1 resolved, 2 gaps".
func summary(c *ledger.Changes) string { return strings.Join(counts(c), ", ") }

// counts has what matters most first.
func counts(c *ledger.Changes) []string {
	unknown := 0
	for _, n := range c.Unknown {
		unknown += n
	}
	var parts []string
	for _, n := range []struct {
		count     int
		one, many string
	}{
		{len(c.Alerts), "alert", "alerts"},
		{len(c.New), "new", "new"},
		{len(c.Resolved), "resolved", "resolved"},
		{len(blindSpots(c.Gaps)), "gap", "gaps"},
		{len(c.NewRules), "new rule", "new rules"},
		{unknown, "unknown event", "unknown events"},
	} {
		if n.count > 0 {
			parts = append(parts, plural(n.count, n.one, n.many))
		}
	}
	return parts
}

// lead is the message of the worst that is told, led in: an alert before a new
// finding before those of a new rule; else what was resolved, if it is one.
func lead(c *ledger.Changes) (in, message string) {
	if len(c.Alerts)+len(c.New)+len(c.NewRules) == 0 {
		if len(c.Resolved) == 1 {
			return "; was: ", c.Resolved[0].Message
		}
		return "", ""
	}
	worst := scanner.Severity("")
	consider := func(s scanner.Severity, what string) {
		if message == "" || s.Rank() < worst.Rank() {
			worst, message = s, what
		}
	}
	for i := range c.Alerts {
		consider(c.Alerts[i].Severity, c.Alerts[i].Message)
	}
	for i := range c.New {
		consider(c.New[i].Severity, c.New[i].Message)
	}
	for _, n := range c.NewRules {
		consider(n.Severity, newRule(n))
	}
	if len(c.Alerts)+len(c.New)+len(c.NewRules) == 1 {
		return ": ", message
	}
	return "; worst: ", message
}

// tone is what a subject says first: the worst that stands or was done, else
// what there is to tell.
func tone(c *ledger.Changes) string {
	standing := *c
	standing.Resolved = nil
	switch s := worst(&standing); {
	case s != "":
		return string(s)
	case len(c.Resolved) > 0:
		return "resolved"
	case len(c.Gaps) > 0:
		return "gap"
	}
	return "note"
}

// accountName is the account's name and id, the name in at most max bytes.
func accountName(c *ledger.Changes, max int) string {
	if c.Account.Name == "" {
		return quoted(c.Account.ID)
	}
	return quotedWithin(c.Account.Name, max) + " (" + quoted(c.Account.ID) + ")"
}

// standing says what is open after the change. Where an event touched nothing
// that was looked at, that is nothing to say.
func standing(c *ledger.Changes) string {
	where := "In the whole account: "
	if c.Kind == ledger.Event {
		where = "Of what was touched: "
		if len(c.New)+len(c.Resolved)+len(c.Open) == 0 {
			return ""
		}
	}
	text := where + bySeverity(c.Open) + "."
	if c.Exempt > 0 {
		text += " " + plural(c.Exempt, "is exempt besides.", "are exempt besides.")
	}
	if c.Covered > 0 {
		text += " " + plural(c.Covered, "is said by another finding.", "are said by others.")
	}
	return text
}

// newRule is the one line of a rule that was asked for the first time.
func newRule(n ledger.RuleCount) string {
	return fmt.Sprintf("%s by new rule %s (%s)", plural(n.Findings, "finding", "findings"), safe(n.Rule, maxRule), n.Severity)
}

func severities(of []ledger.Record) map[scanner.Severity]int {
	counts := map[scanner.Severity]int{}
	for i := range of {
		counts[of[i].Severity]++
	}
	return counts
}
