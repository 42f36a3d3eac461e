package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"iamvigil/scanner/rules"
)

func write(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// exemptions is a configuration with one, until then.
func exemptions(until string) string {
	return fmt.Sprintf(`version: 1
exemptions:
  - rule: [admin-user-without-mfa, key-rotation]
    resource: ci-deploy
    account: "111122223333"
    reason: build server, moves to a role in spring
    owner: build team
    expires: %s
`, until)
}

func TestConfigCheck(t *testing.T) {
	if got := enter(t, "config", "check"); got.status != exitComplete || got.err != "" || !strings.HasPrefix(got.out, "config/config.yaml: valid: ") {
		t.Errorf("the built-in configuration: %+v", got)
	}
	file := write(t, exemptions("2027-03-31"))
	got := enter(t, "config", "check", file)
	if got.status != exitComplete || !strings.Contains(got.out, "1 exemption; next expiry 2027-03-31\n") || strings.Count(got.out, "\n") != 1 {
		t.Errorf("a valid one: %+v", got)
	}
	file = write(t, "version: 1\nremediation: {cures: {deactivate-key: {enabled: true, rules: {key-unused: {warn: 0, final: 7, act: 14}}}}}\n")
	if got := enter(t, "config", "check", file); got.status != exitComplete || !strings.HasSuffix(got.out, " off, 1 cure enabled, 0 exemptions\n") {
		t.Errorf("one that acts: %+v", got)
	}
}

// Rules about acts are counted with the others, and held to their bounds.
func TestConfigCheckKnowsEventRules(t *testing.T) {
	counted := func(text string) (on, off int) {
		t.Helper()
		got := enter(t, "config", "check", write(t, text))
		_, counts, _ := strings.Cut(got.out, ": valid: ")
		if _, err := fmt.Sscanf(counts, "%d rules on, %d off", &on, &off); err != nil || got.status != exitComplete {
			t.Fatalf("%v: %+v", err, got)
		}
		return on, off
	}
	on, off := counted("version: 1\n")
	if n := len(rules.All()) + len(rules.Events()); on+off != n {
		t.Errorf("%d on and %d off, of %d rules", on, off, n)
	}
	if fewer, more := counted("version: 1\nrules: {event-root-use: {enabled: false}}\n"); fewer != on-1 || more != off+1 {
		t.Errorf("%d on, %d off; before %d, %d", fewer, more, on, off)
	}
	file := write(t, "version: 1\nrules:\n  event-root-use: {limit: 3}\n  event-scanner-tampering: {enabled: false}\n")
	got := enter(t, "config", "check", file)
	for _, want := range []string{`line 3: rule "event-root-use" has no limit to set`, `line 4: rule "event-scanner-tampering" cannot be switched off`} {
		if got.status != exitFailed || !strings.Contains(got.err, want) {
			t.Errorf("no %q in %+v", want, got)
		}
	}
}

// All faults of a file are told, each with its line.
func TestConfigCheckTellsAllFaults(t *testing.T) {
	file := write(t, strings.Replace(exemptions("2026-11-01"), "exemptions:", "rules:\n  key-rotation:\n    limit: 0\n  rot-mfa:\n    enabled: true\nexemptions:", 1))
	got := enter(t, "config", "check", file)
	if got.status != exitFailed || got.out != "" || strings.Count(got.err, "\n") != strings.Count(got.err, "iamvigil: read ") {
		t.Fatalf("%+v", got)
	}
	for _, want := range []string{"line 4: ", "line 5: ", "line 13: "} {
		if !strings.Contains(got.err, want) {
			t.Errorf("no %q in\n%s", want, got.err)
		}
	}
}
