package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"iamvigil/internal/plain"
	"iamvigil/ledger"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/trail"
)

// history is what the ledger holds, as far as it was asked for.
type history struct {
	Version   int              `json:"version"`
	Account   account.Identity `json:"account"`
	Time      time.Time        `json:"time"`
	AuditedAt time.Time        `json:"audited_at,omitzero"`
	Findings  []remembered     `json:"findings"`
}

func (h *history) writeJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(h); err != nil {
		return fmt.Errorf("write the findings: %w", err)
	}
	return nil
}

// writeText shows the findings as a scan's are shown, each with what has become
// of it. What another finding already says is counted, unless it is wanted.
func (h *history) writeText(t terminal, covered bool) error {
	w := &page{w: t.out, colour: t.colour}
	w.line("%s", w.bold(fmt.Sprintf("account %s, as known at %s", accountName(h.Account), h.Time.Format(time.RFC3339))))
	for _, severity := range scanner.Severities() {
		var shown []remembered
		for _, m := range h.Findings {
			if m.Severity == severity && (covered || m.CoveredBy == "") {
				shown = append(shown, m)
			}
		}
		h.severity(w, severity, shown)
	}
	w.line("")
	w.block("", "", h.totals(covered))
	w.block("", "", h.audited())
	return w.err
}

func (h *history) severity(w *page, s scanner.Severity, all []remembered) {
	if len(all) == 0 {
		return
	}
	w.heading(s, len(all))
	for rule := range runs(all, func(m remembered) string { return m.Rule }) {
		w.line("")
		w.line("  %s", w.bold(plain.Text(rule[0].Rule)))
		for i := range rule {
			w.block("    ", "      ", plain.Text(rule[i].Message))
			for _, line := range rule[i].story(h.Time) {
				w.faint("      ", "        ", line)
			}
		}
		w.fix(findingsOf(rule))
	}
}

func findingsOf(all []remembered) []scanner.Finding {
	findings := make([]scanner.Finding, len(all))
	for i := range all {
		findings[i] = all[i].Finding
	}
	return findings
}

// story tells what has become of a finding.
func (m *remembered) story(now time.Time) []string {
	first := fmt.Sprintf("%s, first seen %s, %s", plain.Text(m.mark), minute(m.FirstSeen), ago(m.FirstSeen, now))
	if m.State != ledger.Resolved {
		first += byWhom(m.By)
	}
	lines := []string{first}
	add := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	if m.State == ledger.Resolved {
		add("resolved %s: %s after %s%s", minute(m.ResolvedAt), cmp.Or(plain.Text(m.How), "mended"), lasted(m.ResolvedAt.Sub(m.OpenedAt)), byWhom(m.By))
	}
	if m.Ack != nil {
		add("acknowledged until %s by %s: %s", minute(m.Ack.Until), plain.Text(m.Ack.By), plain.Text(m.Ack.Reason))
	}
	if x := m.Exempt; x != nil && m.Ack == nil && m.State == ledger.Silenced {
		add("exempt until %s by %s: %s", minute(x.Expires), plain.Text(cmp.Or(x.Owner, "nobody")), plain.Text(x.Reason))
	}
	if m.CoveredBy != "" {
		add("already said by %s", plain.Text(m.CoveredBy))
	}
	if m.Owner != "" {
		add("owner %s", plain.Text(m.Owner))
	}
	if m.ManagedBy != "" {
		add("%s", keptIn(&m.Finding))
	}
	return lines
}

// byWhom names who brought something about, as far as that is known.
func byWhom(o *trail.Origin) string {
	switch {
	case o == nil || o.Actor == nil && o.Missing == "":
		return ""
	case o.Actor == nil:
		return "; who did it is not known: " + plain.Text(o.Missing)
	}
	text := ", by " + who(o.Actor)
	if o.Actor.IP != "" {
		text += " from " + plain.Text(o.Actor.IP)
	}
	return text + " (" + plain.Text(o.Event) + ")"
}

func who(a *trail.Actor) string {
	name := fmt.Sprintf("%q", cmp.Or(a.Name, a.ARN, "unknown"))
	switch {
	case a.Root():
		return "the root user"
	case a.Type == "IAMUser":
		return plain.Text("IAM user " + name)
	case a.Issuer != "":
		return plain.Text(fmt.Sprintf("role %q as %s", account.NameOf(a.Issuer), name))
	}
	return plain.Text(strings.TrimSpace(a.Type + " " + name))
}

func (h *history) totals(covered bool) string {
	open, counts := map[scanner.Severity]int{}, map[ledger.State]int{}
	said := 0
	for _, m := range h.Findings {
		switch {
		case m.CoveredBy != "" && !covered:
			said++
		case m.State == ledger.Open:
			open[m.Severity]++
		default:
			counts[m.State]++
		}
	}
	parts := []string{cmp.Or(bySeverity(open), "none") + " open"}
	if said > 0 {
		parts = append(parts, fmt.Sprintf("%d more said by another finding (--covered lists them)", said))
	}
	for _, state := range []ledger.State{ledger.Silenced, ledger.Resolved} {
		if counts[state] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", counts[state], state))
		}
	}
	return strings.Join(parts, "; ")
}

func (h *history) audited() string {
	if h.AuditedAt.IsZero() {
		return "no audit yet"
	}
	return fmt.Sprintf("last audit %s, %s", minute(h.AuditedAt), ago(h.AuditedAt, h.Time))
}
