package notify_test

import (
	"slices"
	"strings"
	"unicode"

	"iamvigil/ledger"
	"iamvigil/notify"
)

// holdsForChats fails unless each message is what the service takes, and all of
// the telling has found a thread.
func holdsForChats(t tester, c *ledger.Telling, messages []notify.Message) {
	if len(messages) == 0 || len(messages) > 11 {
		t.Fatalf("%d chat messages, want one for each of at most 11 threads", len(messages))
	}
	threads, ids := map[string]bool{}, map[string]bool{}
	for _, m := range messages {
		holdsForChat(t, m)
		n := decodeChat(t, m)
		if threads[n.Metadata.ThreadID] || ids[n.ID] {
			t.Errorf("two messages of the thread %q or id %q", n.Metadata.ThreadID, n.ID)
		}
		threads[n.Metadata.ThreadID], ids[n.ID] = true, true
	}
	if c.Held && len(messages) > 1 {
		t.Errorf("what is held comes in %d messages", len(messages))
	}
}

func holdsForChat(t tester, m notify.Message) {
	n := decodeChat(t, m)
	if n.Version != "1.0" || n.Source != "custom" || n.Content.TextType != "client-markdown" || n.ID == "" || n.Metadata.ThreadID == "" {
		t.Errorf("not a custom notification: %s", m.Body)
	}
	within := func(what, s string, most int) {
		if s == "" || len(s) > most {
			t.Errorf("%s has %d bytes, at most %d are allowed: %q", what, len(s), most, s)
		}
	}
	within("title", n.Content.Title, 250)
	within("description", n.Content.Description, 8000)
	within("summary", n.Metadata.Summary, 200)
	tame(t, n.Content.Title)
	tame(t, n.Metadata.Summary)
	for _, s := range n.Content.NextSteps {
		within("next step", s, 350)
		tame(t, unlinked(s))
	}
	for _, s := range n.Content.Keywords {
		within("keyword", s, 75)
		tame(t, s)
	}
	for line := range strings.SplitSeq(n.Content.Description, "\n") {
		item, isItem := strings.CutPrefix(line, "- ")
		switch {
		case isItem:
			tame(t, item)
		case line == "" || slices.Contains(headings, line):
		case strings.HasPrefix(line, "Open now. "):
			tame(t, line)
		default:
			t.Errorf("a line that is not ours: %q", line)
		}
	}
}

var headings = []string{"*Alerts*", "*Who did it*", "*New rules*", "*New*", "*Of another severity*", "*Resolved*", "*Silenced*", "*Acknowledged*",
	"*Also*", "*Exemptions to look after*", "*Could not be seen*",
	"*Held back*", "*To be looked after*", "*Done*", "*Would be done*", "*Not done, as it failed*", "*Perhaps done*", "*Final warnings*", "*Warnings*",
	"*Postponed*", "*Spared*", "*Left to a person*", "*Undone*", "*Told below their alarms*", "*Not shown*"}

// unlinked takes the console's address off the end of a next step, where alone
// one may stand.
func unlinked(step string) string {
	at := strings.LastIndex(step, " https://console.aws.amazon.com/")
	if at < 0 || strings.ContainsFunc(step[at+len(" https://"):], func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.:/#%", r)
	}) {
		return step
	}
	return step[:at]
}

// tame fails for markup outside of code spans, for a span that is not closed or
// that Slack does not take for one, and within one for what Slack reads even
// there.
func tame(t tester, s string) {
	parts := strings.Split(s, "`")
	if len(parts)%2 == 0 {
		t.Errorf("a code span is left open: %q", s)
	}
	for i, part := range parts {
		bad := "<>&"
		if i%2 == 0 {
			bad += "*_~|[]#@\\"
		}
		if strings.ContainsAny(part, bad) || strings.Contains(part, "://") {
			t.Errorf("markup in %q of %q", part, s)
		}
		if strings.ContainsFunc(part, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("does not print: %q", part)
		}
		if outside := i%2 == 0; outside {
			first, last := edges(part)
			if i > 0 && (unicode.IsLetter(first) || unicode.IsDigit(first)) || i < len(parts)-1 && (unicode.IsLetter(last) || unicode.IsDigit(last)) {
				t.Errorf("code begins or ends within a word: %q", s)
			}
		} else if part == "" {
			t.Errorf("empty code, which is none: %q", s)
		}
	}
}

func edges(s string) (first, last rune) {
	all := []rune(s)
	if len(all) == 0 {
		return ' ', ' '
	}
	return all[0], all[len(all)-1]
}
