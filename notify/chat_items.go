package notify

import (
	"fmt"

	"iamvigil/ledger"
	"iamvigil/scanner"
)

func chatAlerts(c *ledger.Changes, alerts []scanner.Alert) []string {
	var lines []string
	for _, a := range alerts {
		lines = append(lines, fmt.Sprintf("%s: %s, %s (%s)", a.Severity, markdown(a.Message, chatSentence),
			ago(c, a.Event), code(a.Rule, maxRule)))
	}
	return lines
}

// chatWho tells the actors, each with what they did, in the order of time.
func chatWho(c *ledger.Changes) []string {
	var lines []string
	all := events(c)
	for _, acts := range byActor(all[:min(chatActs, len(all))]) {
		actor := acts[0].Actor
		lines = append(lines, capital(who(actor, chatValue))+", "+from(actor, chatValue))
		for _, e := range acts {
			lines = append(lines, did(e, chatValue, chatNames))
		}
	}
	if more := len(all) - chatActs; more > 0 {
		lines = append(lines, plural(more, "later event", "later events")+" not shown")
	}
	return lines
}

func chatNew(all []ledger.Record) []string {
	var lines []string
	for _, r := range all {
		lines = append(lines, fmt.Sprintf("%s: %s (%s)", r.Severity, markdown(r.Message, chatSentence), code(r.Rule, maxRule)))
	}
	return lines
}

func chatResolved(all []ledger.Record) []string {
	var lines []string
	for _, r := range all {
		lines = append(lines, fmt.Sprintf("%s after %s: %s (%s)", ending(r), span(r.ResolvedAt.Sub(r.FirstSeen)),
			markdown(r.Message, chatSentence), code(r.Rule, maxRule)))
	}
	return lines
}

// chatAlso has one line for each thing that is only counted.
func chatAlso(c *ledger.Changes, s shown) []string {
	var lines []string
	count := func(rest []ledger.RuleCount, one, many string) {
		if n := total(rest); n > 0 {
			lines = append(lines, plural(n, one, many)+" not shown: "+byRule(rest))
		}
	}
	count(s.restAlerts, "alert", "alerts")
	count(s.restNew, "new finding", "new findings")
	count(s.restResolved, "resolved finding", "resolved findings")
	for _, n := range c.NewRules[:min(chatNames, len(c.NewRules))] {
		lines = append(lines, markdown(newRule(n), chatSentence))
	}
	if more := len(c.NewRules) - chatNames; more > 0 {
		lines = append(lines, plural(more, "other new rule", "other new rules"))
	}
	if names := unknown(c); len(names) > 0 {
		counted := make([]string, len(names))
		for i, n := range names {
			counted[i] = fmt.Sprintf("%s (%d)", code(n.Name, maxRule), n.Count)
		}
		lines = append(lines, "Events by names unknown to this version: "+named(counted, chatNames))
	}
	return lines
}

func chatGaps(c *ledger.Changes) []string {
	var lines []string
	all := blindSpots(c.Gaps)
	for _, s := range all[:min(chatNames, len(all))] {
		line := fmt.Sprintf("%s of %s: %s", capital(string(s.fact)), s.whose(chatValue), markdown(s.reason, chatSentence))
		if s.permission != "" {
			line += "; grant " + chatValue(s.permission) + " to the role that iamvigil runs as"
		}
		lines = append(lines, line)
	}
	if more := len(all) - chatNames; more > 0 {
		lines = append(lines, plural(more, "other gap", "other gaps")+" not shown")
	}
	return lines
}

func byRule(rest []ledger.RuleCount) string {
	counts := make([]string, len(rest))
	for i, n := range rest {
		counts[i] = fmt.Sprintf("%s (%d)", code(n.Rule, maxRule), n.Findings)
	}
	return named(counts, chatNames)
}
