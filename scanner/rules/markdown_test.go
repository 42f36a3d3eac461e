package rules_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/rules"
)

// table is the Markdown table of all rules, those about state first. Page is
// the file that explains them, empty where the table stands in it.
func table(page string) string {
	var b strings.Builder
	b.WriteString("| rule | severity | limit | on | what it finds |\n|---|---|---|---|---|\n")
	for _, r := range rules.Abouts() {
		fmt.Fprintf(&b, "| [`%s`](%s#%s) | %s | %s | %s | %s |\n", r.ID, page, r.ID, r.Severity, limit(r.Limit), on(r), r.Title)
	}
	return b.String()
}

// reference is the page of all rules in Markdown.
func reference(t *testing.T) string {
	t.Helper()
	fixture := func(id string) *fixture { return load(t, "testdata/"+id+".txtar") }
	var b strings.Builder
	b.WriteString("# Rules\n\n" + made("their fixtures"))
	b.WriteString("[coverage.md](coverage.md) has them by control of CIS, FSBP, AWS Config, PCI DSS and NIST 800-53; [practices.md](practices.md) by what is asked of a well-run account.\n\n")
	b.WriteString("\"Older than N days\" means strictly more than N whole days. Where a finding has no command only a person can say how to mend it. A rule whose evidence is missing answers with a gap, never with a pass. Rules about users, groups, roles and policies need the listing of their kind besides what they say they read.\n\n")
	b.WriteString(table(""))
	for _, r := range rules.All() {
		f := fixture(r.ID)
		section(&b, r.About, example(t, f), "- Reads: "+facts(r.Reads)+hints(r.Hints)+weighs(r.Weighs)+"\n"+cost(slices.Concat(r.Reads, r.Hints))+causes(r.About, f)+elsewhere(f))
	}
	for _, r := range rules.Events() {
		f := fixture(r.ID)
		section(&b, r.About, example(t, f), "- Reads: CloudTrail events, "+eventNames(r.Events)+unseen(r)+further(r)+"\n"+counts(r)+elsewhere(f))
	}
	section(&b, scanner.Blindness(), "", "- Reads: the gaps of past nights, which the deployed stack's ledger keeps\n")
	return b.String()
}

func section(b *strings.Builder, r scanner.About, example, more string) {
	fmt.Fprintf(b, "\n## %s\n\n**%s.** %s\n\n", r.ID, r.Title, r.Why)
	fmt.Fprintf(b, "**Fix.** %s\n\n", r.Fix)
	fmt.Fprintf(b, "- Severity: %s\n", r.Severity)
	if r.Limit != (scanner.Limit{}) {
		fmt.Fprintf(b, "- Limit: %s, may be set from %d to %d%s\n", limit(r.Limit), r.Limit.Min, r.Limit.Max, perPassword(r.Limit))
	}
	if r.List.Of != "" {
		fmt.Fprintf(b, "- List: %s\n", members(r.List))
	}
	if r.Grace != (scanner.Limit{}) {
		fmt.Fprintf(b, "- Grace for what is new: none, may be set to at most %d %s\n", r.Grace.Max, r.Grace.Unit)
	}
	if r.OptIn && !r.List.Needed {
		b.WriteString("- Off until it is named in the configuration\n")
	}
	b.WriteString(more)
	if len(r.Controls) > 0 {
		fmt.Fprintf(b, "- Controls: %s\n", strings.Join(r.Controls, ", "))
	}
	if len(r.CoveredBy) > 0 {
		fmt.Fprintf(b, "- Not told on its own where the same resource fails `%s`\n", strings.Join(r.CoveredBy, "` or `"))
	}
	fmt.Fprintf(b, "\n%s", example)
}

// members is what a rule's list is of, and holds.
func members(l scanner.List) string {
	switch {
	case len(l.Values) > 0:
		return l.Of + ". Unless configured otherwise " + strings.Join(l.Values, ", ")
	case l.Needed:
		return l.Of + ". None unless configured, and on only with one"
	}
	return l.Of + ". None unless configured"
}

// cost is what reading optional facts takes.
func cost(read []account.Fact) string {
	var all []string
	for _, f := range read {
		if costs[f] != "" && !slices.Contains(all, costs[f]) {
			all = append(all, costs[f])
		}
	}
	if len(all) == 0 {
		return ""
	}
	return "- Costs, beyond the usual calls of a look at the whole account: " + strings.Join(all, "; ") + "\n"
}

// elsewhere are the checks of other tools that are like the rule.
func elsewhere(f *fixture) string {
	peers := strings.Join(f.prose("peers"), "; ")
	if peers == "none" {
		return "- Elsewhere: no such check is known\n"
	}
	return "- Elsewhere: " + peers + "\n"
}

func limit(l scanner.Limit) string {
	if l == (scanner.Limit{}) {
		return "–"
	}
	return fmt.Sprintf("%d %s", l.Value, singular(l))
}

func perPassword(l scanner.Limit) string {
	if l.PerPassword {
		return ", and otherwise for users without a console password"
	}
	return ""
}

func causes(r scanner.About, f *fixture) string {
	by := "`" + strings.Join(r.Causes, "`, `") + "`"
	why := strings.Join(f.prose(noCause), "; ")
	switch {
	case why != "":
		by = "nobody's call: " + why
	case len(r.Causes) == 0 && r.Limit.Unit == "days":
		by = "time, or use"
	case len(r.Causes) == 0:
		by = "nothing that the scanner hears of"
	}
	return "- Brought about by: " + by + "\n"
}

func singular(l scanner.Limit) string {
	if l.Value == 1 {
		return strings.TrimSuffix(l.Unit, "s")
	}
	return l.Unit
}

func on(r scanner.About) string {
	switch {
	case r.List.Needed:
		return "with a list"
	case r.OptIn:
		return "opt-in"
	}
	return "yes"
}

func facts(list []account.Fact) string {
	var named []string
	for _, f := range list {
		named = append(named, fmt.Sprintf("%s (`%s`)", f, strings.Join(permissions[f], "`, `")))
	}
	return strings.Join(named, "; ")
}

func weighs(list []account.Fact) string {
	if len(list) == 0 {
		return ""
	}
	return ". Worse or milder by, where it is known: " + facts(list)
}

func hints(list []account.Fact) string {
	if len(list) == 0 {
		return ""
	}
	var named []string
	for _, f := range list {
		named = append(named, string(f))
	}
	return ". While one of these is missing, a fault, though not its absence, can be seen from: " + strings.Join(named, ", ")
}

func unseen(r scanner.EventRule) string {
	if r.Unseen == "" {
		return ""
	}
	return ". Not seen, of other Regions: " + r.Unseen
}

func further(r scanner.EventRule) string {
	if r.Further == "" {
		return ""
	}
	return ". Only with the stack's parameter `FurtherEvents`: " + r.Further
}

// counts tells within what time a rule about several acts counts them.
func counts(r scanner.EventRule) string {
	if r.Counts == nil {
		return ""
	}
	within := scanner.Limit{Value: int(r.Within.Minutes()), Unit: "minutes"}
	if within.Value%60 == 0 {
		within = scanner.Limit{Value: within.Value / 60, Unit: "hours"}
	}
	return "- Counts: what is done within " + limit(within) + ", the same once. Told at most once a day of each\n"
}

func eventNames(names []string) string {
	if len(names) == 0 {
		return "all of IAM, STS, CloudTrail, Organizations and sign-in"
	}
	return "`" + strings.Join(names, "`, `") + "`"
}
