package notify_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"iamvigil/ledger"
	"iamvigil/notify"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

// steps are the next steps of a finding with these commands.
func steps(t tester, fix string, commands ...string) []string {
	r := mended(found("some-rule", scanner.High, user("alice"), "", `user "alice" has something`, fix), commands...)
	r.Console = ""
	c := &ledger.Telling{Kind: ledger.Event, Account: acme, Time: now, New: []ledger.Record{r}}
	m := notify.Chats(c)[0]
	holdsForChat(t, m)
	return decodeChat(t, m).Content.NextSteps
}

func TestNextSteps(t *testing.T) {
	fix := strings.TrimSuffix(strings.Repeat("Do it well. ", 20), " ") // 239 bytes
	short := "aws iam delete-login-profile --user-name 'alice'"
	long := "aws iam put-user-policy --policy-document '" + strings.Repeat("x", 200) + "'"
	huge := "aws iam put-user-policy --policy-document '" + strings.Repeat("x", 400) + "'"
	const notHere = "What to run is too long for a chat message; the email tells it."
	for _, tc := range []struct {
		name     string
		commands []string
		want     []string
	}{
		{"none", nil, []string{fix}},
		{"one that fits", []string{short}, []string{fix + " Run `" + short + "`"}},
		{"one with a step of its own", []string{long}, []string{fix, "Run `" + long + "`"}},
		{"two that fit into one", []string{short, short}, []string{fix, "Run `" + short + "`, then `" + short + "`"}},
		{"two that do not", []string{long, long}, []string{fix, "Run `" + long + "`", "Then run `" + long + "`"}},
		{"one too long", []string{huge}, []string{fix + " " + notHere}},
		{"one of two too long", []string{short, huge}, []string{fix + " " + notHere}},
		// Slack reads &, < and > even in code, where a backtick ends it.
		{"what chat would change", []string{"aws iam get-user --user-name 'a&b'"}, []string{fix + " " + notHere}},
		{"what would end the code", []string{"aws iam get-user --user-name '`'"}, []string{fix + " " + notHere}},
		{"what does not print", []string{"aws iam get-user --user-name 'a\u202eb'"}, []string{fix + " " + notHere}},
		{"a link", []string{"aws iam get-user --user-name 'https://evil.example'"}, []string{fix + " " + notHere}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := steps(t, fix, tc.commands...); !slices.Equal(got, tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

// Whatever a resource is called, what stands after "Run" is one of the finding's
// commands to the letter, and all of them do or none does.
func TestNoCommandIsBroken(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var commands []string
		for range rapid.IntRange(1, 4).Draw(t, "commands") {
			commands = append(commands, scanner.Command("iam", "get-user", "--user-name", rapid.OneOf(rapid.StringMatching(`[!-~]{1,300}`), text).Draw(t, "name")+"x"))
		}
		if slices.Contains(commands, "") { // as the engine makes findings
			commands = nil
		}
		var got []string
		for _, step := range steps(t, strings.ReplaceAll(text.Draw(t, "fix"), "n", "m")+".", commands...) {
			if at := strings.Index(step, "un `"); at >= 0 && strings.HasSuffix(step, "`") {
				got = append(got, strings.Split(strings.TrimSuffix(step[at+len("un `"):], "`"), "`, then `")...)
			}
		}
		if len(got) > 0 && !slices.Equal(got, commands) {
			t.Errorf("to run: %q, want %q or nothing", got, commands)
		}
	})
}

// The console's address alone is a link, where it is the one that the resource's
// page has; what Slack takes for emphasis or leaves off a link's end is escaped.
func TestConsoleInChat(t *testing.T) {
	for _, tc := range []struct {
		name, user, console, want string
	}{
		{"ordinary", "alice", scanner.Console(user("alice")), "https://console.aws.amazon.com/iam/home#/users/details/alice"},
		{"emphasis and a dot", "_a_.", scanner.Console(user("_a_.")), "https://console.aws.amazon.com/iam/home#/users/details/%5Fa%5F%2E"},
		{"another's", "alice", "https://evil.example/iam/home#/users/details/alice", ""},
		{"none", "alice", "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := found("some-rule", scanner.High, user(tc.user), "", "has something", "Mend it.")
			r.Console = tc.console
			m := notify.Chats(&ledger.Telling{Kind: ledger.Event, Account: acme, Time: now, New: []ledger.Record{r}})[0]
			holdsForChat(t, m)
			if got, want := decodeChat(t, m).Content.NextSteps[0], strings.TrimSpace("Mend it. "+tc.want); got != want {
				t.Errorf("the step is %q, want %q", got, want)
			}
		})
	}
}

// One piece of advice is told once, whatever number of findings it mends and
// wherever a tool has them written.
func TestAdviceIsToldOnce(t *testing.T) {
	for name, c := range map[string]*ledger.Telling{"by hand": manyOwners(4, ""), "by Terraform": burst(0, 4, time.Minute)} {
		advice, all := 0, decodeChat(t, notify.Chats(c)[0]).Content.NextSteps
		for _, step := range all {
			if !strings.HasPrefix(step, "Run `") {
				advice++
			}
		}
		if advice != 1 {
			t.Errorf("%s: advice in %d steps of %q, want it once", name, advice, all)
		}
	}
}

// An event does not tell its resource's ARN, but the partition it is in.
func TestConsoleOfAnAlert(t *testing.T) {
	c := rootUse()
	c.Alerts[0].Resource = account.Ref{Kind: account.KindUser, Name: "alice"}
	c.Alerts[0].Console, c.Alerts[0].Commands = scanner.Console(user("alice")), nil
	if got := decodeChat(t, notify.Chats(c)[0]).Content.NextSteps; !strings.HasSuffix(got[0], c.Alerts[0].Console) {
		t.Errorf("the steps are %q", got)
	}
}
