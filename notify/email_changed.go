package notify

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"iamvigil/internal/words"
	"iamvigil/ledger"
	"iamvigil/scanner"
)

// resolved tells what is a fault no more, who did that and how long it was one.
func (m *mail) resolved(all []ledger.Record) {
	if len(all) == 0 {
		return
	}
	m.heading("RESOLVED")
	for i := range all {
		r := &all[i]
		m.item(fmt.Sprintf("%s after %s%s: %s %s", ending(*r), words.Span(r.ResolvedAt.Sub(r.FirstSeen)), reset(r),
			safe(was(r), maxSentence), tag(r.Rule)))
		m.origin(r.By)
	}
}

// was is what a resolved finding was. What the finding of a contained user says
// is over.
func was(r *ledger.Record) string {
	if r.Status == scanner.Contained {
		return thing(r.Resource, strconv.Quote) + ": the finding was contained, and is no fault any more"
	}
	return r.Message
}

func ending(r ledger.Record) string {
	switch r.How {
	case ledger.Deleted:
		return "Deleted"
	case ledger.Reset:
		return "No fault any more"
	}
	return "Mended"
}

// reset says what made an end of a fault that nobody mended.
func reset(r *ledger.Record) string {
	if r.How != ledger.Reset {
		return ""
	}
	if r.Limit == 0 {
		return ", as its rule was set otherwise"
	}
	return fmt.Sprintf(", as its rule was set otherwise; its limit was %d", r.Limit)
}

// reranked tells what is worse or milder than people were told; of what is
// worse, also what to do.
func (m *mail) reranked(all []ledger.Record) {
	if len(all) == 0 {
		return
	}
	m.heading("SEVERITY CHANGED")
	for i := range all {
		if i > 0 {
			m.blank()
		}
		r := &all[i]
		m.item(fmt.Sprintf("Now %s, was %s: %s", r.Severity, r.Was, safe(r.Message, maxSentence)))
		m.notes(r)
		m.origin(r.By)
		if !milder(r) {
			m.remedy("Fix", r.Rule, remedyOf(&r.Finding, r.By))
		}
		m.rule(r.Rule, r.ID)
	}
}

// silenced tells what stands and is not told any more, who says so and why.
func (m *mail) silenced(all []ledger.Record) {
	if len(all) == 0 {
		return
	}
	title := "SILENCED: STILL OPEN, NOT TOLD AGAIN"
	if m.changes.Kind == ledger.Acknowledgement {
		title = "ACKNOWLEDGED: STILL OPEN, NOT TOLD FOR A WHILE"
	}
	m.heading(title)
	for i := range all {
		if i > 0 {
			m.blank()
		}
		r := &all[i]
		m.item(fmt.Sprintf("%s [%s, %s]", capital(safe(r.Message, maxSentence)), safe(r.Rule, maxRule), r.Severity))
		m.silence(r)
	}
}

// silence tells what keeps a standing finding quiet, and after what.
func (m *mail) silence(r *ledger.Record) {
	until := func(t time.Time) {
		m.field("Until", words.Minute(t)+", in "+words.Span(t.Sub(m.changes.Time)))
	}
	switch {
	case r.Acknowledged(m.changes.Time):
		until(r.Ack.Until)
		m.field("Who", quotedWithin(r.Ack.By, maxARN))
		m.field("Why", inQuotes(safe(r.Ack.Reason, maxSentence)))
	case r.Exempt != nil:
		until(r.Exempt.Expires)
		m.field("Owner", quotedWithin(r.Exempt.Owner, maxARN))
		m.field("Why", inQuotes(safe(r.Exempt.Reason, maxSentence)))
	}
	label := "After"
	if bornExempt(m.changes, r) {
		m.field("Note", "new, and exempt as soon as it stood")
		label = "By"
	}
	if by := silencer(m.changes, r); by != nil {
		m.field(label, strings.Join(m.call(by), ", "))
	}
}
