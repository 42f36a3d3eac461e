package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"iamvigil/ledger"
)

// words are those of a line as a shell takes it apart, but for escapes.
var words = regexp.MustCompile(`"[^"]*"|\S+`)

// What the README says to type about a deployed stack is understood, and does
// what it says.
func TestTheReadmesCommands(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(readme), "\n## Living with it\n")
	section, _, _ = strings.Cut(section, "\n## ")
	commands := 0
	for line := range strings.Lines(section) {
		typed, _, _ := strings.Cut(line, "#")
		typed, is := strings.CutPrefix(typed, "iamvigil ")
		if !is {
			continue
		}
		commands++
		t.Run(strings.TrimSpace(typed), func(t *testing.T) {
			aws := remembering(t)
			shown := ofRule(t, aws, "user-console-without-mfa")
			shown.ID, shown.Resource.ID = "600cfd56db000000", "AIDASHOWN"
			save(t, aws, ledger.Changes{Telling: ledger.Telling{Kind: ledger.Event, Time: noon}, Puts: []ledger.Record{shown}})
			args := words.FindAllString(typed, -1)
			for i := range args {
				args[i] = strings.Trim(args[i], `"`)
			}
			if got := enter(t, args...); got.status != exitComplete || got.err != "" || got.out == "" {
				t.Errorf("%+v", got)
			}
		})
	}
	if commands < 4 {
		t.Errorf("%d commands", commands)
	}
}
