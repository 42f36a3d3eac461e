package ledger_test

import (
	"fmt"
	"slices"
	"testing"

	"iamvigil/ledger"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/trail"
)

// sets has the actor put policies, and no others, into the user.
func (d *desk) sets(who string, u *person, policies ...string) []trail.Event {
	d.later(minute)
	u.policies = policies
	return []trail.Event{d.did(who, "PutUserPolicy", account.Ref{Kind: account.KindUser, Name: u.name})}
}

// TestHowItEnded: a summary tells what is, of what email knows to stand, and
// nobody hears it once more.
func TestHowItEnded(t *testing.T) {
	d := newDesk(t)
	u := d.create("alice")
	d.hears(d.sets("ann", u, "p"), nil, "ann event, 1 new")
	d.hears(d.sets("ann", u), nil, "ann held, 1 resolved")
	d.hears(d.sets("ann", u, "p"), nil, "ann held, 1 new") // flapping
	d.hears(d.sets("ann", u), nil)
	d.later(10 * minute)
	d.ticks("nobody held, 1 resolved", "ann summary, 1 resolved")
	if r := d.sole(); r.Told != ledger.Resolved || r.Flapping {
		t.Errorf("told %s, flapping %v", r.Told, r.Flapping)
	}
	d.later(2 * day)
	d.audit()
}

// TestSummaryOfTheCovered: what another finding says by then is counted, and what
// nobody looks after any more is not even that.
func TestSummaryOfTheCovered(t *testing.T) {
	d := newDesk(t)
	u := d.create("alice")
	d.hears(d.gets("ann", 1), nil, "ann event, 1 new")
	d.hears(d.sets("ann", u, "p"), nil, "ann held, 1 new")
	u.admin = true
	d.hears([]trail.Event{d.did("ann", "TagUser", account.Ref{Kind: account.KindUser, Name: "alice"})}, nil, "ann event, 1 new")
	d.later(10 * minute)
	d.ticks("ann summary, 1 rest")

	d = newDesk(t)
	d.audit()
	d.hears(d.gets("ann", 1), nil, "ann event, 1 new")
	d.hears(d.gets("ann", 1), nil, "ann held, 1 new")
	d.off["inline"] = true
	d.audit("withdrawn inline 2")
	d.later(10 * minute)
	d.ticks()
	if len(d.held) > 0 {
		t.Errorf("%d parts are left", len(d.held))
	}
}

// TestMendedBeforeEmailHears: what email waits to hear of is not told it as
// mended or silenced, whoever did that and however it is seen.
func TestMendedBeforeEmailHears(t *testing.T) {
	for name, mend := range map[string]func(d *desk, u *person){
		"by another": func(d *desk, u *person) {
			told := d.hears(d.sets("bob", u), nil, "bob held, 1 resolved")[0]
			if told.Thread != d.sole().Thread {
				d.t.Errorf("in thread %s, told in %s", told.Thread, d.sole().Thread)
			}
		},
		"silenced by another": func(d *desk, u *person) {
			d.exempt["inline"] = true
			d.hears(d.sets("bob", u, "p"), nil, "nobody held, 1 silenced")
		},
		"seen by an audit": func(d *desk, u *person) {
			u.policies = nil
			d.later(minute)
			_, c := d.look(account.Scope{Whole: true}, ledger.Digest)
			d.tells(ledger.Tellings(d.known(true), &c), "nobody digest", "nobody held, 1 resolved")
			d.save(c)
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			u := d.create("alice")
			e := d.did("ann", "Act")
			d.hears([]trail.Event{e}, []scanner.Alert{sign(e, "a", scanner.Critical)}, "ann event, 1 alerts")
			d.hears(d.sets("ann", u, "p"), nil, "ann held, 1 new")
			mend(d, u)
			d.later(10 * minute)
			d.ticks("ann summary, 1 rest")
		})
	}
}

// TestSessionsOfOneRole: userIdentity names each session of a pipeline otherwise,
// and in a role of Identity Center a person.
func TestSessionsOfOneRole(t *testing.T) {
	for issuer, want := range map[string]string{
		"arn:aws:iam::123456789012:role/ci":                                                    "held",
		"arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_1": "event",
	} {
		d := newDesk(t)
		run := func(name string, n int) []trail.Event {
			events := d.gets(name, n)
			for i := range events {
				session := fmt.Sprint(name, "-", i)
				events[i].Actor = trail.Actor{Type: "AssumedRole", ARN: "arn:aws:sts::123456789012:assumed-role/x/" + session, Name: session, Issuer: issuer}
			}
			return events
		}
		d.hears(run("run", 1), nil, "run-0 event, 1 new")
		if want == "event" {
			d.hears(run("ann", 1), nil, "ann-0 event, 1 new")
			continue
		}
		d.hears(run("next", 3), nil, "next-0 held, 3 new")
		d.later(10 * minute)
		summary := d.ticks("run-0 summary, 3 new")[0]
		if got := []string{"next-0", "next-1", "next-2", "run-0"}; !slices.Equal(summary.Burst.Sessions, got) || summary.Burst.Events != 4 {
			t.Errorf("%d events in sessions %v, want 4 in %v", summary.Burst.Events, summary.Burst.Sessions, got)
		}
	}
}

// TestEscalationOfRules: a critical finding of another rule than was told to all
// is not held.
func TestEscalationOfRules(t *testing.T) {
	d := newDesk(t)
	d.severity["inline"] = scanner.Critical
	e := d.did("ann", "Act")
	d.hears([]trail.Event{e}, []scanner.Alert{sign(e, "a", scanner.Critical)}, "ann event, 1 alerts")
	d.hears(d.gets("ann", 1), nil, "ann event, 1 new")
	d.hears(d.gets("ann", 1), nil, "ann held, 1 new")
}
