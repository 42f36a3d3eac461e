package notify

import (
	"fmt"

	"iamvigil/ledger"
)

func (m *mail) rest(s shown) {
	m.counted("ALERTS NOT SHOWN HERE", s.restAlerts, "")
	m.counted("NEW, NOT SHOWN HERE", s.restNew, "iamvigil scan --rules ")
	m.counted("RESOLVED, NOT SHOWN HERE", s.restResolved, "")
}

func (m *mail) counted(title string, by []ledger.RuleCount, command string) {
	if len(by) == 0 {
		return
	}
	m.heading(title)
	for _, n := range by[:min(maxCounts, len(by))] {
		m.item(fmt.Sprintf("%d %s: %s", n.Findings, n.Severity, command+safe(n.Rule, maxRule)))
	}
	if more := by[min(maxCounts, len(by)):]; len(more) > 0 {
		m.item(plural(total(more), "finding", "findings") + " by " + plural(len(more), "other rule", "other rules"))
	}
}

func (m *mail) newRules() {
	all := m.changes.NewRules
	if len(all) == 0 {
		return
	}
	m.heading("NEW RULES")
	for _, n := range all[:min(maxCounts, len(all))] {
		m.item(newRule(n))
		m.field("List", "iamvigil scan --rules "+safe(n.Rule, maxRule))
	}
	if more := all[min(maxCounts, len(all)):]; len(more) > 0 {
		m.item(plural(total(more), "finding", "findings") + " by " + plural(len(more), "other new rule", "other new rules"))
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
		m.paragraph(plural(more, "other gap is", "other gaps are") + " not shown here. List them: iamvigil scan")
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
		m.item(fmt.Sprintf("%s by the name of %s, which this version does not know", plural(n.Count, "event", "events"), quoted(n.Name)))
	}
	if more := len(names) - maxStrays; more > 0 {
		m.item(plural(more, "other unknown name", "other unknown names"))
	}
}
