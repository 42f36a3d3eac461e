package notify

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"iamvigil/internal/order"
	"iamvigil/internal/words"
	"iamvigil/ledger"
	"iamvigil/scanner"
	"iamvigil/scanner/trail"
)

// fresh tells what is new, the worst first, of what is equally bad new rules
// before findings, and findings by whose they are. Where nobody owns anything,
// owners are not spoken of.
func (m *mail) fresh(all []ledger.Record) {
	owned := slices.ContainsFunc(all, func(r ledger.Record) bool { return r.Owner != "" })
	order.Stable(all, func(a, b ledger.Record) int {
		return cmp.Or(cmp.Compare(a.Severity.Rank(), b.Severity.Rank()), compareOwners(a.Owner, b.Owner), cmp.Compare(a.Rule, b.Rule))
	})
	type group struct {
		severity scanner.Severity
		owner    string
	}
	for _, same := range runs(all, func(r ledger.Record) group { return group{r.Severity, r.Owner} }) {
		m.newRules(same[0].Severity)
		title := "NEW, " + strings.ToUpper(string(same[0].Severity))
		switch {
		case same[0].Owner != "":
			title += ": owned by " + inQuotes(safe(same[0].Owner, maxOwner))
		case owned:
			title += ": unowned"
		}
		m.heading(title)
		m.findings(same)
	}
	m.newRules("")
}

func compareOwners(a, b string) int {
	if (a == "") != (b == "") {
		return strings.Compare(b, a)
	}
	return strings.Compare(a, b)
}

// notes tell what is particular about a finding that stands.
func (m *mail) notes(r *ledger.Record) {
	if r.Lapsed != nil {
		m.field("Note", m.lapsed(r.Lapsed))
	}
	if r.Released {
		m.field("Note", wasContained)
	}
	if r.Flapping {
		m.field("Again", "less than a day after it was resolved")
	}
	if m.changes.Time.Sub(r.EvidenceAt) > time.Hour && !r.EvidenceAt.IsZero() {
		m.field("Seen", words.Minute(r.EvidenceAt))
	}
}

// lapsed tells what silenced a finding until now.
func (m *mail) lapsed(x *ledger.Lapse) string {
	what := "exemption"
	if x.Ack {
		what = "acknowledgement"
	}
	text := "its " + what + " ended on " + words.Minute(x.Expires)
	if !x.Expired(m.changes.Time) {
		text = "its " + what + " holds no more, though it was to last until " + words.Minute(x.Expires)
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
		m.field("By", "nobody known: "+safe(unknownCall(by), maxSentence))
	}
}

func (m *mail) call(by *trail.Origin) []string {
	var parts []string
	a := *by.Actor
	told := m.doer != nil && a.Same(*m.doer)
	if !told {
		parts = append(parts, words.Who(a, briefly))
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
		parts = append(parts, words.Minute(by.Time))
	}
	return parts
}

// remedy tells what to do in words, then as commands, then where.
func (m *mail) remedy(label, rule string, r remedy) {
	m.advice(label, rule, r)
	m.run(r)
	m.link("Page", r.console)
}

func (m *mail) advice(label, rule string, r remedy) {
	if r.where != "" {
		m.field("Where", safe(r.where, maxFix))
	}
	m.once(label, rule, r.fix)
}

// once tells what a rule says of all its findings, unless the mail has told it.
func (m *mail) once(label, rule, text string) {
	switch by, told := m.said[text]; {
	case text == "":
	case told:
		m.field(label, "as above ("+safe(by, maxRule)+")")
	default:
		m.said[text] = rule
		m.field(label, safe(text, maxFix))
	}
}

func (m *mail) run(r remedy) {
	if r.unless != "" {
		m.field("Or", r.unless)
	}
	for _, c := range r.commands {
		m.pasted += len(c)
	}
	if m.pasted <= maxPasted {
		m.commands("Run", r.commands)
	} else if len(r.commands) > 0 {
		m.field("Run", "what "+listAll+" --format json has: this mail has no more room for commands")
	}
}

// rule names the rule, and the id by which a finding is acknowledged.
func (m *mail) rule(rule, id string) {
	text := safe(rule, maxRule)
	if id != "" {
		text += ", id " + shortID(id)
	}
	m.field("Rule", text)
}

func shortID(id string) string { return safe(id[:min(maxID, len(id))], maxRule) }

// tag ends a line with the rule's name.
func tag(rule string) string { return "[" + safe(rule, maxRule) + "]" }
