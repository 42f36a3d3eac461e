package notify

import (
	"fmt"
	"slices"
	"strings"

	"iamvigil/internal/words"
	"iamvigil/ledger"
	"iamvigil/scanner"
)

// What lists findings of the deployed ledger.
const (
	listAll  = "iamvigil findings"
	listRule = listAll + " --rule "
)

func (m *mail) rest(s *shown) {
	m.counted("ALERTS NOT SHOWN HERE", s.restAlerts, "", "")
	m.counted("NEW, NOT SHOWN HERE", s.restNew, listRule, "")
	m.counted("SEVERITY CHANGED, NOT SHOWN HERE", s.restReranked, listRule, "")
	m.counted("SILENCED, NOT SHOWN HERE", s.restSilenced, listRule, " --state silenced")
	m.counted("RESOLVED, NOT SHOWN HERE", s.restResolved, listRule, " --state resolved")
	m.counted("MORE, NOT SHOWN HERE", m.changes.Rest, listRule, " --state all")
}

func (m *mail) counted(title string, by []ledger.RuleCount, command, options string) {
	if len(by) == 0 {
		return
	}
	m.heading(title)
	for _, n := range by[:min(maxCounts, len(by))] {
		m.item(fmt.Sprintf("%d %s: %s", n.Findings, n.Severity, command+safe(n.Rule, maxRule)+options))
	}
	if more := by[min(maxCounts, len(by)):]; len(more) > 0 {
		m.item(words.Plural(total(more), "finding", "findings") + " by " + words.Plural(len(more), "other rule", "other rules"))
	}
}

// newRules tells of the rules that were asked for the first time those that are
// at least as bad as the severity, the worst first.
func (m *mail) newRules(atLeast scanner.Severity) {
	all := worstFirst(m.changes.NewRules)
	shown := all[:min(maxCounts, len(all))]
	last := scanner.Severity("")
	for _, n := range shown[m.newRulesTold:] {
		if n.Severity.Rank() > atLeast.Rank() {
			return
		}
		if n.Severity != last {
			m.heading("NEW RULES, " + strings.ToUpper(string(n.Severity)))
			last = n.Severity
		}
		m.item(newRule(n))
		m.field("List", listRule+safe(n.Rule, maxRule))
		m.newRulesTold++
	}
	if more := all[len(shown):]; len(more) > 0 && atLeast == "" {
		m.heading("MORE NEW RULES")
		m.item(words.Plural(total(more), "finding", "findings") + " by " + words.Plural(len(more), "other new rule", "other new rules"))
	}
}

// withdrawn are rules that are off now, with what nobody looks after any more.
func (m *mail) withdrawn() {
	all := m.changes.Withdrawn
	if len(all) == 0 {
		return
	}
	m.heading("RULES SWITCHED OFF")
	for _, n := range all[:min(maxCounts, len(all))] {
		m.item(withdrawnRule(n))
	}
	if more := all[min(maxCounts, len(all)):]; len(more) > 0 {
		m.item(words.Plural(total(more), "finding", "findings") + " by " + words.Plural(len(more), "other rule", "other rules"))
	}
}

func (m *mail) gaps() {
	all := blindSpots(m.changes.Gaps)
	if len(all) == 0 {
		return
	}
	m.heading("GAPS: WHAT COULD NOT BE SEEN")
	for i, s := range all[:min(maxSpots, len(all))] {
		if i > 0 {
			m.blank()
		}
		m.item(fmt.Sprintf("%s of %s: %s", capital(quoted(string(s.fact))), s.whose(quoted), safe(s.reason, maxSentence)))
		m.field("Rules", "no answer from "+safe(named(s.rules, maxNames), maxSentence))
		if s.permission != "" {
			m.field("Grant", quoted(s.permission)+" to the role that iamvigil runs as")
		}
	}
	if more := len(all) - maxSpots; more > 0 {
		m.blank()
		m.paragraph(words.Plural(more, "other gap is", "other gaps are") + " not shown here. List them: iamvigil scan")
	}
}

// exemptions are those that people should look after.
func (m *mail) exemptions() {
	all := m.changes.Exemptions
	if len(all) == 0 {
		return
	}
	m.heading("EXEMPTIONS TO LOOK AFTER")
	for i := range all[:min(maxNotes, len(all))] {
		if i > 0 {
			m.blank()
		}
		x := &all[i]
		m.item(exemptionNote(x, m.changes.Time) + ": " + exempted(&x.Exemption, briefly))
		m.field("Owner", quoted(x.Owner))
		m.field("Why", inQuotes(safe(x.Reason, maxSentence)))
	}
	if more := len(all) - maxNotes; more > 0 {
		m.blank()
		m.paragraph(words.Plural(more, "other exemption", "other exemptions") + " in the configuration.")
	}
}

// strays are events that could not be read as changes.
func (m *mail) strays() {
	c := m.changes
	if len(c.Unknown) == 0 {
		return
	}
	m.heading("EVENTS NOT UNDERSTOOD")
	names := unknown(c)
	for _, n := range names[:min(maxStrays, len(names))] {
		m.item(fmt.Sprintf("%s by the name of %s, which this version does not know", words.Plural(n.Count, "event", "events"), quoted(n.Name)))
	}
	if more := len(names) - maxStrays; more > 0 {
		m.item(words.Plural(more, "other unknown name", "other unknown names"))
	}
}

// totals end the mail with what is open, and with the commands that tell more of
// what the mail begins with.
func (m *mail) totals(s *shown) {
	open := standing(m.changes)
	switch {
	case open != "":
		m.heading("OPEN NOW")
		m.paragraph(open)
	case len(s.new) > 0 || m.changes.Kind == ledger.Remediation:
		m.heading("WHAT NEXT")
	}
	if m.changes.Kind == ledger.Remediation {
		m.field("Plan", listPlan)
		m.field("List", listActs)
		if slices.ContainsFunc(m.changes.Steps, func(s ledger.Step) bool { return changed(&s) }) {
			m.field("Undo", undoAction+"ACTION")
		}
	}
	if m.changes.Kind == ledger.Digest || m.changes.Kind == ledger.Summary {
		m.field("List", listAll)
	}
	if len(s.new) > 0 {
		m.field("Why", "iamvigil explain "+safe(s.new[0].Rule, maxRule))
		m.field("Later", "iamvigil ack ID --until DATE --reason WHY")
	}
}
