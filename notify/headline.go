package notify

import (
	"fmt"
	"slices"
	"strings"

	"iamvigil/ledger"
	"iamvigil/scanner"
)

// summary counts all that is told: "3 new, 1 resolved, 2 gaps".
func summary(c *ledger.Changes) string { return strings.Join(counts(c), ", ") }

// counts has what matters most first.
func counts(c *ledger.Changes) []string { return tally(c, false) }

// tally is counts, in full with the severities of what is new: "3 new (1 high,
// 2 medium)".
func tally(c *ledger.Changes, full bool) []string {
	unknown := 0
	for _, n := range c.Unknown {
		unknown += n
	}
	silenced := "silenced"
	if acknowledged(c.Silenced) {
		silenced = "acknowledged"
	}
	var parts []string
	for _, n := range []struct {
		count     int
		one, many string
		severity  map[scanner.Severity]int
	}{
		{len(c.Alerts), "alert", "alerts", nil},
		{len(c.New), "new", "new", severities(c.New)},
		{len(c.Resolved), "resolved", "resolved", nil},
		{len(c.Reranked), "severity change", "severity changes", nil},
		{len(c.Silenced), silenced, silenced, nil},
		{total(c.Rest), "more", "more", nil},
		{len(blindSpots(c.Gaps)), "gap", "gaps", nil},
		{len(c.NewRules), "new rule", "new rules", nil},
		{len(c.Withdrawn), "rule off", "rules off", nil},
		{len(c.Exemptions), "exemption to look after", "exemptions to look after", nil},
		{unknown, "unknown event", "unknown events", nil},
	} {
		if n.count == 0 {
			continue
		}
		part := plural(n.count, n.one, n.many)
		if full && n.severity != nil {
			part += " (" + bySeverity(n.severity) + ")"
		}
		parts = append(parts, part)
	}
	return parts
}

// acknowledged reports whether people silenced all of these for a while,
// rather than an exemption.
func acknowledged(silenced []ledger.Record) bool {
	return len(silenced) > 0 && !slices.ContainsFunc(silenced, func(r ledger.Record) bool { return !noted(&r) })
}

// noted reports whether it is an acknowledgement that silences the record: an
// exemption goes before it.
func noted(r *ledger.Record) bool {
	return r.Ack != nil && (r.Exempt == nil || r.Exempt.Expires.Equal(r.Ack.Until))
}

// lead is the message of the worst that is told, led in: an alert before a new
// finding before one of another severity before those of a new rule; else what
// was resolved or silenced, if it is one.
func lead(c *ledger.Changes) (in, message string) {
	standing := len(c.Alerts) + len(c.New) + len(c.Reranked) + len(c.NewRules)
	switch {
	case standing == 0 && len(c.Resolved) == 1:
		return "; was: ", c.Resolved[0].Message
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
	for i := range c.Alerts {
		consider(c.Alerts[i].Severity, c.Alerts[i].Message)
	}
	for _, r := range slices.Concat(c.New, c.Reranked) {
		consider(r.Severity, r.Message)
	}
	for _, n := range c.NewRules {
		consider(n.Severity, newRule(n))
	}
	if standing == 1 {
		return ": ", message
	}
	return "; worst: ", message
}

// tone is what a subject says first: the worst that stands or was done, else
// what there is to tell.
func tone(c *ledger.Changes) string {
	standing := *c
	standing.Resolved, standing.Silenced = nil, nil
	switch s := worst(&standing); {
	case s != "":
		return string(s)
	case len(c.Resolved) > 0:
		return "resolved"
	case acknowledged(c.Silenced):
		return "acknowledged"
	case len(c.Silenced) > 0:
		return "silenced"
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

// standing says what is open after the change. Where nothing was looked at, that
// is nothing to say.
func standing(c *ledger.Changes) string {
	where := "In the whole account: "
	switch c.Kind {
	case ledger.Summary: // it looks at nothing
		return ""
	case ledger.Event:
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
