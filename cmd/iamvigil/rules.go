package main

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"iamvigil/scanner"
	"iamvigil/scanner/rules"
)

type rulesCommand struct{}

// Run lists the rules.
func (rulesCommand) Run(t terminal) error {
	w := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "RULE\tSEVERITY\tLIMIT\tASKED\tTITLE")
	for _, about := range rules.Abouts() {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", about.ID, about.Severity, limitOf(about), asked(about), about.Title)
	}
	return w.Flush()
}

func limitOf(a scanner.About) string {
	if a.Limit.Unit == "" {
		return "-"
	}
	return limited(a.Limit.Value, a.Limit.Unit)
}

// limited is a number in a unit, of which percent has no plural.
func limited(n int, unit string) string {
	if one := strings.TrimSuffix(unit, "s"); one != unit {
		return plural(n, one)
	}
	return fmt.Sprintf("%d %s", n, unit)
}

// rangeOf tells what a limit may be set to, and for whom otherwise.
func rangeOf(l scanner.Limit) string {
	text := fmt.Sprintf(", may be set from %d to %d", l.Min, l.Max)
	if l.PerPassword {
		text += ", and otherwise for users without a console password"
	}
	return text
}

// withinOf is for how long a rule counts acts; zero: it counts none.
func withinOf(a scanner.About) time.Duration {
	for _, r := range rules.Events() {
		if r.ID == a.ID && r.Counts != nil {
			return r.Within
		}
	}
	return 0
}

// furtherOf is what the rule hears of only where the stack is asked for it.
func furtherOf(a scanner.About) string {
	for _, r := range rules.Events() {
		if r.ID == a.ID {
			return r.Further
		}
	}
	return ""
}

func graceOf(l scanner.Limit) string {
	if l.Value == 0 {
		return "none"
	}
	return plural(l.Value, strings.TrimSuffix(l.Unit, "s"))
}

func listOf(l scanner.List) string {
	text := "of " + l.Of + ", set by list: in the configuration"
	if len(l.Values) > 0 {
		text += "; " + strings.Join(l.Values, ", ") + " unless it is"
	}
	return text
}

func asked(a scanner.About) string {
	switch {
	case a.List.Needed:
		return "with a list"
	case a.OptIn:
		return "opt-in"
	}
	return "always"
}

type explainCommand struct {
	ID string `arg:"" help:"The rule's id, such as key-rotation."`
}

// Run explains one rule.
func (c explainCommand) Run(t terminal) error {
	all := rules.Abouts()
	i := slices.IndexFunc(all, func(a scanner.About) bool { return a.ID == c.ID })
	if i < 0 {
		return usage{fmt.Errorf("there is no rule %q; `iamvigil rules` lists them", c.ID)}
	}
	a := all[i]
	w := &page{w: t.out, colour: t.colour}
	w.line("%s", w.bold(a.ID))
	w.line("%s", a.Title)
	w.line("")
	w.line("Severity  %s", a.Severity)
	if a.Limit.Unit != "" {
		w.block("Limit     ", "          ", limitOf(a)+rangeOf(a.Limit))
	}
	if within := withinOf(a); within > 0 {
		w.line("Counts    what is done within %s, the same once", lasted(within))
	}
	if further := furtherOf(a); further != "" {
		w.block("Hears     ", "          ", further+" with the stack's parameter FurtherEvents alone")
	}
	if a.Grace.Unit != "" {
		w.line("Grace     %s for what is new, may be set to at most %d", graceOf(a.Grace), a.Grace.Max)
	}
	if a.List.Of != "" {
		w.block("List      ", "          ", listOf(a.List))
	}
	w.line("Asked     %s", asked(a))
	w.block("Controls  ", "          ", strings.Join(a.Controls, "; "))
	w.line("")
	w.block("Why: ", "     ", a.Why)
	w.line("")
	w.block("Fix: ", "     ", a.Fix)
	return w.err
}
