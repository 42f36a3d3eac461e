package notify

import (
	"fmt"
	"strings"

	"iamvigil/internal/plain"
	"iamvigil/ledger"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/trail"
)

func (m *mail) alerts(alerts []scanner.Alert) {
	for _, same := range runs(alerts, func(a scanner.Alert) scanner.Severity { return a.Severity }) {
		m.heading(strings.ToUpper(string(same[0].Severity)) + " ALERT")
		for i, a := range same {
			if i > 0 {
				m.blank()
			}
			m.item(capital(safe(a.Message, maxSentence)))
			m.field("On", on(a.Resource))
			m.field("When", m.when(a.Event))
			m.field("Event", quoted(a.Event.Name)+" "+quoted(a.Event.ID))
			if a.Why != "" {
				m.field("Means", plain.Short(a.Why, maxFix))
			}
			m.fix("Now", a.Fix, a.Rule)
		}
	}
}

func (m *mail) when(e trail.Event) string {
	if e.Time.IsZero() {
		return ago(m.changes, e)
	}
	return second(e.Time) + ", " + span(m.changes.Time.Sub(e.Time)) + " before this was written"
}

// acts tell who did what, of each actor in the order of time.
func (m *mail) acts() {
	all := events(m.changes)
	if len(all) == 0 {
		return
	}
	left := len(all) - maxActs
	all = all[:min(maxActs, len(all))]
	m.heading("WHO DID IT")
	for i, acts := range byActor(all) {
		if i > 0 {
			m.blank()
		}
		actor := acts[0].Actor
		m.item(capital(who(actor, quoted)) + ", " + from(actor, quoted) + ".")
		if actor.ARN != "" {
			m.field("ARN", quotedWithin(actor.ARN, maxARN))
		}
		for _, e := range acts {
			m.field("Did", did(e, quoted, maxNames))
		}
	}
	if left > 0 {
		m.blank()
		m.paragraph(plural(left, "later event is", "later events are") + " not shown here.")
	}
}

func (m *mail) findings(all []ledger.Record) {
	for _, same := range runs(all, func(r ledger.Record) scanner.Severity { return r.Severity }) {
		m.heading("NEW, " + strings.ToUpper(string(same[0].Severity)))
		for i, alike := range runs(same, func(r ledger.Record) string { return r.Rule + "\x00" + r.Fix }) {
			if i > 0 {
				m.blank()
			}
			m.alike(alike)
		}
	}
}

// alike tells findings that one fix mends: the fix once, and once when they
// were seen, if all were at the same time.
func (m *mail) alike(all []ledger.Record) {
	together := len(runs(all, func(r ledger.Record) string { return minute(r.EvidenceAt) })) == 1
	for _, r := range all {
		m.item(capital(safe(r.Message, maxSentence)))
		m.field("On", on(r.Resource))
		if r.Flapping {
			m.field("Again", "it was resolved less than a day ago")
		}
		if !together {
			m.field("Seen", minute(r.EvidenceAt))
		}
	}
	if together {
		m.field("Seen", minute(all[0].EvidenceAt))
	}
	fix := all[0].Fix
	if len(all) > 1 && fix != "" {
		fix = fmt.Sprintf("(for all %d) %s", len(all), fix)
	}
	m.fix("Fix", fix, all[0].Rule)
}

func (m *mail) fix(label, text, rule string) {
	m.field(label, strings.TrimSpace(plain.Short(text, maxFix)+" ["+safe(rule, maxRule)+"]"))
}

func (m *mail) resolved(all []ledger.Record) {
	if len(all) == 0 {
		return
	}
	m.heading("RESOLVED")
	for _, r := range all {
		m.item(fmt.Sprintf("%s after %s: %s [%s]", ending(r), span(r.ResolvedAt.Sub(r.FirstSeen)), safe(r.Message, maxSentence), safe(r.Rule, maxRule)))
	}
}

func ending(r ledger.Record) string {
	if r.How == ledger.Deleted {
		return "Deleted"
	}
	return "Mended"
}

// on is a resource's ARN, or its name where it has none.
func on(r account.Ref) string {
	if r.ARN == "" {
		return thing(r, quoted)
	}
	return quotedWithin(r.ARN, maxARN)
}
