package ledger_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"iamvigil/ledger"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/trail"
)

func (d *desk) tells(tellings []*ledger.Telling, want ...string) {
	d.t.Helper()
	if diff := cmp.Diff(want, brief(tellings), cmpopts.EquateEmpty()); diff != "" {
		d.t.Errorf("told (-want +got):\n%s", diff)
	}
}

// hears is told what the events and alerts come to, and saves it.
func (d *desk) hears(events []trail.Event, alerts []scanner.Alert, want ...string) []*ledger.Telling {
	d.t.Helper()
	c, tellings := d.hear(events, alerts...)
	d.tells(tellings, want...)
	d.save(c)
	return tellings
}

func (d *desk) ticks(want ...string) []*ledger.Telling {
	d.t.Helper()
	c, tellings := d.tick()
	d.tells(tellings, want...)
	d.save(c)
	return tellings
}

// TestManyChangesOfOneActor: 500 changes of a pipeline, each in a session of
// its own, in batches of 50 within nine minutes, and a person's in between.
func TestManyChangesOfOneActor(t *testing.T) {
	d := newDesk(t)
	var all []*ledger.Telling
	for i := range 10 {
		want := "pipeline held, 50 new"
		if i == 0 {
			want = "pipeline event, 50 new"
		}
		all = append(all, d.hears(d.gets("pipeline", 50), nil, want)...)
		if i == 4 {
			d.hears(d.gets("ann", 1), nil, "ann event, 1 new")
		}
		d.later(minute * 9 / 10)
		d.ticks()
	}
	d.later(minute)
	summary := d.ticks("pipeline summary, 450 new")[0]
	if len(d.held) != 1 {
		t.Errorf("%d parts are left, want ann's", len(d.held))
	}
	if b := summary.Burst; b.Events != 500 || !b.Opened.Equal(start) || b.ID != summary.Thread {
		t.Errorf("the summary is of %d events since %s in %s", b.Events, b.Opened, b.ID)
	}
	for _, telling := range append(all, summary) {
		if telling.Thread != all[0].Thread || telling.Thread == "" {
			t.Errorf("%s is told in %q, want %q", telling.Kind, telling.Thread, all[0].Thread)
		}
		for _, r := range telling.New {
			if r.Thread != telling.Thread {
				t.Fatalf("%s is to be told in %q, want %q", r.ID, r.Thread, telling.Thread)
			}
		}
	}
	d.later(5 * minute)
	d.ticks()
	if len(d.held) > 0 {
		t.Errorf("%d parts are left", len(d.held))
	}
}

// TestBurstEnds: what comes in the last of ten minutes, or after, is another
// burst, whether or not the first is closed.
func TestBurstEnds(t *testing.T) {
	d := newDesk(t)
	d.hears(d.gets("ann", 1), nil, "ann event, 1 new")
	d.later(9*minute - 1)
	d.ticks()
	d.hears(d.gets("ann", 2), nil, "ann held, 2 new")
	d.later(1)
	d.ticks()
	again := d.hears(d.gets("ann", 3), nil, "ann event, 3 new")
	d.later(minute)
	if summary := d.ticks("ann summary, 2 new"); summary[0].Thread == again[0].Thread {
		t.Error("both bursts are one thread")
	}
	d.hears(d.gets("ann", 1), nil, "ann held, 1 new")
}

// TestBatchAndSummaryAtOnce: a look at the whole account closes what is over,
// whatever else it tells.
func TestBatchAndSummaryAtOnce(t *testing.T) {
	for _, kind := range []string{ledger.Event, ledger.Digest} {
		d := newDesk(t)
		d.hears(d.gets("ann", 1), nil, "ann event, 1 new")
		d.hears(d.gets("ann", 1), nil, "ann held, 1 new")
		d.later(10 * minute)
		events := d.gets("ann", 1)
		_, c := d.look(account.Scope{Whole: true}, kind)
		who := "nobody"
		if kind == ledger.Event {
			c.Events, who = events, "ann"
			c.New[0].By = events[0].Origin()
		}
		tellings := ledger.Tellings(d.known(true), &c)
		d.tells(tellings, who+" "+kind+", 1 new", "ann summary, 1 new")
		if tellings[0].Thread == "" || c.Puts[0].Thread != tellings[0].Thread || tellings[0].Held {
			t.Errorf("%s in %q, remembered in %q", kind, tellings[0].Thread, c.Puts[0].Thread)
		}
		d.save(c)
		d.ticks()
	}
}

