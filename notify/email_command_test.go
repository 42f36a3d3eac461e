package notify_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"iamvigil/notify"
	"iamvigil/scanner"
)

// command is an operation and its options and values, as [scanner.Command] takes
// them.
type command []string

func (c command) String() string { return scanner.Command(c[0], c[1], c[2:]...) }

// words are the arguments that the CLI is to get.
func (c command) words() []string {
	words := []string{c[0], c[1]}
	for i := 2; i < len(c); i += 2 {
		if strings.HasPrefix(c[i+1], "-") {
			words = append(words, c[i]+"="+c[i+1])
		} else {
			words = append(words, c[i], c[i+1])
		}
	}
	return words
}

// A name may hold any of A-Za-z0-9_+=,.@- and a path of an ARN any of !-~ (API
// types userNameType, pathType).
func TestCommandsArePastedWhole(t *testing.T) {
	path := "arn:aws:iam::123456789012:policy/"
	for name, c := range map[string]command{
		"short":                {"iam", "delete-login-profile", "--user-name", "carol"},
		"a substitution":       {"iam", "detach-user-policy", "--user-name", "a", "--policy-arn", path + "$(touch${IFS}x)/`id`/p"},
		"quotes":               {"iam", "detach-user-policy", "--user-name", "a", "--policy-arn", path + `'/"/\'/''/p`},
		"nothing but quotes":   {"iam", "detach-user-policy", "--user-name", "a", "--policy-arn", path + strings.Repeat("'", 200)},
		"backslashes":          {"iam", "detach-user-policy", "--user-name", "a", "--policy-arn", path + strings.Repeat(`\`, 200) + `\n`},
		"a link":               {"iam", "detach-user-policy", "--user-name", "a", "--policy-arn", path + "https://evil.example/www.evil.example/p"},
		"a link over the line": {"iam", "detach-user-policy", "--user-name", "a", "--policy-arn", path + strings.Repeat("WWW.://", 60)},
		"as long as it gets":   {"iam", "detach-user-policy", "--user-name", strings.Repeat("u", 64), "--policy-arn", path + strings.Repeat("p", 512) + "/" + strings.Repeat("n", 128)},
		"a document": {"iam", "put-role-policy", "--role-name", "ci", "--policy-name", "AWSRevokeOlderSessions", "--policy-document",
			`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:TokenIssueTime":"2026-11-22T01:00:50Z"}}}]}`},
		"a leading dash":       {"iam", "get-user", "--user-name", "-x"},
		"blanks and a comment": {"iam", "put-role-policy", "--policy-document", strings.Repeat("a  # && || ; > x & ", 20)},
		"what starts a line":   {"iam", "get-user", "--user-name", strings.Repeat("x", 70) + "* Run: aws"},
	} {
		t.Run(name, func(t *testing.T) { pastes(t, t.TempDir(), c) })
	}
}

func TestAnyCommandIsPastedWhole(t *testing.T) {
	folder := t.TempDir()
	value := rapid.OneOf(rapid.StringMatching(`[!-~]{1,600}`), rapid.StringMatching(`['\\:/wW.$]{1,200}`), rapid.StringMatching(`[a-z]{1,90}`))
	rapid.Check(t, func(t *rapid.T) {
		c := command{"iam", "detach-user-policy"}
		for range rapid.IntRange(1, 4).Draw(t, "options") {
			c = append(c, "--"+rapid.StringMatching(`[a-z]{1,9}(-[a-z]{1,9}){0,3}`).Draw(t, "option"), value.Draw(t, "value"))
		}
		if c.String() != "" { // the CLI would read the value from elsewhere
			pastes(t, folder, c, c)
		}
	})
}

// pastes runs in a shell what the mail shows, with a function in the place of
// the CLI, and fails unless that gets the arguments. What escaped its quotation
// marks would find no program to run.
func pastes(t tester, folder string, all ...command) {
	r := withoutMFA("carol")
	r.Commands = nil
	want := ""
	for _, c := range all {
		r.Commands = append(r.Commands, c.String())
		want += strings.Join(append(c.words(), ""), "\n") + "--\n"
	}
	m := notify.Emails(night(r))[0]
	holdsForMail(t, m)
	script := "aws() { printf '%s\\n' \"$@\" --; }\n" + readMail(t, m.Body).run
	shell := exec.Command("/bin/sh", "-c", script)
	shell.Dir, shell.Env = folder, []string{"PATH="}
	got, err := shell.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s in\n%s", err, got, script)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("the CLI gets (-want +got):\n%s", diff)
	}
}
