package notify

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"iamvigil/internal/words"
	"iamvigil/ledger"
	"iamvigil/scanner/account"
)

// begin says in the first lines what happened: of an event, who did it and how
// long ago.
func (m *mail) begin() {
	c := m.changes
	where := "account " + accountName(c, maxValue)
	told := strings.Join(tally(c, true), ", ")
	switch {
	case m.only():
		m.opening(capital(ago(c, c.Alerts[0].Event)) + " in " + where + ": " + safe(c.Alerts[0].Message, maxSentence) + ".")
	case c.Kind == ledger.Acknowledgement && len(c.Silenced) > 0:
		m.opening("Acknowledged in " + where + m.note())
	case c.Kind == ledger.Summary:
		m.opening(fmt.Sprintf("While you were told of the first, %s in %s: %s.", m.wentOn(), where, told))
	case m.doer != nil:
		m.opening(fmt.Sprintf("%s in %s, %s called %s: %s.", capital(m.since()), where, m.actor(),
			named(callNames(m.calls, quoted), maxNames), told))
	default:
		m.opening(fmt.Sprintf("In %s at %s: %s.", where, words.Minute(c.Time), told))
	}
	if dry(c) {
		m.blank()
		m.paragraph("This is a dry run: nothing was changed, and nothing is as long as it is one.")
	}
	if c.First {
		m.blank()
		m.paragraph("This is the first look at this account, so all it found is new. From now on only what changes is told.")
	}
}

// only reports whether one alert is all there is to tell: then the first line
// tells it.
func (m *mail) only() bool {
	return m.changes.Kind == ledger.Event && len(m.changes.Alerts) == 1 && len(counts(m.changes)) == 1 && len(m.calls) == 1
}

// note says who acknowledged what until when, where that is the same for all.
func (m *mail) note() string {
	all := m.changes.Silenced
	ack, text := all[0].Ack, ""
	same := func(part func(*ledger.Ack) string) bool {
		return !slices.ContainsFunc(all, func(r ledger.Record) bool { return part(r.Ack) != part(ack) })
	}
	if ack.By != "" && same(func(a *ledger.Ack) string { return a.By }) {
		text = ", by " + quoted(account.NameOf(ack.By))
	}
	text += ": " + words.Plural(len(all), "finding, which stands and is", "findings, which stand and are") + " not told again "
	if same(func(a *ledger.Ack) string { return words.Minute(a.Until) }) {
		return text + "until " + words.Minute(ack.Until) + "."
	}
	return text + "for a while."
}

// since says when the first of the calls was made.
func (m *mail) since() string {
	first := m.calls[0].Time
	if first.IsZero() {
		return "at an unknown time"
	}
	return words.Span(m.changes.Time.Sub(first)) + " ago"
}

func (m *mail) actor() string {
	text := words.Who(*m.doer, quoted)
	if m.doer.IP != "" {
		text += ", from " + quoted(m.doer.IP) + ","
	}
	return text
}

// wentOn says who did what a summary tells, and for how long after the first
// telling.
func (m *mail) wentOn() string {
	b := m.changes.Burst
	if b == nil {
		return "more was done"
	}
	text := words.Who(b.Actor, quoted)
	if manySessions(b) {
		text = sessionRole(b, quoted) + " in " + words.Plural(len(b.Sessions), "session", "sessions")
	}
	text += " went on"
	if lasted := b.At.Sub(b.Opened); lasted >= time.Minute {
		text += " for " + words.Span(lasted)
	}
	return text
}
