package rules_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"iamvigil/scanner/account"
	"iamvigil/scanner/rules"
)

const docs = "../../docs/rules.md"

// TestDocs: docs/rules.md is what the rules and their fixtures say.
func TestDocs(t *testing.T) {
	page := reference(func(id string) string { return example(load(t, "testdata/"+id+".txtar")) })
	if *update {
		if err := os.WriteFile(docs, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	written, err := os.ReadFile(docs)
	if err != nil {
		t.Fatal(err)
	}
	if string(written) != page {
		t.Errorf("%s is not what the rules say: go test ./scanner/rules -update", docs)
	}
	for _, about := range rules.Abouts() {
		if n := strings.Count(page, "\n## "+about.ID+"\n"); n != 1 {
			t.Errorf("%s has %d headings for rule %s", docs, n, about.ID)
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

// example shows what a rule catches, as its fixture's comment tells it.
func example(f *fixture) string {
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
	return b.String()
}

// TestPermissions: every fact that a rule reads takes some permission to see.
func TestPermissions(t *testing.T) {
	for _, fact := range account.Facts() {
		if len(permissions(fact)) == 0 {
			t.Errorf("no permission is documented for the fact %s", fact)
		}
	}
}
