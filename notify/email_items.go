package notify

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"iamvigil/internal/order"
	"iamvigil/ledger"
	"iamvigil/scanner"
	"iamvigil/scanner/trail"
)

// findings tells what is new, the worst first, and what is equally bad by whose
// it is. Where nobody owns anything, owners are not spoken of.
func (m *mail) findings(all []ledger.Record) {
	owned := slices.ContainsFunc(all, func(r ledger.Record) bool { return r.Owner != "" })
	order.Stable(all, func(a, b ledger.Record) int {
		return cmp.Or(cmp.Compare(a.Severity.Rank(), b.Severity.Rank()), compareOwners(a.Owner, b.Owner))
	})
	type group struct {
		severity scanner.Severity
		owner    string
	}
	for _, same := range runs(all, func(r ledger.Record) group { return group{r.Severity, r.Owner} }) {
		title := "NEW, " + strings.ToUpper(string(same[0].Severity))
		switch {
		case same[0].Owner != "":
			title += ": owned by " + inQuotes(safe(same[0].Owner, maxOwner))
		case owned:
			title += ": unowned"
		}
		m.heading(title)
		m.alike(same)
	}
}

func compareOwners(a, b string) int {
	if (a == "") != (b == "") {
		return strings.Compare(b, a)
	}
	return strings.Compare(a, b)
}

// alike tells findings, of which several may have the same fix, but for whose it
// is: it is told with the first of them.
func (m *mail) alike(all []ledger.Record) {
	said := ""
	for i := range all {
		if i > 0 {
			m.blank()
		}
		r := &all[i]
		m.item(capital(safe(r.Message, maxSentence)))
		m.notes(r)
		fix, of := remedyOf(&r.Finding, r.By), r.Finding
		of.Resource = all[0].Resource
		switch text := remedyOf(&of, r.By).text; {
		case text != said:
			said = text
		case len(fix.commands) > 0:
			fix.text = ""
		case text != "":
			fix.text = "as above"
		}
		m.remedy("Fix", fix)
		m.rule(r.Rule, r.ID)
	}
}

// notes tell what is particular about a finding that stands.
func (m *mail) notes(r *ledger.Record) {
	if r.Lapsed != nil {
		m.field("Note", m.lapsed(r.Lapsed))
	}
	if r.Flapping {
		m.field("Again", "it was resolved less than a day ago")
	}
	m.origin(r.By)
	if m.changes.Time.Sub(r.EvidenceAt) > time.Hour && !r.EvidenceAt.IsZero() {
		m.field("Seen", minute(r.EvidenceAt))
	}
}

// lapsed tells what silenced a finding until now. An acknowledgement's owner is
// the ARN of who made it.
func (m *mail) lapsed(x *scanner.Exemption) string {
	what := "exemption"
	if strings.HasPrefix(x.Owner, "arn:") {
		what = "acknowledgement"
	}
	text := "its " + what + " ended on " + minute(x.Expires)
	if !x.Expired(m.changes.Time) {
		text = "its " + what + " holds no more, though it was to last until " + minute(x.Expires)
	}
	if x.Reason != "" {
		text += ": " + inQuotes(safe(x.Reason, maxValue))
	}
	if x.Owner != "" {
		text += ", by " + quoted(x.Owner)
	}
	return text
}

// origin tells who brought it about and when, or why nobody is named. Whom the
// mail began with it does not name again.
func (m *mail) origin(by *trail.Origin) {
	switch {
	case by == nil:
	case by.Actor != nil:
		m.field("By", strings.Join(m.call(by), ", "))
	case by.Missing != "":
		m.field("By", safe(by.Missing, maxSentence))
	}
}

func (m *mail) call(by *trail.Origin) []string {
	var parts []string
	a := *by.Actor
	told := m.doer != nil && samePerson(a, *m.doer)
	if !told {
		parts = append(parts, who(a, briefly))
	}
	if a.IP != "" && a.IP != a.InvokedBy && (!told || a.IP != m.doer.IP) {
		parts = append(parts, "from "+briefly(a.IP))
	}
	if a.InvokedBy != "" && a.Type != "AWSService" {
		parts = append(parts, "through "+briefly(a.InvokedBy))
	}
	if by.Event != "" {
		parts = append(parts, briefly(by.Event))
	}
	if !by.Time.IsZero() {
		parts = append(parts, minute(by.Time))
	}
	return parts
}

// remedy tells what to do in words, then as commands, then where.
func (m *mail) remedy(label string, r remedy) {
	if r.text != "" {
		m.field(label, safe(r.text, maxFix))
	}
	for _, c := range r.commands {
		m.pasted += len(c)
	}
	if m.pasted <= maxPasted {
		m.commands("Run", r.commands)
	} else if len(r.commands) > 0 {
		m.field("Run", "what "+listAll+" --format json has: this mail has no more room for commands")
	}
	m.link("Page", r.console)
}

// rule names the rule, and the id by which a finding is acknowledged.
func (m *mail) rule(rule, id string) {
	text := safe(rule, maxRule)
	if id != "" {
		text += ", id " + safe(id[:min(maxID, len(id))], maxRule)
	}
	m.field("Rule", text)
}

// tag ends a line with the rule's name.
func tag(rule string) string { return "[" + safe(rule, maxRule) + "]" }
