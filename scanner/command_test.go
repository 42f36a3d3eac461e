package scanner_test

import (
	"os/exec"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/trail"
)

// The ARN's path is from IAM's own limits: any of the characters from ! to DEL.
const hostileARN = "arn:aws:iam::111122223333:policy/$(id)/`id`/\"'!#&;|<>*?~\\://evil.example/x/p"

func TestCommand(t *testing.T) {
	tests := map[string]struct {
		arguments []string
		want      string
	}{
		"a name":                   {[]string{"--user-name", "alice"}, "aws iam get-user --user-name 'alice'"},
		"every character of IAM's": {[]string{"--user-name", "a_B+=,.@-9"}, "aws iam get-user --user-name 'a_B+=,.@-9'"},
		"an option alone":          {[]string{"--require-numbers", "", "--user-name", "alice"}, "aws iam get-user --require-numbers --user-name 'alice'"},
		"the last one alone":       {[]string{"--require-numbers"}, "aws iam get-user --require-numbers"},
		"nothing":                  {nil, "aws iam get-user"},
		// A user may be called so; the CLI would take it for an option.
		"a name like an option": {[]string{"--user-name", "--debug"}, "aws iam get-user --user-name='--debug'"},
		"a quote":               {[]string{"--user-name", "it's"}, `aws iam get-user --user-name 'it'\''s'`},
		"a link":                {[]string{"--policy-arn", "p/http://x"}, `aws iam get-user --policy-arn 'p/http:''//x'`},
		"a file":                {[]string{"--user-name", "file:///etc/passwd"}, ""},
		"a page":                {[]string{"--user-name", "https://evil.example"}, ""},
		"a line break":          {[]string{"--user-name", "a\nb"}, ""},
		"an escape":             {[]string{"--user-name", "a\x1b[0m"}, ""},
		"a delete character":    {[]string{"--user-name", "a\x7f"}, ""},
		"a right-to-left mark":  {[]string{"--user-name", "a\u202e"}, ""},
		"broken UTF-8":          {[]string{"--user-name", "a\xff"}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := scanner.Command("iam", "get-user", test.arguments...); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

// TestShellGivesBack: a POSIX shell passes on exactly the arguments, whatever
// they hold, and there is nothing for a client to make a link of.
func TestShellGivesBack(t *testing.T) {
	printable := rapid.StringOfN(rapid.RuneFrom(nil, printableASCII), 1, 60, -1)
	nasty := rapid.SampledFrom([]string{"'", "''", `'\''`, "://", ":'//", "$(id)", "`id`", "${x}", "!!", "\\", "-", "--x", "~", "*", "#", hostileARN})
	value := rapid.Custom(func(r *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.OneOf(printable, nasty), 1, 4).Draw(r, "pieces"), "")
	})
	rapid.Check(t, func(r *rapid.T) {
		var script strings.Builder
		var want []string
		for _, v := range rapid.SliceOfN(value, 1, 20).Draw(r, "values") {
			command := scanner.Command("iam", "x", "--policy-arn", v, "--flag", "")
			if command == "" {
				continue // a file or a page
			}
			if strings.Contains(command, "://") {
				r.Fatalf("a link in %s", command)
			}
			script.WriteString(command + "\n")
			if v[0] == '-' {
				want = append(want, "iam", "x", "--policy-arn="+v, "--flag")
			} else {
				want = append(want, "iam", "x", "--policy-arn", v, "--flag")
			}
		}
		shell := exec.CommandContext(t.Context(), "/bin/sh", "-c", `aws() { for a; do printf '%s\0' "$a"; done; }`+"\n"+script.String())
		shell.Env = []string{} // no PATH: nothing else can be run
		out, err := shell.CombinedOutput()
		if err != nil {
			r.Fatalf("%v: %s\n%s", err, out, script.String())
		}
		got := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
		if diff := cmp.Diff(want, got); len(want) > 0 && diff != "" {
			r.Fatalf("arguments (-want +got):\n%s", diff)
		}
	})
}

// TestCommandsAreBounded: no finding comes with more than can be read, and none
// with a part of what it takes.
func TestCommandsAreBounded(t *testing.T) {
	one := scanner.Command("iam", "get-user", "--user-name", "alice")
	tests := map[string]struct {
		given []string
		want  int
	}{
		"none":                     {nil, 0},
		"five":                     {[]string{one, one, one, one, one}, 5},
		"six":                      {[]string{one, one, one, one, one, one}, 0},
		"one that cannot be made":  {[]string{one, scanner.Command("iam", "get-user", "--user-name", "a\nb")}, 0},
		"as long as there may be":  {[]string{scanner.Command("iam", "x", "--user-name", strings.Repeat("a", 2000-len("aws iam x --user-name ''")))}, 1},
		"longer than there may be": {[]string{one, scanner.Command("iam", "x", "--user-name", strings.Repeat("a", 2001-len("aws iam x --user-name ''")))}, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			rule := noMFA()
			rule.Check = scanner.Users(func(p *scanner.Pass, u *account.User) {
				if !u.MFA {
					p.Fail("", nil, "fault").Mend(test.given...)
				}
			})
			act := scanner.EventRule{Check: func(p *scanner.EventPass, _ trail.Event) {
				p.Alert(account.Ref{}, "act").Mend(test.given...)
			}}
			for _, got := range [][]string{
				evaluate(withMFA(), whole, rule).Findings[0].Commands,
				scanner.Alerts([]trail.Event{{}}, []scanner.EventRule{act}, nil)[0].Commands,
			} {
				if got == nil || len(got) != test.want {
					t.Errorf("%d commands (nil: %v), want %d", len(got), got == nil, test.want)
				}
			}
		})
	}
}

var printableASCII = &unicode.RangeTable{R16: []unicode.Range16{{Lo: ' ', Hi: '~', Stride: 1}}, LatinOffset: 1}
