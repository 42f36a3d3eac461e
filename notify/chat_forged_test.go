package notify_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"pgregory.net/rapid"

	"iamvigil/ledger"
	"iamvigil/notify"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/trail"
)

// places are where somebody else's words come into a chat message, worded as the
// engine words them.
var places = map[string]func(c *ledger.Telling, words string){
	"user name": func(c *ledger.Telling, words string) {
		c.New[0].Resource.Name, c.New[0].Message = words, fmt.Sprintf("user %q has a console password and no MFA device", words)
	},
	"two in one sentence": func(c *ledger.Telling, words string) {
		c.Alerts[0].Message = fmt.Sprintf("role %q (%q) called %q on user %q, and again", words, words, words, words)
	},
	"resource of an alert": func(c *ledger.Telling, words string) {
		c.Alerts[0].Resource = account.Ref{Kind: account.KindUser, Name: words}
	},
	"owner tag":        func(c *ledger.Telling, words string) { c.New[0].Owner, c.Alerts[0].Owner = words, words },
	"user agent":       func(c *ledger.Telling, words string) { c.Alerts[0].Event.Actor.Agent = words },
	"session name":     func(c *ledger.Telling, words string) { c.Alerts[0].Event.Actor.Name = words },
	"address":          func(c *ledger.Telling, words string) { c.Alerts[0].Event.Actor.IP = words },
	"request's detail": func(c *ledger.Telling, words string) { c.Alerts[0].Event.Details["userName"] = words },
	"error":            func(c *ledger.Telling, words string) { c.Alerts[0].Event.Failed, c.Alerts[0].Event.Error = true, words },
	"event name":       func(c *ledger.Telling, words string) { c.Unknown = map[string]int{words: 3} },
	"who did it":       func(c *ledger.Telling, words string) { c.New[0].By.Actor.Name, c.New[0].By.Event = words, words },
	"nobody did it":    func(c *ledger.Telling, words string) { c.New[0].By = &trail.Origin{Missing: words} },
	"reason of an exemption": func(c *ledger.Telling, words string) {
		c.Silenced[0].Exempt = &scanner.Exemption{Reason: words, Owner: words, Expires: now.Add(time.Hour)}
	},
	"reason of an acknowledgement": func(c *ledger.Telling, words string) {
		noted(&c.Silenced[0], ledger.Ack{By: words, Reason: words, At: now, Until: now.Add(time.Hour)})
	},
	"reason that lapsed": func(c *ledger.Telling, words string) {
		c.New[0].Lapsed = &ledger.Lapse{Exemption: scanner.Exemption{Reason: words, Owner: words, Expires: now}}
	},
	"pattern of an exemption": func(c *ledger.Telling, words string) {
		x := scanner.Exemption{Rules: []string{"key-rotation"}, Resource: words, Account: words + "?", Tags: map[string]string{words: words}, Reason: words, Owner: words, Expires: now}
		c.Exemptions = []ledger.ExemptionNote{{ExemptionUse: scanner.ExemptionUse{Exemption: x}, Why: ledger.Expired}}
	},
	"who could not be seen": func(c *ledger.Telling, words string) {
		c.Gaps = []ledger.GapRecord{{Fact: account.Keys, Resource: &account.Ref{Kind: account.KindUser, Name: words}, Reason: "denied", Permission: words, Rules: []string{"key-rotation"}}}
	},
	"tag of a file": func(c *ledger.Telling, words string) {
		c.New[1].ManagedBy = fmt.Sprintf("file %q of repository %q", words, words)
	},
	"who wrote by a tool": func(c *ledger.Telling, words string) {
		c.New[0].By.Actor.Name, c.New[0].By.Actor.IP = words, words
	},
	"who tagged": func(c *ledger.Telling, words string) {
		c.Silenced[0].By = origin(trail.Actor{Type: "IAMUser", Name: words}, "TagUser", time.Hour)
	},
	"reason of a step": func(c *ledger.Telling, words string) { c.Steps[0].Reason = words },
	"reason of a person": func(c *ledger.Telling, words string) {
		c.Steps[2].Record.Finding = scanner.Finding{Resource: user("alice"), Message: words}
	},
	"user of a step": func(c *ledger.Telling, words string) {
		c.Steps[2].Record.Finding = scanner.Finding{Resource: user(words)}
	},
	"target of a step": func(c *ledger.Telling, words string) { c.Steps[1].Target = "AKIA" + words },
	"policy of a step": func(c *ledger.Telling, words string) { c.Steps[2].Target = "arn:aws:iam::1:policy/" + words },
	"last use":         func(c *ledger.Telling, words string) { c.Steps[0].LastUsed = words },
	"action's id":      func(c *ledger.Telling, words string) { c.Steps[1].Action = words },
	"owner of a step":  func(c *ledger.Telling, words string) { c.Steps[1].Record.Owner = words },
	"message of a step": func(c *ledger.Telling, words string) {
		c.Steps[0].Record.Message = fmt.Sprintf("user %q has a key", words)
	},
	"alias": func(c *ledger.Telling, words string) { c.Account.Name = words },
}

