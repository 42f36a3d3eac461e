package ledger_test

import (
	"testing"

	"iamvigil/ledger"
	"iamvigil/scanner/account"
	"iamvigil/scanner/trail"
)

// remediates has remediation take their policy from users and hears of it.
func (d *desk) remediates(journalled bool, people ...*person) (ledger.Changes, []*ledger.Telling) {
	var scope account.Scope
	var events []trail.Event
	for _, u := range people {
		u.policies = nil
		about := account.Ref{Kind: account.KindUser, Name: u.name}
		scope.Refs = append(scope.Refs, about)
		events = append(events, d.did("remediation", "PutUserPolicy", about))
	}
	_, c := d.look(scope, ledger.Event)
	c.Events, c.Journalled = events, map[string]bool{}
	for i := range events {
		c.Journalled[events[i].ID] = journalled
	}
	acts := map[string][]string{"inline": {"PutUserPolicy"}}
	c.Attribute(events, ledger.Calls{Causes: acts, Cures: acts})
	return c, ledger.Tellings(d.known(false), &c)
}

// TestJournalledActs: what remediation has ended is not told by email again, in no
// summary either, and by chat in each finding's own thread.
func TestJournalledActs(t *testing.T) {
	d := newDesk(t)
	ann := d.hears(d.gets("ann", 1), nil, "ann event, 1 new")[0]
	bob := d.hears(d.gets("bob", 2), nil, "bob event, 2 new")[0]
	d.later(day)
	d.ticks()
	c, tellings := d.remediates(true, d.users...)
	d.tells(tellings, "remediation held, 1 resolved", "remediation held, 2 resolved")
	if tellings[0].Thread != ann.Thread || tellings[1].Thread != bob.Thread || len(tellings[1].Events) != 2 {
		t.Errorf("in %q of one and %q of %d events, want %q and %q of 2", tellings[0].Thread, tellings[1].Thread, len(tellings[1].Events), ann.Thread, bob.Thread)
	}
	if len(c.BurstPuts) != 0 || len(c.Resolved) != 3 {
		t.Errorf("%d bursts, %d resolved; want none, and all three", len(c.BurstPuts), len(c.Resolved))
	}
	d.save(c)
	d.later(day)
	d.ticks()
	d.audit()
}

// TestActsThatAreNotJournalled are told as anybody's.
func TestActsThatAreNotJournalled(t *testing.T) {
	d := newDesk(t)
	d.hears(d.gets("ann", 1), nil, "ann event, 1 new")
	d.later(day)
	d.ticks()
	_, tellings := d.remediates(false, d.users...)
	d.tells(tellings, "remediation event, 1 resolved")
}

// TestJournalledActBesideOthers: whoever else did something in the batch is told
// as ever.
func TestJournalledActBesideOthers(t *testing.T) {
	d := newDesk(t)
	d.hears(d.gets("ann", 2), nil, "ann event, 2 new")
	d.later(day)
	d.ticks()
	d.users[1].policies = nil
	c, _ := d.remediates(true, d.users[:1]...)
	other := d.did("eve", "PutUserPolicy", account.Ref{Kind: account.KindUser, Name: d.users[1].name})
	_, both := d.look(account.Scope{Refs: append(c.Events[0].Touched, other.Touched...)}, ledger.Event)
	both.Events, both.Journalled = append(c.Events, other), c.Journalled
	acts := map[string][]string{"inline": {"PutUserPolicy"}}
	both.Attribute(both.Events, ledger.Calls{Causes: acts, Cures: acts})
	d.tells(ledger.Tellings(d.known(false), &both), "eve event, 1 resolved", "remediation held, 1 resolved")
}
