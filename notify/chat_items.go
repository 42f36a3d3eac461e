package notify

import (
	"cmp"
	"fmt"
	"strings"

	"iamvigil/internal/words"
	"iamvigil/ledger"
	"iamvigil/scanner"
)

// line is a sentence about a fault, its rule, and what there is to say besides.
func line(lead, message, rule string, asides ...string) string {
	s := lead + ": " + markdown(message, chatSentence) + " (" + code(rule, maxRule) + ")"
	for _, aside := range asides {
		if aside != "" {
			s += ", " + aside
		}
	}
	return s
}

func graded(s scanner.Severity) string { return mark(string(s)) + string(s) }

func owned(owner string) string {
	if owner == "" {
		return ""
	}
	return "owner " + code(owner, chatAside)
}

func (t *talk) alertLines() []string {
	var lines []string
	for _, a := range t.alerts {
		lines = append(lines, line(graded(a.Severity), a.Message, a.Rule, ago(t.Telling, a.Event), owned(a.Owner)))
	}
	return lines
}

func (t *talk) newLines() []string {
	var lines []string
	for _, r := range t.new {
		lines = append(lines, line(graded(r.Severity), r.Message, r.Rule, t.by(&r), owned(r.Owner), lapsed(&r), released(&r)))
	}
	return lines
}

func (t *talk) rerankedLines() []string {
	var lines []string
	for _, r := range t.reranked {
		lines = append(lines, line(graded(r.Severity)+", was "+string(r.Was), r.Message, r.Rule, owned(r.Owner)))
	}
	return lines
}

func (t *talk) resolvedLines() []string {
	var lines []string
	for _, r := range t.resolved {
		lines = append(lines, line(ending(r)+" after "+words.Span(r.ResolvedAt.Sub(r.FirstSeen)), was(&r), r.Rule, t.by(&r), owned(r.Owner)))
	}
	return lines
}

func (t *talk) silencedLines() []string {
	var lines []string
	for _, r := range t.silenced {
		lines = append(lines, line(string(r.Severity), r.Message, r.Rule, t.silence(&r), t.afterwards(&r), owned(r.Owner)))
	}
	return lines
}

// silence is what keeps a standing finding quiet.
func (t *talk) silence(r *ledger.Record) string {
	switch {
	case r.Acknowledged(t.Time):
		return "acknowledged until " + words.Minute(r.Ack.Until) + because(r.Ack.Reason, r.Ack.By)
	case r.Exempt != nil:
		return "exempt until " + day(r.Exempt.Expires) + because(r.Exempt.Reason, r.Exempt.Owner)
	}
	return ""
}

// lapsed is what kept it quiet until now. Its time may not be over: what it was
// about has changed then.
func lapsed(r *ledger.Record) string {
	if r.Lapsed == nil {
		return ""
	}
	what := "exempt"
	if r.Lapsed.Ack {
		what = "acknowledged"
	}
	return "no longer " + what + " (until " + day(r.Lapsed.Expires) + because(r.Lapsed.Reason, r.Lapsed.Owner) + ")"
}

func released(r *ledger.Record) string {
	if r.Released {
		return wasContained
	}
	return ""
}

// because is the reason that somebody gave, and who it was.
func because(reason, who string) string {
	s := ""
	if who != "" {
		s = " by " + code(who, chatAside)
	}
	if reason != "" {
		s += ", reason " + code(reason, chatAside)
	}
	return s
}

// alsoLines has one line for each thing that is only counted.
func (t *talk) alsoLines() []string {
	var lines []string
	count := func(of []ledger.RuleCount, one, many string) {
		if n := total(of); n > 0 {
			lines = append(lines, words.Plural(n, one, many)+": "+byRule(of))
		}
	}
	count(t.elsewhere, "other told below its alarm", "others told below their alarms")
	count(t.restAlerts, "alert not shown", "alerts not shown")
	count(t.restNew, "new finding not shown", "new findings not shown")
	count(t.restReranked, "other of another severity not shown", "others of another severity not shown")
	count(t.restResolved, "resolved finding not shown", "resolved findings not shown")
	count(t.restSilenced, "silenced finding not shown", "silenced findings not shown")
	count(t.Rest, "more of the burst, gone by now or too many to tell", "more of the burst, gone by now or too many to tell")
	lines = append(lines, ruleLines(t.Withdrawn, withdrawnRule, "rule that is off", "rules that are off")...)
	if names := unknown(t.Telling); len(names) > 0 {
		counted := make([]string, len(names))
		for i, n := range names {
			counted[i] = fmt.Sprintf("%s (%d)", code(n.Name, maxRule), n.Count)
		}
		lines = append(lines, "Events by names unknown to this version: "+named(counted, chatNames))
	}
	return lines
}

func ruleLines(all []ledger.RuleCount, word func(ledger.RuleCount) string, one, many string) []string {
	all = worstFirst(all)
	var lines []string
	for _, n := range all[:min(chatNames, len(all))] {
		lines = append(lines, markdown(word(n), chatSentence))
	}
	if more := len(all) - chatNames; more > 0 {
		lines = append(lines, words.Plural(more, "other "+one, "other "+many)+" not shown")
	}
	return lines
}

func (t *talk) exemptionLines() []string {
	var lines []string
	for i := range t.Exemptions[:min(chatNames, len(t.Exemptions))] {
		x := &t.Exemptions[i]
		lines = append(lines, exemptionNote(x, t.Time)+": "+exempted(&x.Exemption, chatValue)+because(x.Reason, x.Owner))
	}
	if more := len(t.Exemptions) - chatNames; more > 0 {
		lines = append(lines, words.Plural(more, "other exemption", "other exemptions")+" not shown")
	}
	return lines
}

func (t *talk) gapLines() []string {
	var lines []string
	all := blindSpots(t.Gaps)
	for _, s := range all[:min(chatNames, len(all))] {
		line := fmt.Sprintf("%s of %s: %s", capital(string(s.fact)), s.whose(chatValue), markdown(s.reason, chatSentence))
		if s.permission != "" {
			line += "; grant " + chatValue(s.permission) + " to the role that iamvigil runs as"
		}
		lines = append(lines, line)
	}
	if more := len(all) - chatNames; more > 0 {
		lines = append(lines, words.Plural(more, "other gap", "other gaps")+" not shown")
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

// keywords are the worst severity and the rules that are told.
func (t *talk) keywords() []string {
	words := []string{tone(t.Telling)}
	seen := map[string]bool{}
	add := func(rule string) {
		if !seen[rule] && len(words) < chatKeywords {
			seen[rule] = true
			words = append(words, strings.TrimSpace(safe(rule, maxKeyword)))
		}
	}
	for _, a := range t.alerts {
		add(a.Rule)
	}
	for _, list := range [][]ledger.Record{t.new, t.reranked, t.resolved, t.silenced} {
		for _, r := range list {
			add(r.Rule)
		}
	}
	for i := range t.Steps {
		add(cmp.Or(t.Steps[i].Record.Rule, t.Steps[i].Cure))
	}
	return words
}
