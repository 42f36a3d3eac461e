package notify_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"iamvigil/ledger"
	"iamvigil/notify"
	"iamvigil/scanner"
)

// in is the record as it was told in a thread.
func in(thread string, r ledger.Record) ledger.Record {
	r.Thread = thread
	return r
}

func ranked(r ledger.Record, was, is scanner.Severity) ledger.Record {
	r.Was, r.Severity = was, is
	return r
}

// threads are the messages by their threads, each as the rules it tells of.
func threads(t *testing.T, c *ledger.Telling) map[string]string {
	t.Helper()
	told := map[string]string{}
	for _, m := range notify.Chats(c) {
		n := decodeChat(t, m)
		told[n.Metadata.ThreadID] = strings.Join(n.Content.Keywords[1:], " ")
	}
	return told
}

func TestThreads(t *testing.T) {
	alice, bob := withoutMFA("alice"), oldKey("bob", "AKIAIOSFODNN7EXAMPLE", 91)
	silent := in("then", alice)
	silent.Status, silent.Exempt = scanner.Exempt, &scanner.Exemption{Reason: "break glass", Expires: now.Add(time.Hour)}
	for _, tc := range []struct {
		name    string
		changes ledger.Telling
		want    map[string]string
	}{
		{"new in its burst", ledger.Telling{Thread: "burst", New: []ledger.Record{alice}}, map[string]string{"burst": "user-console-without-mfa"}},
		{"no thread: the account's day", ledger.Telling{New: []ledger.Record{alice}}, map[string]string{"digest-123456789012-2026-11-22": "user-console-without-mfa"}},
		{"resolved under its alarm, and nothing besides", ledger.Telling{Thread: "now", Resolved: []ledger.Record{in("then", resolved(alice, ledger.Mended, time.Hour))}},
			map[string]string{"then": "user-console-without-mfa"}},
		{"resolved in the burst that brought it", ledger.Telling{Thread: "burst", Resolved: []ledger.Record{in("burst", resolved(alice, ledger.Mended, time.Minute))}},
			map[string]string{"burst": "user-console-without-mfa"}},
		{"resolved, and told nobody knows where", ledger.Telling{Thread: "now", Resolved: []ledger.Record{resolved(alice, ledger.Mended, time.Hour)}},
			map[string]string{"now": "user-console-without-mfa"}},
		{"one new, one resolved", ledger.Telling{Thread: "now", New: []ledger.Record{bob}, Resolved: []ledger.Record{in("then", resolved(alice, ledger.Mended, time.Hour))}},
			map[string]string{"now": "key-rotation", "then": "user-console-without-mfa"}},
		{"silenced and milder under their alarms", ledger.Telling{Thread: "now", Silenced: []ledger.Record{silent}, Reranked: []ledger.Record{in("long ago", ranked(bob, scanner.High, scanner.Low))}},
			map[string]string{"then": "user-console-without-mfa", "long ago": "key-rotation"}},
		{"worse is news", ledger.Telling{Thread: "now", Reranked: []ledger.Record{in("long ago", ranked(bob, scanner.Low, scanner.High))}},
			map[string]string{"now": "key-rotation"}},
		{"held: in the burst alone", ledger.Telling{Held: true, Thread: "burst", Resolved: []ledger.Record{in("then", resolved(alice, ledger.Mended, time.Hour))}},
			map[string]string{"burst": "user-console-without-mfa"}},
		{"a summary follows on what was held, and ends its burst", ledger.Telling{Kind: ledger.Summary, Thread: "burst", Resolved: []ledger.Record{in("then", resolved(alice, ledger.Mended, time.Hour))}},
			map[string]string{"burst": "", "then": "user-console-without-mfa"}},
		{"a summary of what was told in its burst", ledger.Telling{Kind: ledger.Summary, Thread: "burst", Resolved: []ledger.Record{in("burst", resolved(alice, ledger.Mended, time.Hour))}},
			map[string]string{"burst": "user-console-without-mfa"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := tc.changes
			if c.Kind == "" {
				c.Kind = ledger.Event
			}
			c.Account, c.Time = acme, now
			if diff := cmp.Diff(tc.want, threads(t, &c)); diff != "" {
				t.Errorf("threads (-want +got):\n%s", diff)
			}
			holdsForChats(t, &c, notify.Chats(&c))
		})
	}
}

// Ten threads besides its own at most, the worst ones; what is left is told in
// its own, and that counts what was told elsewhere.
func TestManyThreads(t *testing.T) {
	c := &ledger.Telling{Kind: ledger.Digest, Account: acme, Time: now, Thread: "now"}
	for i := range 12 {
		c.Resolved = append(c.Resolved, in(fmt.Sprintf("key-%02d", i), resolved(oldKey(fmt.Sprintf("u%02d", i), "AKIAIOSFODNN7EXAMPLE", 91), ledger.Mended, time.Hour)))
	}
	c.Resolved = append(c.Resolved, in("worst", resolved(withoutMFA("alice"), ledger.Mended, time.Hour)))
	told := threads(t, c)
	if len(told) != 11 || told["worst"] == "" || told["now"] == "" {
		t.Errorf("told in the threads %v, want the worst, nine of the keys and its own", told)
	}
	n := decodeChat(t, notify.Chats(c)[0])
	if n.Metadata.ThreadID != "now" {
		t.Errorf("the thread %q comes first, want its own", n.Metadata.ThreadID)
	}
	for _, want := range []string{"others told below their alarms: `key-rotation` (9), `user-console-without-mfa` (1)", "user `u11`"} {
		if !strings.Contains(strings.ReplaceAll(n.Content.Description, "10 others", "others"), want) {
			t.Errorf("%q is not in %q", want, n.Content.Description)
		}
	}
	holdsForChats(t, c, notify.Chats(c))
}

// Who did it is told once: in the telling's own thread, or where that has
// nothing to say, below each alarm.
func TestWhoMendedIt(t *testing.T) {
	c := resolvedOnly()
	c.Thread, c.Resolved[0].Thread = "now", "then"
	messages := notify.Chats(c)
	if text := decodeChat(t, messages[0]).Content.Description; len(messages) != 1 || !strings.Contains(text, "*Who did it*") || !strings.Contains(text, "Of what was touched: nothing.") {
		t.Errorf("%d messages, the first says %q", len(messages), text)
	}
	c.New = []ledger.Record{withoutMFA("bob")}
	messages = notify.Chats(c)
	if len(messages) != 2 {
		t.Fatalf("%d messages, want 2", len(messages))
	}
	if text := decodeChat(t, messages[1]).Content.Description; strings.Contains(text, "*Who did it*") || !strings.Contains(text, "by role `Deploy` as `jane` with `DeleteLoginProfile` 3 minutes ago") || strings.Contains(text, "Open now") {
		t.Errorf("below its alarm stands %q", text)
	}
}

// Held: no more than who it is, the worst three and how many there are.
func TestHeldIsShort(t *testing.T) {
	c := burst(0, 40, time.Minute)
	c.Held = true
	n := decodeChat(t, notify.Chats(c)[0])
	if items := strings.Count(n.Content.Description, "\n- "); items != 5 || len(n.Content.NextSteps) > 0 || n.Metadata.Summary != "still going on, 40 new" {
		t.Errorf("%d lines, %d steps, summary %q of %q", items, len(n.Content.NextSteps), n.Metadata.Summary, n.Content.Description)
	}
}