// forged is one of each thing that a message tells, with some words in a place.
func forged(place, words string) *ledger.Telling {
	c := intruder()
	c.New[0] = by(withoutMFA("alice"), origin(terraform, "CreateLoginProfile", time.Hour))
	c.Silenced = []ledger.Record{withoutMFA("bob")}
	c.Silenced[0].Exempt = &scanner.Exemption{Reason: "break glass", Owner: "platform", Expires: now.Add(time.Hour)}
	c.Silenced[0].Status = scanner.Exempt
	c.Steps = remediation(used(due(step(1, ledger.StepWarning, oldKey("carol", "AKIAIOSFODNN7EXAMPLE", 91)), 3), 3),
		step(2, ledger.StepDone, oldKey("dave", "AKIAI44QH8DHBEXAMPLE", 91)), containing(3, ledger.StepDone, "quarantine", denyAll, "", withoutMFA("erin"))).Steps
	for i := range c.Steps {
		c.Steps[i].Record.Owner, c.Steps[i].Reason, c.Steps[i].Record.Thread = "platform", fmt.Sprintf("it is user %q's", "carol"), ""
	}
	places[place](c, words)
	return c
}

var span = regexp.MustCompile("`[^`]*`")

// skeleton is a message without what stands in code: our own words.
func skeleton(t tester, m notify.Message) string {
	n := decodeChat(t, m)
	return span.ReplaceAllString(n.Content.Description, "CODE")
}

// Whatever a stranger writes is code, and takes nothing from our own words and
// adds nothing to them: neither a line nor a mention, a command, a link or
// emphasis.
func keepsToItsPlace(t tester, place, words string) {
	messages := notify.Chats(forged(place, words))
	if len(messages) != 1 {
		t.Fatalf("%s %q: %d messages", place, words, len(messages))
	}
	holdsForChat(t, messages[0])
	if got, want := skeleton(t, messages[0]), skeleton(t, notify.Chats(forged(place, "harmless"))[0]); got != want {
		t.Errorf("%s %q: outside of code stands\n%s\nwant\n%s", place, words, got, want)
	}
	// A word of letters alone is no more than a name.
	word := !strings.ContainsFunc(words, func(r rune) bool { return !unicode.IsLetter(r) })
	for _, step := range decodeChat(t, messages[0]).Content.NextSteps {
		if !word && strings.Contains(span.ReplaceAllString(step, ""), "evil") {
			t.Errorf("%s %q: a step says %q", place, words, step)
		}
	}
}

func TestChatCannotBeForged(t *testing.T) {
	for place := range places {
		for _, words := range []string{
			"<!channel>", "<!here|all>", "@here", "@everyone", "<@U024BE7LH>", "<#C024BE7LR>", "<https://evil.example|Sign in>", "https://evil.example",
			"www.evil.example", "evil@evil.example", "[Sign in](https://evil.example)", "![](https://evil.example/x.png)", "<at>evil</at>",
			"*bold*", "_it_", "~no~", "`code`", "``` block", "`", "``", "> quote", "# head", "- item", "1. item", "| a | b |", ":skull:", "&lt;!here&gt;", "&#60;",
			"a\n\n*New*\n\n- critical: evil", "a\r\nb", "a\u2028b", "a\u0085b", "\x1b[31mevil\x1b[0m", "\x07\x08", "\u202eevil\u202c", "\u2066evil", "ad\u200bmin", "\u00a0", "\ufeff",
			"😀", "👩\u200d👩\u200d👧", "e\u0301\u0302\u0303\u0304", "\xff\xfe", `"`, `" is fine. Run "curl evil"`, `\"`, `\`, "'; curl evil | sh; '", "Run `curl evil | sh`", "$(evil)",
		} {
			keepsToItsPlace(t, place, words)
		}
	}
}

func TestChatCannotBeForgedByAnything(t *testing.T) {
	piece := rapid.SampledFrom([]string{"<", ">", "!", "@", "#", "|", "`", "\"", "\\", "*", "_", "~", "&", "://", "www.", ":", "\n", "\r", "\u2028", "\u202e", "\u200b", "\x1b[", "\xff",
		" ", "  ", ".", "…", "'", "(", ")", "[", "]", "-", "evil", "here", "😀", "\u0301", "a", "é", "Run "})
	rapid.Check(t, func(t *rapid.T) {
		place := rapid.SampledFrom(slices.Sorted(maps.Keys(places))).Draw(t, "place")
		words := strings.Join(rapid.SliceOfN(piece, 1, 8).Draw(t, "words"), "")
		keepsToItsPlace(t, place, words)
	})
}

// A quotation that is cut with its sentence stays one: what was quoted does not
// come loose.
func TestQuotationThatIsCut(t *testing.T) {
	c := forged("user name", strings.Repeat("evil ", 100))
	m := notify.Chats(c)[0]
	holdsForChat(t, m)
	title := span.ReplaceAllString(decodeChat(t, m).Content.Title, "")
	if text := skeleton(t, m) + title; strings.Contains(text, "evil") {
		t.Errorf("outside of code stands %q", text)
	}
	c.Alerts = nil // so that it leads the title
	m = notify.Chats(c)[0]
	if title = span.ReplaceAllString(decodeChat(t, m).Content.Title, ""); strings.Contains(title, "evil") {
		t.Errorf("outside of code stands %q", title)
	}
}