// TestEscalation: what is worse than all that email was told, it is told at
// once, and then nothing as bad as that.
func TestEscalation(t *testing.T) {
	d := newDesk(t)
	alert := func(rule string, severity scanner.Severity) ([]trail.Event, []scanner.Alert) {
		e := d.did("ann", "Act")
		return []trail.Event{e}, []scanner.Alert{sign(e, rule, severity)}
	}
	tell := func(rule string, severity scanner.Severity, want string) {
		t.Helper()
		events, alerts := alert(rule, severity)
		d.hears(events, alerts, "ann "+want+", 1 alerts")
	}
	tell("a", scanner.Low, "event")
	tell("a", scanner.Low, "held")
	tell("b", scanner.Low, "held")
	d.hears(d.gets("ann", 1), nil, "ann event, 1 new") // high
	tell("b", scanner.High, "held")
	tell("b", scanner.Critical, "event")
	tell("b", scanner.Critical, "held")
	tell("a", scanner.Critical, "event")
	tell("a", scanner.Critical, "held")
	d.hears(d.gets("ann", 1), nil, "ann held, 1 new")
	d.later(10 * minute)
	summary := d.ticks("ann summary, 1 new, 5 alerts")[0]
	var severities []scanner.Severity
	for _, a := range summary.Alerts {
		severities = append(severities, a.Severity)
	}
	want := []scanner.Severity{scanner.Critical, scanner.Critical, scanner.High, scanner.Low, scanner.Low}
	if diff := cmp.Diff(want, severities); diff != "" {
		t.Errorf("alerts (-want +got):\n%s", diff)
	}
}

// TestEscalationOfSeverity: a finding that is worse than it was told is as bad
// as it is now; one that is milder, and what is resolved, is not bad at all.
func TestEscalationOfSeverity(t *testing.T) {
	d := newDesk(t)
	u := d.create("alice", "p")
	touch := func(want string) {
		t.Helper()
		d.hears([]trail.Event{d.did("ann", "PutUserPolicy", account.Ref{Kind: account.KindUser, Name: "alice"})}, nil, want)
	}
	touch("ann event, 1 new")
	d.later(hour)
	d.severity["inline"] = scanner.Critical
	touch("ann event, 1 reranked")
	d.severity["inline"] = scanner.Low
	touch("ann held, 1 reranked")
	u.policies = nil
	touch("ann held, 1 resolved")
	u.policies = []string{"q"}
	touch("ann held, 1 new")
}

// TestWhoseItIs: what each of two actors did is told apart, and a fault that none
// of them is named for apart from both. What is mended is told with the acts of who
// alone changed anything.
func TestWhoseItIs(t *testing.T) {
	d := newDesk(t)
	events := append(d.gets("ann", 2), d.gets("pipeline", 3)...)
	events = append(events, d.did("ann", "TagUser", account.Ref{Kind: account.KindUser, Name: d.create("zoe", "p").name}))
	d.hears(events, []scanner.Alert{sign(events[0], "a", scanner.Low)}, "ann event, 2 new, 1 alerts", "pipeline event, 3 new", "nobody event, 1 new")
	for _, b := range d.held {
		if want := map[string]int{"ann": 3, "pipeline": 3}[b.Actor.Name]; b.Events != want {
			t.Errorf("%s did %d, want %d", b.Actor.Name, b.Events, want)
		}
	}

	d = newDesk(t)
	failed, read := d.did("bob", "PutUserPolicy"), d.did("eve", "GetUser")
	failed.Failed, read.ReadOnly = true, true
	u := account.Ref{Kind: account.KindUser, Name: d.create("zoe", "p").name}
	d.hears([]trail.Event{failed, read, d.did("ann", "TagUser", u)}, nil, "nobody event, 1 new")
	d.users[0].policies = nil
	d.hears([]trail.Event{failed, read, d.did("ann", "TagUser", u)}, nil, "ann event, 1 resolved")
}

// TestTwoCauses: of two who made a call that can have brought it about the newest
// is named, and the other's call is told with it.
func TestTwoCauses(t *testing.T) {
	d := newDesk(t)
	u := account.Ref{Kind: account.KindUser, Name: d.create("zoe", "p").name}
	events := []trail.Event{d.did("mallory", "PutUserPolicy", u), d.did("mallory", "TagUser", u), d.did("ann", "PutUserPolicy", u)}
	told := d.hears(events, nil, "ann event, 1 new")[0]
	var calls []string
	for _, e := range told.Events {
		calls = append(calls, e.Actor.Name+" "+e.Name)
	}
	if diff := cmp.Diff([]string{"ann PutUserPolicy", "mallory PutUserPolicy"}, calls); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, b := range d.held {
		if b.Events != 1 || b.Actor.Name != "ann" {
			t.Errorf("a burst of %d events by %s", b.Events, b.Actor.Name)
		}
	}
}

// TestGapsAreNeverHeld: they are no actor's, and the summary does not have them.
func TestGapsAreNeverHeld(t *testing.T) {
	gap := ledger.GapRecord{Fact: account.MFA}
	d := newDesk(t)
	for _, want := range [][]string{{"ann event, 1 new, 1 gaps"}, {"ann held, 1 new", "nobody event, 1 gaps"}} {
		_, c := d.look(account.Scope{}, ledger.Event)
		c.Events = []trail.Event{d.did("ann", "PutUserPolicy", named)}
		c.New, c.Gaps = []ledger.Record{found("inline", fmt.Sprint(d.events))}, []ledger.GapRecord{gap}
		c.New[0].By = c.Events[0].Origin()
		tellings := ledger.Tellings(d.known(false), &c)
		d.tells(tellings, want...)
		d.save(c)
	}
}

