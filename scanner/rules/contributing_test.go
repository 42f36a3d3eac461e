package rules_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/rules"
)

// TestContributing: the example of CONTRIBUTING.md is what it says: its code is that
// of [rules.Contributed], which answers its fixture with its want.
func TestContributing(t *testing.T) {
	page, err := os.ReadFile("../../CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	code, err := os.ReadFile("contributing_export_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range blocks(string(page), "go") {
		block = strings.ReplaceAll(block, "userPasswordOld", "contributed")
		if !strings.Contains(string(code), block) {
			t.Errorf("contributing_export_test.go does not have the code of CONTRIBUTING.md:\n%s", block)
		}
	}
	archive := txtar.Parse([]byte(strings.Join(blocks(string(page), "text"), "")))
	rule := rules.Contributed[0]
	f := &fixture{path: "CONTRIBUTING.md", rule: rule.ID, archive: archive, now: clock}
	want, _ := f.file("want")
	s := f.snapshot(t, "snapshot.json", rule.Reads)
	report := scanner.Evaluate(s, account.Scope{Whole: true}, []scanner.Rule{rule}, f.now)
	if diff := cmp.Diff(want, answers(s, report)); diff != "" {
		t.Errorf("the example answers otherwise (-want +got):\n%s", diff)
	}
	checkSnapshotProse(t, f, "snapshot.json", report)
	checkComplete(t, f)
	limitInDays(t, f, rule, limitAgo)
}

// blocks are the page's code blocks of a language.
func blocks(page, language string) []string {
	var all []string
	for _, part := range strings.Split(page, "```"+language+"\n")[1:] {
		block, _, _ := strings.Cut(part, "```")
		all = append(all, block)
	}
	return all
}
