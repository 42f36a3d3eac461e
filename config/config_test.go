package config_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"iamvigil/config"
	"iamvigil/scanner"
)

// rules are one of each kind that a configuration can meet.
func rules() []scanner.Rule {
	return []scanner.Rule{
		{About: scanner.About{ID: "plain", Severity: scanner.Low}},
		{About: scanner.About{ID: "aged", Severity: scanner.Medium, Limit: scanner.Days(90)}},
		{About: scanner.About{ID: "asked-for", Severity: scanner.High, OptIn: true}},
	}
}

func apply(t *testing.T, text string) (on map[string]scanner.Rule, off []string, err error) {
	t.Helper()
	c, err := config.Parse("c.yaml", []byte(text))
	if err != nil {
		return nil, nil, err
	}
	chosen, rest, err := c.Apply(rules())
	for _, r := range rest {
		off = append(off, r.ID)
	}
	on = map[string]scanner.Rule{}
	for _, r := range chosen {
		on[r.ID] = r
	}
	return on, off, err
}

func TestDefaults(t *testing.T) {
	for _, text := range []string{"version: 1", "version: 1\nrules:", "version: 1\nrules: {}\n"} {
		on, off, err := apply(t, text)
		if err != nil {
			t.Fatal(err)
		}
		if len(on) != 2 || on["aged"].Limit.Value != 90 {
			t.Errorf("on: %v", on)
		}
		if diff := cmp.Diff([]string{"asked-for"}, off); diff != "" {
			t.Error(diff)
		}
	}
}

func TestSettings(t *testing.T) {
	on, off, err := apply(t, `
version: 1
rules:
  plain: {enabled: false}
  aged: {limit: 365, severity: high}
  asked-for:
    enabled: true
`)
	if err != nil {
		t.Fatal(err)
	}
	if aged := on["aged"]; aged.Limit.Value != 365 || aged.Severity != scanner.High {
		t.Errorf("aged: %+v", aged)
	}
	if _, ok := on["asked-for"]; !ok {
		t.Error("an opt-in rule stays off")
	}
	if diff := cmp.Diff([]string{"plain"}, off); diff != "" {
		t.Error(diff)
	}
}

func TestTheEmbeddedOneIsRead(t *testing.T) {
	if _, err := config.Embedded(); err != nil {
		t.Error(err)
	}
}

// What cannot be meant is refused with its line, and nothing of the rest holds.
func TestRefused(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"nothing":           {"", "read c.yaml: it is empty"},
		"no version":        {"rules: {}", "version is 0"},
		"newer version":     {"version: 2", "version is 2, this program reads version 1"},
		"unknown key":       {"version: 1\nrule: {}", "line 2: field rule not found"},
		"not YAML":          {"version: 1\n\trules", "line 2"},
		"two documents":     {"version: 1\n---\nversion: 1", "more than one YAML document"},
		"rules as a list":   {"version: 1\nrules: [plain]", "line 2: rules must map"},
		"rule without":      {"version: 1\nrules:\n  plain:", `line 3: rule "plain" needs settings`},
		"unknown rule":      {"version: 1\nrules:\n  plane: {enabled: true}", `line 3: there is no rule "plane"`},
		"rule twice":        {"version: 1\nrules:\n  plain: {enabled: true}\n  aged: {limit: 9}\n  plain: {enabled: false}", `line 5: rule "plain" is set twice`},
		"unknown setting":   {"version: 1\nrules:\n  aged:\n    days: 3", `line 4: rule "aged" has no setting "days"`},
		"unknown severity":  {"version: 1\nrules:\n  aged:\n    severity: urgent", `line 4: rule "aged": severity "urgent" is none of critical`},
		"limit of none":     {"version: 1\nrules:\n  plain:\n    limit: 3", `line 4: rule "plain" has no limit`},
		"limit too large":   {"version: 1\nrules:\n  aged:\n    limit: 99999", "line 4: rule \"aged\": limit 99999 is not within 1 to 3650 days"},
		"limit of zero":     {"version: 1\nrules:\n  aged:\n    limit: 0", "limit 0 is not within"},
		"limit as a text":   {"version: 1\nrules:\n  aged:\n    limit: ninety", "line 4"},
		"enabled as a word": {"version: 1\nrules:\n  aged:\n    enabled: perhaps", "line 4"},
	} {
		t.Run(name, func(t *testing.T) {
			on, off, err := apply(t, c.text)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q in it", err, c.want)
			}
			if len(on)+len(off) > 0 {
				t.Errorf("half applied: %v, %v", on, off)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add("version: 1\nrules:\n  aged: {limit: 9, severity: low, enabled: true}")
	f.Add("version: 1\nrules: &a {plain: {enabled: true}, aged: *a}")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := config.Parse("c.yaml", []byte(text))
		if err != nil {
			return
		}
		on, off, err := c.Apply(rules())
		if err == nil && len(on)+len(off) != len(rules()) {
			t.Errorf("%q loses rules: %v, %v", text, on, off)
		}
	})
}
