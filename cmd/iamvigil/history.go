package main

import (
	"cmp"
	"fmt"
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

// writeText shows the findings as a scan's are shown, each with what has become
// of it. What another finding already says is counted, unless it is wanted.
func (h *history) writeText(t terminal, asked *findingsCommand) error {
	w := &page{w: t.out, colour: t.colour}
	w.line("%s", w.bold(fmt.Sprintf("account %s, as known at %s", accountName(h.Account), h.Time.Format(time.RFC3339))))
	for _, severity := range scanner.Severities() {
		var shown []remembered
		for _, m := range h.Findings {
			if m.Severity == severity && (asked.Covered || m.CoveredBy == "") {
				shown = append(shown, m)
			}
		}
		h.severity(w, severity, shown)
	}
	w.line("")
	w.block("", "", h.totals(asked))
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
		if standing := findingsOf(rule); len(standing) > 0 {
			w.fix(standing)
		}
	}
}

// findingsOf are the findings that are not resolved, without the commands whose
// work a tool's next run would undo.
func findingsOf(all []remembered) []scanner.Finding {
	var findings []scanner.Finding
	for i := range all {
		if all[i].State == ledger.Resolved {
			continue
		}
		f := all[i].Finding
		if all[i].tool() != "" {
			f.Commands = nil
		}
		findings = append(findings, f)
	}
	return findings
}

// tool is the infrastructure-as-code tool that brought the finding about, or
// empty.
func (m *remembered) tool() string {
	if m.By == nil || m.By.Actor == nil {
		return ""
	}
	return m.By.Actor.Tool()
}

// story tells what has become of a finding.
func (m *remembered) story(now time.Time) []string {
	first := fmt.Sprintf("%s, first seen %s, %s", plain.Text(m.mark), minute(m.FirstSeen), ago(m.FirstSeen, now))
	if m.State != ledger.Resolved {
		first = fmt.Sprintf("%s, as of %s, first seen %s, %s%s",
			plain.Text(m.mark), m.asOf.UTC().Format(time.DateOnly), minute(m.FirstSeen), ago(m.FirstSeen, now), byWhom(m.By))
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
	if contained(m.State, &m.Finding) {
		add("contained: it stands until a person mends it")
	}
	if m.CoveredBy != "" {
		add("already said by %s", plain.Text(m.CoveredBy))
	}
	if m.Owner != "" {
		add("owner %s", plain.Text(m.Owner))
	}
	switch tool := m.tool(); {
	case m.ManagedBy != "":
		add("%s", keptIn(&m.Finding))
	case tool != "" && m.State != ledger.Resolved:
		add("written by %s: change the configuration that holds it", plain.Text(tool))
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

func (h *history) totals(asked *findingsCommand) string {
	open, counts := map[scanner.Severity]int{}, map[ledger.State]int{}
	said, kept := 0, 0
	for i := range h.Findings {
		switch m := &h.Findings[i]; {
		case m.CoveredBy != "" && !asked.Covered:
			said++
		case contained(m.State, &m.Finding):
			kept++
		case m.State == ledger.Open:
			open[m.Severity]++
		default:
			counts[m.State]++
		}
	}
	var parts []string
	if len(open) > 0 {
		parts = append(parts, bySeverity(open)+" open")
	}
	if kept > 0 {
		parts = append(parts, fmt.Sprintf("%d contained", kept))
	}
	for _, state := range []ledger.State{ledger.Silenced, ledger.Resolved} {
		if counts[state] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", counts[state], state))
		}
	}
	if len(parts) == 0 {
		parts = []string{strings.TrimSuffix("none "+asked.State, " all")}
	}
	if said > 0 {
		parts = append(parts, fmt.Sprintf("%d more covered by another finding (--covered lists them)", said))
	}
	return strings.Join(parts, "; ")
}

func (h *history) audited() string {
	if h.AuditedAt.IsZero() {
		return "no audit yet"
	}
	return fmt.Sprintf("last audit %s, %s", minute(h.AuditedAt), ago(h.AuditedAt, h.Time))
}
