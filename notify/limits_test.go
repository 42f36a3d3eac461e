package notify_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"iamvigil/ledger"
	"iamvigil/notify"
	"iamvigil/scanner"
)

// The limits are those of SNS Publish and of Amazon Q Developer's custom
// notifications; lengths are counted in bytes, the strictest way.
func TestLimits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := changes.Draw(t, "changes")
		emails, chats, programs := notify.Emails(c), notify.Chats(c), notify.Programs(c)
		if !c.Quiet() {
			holds(t, c, emails, chats, programs)
		} else if len(emails)+len(chats)+len(programs) > 0 {
			t.Fatal("quiet changes were told")
		}
	})
}

// Every text as long as it can be, and of what takes the most room.
func TestLimitsOfTheLargest(t *testing.T) {
	for _, piece := range []string{"a", "<", "😀", "_ ", "x://", "\u202e"} {
		c := largest(strings.Repeat(piece, 1000))
		chats := notify.Chats(c)
		holds(t, c, notify.Emails(c), chats, notify.Programs(c))
		if !strings.Contains(decodeChat(t, chats[0]).Content.Description, " more lines not shown") {
			t.Errorf("%q: all of it fits into a chat message, so this tests no limit", piece)
		}
	}
}

// A cut falls between words and never within a code span, wherever the limit is
// among them.
func TestCutsAtEveryPlace(t *testing.T) {
	for size := range 12 {
		for _, word := range []string{strings.Repeat("a", size+1), strings.Repeat("_", size+1), strings.Repeat("😀", size+1), "(" + strings.Repeat("<", size+1) + ")"} {
			for before := range 2*len(word) + 3 {
				c := rootUse()
				c.Alerts[0].Fix = strings.Repeat("b", before) + strings.Repeat(" "+word, 400)
				c.Alerts[0].Message = c.Alerts[0].Fix
				holdsForChat(t, notify.Chats(c)[0])
			}
		}
	}
}

// tester is what tests of one case and of many have in common.
type tester interface {
	Errorf(string, ...any)
	Fatalf(string, ...any)
	Fatal(...any)
}

func holds(t tester, c *ledger.Telling, emails, chats, programs []notify.Message) {
	if c.Held != (len(emails) == 0) || len(emails) > 1 {
		t.Fatalf("%d emails, held %t", len(emails), c.Held)
	}
	for _, m := range slices.Concat(emails, chats, programs) {
		holdsForSNS(t, m)
	}
	for _, m := range emails {
		holdsForMail(t, m)
	}
	holdsForChats(t, c, chats)
	holdsForPrograms(t, c, programs)
}

func holdsForSNS(t tester, m notify.Message) {
	if m.Body == "" || !utf8.ValidString(m.Body) {
		t.Fatalf("the body is empty or not UTF-8: %q", m.Body)
	}
	size := len(m.Subject) + len(m.Body)
	for name, value := range m.Attributes {
		if value == "" {
			t.Fatalf("attribute %s is empty", name)
		}
		size += len(name) + len("String") + len(value)
	}
	if len(m.Rules) > 0 {
		array, err := json.Marshal(m.Rules)
		if err != nil {
			t.Fatal(err)
		}
		size += len("rule") + len("String.Array") + len(array)
	}
	if size > 262_144 {
		t.Fatalf("%d bytes", size)
	}
	if m.Size() != size {
		t.Errorf("Size is %d, want %d", m.Size(), size)
	}
}

func TestQuietChangesAreNotTold(t *testing.T) {
	c := &ledger.Telling{Kind: ledger.Digest, Account: acme, Time: now, Open: map[scanner.Severity]int{scanner.High: 3}, Exempt: 1}
	for name, messages := range map[string]func(*ledger.Telling) []notify.Message{"email": notify.Emails, "chat": notify.Chats, "program": notify.Programs} {
		if got := messages(c); len(got) > 0 {
			t.Errorf("%s: %v", name, got)
		}
	}
}
