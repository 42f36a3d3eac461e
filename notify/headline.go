package notify

import (
	"fmt"
	"strings"

	"iamvigil/internal/words"
	"iamvigil/ledger"
	"iamvigil/scanner"
)

// summary counts all that is told: "3 new, 1 resolved, 2 gaps".
func summary(c *ledger.Telling) string { return strings.Join(counts(c), ", ") }

// counts has what matters most first.
func counts(c *ledger.Telling) []string { return tally(c, false) }

// tally is counts, in full with the severities of what stands: "3 new (1 high,
// 2 medium)".
func tally(c *ledger.Telling, full bool) []string {
	unknown := 0
	for _, n := range c.Unknown {
		unknown += n
	}
	parts := stepCounts(c)
	for _, n := range []struct {
		count     int
		one, many string
		severity  map[scanner.Severity]int
	}{
		{len(c.Alerts), "alert", "alerts", nil},
		{len(c.New), "new", "new", severities(c.New)},
		{len(c.NewRules), "new rule", "new rules", findings(c.NewRules)},
		{len(c.Resolved), "resolved", "resolved", nil},
		{len(c.Reranked), "severity change", "severity changes", nil},
		{len(c.Silenced), silencing(c), silencing(c), severities(c.Silenced)},
		{total(c.Rest), "more", "more", nil},
		{len(blindSpots(c.Gaps)), "gap", "gaps", nil},
		{len(c.Withdrawn), "rule off", "rules off", findings(c.Withdrawn)},
		{len(c.Exemptions), "exemption to look after", "exemptions to look after", nil},
		{unknown, "unknown event", "unknown events", nil},
	} {
		if n.count == 0 {
			continue
		}
		part := words.Plural(n.count, n.one, n.many)
		if by := words.BySeverity(n.severity); full && by != "" {
			part += " (" + by + ")"
		}
		parts = append(parts, part)
	}
	return parts
}

// silencing is what befell what was silenced.
func silencing(c *ledger.Telling) string {
	if c.Kind == ledger.Acknowledgement {
		return "acknowledged"
	}
	return "silenced"
}

// lead is the message of the worst that is told and shown, led in: an alert
// before a new finding before one of another severity before those of a rule that
// is new or off; else what was resolved or silenced, if it is one.
func lead(c *ledger.Telling, s *shown) (in, message string) {
	if c.Kind == ledger.Remediation {
		return stepLead(c)
	}
	standing := len(c.Alerts) + len(c.New) + len(c.Reranked) + len(c.NewRules) + len(c.Withdrawn)
	switch {
	case standing == 0 && len(c.Resolved) == 1:
		return "; was: ", was(&c.Resolved[0])
	case standing+len(c.Resolved) == 0 && len(c.Silenced) == 1:
		return ": ", c.Silenced[0].Message
	case standing == 0:
		return "", ""
	}
	worst := scanner.Severity("")
	consider := func(s scanner.Severity, what string) {
		if message == "" || s.Rank() < worst.Rank() {
			worst, message = s, what
		}
	}
	for i := range s.alerts {
		consider(s.alerts[i].Severity, s.alerts[i].Message)
	}
	for _, list := range [][]ledger.Record{s.new, s.reranked} {
		for i := range list {
			consider(list[i].Severity, list[i].Message)
		}
	}
	for _, n := range c.NewRules {
		consider(n.Severity, newRule(n))
	}
	for _, n := range c.Withdrawn {
		consider(n.Severity, withdrawnRule(n))
	}
	if standing == 1 {
		return ": ", message
	}
	return "; worst: ", message
}

// tone is what a subject says first: the worst that stands or was done, else
// what there is to tell.
func tone(c *ledger.Telling) string {
	if c.Kind == ledger.Remediation {
		return ledger.Remediation
	}
	standing := *c
	standing.Resolved, standing.Silenced = nil, nil
	switch s := worst(&standing); {
	case s != "":
		return string(s)
	case len(c.Resolved) > 0:
		return "resolved"
	case len(c.Silenced) > 0:
		return silencing(c)
	case len(c.Gaps) > 0:
		return "gap"
	}
	return "note"
}

// accountName is the account's name and id, the name in at most max bytes.
func accountName(c *ledger.Telling, max int) string {
	if c.Account.Name == "" {
		return quoted(c.Account.ID)
	}
	return quotedWithin(c.Account.Name, max) + " (" + quoted(c.Account.ID) + ")"
}

// standing says what is open after the change. Where nothing was looked at, that
// is nothing to say.
func standing(c *ledger.Telling) string {
	where := "In the whole account: "
	switch c.Kind {
	case ledger.Summary, ledger.Acknowledgement, ledger.Remediation: // they look at nothing
		return ""
	case ledger.Event:
		where = "Of what was touched: "
		if len(c.New)+len(c.Resolved)+len(c.Open) == 0 {
			return ""
		}
	}
	text := where + bySeverity(c.Open) + "."
	if c.Exempt > 0 {
		text += " " + words.Plural(c.Exempt, "is exempt besides.", "are exempt besides.")
	}
	if c.Covered > 0 {
		text += " " + words.Plural(c.Covered, "is covered by another finding.", "are covered by other findings.")
	}
	if c.Contained > 0 {
		text += " " + words.Plural(c.Contained, "is contained: its control fails until a person mends it.", "are contained: their controls fail until a person mends them.")
	}
	return text
}

// newRule is the one line of a rule that was asked for the first time.
func newRule(n ledger.RuleCount) string {
	return fmt.Sprintf("%s by new rule %s (%s)", words.Plural(n.Findings, "finding", "findings"), safe(n.Rule, maxRule), n.Severity)
}

func severities(of []ledger.Record) map[scanner.Severity]int {
	counts := map[scanner.Severity]int{}
	for i := range of {
		counts[of[i].Severity]++
	}
	return counts
}

func findings(by []ledger.RuleCount) map[scanner.Severity]int {
	counts := map[scanner.Severity]int{}
	for _, n := range by {
		counts[n.Severity] += n.Findings
	}
	return counts
}
