package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"iamvigil/internal/plain"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

// writeText shows a report to a person: the worst first, one line of what and
// one of what to do, then what could not be seen, then the totals.
func writeText(t terminal, r scanner.Report) error {
	w := &page{w: t.out, colour: t.colour}
	w.line("%s", w.bold(fmt.Sprintf("account %s, judged at %s", accountName(r.Account), r.Time.UTC().Format(time.RFC3339))))
	for _, severity := range scanner.Severities() {
		w.severity(severity, told(r.Findings, severity))
	}
	w.exempt(r.Findings)
	w.gaps(r.Gaps)
	w.line("")
	w.block("", "", totals(r))
	return w.err
}

func accountName(a account.Identity) string {
	if a.Name == "" {
		return plain.Text(a.ID)
	}
	return fmt.Sprintf("%s (%s)", plain.Text(a.Name), plain.Text(a.ID))
}

// told are the findings of a severity that stand on their own.
func told(findings []scanner.Finding, s scanner.Severity) []scanner.Finding {
	return slices.DeleteFunc(slices.Clone(findings), func(f scanner.Finding) bool {
		return f.Severity != s || f.CoveredBy != "" || f.Status != scanner.Open
	})
}

func (p *page) severity(s scanner.Severity, findings []scanner.Finding) {
	if len(findings) == 0 {
		return
	}
	p.heading(s, len(findings))
	for rule := range runs(findings, func(f scanner.Finding) string { return f.Rule }) {
		p.line("")
		p.line("  %s", p.bold(rule[0].Rule))
		for _, f := range rule {
			p.block("    ", "      ", plain.Text(f.Message))
			if f.ManagedBy != "" {
				p.faint("      ", "        ", keptIn(&f))
			}
		}
		p.fix(rule)
	}
}

func (p *page) heading(s scanner.Severity, n int) {
	p.line("")
	p.line("%s", p.style(colourOf(s), fmt.Sprintf("%s (%d)", strings.ToUpper(string(s)), n)))
}

// mostCommands is how many commands are shown of a finding.
const mostCommands = 3

// fix shows what is to be done about a rule's findings, and the commands of the
// first that has some. A command is a line however long, to be copied. What a
// tool keeps has none: it would put back what a command mends.
func (p *page) fix(rule []scanner.Finding) {
	p.faint("    fix: ", "         ", plain.Text(rule[0].Fix))
	i := slices.IndexFunc(rule, func(f scanner.Finding) bool { return len(f.Commands) > 0 && f.ManagedBy == "" })
	if i < 0 {
		return
	}
	lead := "    run: "
	if len(rule) > 1 {
		p.faint("    run, ", "         ", fmt.Sprintf("for %s:", thing(rule[i].Resource)))
		lead = "         "
	}
	for n, command := range rule[i].Commands {
		if n == mostCommands {
			p.faint("         ", "         ", fmt.Sprintf("and %s; --format json has all", plural(len(rule[i].Commands)-n, "more command")))
			return
		}
		p.line("%s", p.dim(lead+plain.Text(command)))
		lead = "         "
	}
}

func thing(r account.Ref) string {
	return plain.Text(fmt.Sprintf("%s %q", r.Kind, cmp.Or(r.Name, r.ARN, r.ID)))
}

// keptIn says where a finding's resource is written down.
func keptIn(f *scanner.Finding) string {
	return "kept in " + plain.Text(f.ManagedBy) + ": change it there"
}

// mostNames is how many things are named that one exemption silences.
const mostNames = 5

// exempt shows which findings are not shown, and why.
func (p *page) exempt(findings []scanner.Finding) {
	findings = slices.DeleteFunc(slices.Clone(findings), func(f scanner.Finding) bool { return f.Exempt == nil })
	slices.SortStableFunc(findings, func(a, b scanner.Finding) int {
		return cmp.Or(cmp.Compare(a.Rule, b.Rule), cmp.Compare(why(a), why(b)))
	})
	if len(findings) == 0 {
		return
	}
	p.line("")
	p.line("%s", p.bold("EXEMPT"))
	for alike := range runs(findings, func(f scanner.Finding) string { return f.Rule + " " + why(f) }) {
		var names []string
		for _, f := range alike {
			names = append(names, thing(f.Resource))
		}
		names = slices.Compact(names)
		if more := len(names) - mostNames; more > 0 {
			names = append(names[:mostNames], fmt.Sprintf("%d more", more))
		}
		p.block("  ", "    ", fmt.Sprintf("%s: %s", plain.Text(alike[0].Rule), strings.Join(names, ", ")))
		p.faint("    ", "      ", why(alike[0]))
	}
}

// why tells until when a finding is exempt, by whom and for what reason.
func why(f scanner.Finding) string {
	return fmt.Sprintf("until %s by %s: %s", f.Exempt.Expires.UTC().Format(time.DateOnly),
		plain.Text(cmp.Or(f.Exempt.Owner, "nobody")), plain.Text(f.Exempt.Reason))
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
		p.faint("    no answer from ", "      ", strings.Join(rules[c], ", "))
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
	text := cmp.Or(bySeverity(counts), "no findings")
	if covered > 0 {
		text += fmt.Sprintf("; %d more covered by another finding", covered)
	}
	if exempt > 0 {
		text += fmt.Sprintf("; %d exempt", exempt)
	}
	if n := len(r.Gaps); n > 0 {
		text += fmt.Sprintf("; %s not answered", plural(n, "question"))
	}
	return fmt.Sprintf("%s; %s asked, %d off", text, plural(len(r.Rules), "rule"), len(r.Off))
}

// bySeverity counts: "1 critical, 2 high", or nothing at all.
func bySeverity(counts map[scanner.Severity]int) string {
	var parts []string
	for _, s := range scanner.Severities() {
		if counts[s] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", counts[s], s))
		}
	}
	return strings.Join(parts, ", ")
}
