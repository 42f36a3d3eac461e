package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"iamvigil/internal/awstest"
	"iamvigil/ledger"
	"iamvigil/scanner/account"
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
			deactivated(t, aws, "3f2a91bc04de")
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

// deactivated has the journal hold an action that somebody can undo.
func deactivated(t *testing.T, aws *awstest.AWS, action string) {
	t.Helper()
	u := account.User{ARN: "arn:aws:iam::" + accountID + ":user/zed", ID: "AIDAZED", Name: "zed", Created: noon, Keys: []account.AccessKey{{ID: "AKIAZED1", Status: account.Inactive, Created: noon}}}
	aws.Change(func(s *account.Snapshot) { s.Users = append(s.Users, u) })
	set := func(status string) ledger.Call {
		return ledger.Call{Operation: "UpdateAccessKey", Parameters: map[string]string{"UserName": u.Name, "AccessKeyId": "AKIAZED1", "Status": status}}
	}
	for n, e := range []ledger.Entry{
		{Intent: &ledger.Intent{Cure: "deactivate-key", Mode: "enforce", Resource: u.Ref(), Target: "AKIAZED1", Call: set(account.Inactive), Reversal: set(account.Active)}},
		{Outcome: ledger.Done},
	} {
		e.Action, e.Number, e.At, e.By = action, n+1, noon.AddDate(0, 0, -1), caller
		if err := store(aws).Append(t.Context(), accountID, e); err != nil {
			t.Fatal(err)
		}
	}
}
