package notify

import (
	"strings"

	"iamvigil/internal/words"
	"iamvigil/scanner"
	"iamvigil/scanner/trail"
)

func (m *mail) alerts(alerts []scanner.Alert) {
	for _, same := range runs(alerts, func(a scanner.Alert) scanner.Severity { return a.Severity }) {
		m.heading(strings.ToUpper(string(same[0].Severity)) + " ALERT")
		for i := range same {
			if i > 0 {
				m.blank()
			}
			m.alert(&same[i])
		}
	}
}

// alert tells what one act means and what to do in the next minute. Where it is
// all there is, the mail has told the act already.
func (m *mail) alert(a *scanner.Alert) {
	if !m.only() {
		m.item(capital(safe(a.Message, maxSentence)))
	}
	m.field("When", m.when(a.Event))
	if len(m.calls) == 1 {
		m.field("Who", words.Who(a.Event.Actor, quoted)+", "+from(a.Event.Actor, quoted))
		m.field("Did", call(a.Event, quoted, maxNames))
	}
	m.field("Event", quoted(a.Event.ID))
	m.once("Means", a.Rule, a.Why)
	if a.Owner != "" {
		m.field("Owner", quoted(a.Owner))
	}
	m.remedy("Now", a.Rule, remedy{fix: a.Fix, commands: a.Commands, console: a.Console})
	m.rule(a.Rule, "")
}

func (m *mail) when(e trail.Event) string {
	if e.Time.IsZero() {
		return ago(m.changes, e)
	}
	return second(e.Time) + ", " + words.Span(m.changes.Time.Sub(e.Time)) + " before this was written"
}

// acts tell who did what, of each actor in the order of time. What one alert is
// about, it tells itself.
func (m *mail) acts() {
	all := events(m.changes)
	if m.changes.Burst == nil && (len(all) == 0 || len(m.calls) == 1 && len(m.changes.Alerts) > 0) {
		return
	}
	left := len(all) - maxActs
	all = all[:min(maxActs, len(all))]
	m.heading("WHO DID IT")
	m.burst()
	for i, acts := range byActor(all) {
		if i > 0 || m.changes.Burst != nil {
			m.blank()
		}
		m.who(acts[0].Actor)
		for _, e := range acts {
			m.field("Did", did(e, quoted, maxNames))
		}
	}
	if left > 0 {
		m.blank()
		m.paragraph(words.Plural(left, "later event is", "later events are") + " not shown here.")
	}
}

// burst tells whose the burst was that a summary closes, and how much of one.
func (m *mail) burst() {
	b := m.changes.Burst
	if b == nil {
		return
	}
	m.culprit(burstOrigin(b, quoted), b.Actor.ARN)
	m.field("Did", words.Plural(b.Events, "event", "events")+" from "+words.Minute(b.Opened)+" to "+words.Minute(b.At))
}

func (m *mail) who(a trail.Actor) {
	m.culprit(words.Who(a, quoted)+", "+from(a, quoted), a.ARN)
}

func (m *mail) culprit(text, arn string) {
	m.item(capital(text) + ".")
	if arn != "" {
		m.field("ARN", quotedWithin(arn, maxARN))
	}
}
