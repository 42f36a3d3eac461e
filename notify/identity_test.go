package notify_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"iamvigil/ledger"
	"iamvigil/notify"
	"iamvigil/scanner"
)

func digestOf(at time.Time, fresh ...ledger.Record) *ledger.Changes {
	return &ledger.Changes{Kind: ledger.Digest, Account: acme, Time: at, New: fresh}
}

func TestThread(t *testing.T) {
	mended := &ledger.Changes{Kind: ledger.Event, Account: acme, Time: now, Resolved: []ledger.Record{resolved(withoutMFA("alice"), ledger.Mended, 0)}}
	back := withoutMFA("alice")
	back.FirstSeen = now.Add(30 * 24 * time.Hour)
	soon, late, other := rootUse(), rootUse(), rootUse()
	soon.Time = now.Add(time.Minute)
	late.Alerts[0].Event.Time = now.Add(3 * time.Hour)
	other.Alerts[0].Event.Actor = intruder().Alerts[0].Event.Actor
	two := []ledger.Record{withoutMFA("alice"), withoutMFA("bob")}

	for _, tc := range []struct {
		name string
		a, b *ledger.Changes
		same bool
	}{
		{"a finding's appearance and its end", digestOf(now, withoutMFA("alice")), mended, true},
		{"a finding's first and its second life", digestOf(now, withoutMFA("alice")), digestOf(back.FirstSeen, back), false},
		{"two findings", digestOf(now, withoutMFA("alice")), digestOf(now, withoutMFA("bob")), false},
		{"one actor within the hour", rootUse(), soon, true},
		{"one actor hours later", rootUse(), late, false},
		{"two actors within the hour", rootUse(), other, false},
		{"digests of one day", digestOf(now, two...), digestOf(now.Add(time.Hour), two[1], withoutMFA("carol")), true},
		{"digests of two days", digestOf(now, two...), digestOf(now.Add(24*time.Hour), two...), false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a, b := decodeChat(t, notify.Chats(tc.a)[0]).Metadata.ThreadID, decodeChat(t, notify.Chats(tc.b)[0]).Metadata.ThreadID
			if (a == b) != tc.same {
				t.Errorf("threads %s and %s, want the same: %t", a, b, tc.same)
			}
		})
	}
}

// A run that is repeated because its save failed tells the same with later
// times; who has seen the id can drop it.
func TestID(t *testing.T) {
	again := intruder()
	again.Time = again.Time.Add(5 * time.Minute)
	if a, b := ids(t, intruder()), ids(t, again); a != b {
		t.Errorf("a repetition has the ids %v, not %v", b, a)
	}
	seen := map[[2]string]string{}
	for name, build := range cases {
		id := ids(t, build())
		if other, twice := seen[id]; twice {
			t.Errorf("%s has the ids of %s", name, other)
		}
		seen[id] = name
	}
}

func ids(t *testing.T, c *ledger.Changes) [2]string {
	t.Helper()
	var p program
	if err := json.Unmarshal([]byte(notify.Programs(c)[0].Body), &p); err != nil {
		t.Fatal(err)
	}
	return [2]string{decodeChat(t, notify.Chats(c)[0]).ID, p.ID}
}

// Maps and equal times must not make one run's messages differ from another's.
func TestMessagesAreTheSameEveryTime(t *testing.T) {
	build := func() []notify.Message {
		c := largest("x")
		for _, s := range scanner.Severities() {
			c.Alerts[0].Event.Details[string(s)] = "1"
		}
		return append(append(notify.Emails(c), notify.Chats(c)...), notify.Programs(c)...)
	}
	want := build()
	for range 10 {
		if diff := cmp.Diff(want, build()); diff != "" {
			t.Fatalf("differs (-first +later):\n%s", diff)
		}
	}
}

// The actor of all parts and events is told once; what differs between the
// events is not told of the actor.
func TestActor(t *testing.T) {
	type actor struct{ Type, ARN, Name, Issuer, IP, Agent, MFA string }
	of := func(c *ledger.Changes) *actor {
		var p struct{ Actor *actor }
		if err := json.Unmarshal([]byte(notify.Programs(c)[0].Body), &p); err != nil {
			t.Fatal(err)
		}
		return p.Actor
	}
	a := intruder().Alerts[0].Event.Actor
	want := actor{a.Type, a.ARN, a.Name, a.Issuer, a.IP, a.Agent, a.MFA}
	if diff := cmp.Diff(&want, of(intruder())); diff != "" {
		t.Errorf("of three events (-want +got):\n%s", diff)
	}
	moved := intruder()
	moved.Events[1].Actor.IP = "192.0.2.1"
	want.IP = ""
	if diff := cmp.Diff(&want, of(moved)); diff != "" {
		t.Errorf("of events from two addresses (-want +got):\n%s", diff)
	}
	two := intruder()
	two.Alerts = append(two.Alerts, rootUse().Alerts...)
	if got := of(two); got != nil {
		t.Errorf("of two actors: %v", got)
	}
	if got := of(nightlyDigest()); got != nil {
		t.Errorf("of a digest: %v", got)
	}
}
