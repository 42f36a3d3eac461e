package notify_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"iamvigil/ledger"
	"iamvigil/notify"
	"iamvigil/scanner"
)

// However many warnings there are, each key is named to people, each with the id
// that puts it off, and told in full to programs.
func TestManyWarnings(t *testing.T) {
	c := remediationMany()
	emails, chats := notify.Emails(c), notify.Chats(c)
	golden(t, "remediation-many.email", emailPage(emails...))
	golden(t, "remediation-many.chat", chatPage(t, chats...))
	holds(t, c, emails, chats, notify.Programs(c))
	text := strings.Join(strings.Fields(emails[0].Body), " ")
	for i := range c.Steps {
		s := &c.Steps[i]
		if !strings.Contains(text, s.Target+" of user "+s.Record.Resource.Name) || !strings.Contains(text, s.Record.ID[:10]) {
			t.Errorf("%s of %s is not named", s.Target, s.Record.Resource.Name)
		}
	}
	for range 2 {
		c.Steps = append(c.Steps, c.Steps...)
	}
	if body := notify.Emails(c)[0].Body; !strings.Contains(body, "* 860 more: iamvigil remediate plan\n") {
		t.Error("what is not named is not counted")
	}
}

// A dry run never sounds as if something had changed, or would of itself.
func TestDryRunSaysWould(t *testing.T) {
	c := remediationRun()
	for i := range c.Steps {
		c.Steps[i].Would = true
	}
	c.Steps = slices.DeleteFunc(c.Steps, func(s ledger.Step) bool { return s.What == ledger.StepUndone })
	email := notify.Emails(c)[0]
	texts := map[string]string{"email": email.Body, "subject": email.Subject, "chat": chatPage(t, notify.Chats(c)...)}
	for audience, text := range texts {
		if !strings.Contains(text, "would be") || !strings.Contains(text, "dry run") {
			t.Errorf("%s does not speak of a dry run:\n%s", audience, text)
		}
		for _, never := range []string{"Deactivated", "Contained", "To be ", "Undo:", "undo with", "still fails", "it is done"} {
			if strings.Contains(text, never) {
				t.Errorf("%s says %q of a dry run:\n%s", audience, never, text)
			}
		}
	}
}

// What is done about a finding is told where it was told to stand, and counted
// where nobody has to look for it.
func TestThreadsOfSteps(t *testing.T) {
	c := remediation(
		step(1, ledger.StepDone, in("alarm", oldKey("alice", "AKIAIOSFODNN7EXAMPLE", 120))),
		due(step(2, ledger.StepWarning, in("alarm", unusedKey("bob", "AKIAI44QH8DHBEXAMPLE"))), 7),
		containing(3, ledger.StepDone, "contain-console", denyConsole, consoleEffect, in("other", unusedConsole("carol"))),
	)
	c.Thread = "the run's"
	want := map[string]string{"the run's": "", "alarm": "key-rotation key-unused", "other": "user-console-unused"}
	if diff := cmp.Diff(want, threads(t, c)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	main := decodeChat(t, notify.Chats(c)[0])
	if !strings.Contains(main.Content.Title, "1 deactivated, 1 contained, 1 warning") || !strings.Contains(main.Content.Description, "3 others told below their alarms") {
		t.Errorf("the run's own message is %q\n%s", main.Content.Title, main.Content.Description)
	}
	for i := range 40 {
		c.Steps = append(c.Steps, due(step(i, ledger.StepWarning, in(fmt.Sprint("alarm ", i), oldKey(fmt.Sprint("user-", i), "AKIAZ7EXAMPLE0000001", 91))), 7))
	}
	told := threads(t, c)
	if len(told) != 11 || told["alarm"] == "" || told["other"] == "" {
		t.Errorf("of 42 threads are told %v; what was done goes first", slices.Sorted(maps.Keys(told)))
	}
}

// The id by which programs know a repetition is another for another step, its
// outcome or its date.
func TestIDOfSteps(t *testing.T) {
	seen := map[string]int{}
	warning := due(step(1, ledger.StepWarning, oldKey("alice", "AKIAIOSFODNN7EXAMPLE", 91)), 7)
	final, later, other := warning, due(warning, 9), warning
	final.What, other.Action = ledger.StepFinal, "3f2a9b0c1dff"
	for i, s := range []ledger.Step{warning, final, later, other} {
		for _, id := range ids(t, remediation(s)) {
			if by, twice := seen[id]; twice {
				t.Errorf("steps %d and %d have the id %s", by, i, id)
			}
			seen[id] = i
		}
	}
	again := remediation(warning)
	again.Time = again.Time.Add(time.Hour)
	if got := ids(t, again); !slices.Equal(got, ids(t, remediation(warning))) {
		t.Error("a repetition has another id")
	}
}

// What a person is to paste is a command of ours; all else is a sentence.
func TestAdviceWithCommands(t *testing.T) {
	command := scanner.Command("iam", "get-role", "--role-name", "-x")
	for advice, runs := range map[string]bool{
		"To see it: " + command:         true,
		command:                         true,
		"To see it: " + command + "; x": false,
		"To see it: aws iam get-role --role-name 'x';y;'z'": false,
		"To see it: aws iam get-role --role-name x":         false,
		"To see it: aws iam get-role --role-name 'x'\n* y":  false,
		"To see it: aws $(evil) x":                          false,
		"To see it:":                                        false,
		"See aws iam get-role":                              false,
	} {
		s := step(1, ledger.StepDone, oldKey("alice", "AKIAIOSFODNN7EXAMPLE", 91))
		s.Advice = []string{advice}
		m := notify.Emails(remediation(s))[0]
		holdsForMail(t, m)
		if got := strings.Contains(m.Body, "  Run:\n    aws iam get-role --role-name="); got != runs {
			t.Errorf("%q is a command: %t, want %t\n%s", advice, got, runs, m.Body)
		}
	}
}
