package notify_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"iamvigil/ledger"
	"iamvigil/notify"
	"iamvigil/scanner"
)

// A run that is repeated because its save failed tells the same with later
// times; who has seen the id can drop it.
func TestID(t *testing.T) {
	again := intruder()
	again.Time, again.Thread = again.Time.Add(5*time.Minute), "another burst"
	if a, b := ids(t, intruder()), ids(t, again); !slices.Equal(a, b) {
		t.Errorf("a repetition has the ids %v, not %v", b, a)
	}
	seen := map[string]string{}
	for name, build := range cases {
		for _, id := range ids(t, build()) {
			if other, twice := seen[id]; twice {
				t.Errorf("%s has an id of %s", name, other)
			}
			seen[id] = name
		}
	}
}

// Two acts on one finding within a day are told in the same words, and a program
// that drops duplicates must not drop the second.
func TestIDOfTheSameFindingOnOneDay(t *testing.T) {
	first, second := terraformRun(), terraformRun()
	second.Events[0].ID = "77777777-0000-4000-8000-000000000007"
	if a, b := ids(t, first), ids(t, second); a[0] == b[0] || a[1] == b[1] {
		t.Errorf("two acts have the ids %v and %v", a, b)
	}
}

// ids are those of all messages that have one, of which no two may be the same.
func ids(t *testing.T, c *ledger.Telling) []string {
	t.Helper()
	var all []string
	for _, m := range notify.Chats(c) {
		all = append(all, decodeChat(t, m).ID)
	}
	for _, m := range notify.Programs(c) {
		var p program
		if err := json.Unmarshal([]byte(m.Body), &p); err != nil {
			t.Fatal(err)
		}
		all = append(all, p.ID)
	}
	return all
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
	of := func(c *ledger.Telling) *actor {
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
