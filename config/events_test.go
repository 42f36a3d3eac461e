package config_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"iamvigil/scanner"
)

// shown is a line on each rule: its id, severity and, where it has one, limit.
func shown(rules []scanner.EventRule) string {
	var all []string
	for _, r := range rules {
		line := r.ID + " " + string(r.Severity)
		if r.Limit.Unit != "" {
			line += fmt.Sprintf(" %d", r.Limit.Value)
		}
		all = append(all, line)
	}
	return strings.Join(all, "\n")
}

// Rules about acts are on or off, worse or milder, and count to another number, as
// those about state do.
func TestEventRules(t *testing.T) {
	const root, tampering, guesses, denials = "event-root-use critical", "event-scanner-tampering high", "event-guesses medium 5", "event-denials low 20"
	for name, c := range map[string]struct {
		rules   string
		on, off []string
	}{
		"of none":     {"aged: {limit: 50}", []string{root, tampering, guesses}, []string{denials}},
		"on":          {"event-denials: {enabled: true}", []string{root, tampering, guesses, denials}, nil},
		"off":         {"event-root-use: {enabled: false}", []string{tampering, guesses}, []string{root, denials}},
		"milder":      {"event-root-use: {severity: info}", []string{"event-root-use info", tampering, guesses}, []string{denials}},
		"as few":      {"event-guesses: {limit: 3}", []string{root, tampering, "event-guesses medium 3"}, []string{denials}},
		"as many":     {"event-guesses: {limit: 100, severity: high}", []string{root, tampering, "event-guesses high 100"}, []string{denials}},
		"set and off": {"event-denials: {limit: 50}", []string{root, tampering, guesses}, []string{"event-denials low 50"}},
		"set and on":  {"event-denials: {enabled: true, limit: 50}", []string{root, tampering, guesses, "event-denials low 50"}, nil},

		"the scanner, on":     {"event-scanner-tampering: {enabled: true}", []string{root, tampering, guesses}, []string{denials}},
		"the scanner, as bad": {"event-scanner-tampering: {severity: high}", []string{root, tampering, guesses}, []string{denials}},
		"the scanner, worse":  {"event-scanner-tampering: {severity: critical}", []string{root, "event-scanner-tampering critical", guesses}, []string{denials}},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := apply("version: 1\nrules: {" + c.rules + "}\n")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.Join(c.on, "\n"), shown(s.Events)); diff != "" {
				t.Errorf("on: %s", diff)
			}
			if diff := cmp.Diff(strings.Join(c.off, "\n"), shown(s.EventsOff)); diff != "" {
				t.Errorf("off: %s", diff)
			}
		})
	}
}
