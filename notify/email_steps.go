package notify

import (
	"cmp"
	"strings"

	"iamvigil/ledger"
)

// notices are what is said of the runs themselves.
func (m *mail) notices(title string, all []ledger.Notice) {
	if len(all) == 0 {
		return
	}
	m.heading(title)
	for _, text := range noticed(all, func(s string) string { return safe(s, maxFix) }) {
		m.item(text)
	}
}

// steps tell what was done about findings and what is to come, those together
// that are told in the same words: as many in full as there is room for, and
// others in a line each.
func (m *mail) steps() {
	m.lines = m.linesToCome()
	title := ""
	for _, same := range alike(m.changes.Steps) {
		if t := stepTitle(same[0]); t != title {
			title = t
			m.heading(strings.ToUpper(title))
		} else {
			m.blank()
		}
		if len(same) == 1 && m.hasRoom() {
			m.full++
			m.step(same[0])
			continue
		}
		m.crowd(same)
	}
}

// step tells one step in full.
func (m *mail) step(s *ledger.Step) {
	m.item(capital(fate(s, m.changes.Time)) + ": " + target(s, briefly))
	m.reason(s)
	m.by(actor(s, quoted))
	m.cause(s.Reason)
	m.means(s, effect(s))
	m.prospects([]*ledger.Step{s})
	m.undo(s)
	m.advise(s.Advice)
	m.id(s)
}

// crowd tells steps that are alike, what they have in common once.
func (m *mail) crowd(same []*ledger.Step) {
	cause := inCommon(same, func(s *ledger.Step) string { return s.Reason })
	common := inCommon(same, effect)
	by := inCommon(same, func(s *ledger.Step) string { return actor(s, quoted) })
	m.item(capital(fate(same[0], m.changes.Time)) + ": " + crowd(same))
	m.by(by)
	m.cause(cause)
	m.means(same[0], common)
	m.prospects(same)
	for i, s := range same {
		if !m.hasRoom() {
			m.named(same[i:])
			return
		}
		m.full++
		m.blank()
		m.item(capital(target(s, briefly)))
		m.reason(s)
		if by == "" {
			m.by(actor(s, quoted))
		}
		if cause == "" {
			m.cause(s.Reason)
		}
		if common == "" {
			m.means(s, effect(s))
		}
		m.undo(s)
		m.advise(s.Advice)
		m.id(s)
	}
}

// reason tells why a step is taken, whose its target is and when that was used.
func (m *mail) reason(s *ledger.Step) {
	switch {
	case s.Record.ID != "":
		m.field("Why", safe(about(s), maxSentence)+" "+tag(s.Record.Rule))
	case s.Record.Message != "":
		m.field("Why", inQuotes(safe(s.Record.Message, maxSentence)))
	}
	if s.Record.Owner != "" {
		m.field("Owner", quoted(s.Record.Owner))
	}
	if used := lastUse(s, m.changes.Time, quoted); used != "" {
		m.field("Used", used)
	}
}

// by tells who took a step.
func (m *mail) by(actor string) {
	if actor != "" {
		m.field("By", actor)
	}
}

// cause is why a step came to what it did.
func (m *mail) cause(reason string) {
	if reason != "" {
		m.field("Cause", safe(reason, maxSentence))
	}
}

// means tells what the call changes, where it did or is to.
func (m *mail) means(s *ledger.Step, effect string) {
	switch s.What {
	case ledger.StepSpared, ledger.StepRefused, ledger.StepFailed:
	default:
		m.once("Means", cmp.Or(s.Record.Rule, s.Cure), effect)
	}
}

// id is by what a finding is acknowledged.
func (m *mail) id(s *ledger.Step) {
	if s.Record.ID != "" && (comes(s) || s.What == ledger.StepRefused) {
		m.field("ID", shortID(s.Record.ID))
	}
}

// undo tells how to restore what a step changed.
func (m *mail) undo(s *ledger.Step) {
	if changed(s) {
		m.field("Undo", undoing(s))
		m.paste("Or", s.Reversal.Command())
	}
}

// advise tells further steps, each once.
func (m *mail) advise(advice []string) {
	for _, f := range furthers(advice) {
		if _, told := m.said[f.key()]; told {
			continue
		}
		m.said[f.key()] = ""
		if f.text != "" {
			m.field("Then", safe(f.text, maxFix))
		}
		for _, command := range f.commands {
			m.paste("Run", command)
		}
	}
}

// paste is a command under a label, as long as the mail has room for such.
func (m *mail) paste(label, command string) {
	if m.pasted += len(command); command != "" && m.pasted <= maxPasted {
		m.commands(label, []string{command})
	}
}
