package rules_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"iamvigil/scanner/rules"
)

// links are the rules, each a link to where it is explained.
func links(ids []string) string {
	var all []string
	for _, about := range rules.Abouts() {
		link := fmt.Sprintf("[`%s`](rules.md#%[1]s)", about.ID)
		if about.OptIn {
			link += " (opt-in)"
		}
		if slices.Contains(ids, about.ID) {
			all = append(all, link)
		}
	}
	return strings.Join(all, ", ")
}

// coverage is the page of all frameworks in Markdown.
func coverage(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("# Coverage\n\n" + made("`scanner/rules/testdata/coverage/frameworks.txtar`"))
	b.WriteString("Which rule answers which control, and why some have none. A rule's own list of controls is in [rules.md](rules.md). " +
		"A control with rules is answered as far as IAM's data goes; what is left open is said. No scanner makes anybody compliant.\n")
	for _, f := range frameworks(t) {
		fmt.Fprintf(&b, "\n## %s\n\n%s %s\n\n| control | what it asks | answered by |\n|---|---|---|\n", f.title, strings.ReplaceAll(f.about, "\n", " "), tally(f))
		for _, c := range f.controls {
			fmt.Fprintf(&b, "| %s%s | %s | %s |\n", c.number, renumbered(c), c.title, cell{
				rules: answering(t, f, c), open: "*partly:* ", more: c.fields["partly"], none: "*not covered:* " + c.fields["not covered"]})
		}
	}
	return b.String()
}

// tally counts the answers to a framework's controls.
func tally(f framework) string {
	n, partly, not := 0, 0, 0
	for _, c := range f.controls {
		switch {
		case c.fields["not covered"] != "":
			not++
		case c.fields["partly"] != "":
			partly++
		default:
			n++
		}
	}
	return fmt.Sprintf("Of the %d rows %d are answered, %d partly, %d not.", len(f.controls), n, partly, not)
}

// renumbered are a control's numbers in the older versions of its framework.
func renumbered(c demand) string {
	var numbers []string
	for _, was := range c.list("was") {
		number := was[strings.LastIndexByte(was, ' ')+1:]
		if number != c.number && !slices.Contains(numbers, number) {
			numbers = append(numbers, number)
		}
	}
	if len(numbers) == 0 || c.number == "–" {
		return ""
	}
	return " (" + strings.Join(numbers, ", ") + ")"
}

// practised is the page of all practices in Markdown.
func practised(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("# Practices\n\n" + made("`scanner/rules/testdata/coverage/practices.txt`"))
	b.WriteString("What is asked of an AWS account whose IAM is run well, and what of iamvigil answers it.\n\n")
	b.WriteString("| practice | answered by |\n|---|---|\n")
	for _, p := range practices(t) {
		fmt.Fprintf(&b, "| %s | %s |\n", p.title, cell{
			rules: matching(t, p.title, p.list("rules")), also: p.fields["also"], open: "*not yet:* ", more: p.fields["not yet"]})
	}
	return b.String()
}

// cell is the last cell of a row.
type cell struct {
	rules            []string
	also, open, more string
	none             string
}

func (a cell) String() string {
	var parts []string
	if len(a.rules) > 0 {
		parts = append(parts, links(a.rules))
	}
	if a.also != "" {
		parts = append(parts, a.also)
	}
	text := strings.Join(parts, "; ")
	switch {
	case a.more != "" && text != "":
		return text + "; " + a.open + a.more
	case a.more != "":
		return a.open + a.more
	case text == "":
		return a.none
	}
	return text
}

func made(from string) string {
	return fmt.Sprintf("Made from the rules themselves and %s by `go test ./scanner/rules -update`; edit those.\n\n", from)
}
