package main

import (
	"strings"
	"testing"
)

// What of a rule can be set is told with it.
func TestExplainTellsWhatCanBeSet(t *testing.T) {
	for rule, want := range map[string][]string{
		"key-rotation":            {"90 days, may be set from 1 to 3650", "otherwise for users without a console password"},
		"event-privesc-burst":     {"calls, may be set from 2 to", "Counts what is done within 24 hours, the same once", "Asked always"},
		"event-enumeration-burst": {"Counts what is done within 60 minutes, the same once", "Asked opt-in"},
		"user-two-active-keys":    {"Grace     none for what is new, may be set to at most 90"},
	} {
		got := enter(t, "explain", rule)
		text := strings.Join(strings.Fields(got.out), " ")
		for _, w := range want {
			if got.status != exitComplete || !strings.Contains(text, strings.Join(strings.Fields(w), " ")) {
				t.Errorf("explain %s: exit status %d, no %q in\n%s", rule, got.status, w, got.out)
			}
		}
	}
}
