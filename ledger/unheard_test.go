package ledger_test

import (
	"fmt"
	"testing"
	"time"

	"iamvigil/ledger"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/trail"
)

// acts are alerts of one actor.
func acts(actor string, from, to int) (all []scanner.Alert) {
	for i := from; i < to; i++ {
		all = append(all, scanner.Alert{Rule: "event-root-use", Severity: scanner.High, Message: "signed in",
			Event: trail.Event{ID: fmt.Sprint(actor, i), Actor: trail.Actor{Type: "IAMUser", Name: actor}}})
	}
	return all
}

// Of what nobody heard only acts are remembered, and that an event came.
func TestUntold(t *testing.T) {
	told := ledger.Telling{Kind: ledger.Event, Account: identity, Time: start, New: []ledger.Record{{}}, Alerts: append(acts("ann", 0, 2), acts("bob", 0, 1)...)}
	c := ledger.Changes{
		Telling: told, Puts: []ledger.Record{{}}, Deletes: []ledger.Record{{}}, GapPuts: []ledger.GapRecord{{}}, Live: map[string]time.Time{"AIDA1": start},
		BurstPuts: []ledger.Burst{{ID: "told", Worst: scanner.High}}, BurstDeletes: []ledger.Burst{{ID: "closed"}}, Name: "acme",
		Heard: &ledger.Heard{ID: "ann1"}, Noted: map[string]string{"e": "NewThing"}, AlertsTold: map[string][]string{"ann0": {"event-root-use"}},
	}
	u := ledger.Untold(ledger.Known{}, &c)
	if len(u.Puts)+len(u.Deletes)+len(u.GapPuts)+len(u.Live)+len(u.BurstDeletes)+len(u.Name) > 0 || !u.Quiet() || u.Unheard {
		t.Errorf("remembered: %+v", u)
	}
	if u.Heard != c.Heard || len(u.Noted) != 1 || len(u.AlertsTold) != 1 {
		t.Errorf("not remembered: %+v", u)
	}
	if len(u.BurstPuts) != 2 || u.BurstPuts[0].Events != 2 || len(u.BurstPuts[0].Alerts) != 2 || u.BurstPuts[0].Worst != "" || u.BurstPuts[0].Thread == u.BurstPuts[1].Thread {
		t.Errorf("held: %+v", u.BurstPuts)
	}
}

func TestUntoldAudit(t *testing.T) {
	u := ledger.Untold(ledger.Known{}, &ledger.Changes{Telling: ledger.Telling{Kind: ledger.Digest, Time: start}, Audited: true, Rules: map[string]time.Time{"r": start}})
	if !u.Unheard || !u.Audited || len(u.Rules) > 0 {
		t.Errorf("%+v", u)
	}
}

// However much an actor does while nobody hears, it is one burst, with room for
// forty of its alerts and the number of the others.
func TestUntoldForLong(t *testing.T) {
	known := ledger.Known{Unheard: true}
	for batch := range 30 {
		c := ledger.Changes{Telling: ledger.Telling{Kind: ledger.Event, Account: account.Identity{ID: identity.ID}, Time: start.Add(time.Duration(batch) * time.Hour), Alerts: acts("ann", 2*batch, 2*batch+2)}}
		u := ledger.Untold(known, &c)
		known.Bursts = append(known.Bursts, u.BurstPuts...)
	}
	alerts, rest := 0, 0
	for i := range known.Bursts {
		b := &known.Bursts[i]
		if b.Thread != known.Bursts[0].Thread || !b.Opened.Equal(start) {
			t.Errorf("burst %d is another: %+v", i, b)
		}
		alerts += len(b.Alerts)
		for _, n := range b.Rest {
			rest += n.Findings
		}
	}
	if len(known.Bursts) != 30 || alerts != 40 || rest != 20 {
		t.Errorf("%d parts with %d alerts and %d besides, want 30 with 40 and 20", len(known.Bursts), alerts, rest)
	}
	if left := known.Postponed(start.Add(time.Hour)).Bursts; len(left) != 0 {
		t.Errorf("%d are not over", len(left))
	}
}
