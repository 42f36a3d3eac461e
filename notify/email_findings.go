package notify

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"iamvigil/internal/order"
	"iamvigil/internal/words"
	"iamvigil/ledger"
	"iamvigil/scanner/trail"
)

// fault is a finding that stands, and what mends it.
type fault struct {
	*ledger.Record
	remedy remedy
}

// findings tells findings by their rules, those together that are mended in one
// way.
func (m *mail) findings(all []ledger.Record) {
	faults := make([]fault, len(all))
	for i := range all {
		faults[i] = fault{&all[i], remedyOf(&all[i].Finding, all[i].By)}
	}
	order.Stable(faults, func(a, b fault) int {
		return cmp.Or(cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.remedy.where, b.remedy.where))
	})
	type way struct{ rule, where, fix string }
	for i, alike := range runs(faults, func(f fault) way { return way{f.Rule, f.remedy.where, f.remedy.fix} }) {
		if i > 0 {
			m.blank()
		}
		if len(alike) == 1 {
			m.finding(&alike[0])
		} else {
			m.family(alike)
		}
	}
}

func (m *mail) finding(f *fault) {
	m.item(capital(safe(f.Message, maxSentence)))
	m.notes(f.Record)
	m.origin(f.By)
	m.remedy("Fix", f.Rule, f.remedy)
	m.rule(f.Rule, f.ID)
}

// family tells several findings of one rule, what they have in common once.
func (m *mail) family(all []fault) {
	m.item(words.Plural(len(all), "finding", "findings") + " by " + safe(all[0].Rule, maxRule) + ":")
	by := m.shared(all)
	if by != "" {
		m.field("By", by)
	}
	m.advice("Fix", all[0].Rule, all[0].remedy)
	spaced := slices.ContainsFunc(all, func(f fault) bool { return len(f.remedy.commands) > 0 })
	for i := range all {
		f := &all[i]
		if i == 0 || spaced {
			m.blank()
		}
		m.item(capital(safe(f.Message, maxSentence)))
		m.notes(f.Record)
		if by == "" {
			m.origin(f.By)
		}
		m.run(f.remedy)
		if len(f.remedy.commands) == 0 && f.remedy.where == "" {
			m.link("Page", f.remedy.console)
		}
		m.field("ID", shortID(f.ID))
	}
}

// shared is who brought all of them about, and between when and when, if it was
// one; or why nobody is known of any.
func (m *mail) shared(all []fault) string {
	first := all[0].By
	if first == nil {
		return ""
	}
	from, to := first.Time, first.Time
	for i := range all {
		by := all[i].By
		if by == nil || !sameCall(by, first) {
			return ""
		}
		if by.Time.Before(from) {
			from = by.Time
		}
		if by.Time.After(to) {
			to = by.Time
		}
	}
	if first.Actor == nil {
		return "nobody known: " + safe(unknownCall(first), maxSentence)
	}
	calls := *first
	calls.Time = from
	text := strings.Join(m.call(&calls), ", ")
	if to.Truncate(time.Minute).After(from) {
		text += " to " + words.Minute(to)
	}
	return text
}

// sameCall: one actor made both calls, of one name and from one place, or neither
// is known, for one reason.
func sameCall(a, b *trail.Origin) bool {
	switch {
	case (a.Actor == nil) != (b.Actor == nil):
		return false
	case a.Actor == nil:
		return a.Missing == b.Missing
	}
	return a.Event == b.Event && a.Time.IsZero() == b.Time.IsZero() && a.Actor.Same(*b.Actor) &&
		a.Actor.IP == b.Actor.IP && a.Actor.InvokedBy == b.Actor.InvokedBy
}
