package ledger_test

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"iamvigil/ledger"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/trail"
)

// desk is a story whose looks are told in bursts.
type desk struct {
	*story
	held   map[string]ledger.Burst
	events int
}

func newDesk(t reporter) *desk { return &desk{story: newStory(t), held: map[string]ledger.Burst{}} }

// did is a call of now, by one of the people or by a pipeline.
func (d *desk) did(who, name string, touched ...account.Ref) trail.Event {
	d.events++
	e := call(fmt.Sprint("e", d.events), 0, who, name, touched...)
	if who == "pipeline" {
		e.Actor = trail.Actor{Type: "AssumedRole", ARN: fmt.Sprint("arn:aws:sts::123456789012:assumed-role/ci/", d.events),
			Name: who, Issuer: "arn:aws:iam::123456789012:role/ci", IP: fmt.Sprint("10.0.0.", d.events%200)}
	}
	e.Time = d.now
	return e
}

func (d *desk) known(whole bool) ledger.Known {
	k := d.memory.load()
	k.Whole, k.Bursts = whole, slices.Collect(maps.Values(d.held))
	return k
}

// hear looks at what the events touched and tells it, as a watch does.
func (d *desk) hear(events []trail.Event, alerts ...scanner.Alert) (ledger.Changes, []*ledger.Telling) {
	var scope account.Scope
	for i := range events {
		scope.Refs = append(scope.Refs, events[i].Touched...)
	}
	_, c := d.look(scope, ledger.Event, alerts...)
	c.Events = events
	acts := map[string][]string{"inline": {"PutUserPolicy"}, "admin": {"TagUser"}}
	c.Attribute(events, ledger.Calls{Causes: acts, Cures: acts})
	return c, ledger.Tellings(d.known(false), &c)
}

// tick closes what is over, as a watch does that has no events.
func (d *desk) tick() (ledger.Changes, []*ledger.Telling) {
	_, c := d.look(account.Scope{}, ledger.Event)
	return c, ledger.Tellings(d.known(ledger.DueBursts(d.known(false), d.now)), &c)
}

func (d *desk) save(c ledger.Changes) {
	d.saveBursts(c)
	d.memory.save(c)
	d.closeBursts(c)
}

func (d *desk) saveBursts(c ledger.Changes) {
	for _, b := range c.BurstPuts {
		if _, there := d.held[b.ID]; there || b.Revision != 0 {
			d.t.Errorf("a part is saved twice: %s", b.ID)
		}
		b.Revision++
		d.held[b.ID] = b
	}
}

func (d *desk) closeBursts(c ledger.Changes) {
	for _, b := range c.BurstDeletes {
		if d.held[b.ID].Revision != b.Revision {
			d.t.Errorf("closed, but not there: %s", b.ID)
		}
		delete(d.held, b.ID)
	}
}

// gets has the actor put a policy into users that he makes.
func (d *desk) gets(who string, n int) []trail.Event {
	var events []trail.Event
	for range n {
		u := d.create(fmt.Sprint("u", d.created), "p")
		events = append(events, d.did(who, "PutUserPolicy", account.Ref{Kind: account.KindUser, Name: u.name}))
	}
	return events
}

// sign is an alert about an event.
func sign(e trail.Event, rule string, severity scanner.Severity) scanner.Alert {
	return scanner.Alert{Rule: rule, Severity: severity, Event: e}
}

// brief says of each telling whose it is, whether email hears it, and how much.
func brief(tellings []*ledger.Telling) []string {
	var all []string
	for _, t := range tellings {
		who, how := "nobody", t.Kind
		switch {
		case t.Burst != nil:
			who = t.Burst.Actor.Name
		case len(t.Events) > 0:
			who = t.Events[0].Actor.Name
		}
		if t.Held {
			how = "held"
		}
		text := who + " " + how
		for _, n := range []struct {
			what string
			n    int
		}{
			{"new", len(t.New)}, {"resolved", len(t.Resolved)}, {"silenced", len(t.Silenced)}, {"reranked", len(t.Reranked)},
			{"alerts", len(t.Alerts)}, {"gaps", len(t.Gaps)}, {"rest", total(t.Rest)},
		} {
			if n.n > 0 {
				text += fmt.Sprintf(", %d %s", n.n, n.what)
			}
		}
		all = append(all, text)
	}
	return all
}

func total(counts []ledger.RuleCount) int {
	n := 0
	for _, c := range counts {
		n += c.Findings
	}
	return n
}

const minute = time.Minute
