package wire_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"iamvigil/internal/wire"
	"iamvigil/scanner"
	"iamvigil/scanner/rules"
)

// now is a time at which the dates of all examples are ahead.
var now = time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)

func write(t *testing.T, content string) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "c.yaml")
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func read(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// The configuration that is built in fits the rules that there are, today. What
// has expired since it was written stops no function, and so no test.
func TestTheEmbeddedConfigurationFits(t *testing.T) {
	s, err := wire.Config("", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if len(s.On) == 0 || len(s.On)+len(s.Off) != len(rules.All()) {
		t.Errorf("%d rules on, %d off, of %d", len(s.On), len(s.Off), len(rules.All()))
	}
	if len(s.Events) == 0 || len(s.Events)+len(s.EventsOff) != len(rules.Events()) {
		t.Errorf("%d rules about acts on, %d off, of %d", len(s.Events), len(s.EventsOff), len(rules.Events()))
	}
}

func TestAnotherConfiguration(t *testing.T) {
	file := write(t, "version: 1\nrules:\n  key-rotation:\n    limit: 180\n  root-hardware-mfa:\n    enabled: true\n")
	s, err := wire.Config(file, now)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]int{}
	for _, r := range s.On {
		found[r.ID] = r.Limit.Value
	}
	if _, hardware := found["root-hardware-mfa"]; !hardware || found["key-rotation"] != 180 {
		t.Errorf("%v", found)
	}
	if _, err := wire.Config(filepath.Join(t.TempDir(), "none.yaml"), now); err == nil {
		t.Error("a configuration that is not there is one")
	}
	if _, err := wire.Config("/dev/zero", now); err == nil || !strings.Contains(err.Error(), "larger than 256 KB") {
		t.Errorf("a file without an end: %v", err)
	}
}

// A function asks of acts what its configuration says, each rule as it has it.
func TestARunnerAsksTheEventRulesThatAreOn(t *testing.T) {
	lambda(t)
	t.Setenv("LEDGER_TABLE", "ledger")
	t.Setenv("OWN_ROLE_ARNS", "arn:aws:iam::111122223333:role/own")
	t.Setenv("FURTHER_EVENTS", "true")
	t.Setenv("CONFIG_FILE", write(t, "version: 1\nrules: {event-root-use: {enabled: false}, event-console-login-without-mfa: {severity: low}}\n"))
	r, err := wire.Runner(t.Context(), func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	asked := map[string]scanner.Severity{}
	for _, rule := range r.Events {
		asked[rule.ID] = rule.Severity
	}
	if _, root := asked["event-root-use"]; root || asked["event-console-login-without-mfa"] != scanner.Low || asked[scanner.Tampering] != scanner.Critical || !r.FurtherEvents {
		t.Errorf("%v, further events: %v", asked, r.FurtherEvents)
	}
}

// What no rule asks can be exempt and has no settings; the rule about the scanner
// itself can be neither exempt nor switched off.
func TestWhatCannotBeConfigured(t *testing.T) {
	exemption := func(rule string) string {
		return write(t, "version: 1\nexemptions:\n  - {rule: "+rule+", resource: ann, reason: why, owner: ben, expires: 2027-03-31}\n")
	}
	off := func(rule string) string { return write(t, "version: 1\nrules:\n  "+rule+": {enabled: false}\n") }
	for name, c := range map[string]struct{ file, want string }{
		"a gap, exempt":       {exemption(scanner.BlindnessID), ""},
		"a gap, off":          {off(scanner.BlindnessID), "line 3: rule \"scanner-cannot-see\" is asked of no snapshot"},
		"acts, exempt":        {exemption("event-root-use"), ""},
		"acts, off":           {off("event-root-use"), ""},
		"the scanner, exempt": {exemption(scanner.Tampering), "line 3: rule \"event-scanner-tampering\" cannot be exempt"},
		"the scanner, off":    {off(scanner.Tampering), "line 3: rule \"event-scanner-tampering\" cannot be switched off"},
	} {
		_, err := wire.Config(c.file, now)
		if got := fmt.Sprint(err); c.want == "" && err != nil || !strings.Contains(got, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The day after an exemption has expired a function still starts, and a person
// is told.
func TestAnExpiredExemption(t *testing.T) {
	file := write(t, "version: 1\nexemptions:\n  - {rule: key-rotation, resource: ann, reason: why, owner: ben, expires: 2026-11-22}\n")
	if s, err := wire.Config(file, now); err != nil || len(s.Terms.Exemptions) != 1 {
		t.Errorf("%v, %v", s.Terms, err)
	}
	if _, err := wire.CheckedConfig(file, now); err == nil || !strings.Contains(err.Error(), "line 3: the exemption expired") {
		t.Errorf("%v", err)
	}
}

// What config.yaml shows in comments is right once it is none, for the rules that
// there are, each example by itself and all of them at once.
func TestTheExamplesFit(t *testing.T) {
	var section string
	all := map[string]string{}
	lines := strings.Split(read(t, "../../config/config.yaml"), "\n")
	for i := 0; i < len(lines); i++ {
		if key, _, is := strings.Cut(lines[i], ":"); is && indent(lines[i]) < 0 && !strings.HasPrefix(key, " ") {
			section = key
		}
		if indent(lines[i]) != 2 {
			continue
		}
		example := lines[i][1:] + "\n"
		for ; indent(lines[i+1]) > 2 && indent(lines[i+1])%2 == 0; i++ {
			example += lines[i+1][1:] + "\n"
		}
		all[section] += example
		if _, err := wire.CheckedConfig(write(t, "version: 1\n"+section+":\n"+example), now); err != nil {
			t.Errorf("%s%v", example, err)
		}
	}
	text := "version: 1\n"
	for _, section := range slices.Sorted(maps.Keys(all)) {
		text += section + ":\n" + all[section]
	}
	if _, err := wire.CheckedConfig(write(t, text), now); err != nil {
		t.Errorf("%s%v", text, err)
	}
}

// indent is how far a line in comments is indented: by an even number if it is an
// example, by an odd one if it is prose. Other lines have -1.
func indent(line string) int {
	text, comment := strings.CutPrefix(line, "#")
	if !comment {
		return -1
	}
	return len(text) - len(strings.TrimLeft(text, " "))
}

// What docs/configuration.md and docs/remediation.md show is right.
func TestTheDocumentedExamplesFit(t *testing.T) {
	blocks := strings.Split(read(t, "../../docs/configuration.md"), "```yaml\n")[1:]
	blocks = append(blocks, strings.Split(read(t, "../../docs/remediation.md"), "```yaml\n")[1:]...)
	for _, block := range blocks {
		example, _, _ := strings.Cut(block, "```")
		_, err := wire.CheckedConfig(write(t, "version: 1\n"+strings.TrimPrefix(example, "version: 1\n")), now)
		if err != nil {
			t.Errorf("%s\n%v", example, err)
		}
	}
	if len(blocks) < 6 {
		t.Errorf("%d examples", len(blocks))
	}
}
