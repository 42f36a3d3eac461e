package notify

import (
	"cmp"
	"fmt"
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
// that are told in the same words: at most maxItems in full, and others in a line
// each, since nobody is warned who is not named.
func (m *mail) steps() {
	title, full, named := "", maxItems, maxNamed
	for _, same := range alike(m.changes.Steps) {
		if t := stepTitle(same[0]); t != title {
			title = t
			m.heading(strings.ToUpper(title))
		} else {
			m.blank()
		}
		told := same[:min(full, len(same))]
		rest := same[len(told):]
		full -= len(told)
		if len(same) == len(told) && len(same) == 1 {
			m.step(same[0])
			continue
		}
		m.crowd(same, told)
		m.named(rest, named)
		named -= min(named, len(rest))
	}
}

// step tells one step in full.
func (m *mail) step(s *ledger.Step) {
	m.item(capital(fate(s, m.changes.Time)) + ": " + target(s, briefly))
	m.reason(s)
	m.cause(s.Reason)
	m.means(s, effect(s))
	m.prospects([]*ledger.Step{s})
	m.undo(s)
	m.advise(s.Advice)
	m.id(s)
}

// crowd tells steps that are alike, what they have in common once.
func (m *mail) crowd(same, told []*ledger.Step) {
	cause := inCommon(same, func(s *ledger.Step) string { return s.Reason })
	common := inCommon(same, effect)
	m.item(capital(fate(same[0], m.changes.Time)) + ": " + crowd(same))
	m.cause(cause)
	m.means(same[0], common)
	m.prospects(same)
	for _, s := range told {
		m.blank()
		m.item(capital(target(s, briefly)))
		m.reason(s)
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

// named has a line for each of so many steps that are not told in full, and
// counts the others.
func (m *mail) named(rest []*ledger.Step, most int) {
	if len(rest) == 0 {
		return
	}
	m.blank()
	for _, s := range rest[:min(most, len(rest))] {
		text := capital(target(s, func(s string) string { return quotedWithin(s, maxRule) }))
		if id := s.Record.ID; id != "" {
			text += ", id " + shortID(id)
		}
		m.item(text)
	}
	if more := len(rest) - most; more > 0 {
		m.item(fmt.Sprintf("%d more: %s", more, listPlan))
	}
}

// reason tells why a step is taken, whose its target is and when that was used.
func (m *mail) reason(s *ledger.Step) {
	switch {
	case s.Record.ID != "":
		m.field("Why", safe(s.Record.Message, maxSentence)+" "+tag(s.Record.Rule))
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

// prospects tell of steps that are alike how a person mends what they are about,
// and how what comes is put off and undone.
func (m *mail) prospects(same []*ledger.Step) {
	s := same[0]
	if !aboutKey(s) {
		m.field("With", "policy "+quotedWithin(s.Target, maxARN))
	}
	still := stillFails(s)
	switch {
	case still != "" && strings.Contains(s.Effect, "the control fails"):
		m.field("Note", "the finding is contained, and not resolved")
	case still != "":
		m.field("Note", "the finding is contained, and not resolved: "+still)
	}
	if comes(s) || s.What == ledger.StepRefused || still != "" {
		m.once("Fix", s.Record.Rule, s.Record.Fix)
	}
	if !comes(s) {
		return
	}
	whose, id, undo := "the user's ARN", "ID", undoAction+"ID, which its mail tells"
	if len(same) == 1 {
		whose, id, undo = quotedWithin(s.Record.Resource.ARN, maxARN), shortID(s.Record.ID), undoing(s)
	}
	if ask := cmp.Or(safe(s.Ask, maxFix), asking(s, whose, quoted)); ask != "" {
		m.field("Ask", ask)
	}
	m.field("Later", "iamvigil ack "+id+" --until DATE --reason WHY gives a week")
	if !s.Would {
		m.field("Undo", "once it is done, "+undo)
	}
}

// undo tells how to restore what a step changed.
func (m *mail) undo(s *ledger.Step) {
	if changed(s) {
		m.field("Undo", undoing(s))
		m.paste("Or", s.Reversal.Command())
	}
}

// advise tells further steps, each once: words, and the commands that they end
// with.
func (m *mail) advise(all []string) {
	for _, a := range all {
		if _, told := m.said[a]; told {
			continue
		}
		m.said[a] = ""
		text, command := advised(a)
		if text != "" {
			m.field("Then", safe(text, maxFix))
		}
		m.paste("Run", command)
	}
}

// paste is a command under a label, as long as the mail has room for such.
func (m *mail) paste(label, command string) {
	if m.pasted += len(command); command != "" && m.pasted <= maxPasted {
		m.commands(label, []string{command})
	}
}
