package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"iamvigil/internal/plain"
	"iamvigil/scanner"
)

// writeText shows a report to a person: the worst first, one line of what and
// one of what to do, then what could not be seen, then the totals.
func writeText(t terminal, r scanner.Report) error {
	w := &page{w: t.out, colour: t.colour}
	w.line("%s", w.bold(fmt.Sprintf("account %s, judged at %s", accountName(r), r.Time.UTC().Format(time.RFC3339))))
	for _, severity := range scanner.Severities() {
		w.severity(severity, told(r.Findings, severity))
	}
	w.gaps(r.Gaps)
	w.line("")
	w.block("", "", totals(r))
	return w.err
}

func accountName(r scanner.Report) string {
	if r.Account.Name == "" {
		return plain.Text(r.Account.ID)
	}
	return fmt.Sprintf("%s (%s)", plain.Text(r.Account.Name), plain.Text(r.Account.ID))
}

// told are the findings of a severity that stand on their own.
func told(findings []scanner.Finding, s scanner.Severity) []scanner.Finding {
	return slices.DeleteFunc(slices.Clone(findings), func(f scanner.Finding) bool {
		return f.Severity != s || f.CoveredBy != "" || f.Status != scanner.Open
	})
}

// page writes lines and keeps the first error.
type page struct {
	w      io.Writer
	colour bool
	err    error
}

func (p *page) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

func (p *page) style(code, text string) string {
	if !p.colour {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (p *page) bold(text string) string { return p.style("1", text) }
func (p *page) dim(text string) string  { return p.style("2", text) }

func (p *page) severity(s scanner.Severity, findings []scanner.Finding) {
	if len(findings) == 0 {
		return
	}
	p.line("")
	p.line("%s", p.style(colourOf(s), fmt.Sprintf("%s (%d)", strings.ToUpper(string(s)), len(findings))))
	for rule := range chunks(findings) {
		p.line("")
		p.line("  %s", p.bold(rule[0].Rule))
		for _, f := range rule {
			p.block("    ", "      ", plain.Text(f.Message))
		}
		for _, line := range wrapped("    fix: ", "         ", rule[0].Fix) {
			p.line("%s", p.dim(line))
		}
	}
}

// width is that of a page: a terminal of 80 columns shows it whole.
const width = 79

// block writes a text in lines of the page's width, the first and the others
// each behind their indent.
func (p *page) block(first, others, text string) {
	for _, line := range wrapped(first, others, text) {
		p.line("%s", line)
	}
}

// wrapped breaks a text between words into lines of the page's width, the first
// and the others each behind their indent. A longer word stays whole.
func wrapped(first, others, text string) []string {
	line, empty := first, true
	var lines []string
	for _, word := range strings.Fields(text) {
		switch {
		case empty:
			line += word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width:
			lines = append(lines, line)
			line = others + word
		default:
			line += " " + word
		}
		empty = false
	}
	return append(lines, line)
}

// chunks yields the runs of findings of one rule; they are sorted by it.
func chunks(findings []scanner.Finding) func(func([]scanner.Finding) bool) {
	return func(yield func([]scanner.Finding) bool) {
		for len(findings) > 0 {
			n := slices.IndexFunc(findings, func(f scanner.Finding) bool { return f.Rule != findings[0].Rule })
			if n < 0 {
				n = len(findings)
			}
			if !yield(findings[:n]) {
				return
			}
			findings = findings[n:]
		}
	}
}

func colourOf(s scanner.Severity) string {
	switch s {
	case scanner.Critical:
		return "1;31"
	case scanner.High:
		return "31"
	case scanner.Medium:
		return "33"
	case scanner.Low:
		return "36"
	}
	return "2"
}

// gaps shows what could not be seen by its reason, with the rules it left
// without an answer.
func (p *page) gaps(gaps []scanner.Gap) {
	type cause struct{ fact, reason, permission, resource string }
	rules := map[cause][]string{}
	var causes []cause
	for _, g := range gaps {
		c := cause{fact: string(g.Fact), reason: g.Reason, permission: g.Permission}
		if g.Resource != nil {
			c.resource = string(g.Resource.Kind) + " " + g.Resource.Name
		}
		if rules[c] == nil {
			causes = append(causes, c)
		}
		rules[c] = append(rules[c], g.Rule)
	}
	if len(causes) == 0 {
		return
	}
	p.line("")
	p.line("%s", p.bold("NOT SEEN"))
	for _, c := range causes {
		what := c.fact
		if c.resource != "" {
			what += " of " + plain.Text(c.resource)
		}
		p.block("  ", "    ", what+": "+plain.Text(c.reason)+grant(c.permission))
		for _, line := range wrapped("    no answer from ", "      ", strings.Join(rules[c], ", ")) {
			p.line("%s", p.dim(line))
		}
	}
}

func grant(permission string) string {
	if permission == "" {
		return ""
	}
	return "; grant " + plain.Text(permission)
}

func totals(r scanner.Report) string {
	counts := map[scanner.Severity]int{}
	covered, exempt := 0, 0
	for _, f := range r.Findings {
		switch {
		case f.Status == scanner.Exempt:
			exempt++
		case f.CoveredBy != "":
			covered++
		default:
			counts[f.Severity]++
		}
	}
	var parts []string
	for _, s := range scanner.Severities() {
		if counts[s] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", counts[s], s))
		}
	}
	text := cmp.Or(strings.Join(parts, ", "), "no findings")
	if covered > 0 {
		text += fmt.Sprintf("; %d more said by another finding", covered)
	}
	if exempt > 0 {
		text += fmt.Sprintf("; %d exempt", exempt)
	}
	if n := len(r.Gaps); n > 0 {
		text += fmt.Sprintf("; %s not answered", plural(n, "question"))
	}
	return fmt.Sprintf("%s; %s asked, %d off", text, plural(len(r.Rules), "rule"), len(r.Off))
}

func plural(n int, of string) string {
	if n == 1 {
		return "1 " + of
	}
	return fmt.Sprintf("%d %ss", n, of)
}
