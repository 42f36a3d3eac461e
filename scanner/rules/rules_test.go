package rules_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/rules"
)

var update = flag.Bool("update", false, "rewrite the fixtures' answers and docs/rules.md")

// TestFixtures asks every rule about its fixtures.
func TestFixtures(t *testing.T) {
	for _, f := range fixtures(t) {
		t.Run(strings.TrimSuffix(f.path[len("testdata/"):], ".txtar"), func(t *testing.T) {
			if rule, ok := rule(f.rule); ok {
				testRule(t, f, f.given(rule))
			} else if event, ok := eventRule(f.rule); ok {
				testEventRule(t, f, event)
			} else {
				t.Fatalf("no rule %q", f.rule)
			}
		})
	}
}

func testRule(t *testing.T, f *fixture, rule scanner.Rule) {
	var want strings.Builder
	names := slices.DeleteFunc(slices.Clone(snapshots), func(name string) bool { _, ok := f.file(name); return !ok })
	for _, name := range names {
		s := f.snapshot(t, name, rule.Reads)
		report := scanner.Evaluate(s, account.Scope{Whole: true}, []scanner.Rule{rule}, f.now)
		if len(names) > 1 {
			fmt.Fprintf(&want, "%s:\n", name)
		}
		want.WriteString(answers(s, report))
		if f.first() {
			checkSnapshotProse(t, f, name, report)
		}
	}
	if f.first() {
		checkComplete(t, f)
	}
	f.want(t, want.String())
}

func testEventRule(t *testing.T, f *fixture, rule scanner.EventRule) {
	var want strings.Builder
	told := map[string]bool{}
	events := f.events(t)
	alerts := scanner.Alerts(events, []scanner.EventRule{rule}, f.scene(t))
	for _, ev := range events {
		about := func(a scanner.Alert) bool { return a.Event.ID == ev.ID }
		if told[ev.ID] = slices.ContainsFunc(alerts, about); !told[ev.ID] {
			fmt.Fprintf(&want, "quiet %s\n", ev.ID)
		}
		for _, a := range slices.DeleteFunc(slices.Clone(alerts), func(a scanner.Alert) bool { return !about(a) }) {
			fmt.Fprintf(&want, "alert %s %s %s %s: %s\n%s", ev.ID, a.Severity, a.Resource.Kind, a.Resource.Name, a.Message, pasted(a.Commands))
		}
	}
	if f.first() {
		checkEventProse(t, f, told)
		checkComplete(t, f)
	}
	f.want(t, want.String())
}

// answers writes a report of one rule: a line for every resource it was asked
// about, and those of the same kinds that it leaves out.
func answers(s *account.Snapshot, report scanner.Report) string {
	var b strings.Builder
	id := report.Rules[0]
	for _, g := range report.Gaps {
		if g.Resource == nil {
			fmt.Fprintf(&b, "gap  %s: %s\n", g.Fact, g.Reason)
		}
	}
	all := refs(s)
	asked := map[account.Kind]bool{}
	for _, ref := range all {
		if answer, _ := report.Answer(id, ref); answer != scanner.NotAsked {
			asked[ref.Kind] = true
		}
	}
	for _, ref := range all {
		if asked[ref.Kind] {
			b.WriteString(answer(report, id, ref))
		}
	}
	return b.String()
}

func answer(report scanner.Report, id string, ref account.Ref) string {
	var b strings.Builder
	for _, f := range report.Findings {
		if f.Resource.Key() == ref.Key() {
			fmt.Fprintf(&b, "fail %s %s %s%s: %s\n", f.Severity, ref.Kind, plain(f.Resource.Name), part(f), f.Message)
			fmt.Fprintf(&b, "     %s\n%s", evidence(f), pasted(f.Commands))
		}
	}
	for _, g := range report.Gaps {
		if g.Resource != nil && g.Resource.Key() == ref.Key() {
			fmt.Fprintf(&b, "gap  %s %s: %s: %s\n", ref.Kind, plain(ref.Name), g.Fact, g.Reason)
		}
	}
	answered, _ := report.Answer(id, ref)
	switch {
	case b.Len() > 0:
	case answered == scanner.Answered:
		fmt.Fprintf(&b, "pass %s %s\n", ref.Kind, plain(ref.Name))
	case answered == scanner.NotAsked:
		fmt.Fprintf(&b, "skip %s %s\n", ref.Kind, plain(ref.Name))
	}
	return b.String()
}

// pasted shows commands, a line each.
func pasted(commands []string) string {
	var b strings.Builder
	for _, c := range commands {
		fmt.Fprintf(&b, "     $ %s\n", c)
	}
	return b.String()
}

// plain shows a name's control characters.
func plain(name string) string { return strings.Trim(fmt.Sprintf("%q", name), `"`) }

func part(f scanner.Finding) string {
	if f.Part == "" {
		return ""
	}
	return " [" + f.Part + "]"
}

func evidence(f scanner.Finding) string {
	var pairs []string
	for _, k := range slices.Sorted(maps.Keys(f.Evidence)) {
		pairs = append(pairs, k+"="+f.Evidence[k])
	}
	return strings.Join(pairs, " ")
}

