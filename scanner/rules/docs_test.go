package rules_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/rules"
)

// pages are the files of docs that are made here.
func pages(t *testing.T) map[string]string {
	t.Helper()
	return map[string]string{
		"../../docs/rules.md":     reference(t),
		"../../docs/coverage.md":  coverage(t),
		"../../docs/practices.md": practised(t),
	}
}

// TestDocs: the pages are what the rules, their fixtures and testdata/coverage say.
func TestDocs(t *testing.T) {
	for name, page := range pages(t) {
		if *update {
			if err := os.WriteFile(name, []byte(page), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		written, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if string(written) != page {
			t.Errorf("%s is not what the rules say: go test ./scanner/rules -update", name)
		}
	}
}

// TestHeadings: every rule is explained once.
func TestHeadings(t *testing.T) {
	page := reference(t)
	for _, about := range rules.Abouts() {
		if n := strings.Count(page, "\n## "+about.ID+"\n"); n != 1 {
			t.Errorf("docs/rules.md has %d headings for rule %s", n, about.ID)
		}
	}
}

// TestPeers: every rule says what it is called elsewhere, in one line.
func TestPeers(t *testing.T) {
	for _, f := range fixtures(t) {
		if n := len(f.prose("peers")); f.first() && n != 1 || !f.first() && n != 0 {
			t.Errorf("%s: %d lines of its comment begin with %q", f.path, n, "peers: ")
		}
	}
}

// The README's table of rules stands between these lines.
const readme, tableBegins, tableEnds = "../../README.md", "<!-- rules -->\n", "<!-- /rules -->\n"

// TestReadme: the README's table is what the rules say.
func TestReadme(t *testing.T) {
	written, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begins := strings.Cut(string(written), tableBegins)
	_, after, ends := strings.Cut(rest, tableEnds)
	if !begins || !ends {
		t.Fatalf("%s has no lines %q and %q", readme, tableBegins, tableEnds)
	}
	page := before + tableBegins + table("docs/rules.md") + tableEnds + after
	if *update {
		if err := os.WriteFile(readme, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(written) != page {
		t.Errorf("the table of %s is not what the rules say: go test ./scanner/rules -update", readme)
	}
}

// example shows what a rule catches, as its fixture's comment tells it, and the
// commands that come with it.
func example(t *testing.T, f *fixture) string {
	var b strings.Builder
	var prose []string
	for line := range strings.Lines(string(f.archive.Comment)) {
		if line = strings.TrimSpace(line); line == "" {
			break
		}
		prose = append(prose, line)
	}
	fmt.Fprintf(&b, "%s For example:\n\n", strings.Join(prose, " "))
	for _, label := range labels {
		for _, line := range f.prose(label) {
			fmt.Fprintf(&b, "- %s: %s\n", label, line)
		}
	}
	if commands := f.commands(t); len(commands) > 0 {
		fmt.Fprintf(&b, "\nComes with:\n\n```sh\n%s\n```\n", strings.Join(commands, "\n"))
	}
	return b.String()
}

// commands are those of the first finding or alert of a fixture that has any.
func (f *fixture) commands(t *testing.T) []string {
	t.Helper()
	if event, ok := eventRule(f.rule); ok {
		for _, a := range scanner.Alerts(f.events(t), []scanner.EventRule{event}, f.scene(t)) {
			if len(a.Commands) > 0 {
				return a.Commands
			}
		}
		return nil
	}
	asked := f.given(mustRule(t, f.rule))
	for _, name := range snapshots {
		if _, ok := f.file(name); !ok {
			continue
		}
		s := f.snapshot(t, name, asked.Reads)
		for _, finding := range scanner.Evaluate(s, account.Scope{Whole: true}, usual(f, asked), f.now).Findings {
			if finding.Rule == f.rule && len(finding.Commands) > 0 {
				return finding.Commands
			}
		}
	}
	return nil
}

// usual are the rules that are asked beside one: a command may do for several.
func usual(f *fixture, asked scanner.Rule) []scanner.Rule {
	return slices.DeleteFunc(f.all(), func(r scanner.Rule) bool { return r.OptIn && r.ID != asked.ID })
}
