package ledger_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"iamvigil/ledger"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/trail"
)

// TestOutcome: a summary tells how things are, where email does not know it.
func TestOutcome(t *testing.T) {
	refs := map[string]account.Ref{"alice": {Kind: account.KindUser, Name: "alice"}, "bob": {Kind: account.KindUser, Name: "bob"}}
	for name, row := range map[string]struct {
		steps func(d *desk, alice *person, touch func(who ...string))
		want  []string
	}{
		"new, and stands": {func(d *desk, alice *person, touch func(...string)) {
			alice.policies = []string{"p"}
			touch("alice")
		}, []string{"ann summary, 1 new"}},
		"new, and resolved again": {func(d *desk, alice *person, touch func(...string)) {
			alice.policies = []string{"p"}
			touch("alice")
			alice.policies = nil
			touch("alice")
		}, []string{"ann summary, 1 rest"}},
		"new, and resolved by another": {func(d *desk, alice *person, touch func(...string)) {
			alice.policies = []string{"p"}
			touch("alice")
			d.delete(alice)
			c, _ := d.hear([]trail.Event{d.did("bob", "DeleteUser", refs["alice"])})
			d.save(c)
		}, []string{"ann summary, 1 rest"}},
		"new, and renamed": {func(d *desk, alice *person, touch func(...string)) {
			alice.policies = []string{"p"}
			touch("alice")
			alice.name = "zoe"
			c, _ := d.hear([]trail.Event{d.did("ann", "UpdateUser", refs["alice"], account.Ref{Kind: account.KindUser, Name: "zoe"})})
			d.save(c)
		}, []string{"ann summary, 1 new"}},
		"resolved": {func(d *desk, _ *person, touch func(...string)) {
			d.users[1].policies = nil
			touch("bob")
		}, []string{"ann summary, 1 resolved"}},
		"resolved, and back": {func(d *desk, _ *person, touch func(...string)) {
			d.users[1].policies = nil
			touch("bob")
			d.users[1].policies = []string{"p"}
			touch("bob")
		}, []string{"ann summary, 1 new"}},
		"reranked": {func(d *desk, _ *person, touch func(...string)) {
			d.severity["inline"] = scanner.Low
			touch("bob")
		}, []string{"ann summary, 1 reranked"}},
		"silenced": {func(d *desk, _ *person, touch func(...string)) {
			d.exempt["inline"] = true
			touch("bob")
		}, []string{"ann summary, 1 silenced"}},
		"new, and the rule is off": {func(d *desk, alice *person, touch func(...string)) {
			alice.policies = []string{"p"}
			touch("alice")
			d.off["inline"] = true
			_, c := d.look(account.Scope{Whole: true}, ledger.Digest)
			ledger.Tellings(d.known(true), &c)
			d.save(c)
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			alice := d.create("alice")
			d.create("bob", "p")
			touch := func(who ...string) {
				d.later(minute)
				var events []trail.Event
				for _, name := range who {
					events = append(events, d.did("ann", "PutUserPolicy", refs[name]))
				}
				c, tellings := d.hear(events)
				if len(tellings) != 1 || !tellings[0].Held {
					t.Fatalf("not held: %v", brief(tellings))
				}
				d.save(c)
			}
			c, _ := d.hear([]trail.Event{d.did("zoe", "PutUserPolicy", refs["bob"])})
			d.save(c)
			d.later(hour)
			d.ticks()
			d.hears(d.gets("ann", 1), nil, "ann event, 1 new")
			row.steps(d, alice, touch)
			d.later(10 * minute)
			var summaries []*ledger.Telling
			_, tellings := d.tick()
			for _, telling := range tellings {
				if telling.Burst.Actor.Name == "ann" {
					summaries = append(summaries, telling)
				}
			}
			d.tells(summaries, row.want...)
		})
	}
}

// TestBurstIsBounded: what a burst holds fits into an item of 400 KB, and what
// has no room is counted, the worst never.
func TestBurstIsBounded(t *testing.T) {
	d := newDesk(t)
	d.hears(d.gets("ann", 1), nil, "ann event, 1 new")
	long := strings.Repeat("x", 20_000)
	for batch, severity := range []scanner.Severity{scanner.Low, scanner.High} {
		_, c := d.look(account.Scope{}, ledger.Event)
		e := d.did("ann", "PutGroupPolicy", members)
		c.Events = []trail.Event{e}
		for i := range 3000 {
			r := found("user-direct-policy-of-a-long-name", fmt.Sprint(batch, i))
			r.ID, r.Severity, r.By = scanner.FindingID("1", "r", alice, r.ID), severity, e.Origin()
			r.Status, r.Told = scanner.Open, ledger.Open
			c.New, c.Puts = append(c.New, r), append(c.Puts, r)
		}
		for i := range 100 {
			c.Alerts = append(c.Alerts, scanner.Alert{Rule: "a", Severity: severity, Message: fmt.Sprint(batch, i), Why: long, Event: e})
		}
		ledger.Tellings(d.known(false), &c)
		part := c.BurstPuts[0]
		text, err := json.Marshal(part)
		if err != nil || len(text) > 350_000 {
			t.Errorf("%d bytes, %v", len(text), err)
		}
		if len(part.Held) != 1000 || len(part.Alerts)+len(part.Held)+total(part.Rest) != 3100 || len(part.Alerts) == 0 {
			t.Errorf("held %d and %d alerts, %d counted", len(part.Held), len(part.Alerts), total(part.Rest))
		}
		d.save(c)
	}
	d.later(10 * minute)
	summary, _ := d.tick()
	if n := len(summary.BurstDeletes); n != 3 {
		t.Errorf("%d parts are closed, want 3", n)
	}
	_, tellings := d.tick()
	if n := len(tellings[0].New) + len(tellings[0].Alerts) + total(tellings[0].Rest); n != 6200 || len(tellings[0].Alerts) > 40 {
		t.Errorf("of 6200 the summary has %d, %d alerts of it", n, len(tellings[0].Alerts))
	}
}
