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

// However many warnings there are, each key is named to people, each with its last
// use and the id that puts it off, and told in full to programs.
func TestManyWarnings(t *testing.T) {
	c := remediationMany()
	emails, chats := notify.Emails(c), notify.Chats(c)
	golden(t, "remediation-many.email", emailPage(emails...))
	golden(t, "remediation-many.chat", chatPage(t, chats...))
	holds(t, c, emails, chats, notify.Programs(c))
	text := strings.Join(strings.Fields(emails[0].Body), " ")
	for i := range c.Steps {
		s := &c.Steps[i]
		inShort := s.Target + " of user " + s.Record.Resource.Name + ", used " + s.LastUsed[:10] + ", id " + s.Record.ID[:10]
		inFull := "ID: " + s.Record.ID[:10]
		if !strings.Contains(text, inShort) && !strings.Contains(text, inFull) {
			t.Errorf("%s of %s is not named", s.Target, s.Record.Resource.Name)
		}
	}
}

// What a person has counted is named by as much as there is room for, each with
// what undoes it, and the rest is counted with the command that lists it.
func TestManyActs(t *testing.T) {
	c := remediationByHand()
	emails, chats := notify.Emails(c), notify.Chats(c)
	golden(t, "remediation-by-hand.email", emailPage(emails...))
	golden(t, "remediation-by-hand.chat", chatPage(t, chats...))
	holds(t, c, emails, chats, notify.Programs(c))
}

// busiest is a night on which as many were warned as a run begins to, what was due
// waits for other days, and all that can be long is.
func busiest() *ledger.Telling {
	c := remediation()
	add := func(what string, many, days, perDay int) {
		for i := range many {
			user := fmt.Sprintf("%s-%03d", what, i)
			key := fmt.Sprintf("AKIA%.8s%08d", strings.ToUpper(what), i)
			s := used(due(step(i, what, oldKey(user+strings.Repeat("x", 64-len(user)), key, 91)), days+i/perDay), i)
			s.Ask = strings.Repeat("Ask whoever knows. ", 30)
			if what == ledger.StepDone {
				revoke := scanner.Command("iam", "put-role-policy", "--policy-document", strings.Repeat("x", 900))
				s.Advice = slices.Repeat([]string{strings.Repeat("Then do this. ", 40) + user, revoke}, 11)
			}
			c.Steps = append(c.Steps, s)
		}
	}
	add(ledger.StepWarning, 300, 14, 300)
	add(ledger.StepFinal, 300, 3, 300)
	add(ledger.StepPostponed, 290, 1, 10)
	add(ledger.StepDone, 20, 0, 20)
	add(ledger.StepRefused, 500, 0, 500)
	add(ledger.StepSpared, 500, 0, 500)
	return c
}

// On the busiest night the mail fits, and has all who were warned and all whose
// day is another, and how many others there are by which command.
func TestBusiestNight(t *testing.T) {
	c := busiest()
	m := notify.Emails(c)[0]
	holdsForSNS(t, m)
	holdsForMail(t, m)
	text := strings.Join(strings.Fields(m.Body), " ")
	for i := range c.Steps {
		s := &c.Steps[i]
		told := strings.Contains(text, s.Target+" of user "+s.Record.Resource.Name)
		if !told && s.What != ledger.StepRefused && s.What != ledger.StepSpared {
			t.Fatalf("%s of %s, a %s, is not named", s.Target, s.Record.Resource.Name, s.What)
		}
	}
	for _, counted := range []string{" more: iamvigil remediate list\n", "* 500 more: iamvigil remediate plan\n"} {
		if !strings.Contains(m.Body, counted) {
			t.Errorf("%q is not in the mail", counted)
		}
	}
	for _, m := range notify.Chats(c) {
		holdsForChat(t, m)
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
	for _, said := range []string{"1 deactivated, 1 contained, 1 warning; first: user `alice`", "*Told below their alarms*",
		"Deactivated: access key `AKIAIOSFODNN7EXAMPLE` of user `alice` (action ", "Contained: user `carol` (action ",
		"To be deactivated on 2026-11-29 01:04 UTC, in 7 days: access key `AKIAI44QH8DHBEXAMPLE` of user `bob` (`key-unused`)"} {
		if !strings.Contains(main.Content.Title+main.Content.Description, said) {
			t.Errorf("the run's own message does not say %q: %q\n%s", said, main.Content.Title, main.Content.Description)
		}
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

// Commands stand at the end of their words or behind them: each is told with its
// own, and once.
func TestAdviceInPieces(t *testing.T) {
	one, two := scanner.Command("iam", "get-role", "--role-name", "one"), scanner.Command("iam", "get-role", "--role-name", "two")
	joined, apart := []string{"See one: " + one, "See two: " + two}, []string{"See one:", one, "See two:", two}
	for _, advice := range [][]string{joined, apart} {
		s, again := step(1, ledger.StepDone, oldKey("alice", "AKIAIOSFODNN7EXAMPLE", 91)), step(2, ledger.StepDone, oldKey("bob", "AKIAI44QH8DHBEXAMPLE", 91))
		s.Advice, again.Advice = advice, advice
		c := remediation(s, again)
		body := notify.Emails(c)[0].Body
		if n := strings.Count(body, "  Then:  See one:\n  Run:\n    "+one+"\n  Then:  See two:\n  Run:\n    "+two+"\n"); n != 1 {
			t.Errorf("%q is told %d times in the mail:\n%s", advice, n, body)
		}
		want := []string{"See one:", "Run `" + one + "`", "See two:", "Run `" + two + "`"}
		if got := decodeChat(t, notify.Chats(c)[0]).Content.NextSteps; !slices.Equal(got[:4], want) || strings.Count(strings.Join(got, "\n"), "See one:") != 1 {
			t.Errorf("%q is told in chat as %q", advice, got)
		}
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