// TestSameActor: who is who, by CloudTrail's userIdentity.
func TestSameActor(t *testing.T) {
	person := trail.Actor{Type: "IAMUser", ARN: "arn:aws:iam::123456789012:user/ann", Name: "ann"}
	session := trail.Actor{Type: "AssumedRole", ARN: "arn:aws:sts::123456789012:assumed-role/ci/1", Name: "ann@example.org", Issuer: "arn:aws:iam::123456789012:role/ci"}
	root := trail.Actor{Type: "Root", ARN: "arn:aws:iam::123456789012:root", Name: "acme"}
	change := func(a trail.Actor, change func(*trail.Actor)) trail.Actor {
		change(&a)
		return a
	}
	for name, row := range map[string]struct {
		a, b trail.Actor
		same bool
	}{
		"sourceIPAddress and userAgent":   {person, change(person, func(a *trail.Actor) { a.IP, a.Agent, a.MFA, a.Key = "10.0.0.1", "aws-cli", "yes", "AKIA1" }), true},
		"arn of a user":                   {person, change(person, func(a *trail.Actor) { a.ARN = "arn:aws:iam::123456789012:user/x/ann" }), false},
		"session with one sourceIdentity": {session, change(session, func(a *trail.Actor) { a.ARN = "arn:aws:sts::123456789012:assumed-role/ci/2" }), true},
		"session by another name":         {session, change(session, func(a *trail.Actor) { a.Name = "run-2" }), true},
		"sessionIssuer":                   {session, change(session, func(a *trail.Actor) { a.Issuer = "arn:aws:iam::123456789012:role/cd" }), false},
		"root by another name":            {root, change(root, func(a *trail.Actor) { a.Name = "" }), true},
		"a user called as root is":        {root, change(person, func(a *trail.Actor) { a.Name = "acme" }), false},
		"a service in root's name":        {root, change(root, func(a *trail.Actor) { a.InvokedBy = "x.amazonaws.com" }), false},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			for i, actor := range []trail.Actor{row.a, row.b} {
				e := d.did("x", "Act")
				e.Actor = actor
				_, tellings := d.hear([]trail.Event{e}, sign(e, "r", scanner.Low))
				if got, want := tellings[0].Held, i == 1 && row.same; got != want {
					t.Errorf("of %v held is %v, want %v", actor, got, want)
				}
				c, _ := d.hear([]trail.Event{e}, sign(e, "r", scanner.Low))
				d.save(c)
			}
		})
	}
}

// TestPartKnown: a look at a part closes nothing, and a tick at nothing due does
// not.
func TestPartKnown(t *testing.T) {
	d := newDesk(t)
	d.hears(d.gets("ann", 1), nil, "ann event, 1 new")
	d.hears(d.gets("ann", 1), nil, "ann held, 1 new")
	if ledger.DueBursts(d.known(false), d.now.Add(10*minute-1)) || !ledger.DueBursts(d.known(false), d.now.Add(10*minute)) {
		t.Error("due at another time than after ten minutes")
	}
	d.later(10 * minute)
	_, c := d.look(account.Scope{}, ledger.Event)
	if tellings := ledger.Tellings(d.known(false), &c); len(tellings)+len(c.BurstDeletes) > 0 {
		t.Errorf("%v, %d closed", brief(tellings), len(c.BurstDeletes))
	}
}

// TestTwoAtOnce: two batches that do not know of each other lose nothing and do
// not race.
func TestTwoAtOnce(t *testing.T) {
	d := newDesk(t)
	d.hears(d.gets("ann", 1), nil, "ann event, 1 new")
	first, _ := d.hear(d.gets("ann", 2))
	second, tellings := d.hear(d.gets("ann", 3))
	d.tells(tellings, "ann held, 3 new")
	d.save(first)
	d.save(second)
	d.later(10 * minute)
	d.ticks("ann summary, 5 new")
}

// TestQuietPartsOpenNothing: what tells nothing is told to nobody.
func TestQuietPartsOpenNothing(t *testing.T) {
	d := newDesk(t)
	d.create("alice")
	c, tellings := d.hear([]trail.Event{d.did("ann", "TagUser", named)})
	if len(tellings)+len(c.BurstPuts) > 0 {
		t.Errorf("%v, %v", brief(tellings), c.BurstPuts)
	}
}

// TestToldAgain: a batch whose records were not saved is told again in the same
// burst, and the summary tells each once.
func TestToldAgain(t *testing.T) {
	d := newDesk(t)
	d.hears(d.gets("ann", 1), nil, "ann event, 1 new")
	events := d.gets("ann", 2)
	alert := sign(events[0], "a", scanner.Low)
	for range 2 {
		c, tellings := d.hear(events, alert)
		d.tells(tellings, "ann held, 2 new, 1 alerts")
		d.saveBursts(ledger.Changes{BurstPuts: slices.DeleteFunc(c.BurstPuts, func(b ledger.Burst) bool { return d.held[b.ID].ID != "" })})
		d.later(minute)
	}
	d.hears(events, []scanner.Alert{alert}, "ann held, 2 new, 1 alerts")
	d.later(10 * minute)
	d.ticks("ann summary, 2 new, 1 alerts")
}