func refs(s *account.Snapshot) []account.Ref {
	all := []account.Ref{s.Account.Ref()}
	for ref := range s.Resources() {
		all = append(all, ref)
	}
	return all
}

// checkSnapshotProse holds the prose of a fixture against the answers.
func checkSnapshotProse(t *testing.T, f *fixture, file string, report scanner.Report) {
	t.Helper()
	failed := map[string]bool{}
	for _, finding := range report.Findings {
		failed[finding.Resource.Name] = true
	}
	if file != "snapshot.json" {
		if fails := file == "fails.json"; fails != (len(failed) > 0) {
			t.Errorf("%s: %s has %d findings", f.path, file, len(report.Findings))
		}
		return
	}
	for _, label := range labels {
		for _, line := range f.prose(label) {
			name, _, _ := strings.Cut(line, " ")
			if failed[name] != (label == "fails") {
				t.Errorf("%s: the comment says %q, the rule otherwise", f.path, label+": "+line)
			}
		}
	}
}

func checkEventProse(t *testing.T, f *fixture, told map[string]bool) {
	t.Helper()
	for _, label := range labels {
		for _, line := range f.prose(label) {
			id, _, _ := strings.Cut(line, " ")
			if alerted, ok := told[id]; !ok || alerted != (label == "fails") {
				t.Errorf("%s: the comment says %q, the rule otherwise", f.path, label+": "+line)
			}
		}
	}
}

// checkComplete asks a rule's main fixture for all three kinds of examples.
func checkComplete(t *testing.T, f *fixture) {
	t.Helper()
	for _, label := range labels {
		if len(f.prose(label)) == 0 {
			t.Errorf("%s: no line of its comment begins with %q", f.path, label+": ")
		}
	}
}

// TestEveryRuleHasItsFixture: a rule without a fixture is not tested, and one
// that is gone leaves none behind. What only the ledger knows is tested there.
func TestEveryRuleHasItsFixture(t *testing.T) {
	for _, about := range rules.Abouts() {
		if about.ID == scanner.BlindnessID {
			continue
		}
		if _, err := os.Stat("testdata/" + about.ID + ".txtar"); err != nil {
			t.Errorf("rule %s: %v", about.ID, err)
		}
	}
}

func TestAbout(t *testing.T) {
	kebab := regexp.MustCompile(`^[a-z]+(-[a-z0-9]+)*$`)
	ids := map[string]bool{}
	for _, about := range rules.Abouts() {
		if ids[about.ID] {
			t.Errorf("rule %s: declared twice", about.ID)
		}
		ids[about.ID] = true
		if !kebab.MatchString(about.ID) {
			t.Errorf("rule %s: not in kebab case", about.ID)
		}
		if about.Title == "" || about.Why == "" || about.Fix == "" {
			t.Errorf("rule %s: title, why or fix is missing", about.ID)
		}
		if about.Severity.Rank() >= len(scanner.Severities()) {
			t.Errorf("rule %s: no severity %q", about.ID, about.Severity)
		}
		if l := about.Limit; l != (scanner.Limit{}) && (l.Unit == "" || l.Value < l.Min || l.Value > l.Max) {
			t.Errorf("rule %s: limit %+v", about.ID, l)
		}
	}
	for _, about := range rules.Abouts() {
		for _, by := range about.CoveredBy {
			if !ids[by] || by == about.ID {
				t.Errorf("rule %s: covered by %q", about.ID, by)
			}
		}
	}
}

// TestReads: every fact named exists, and a rule about nothing reads nothing.
func TestReads(t *testing.T) {
	for _, r := range rules.All() {
		if len(r.Reads) == 0 || r.Check == nil {
			t.Errorf("rule %s: reads nothing, or asks nothing", r.ID)
		}
		for _, f := range append(slices.Clone(r.Reads), r.Hints...) {
			if !slices.Contains(everyFact(), f) {
				t.Errorf("rule %s: no fact %q", r.ID, f)
			}
		}
	}
}

// everyFact is all that rules may read: of the account, and of the stack.
func everyFact() []account.Fact {
	return slices.Concat(account.Facts(), account.Optional(), account.StackFacts())
}

// TestAllIsACopy: what a configuration changes in its rules changes no others'.
func TestAllIsACopy(t *testing.T) {
	changed := rules.All()
	changed[0].ID = "changed"
	events := rules.Events()
	events[0].ID = "changed"
	if rules.All()[0].ID == "changed" || rules.Events()[0].ID == "changed" {
		t.Error("a change to the rules given out changed the rules")
	}
}

func rule(id string) (scanner.Rule, bool) {
	all := rules.All()
	i := slices.IndexFunc(all, func(r scanner.Rule) bool { return r.ID == id })
	if i < 0 {
		return scanner.Rule{}, false
	}
	return all[i], true
}

func eventRule(id string) (scanner.EventRule, bool) {
	all := rules.Events()
	i := slices.IndexFunc(all, func(r scanner.EventRule) bool { return r.ID == id })
	if i < 0 {
		return scanner.EventRule{}, false
	}
	return all[i], true
}

func mustRule(t *testing.T, id string) scanner.Rule {
	t.Helper()
	r, ok := rule(id)
	if !ok {
		t.Fatalf("no rule %q", id)
	}
	return r
}

func days(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }
