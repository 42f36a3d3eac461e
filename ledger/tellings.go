package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"iamvigil/scanner/trail"
)

// Tellings parts what is to be told by who did it, and closes the bursts that
// are over where all is known of the account. What it decides of bursts and
// threads is to be remembered with c.
//
// A part that is nobody's is told on its own, and never held. Bursts are saved
// before all else: what is remembered as told and was held is in one. Whatever
// fails in between is done again, and then in the same burst.
func Tellings(known Known, c *Changes) []*Changes {
	all := bursts(known.Bursts)
	tellings := []*Changes{c}
	if c.Kind == Event {
		tellings = c.parted(all)
	} else {
		c.inThread(c, c.daily())
	}
	if known.Whole {
		tellings = append(tellings, c.summaries(known.Records, all)...)
	}
	return tellings
}

// parted are the parts that tell something.
func (c *Changes) parted(all []burst) []*Changes {
	var tellings []*Changes
	parts, nobodys := c.parts()
	for _, p := range parts {
		if !p.Quiet() {
			c.tellInBurst(p, all)
			tellings = append(tellings, p.Changes)
		}
	}
	c.unaccountable(nobodys, tellings)
	if !nobodys.Quiet() {
		c.inThread(nobodys, c.daily())
		tellings = append(tellings, nobodys)
	}
	return tellings
}

// part is what one actor's acts have come to.
type part struct {
	*Changes
	actor trail.Actor
}

// parts parts events, alerts and records by actor, in the order of the events.
// A record is the actor's whose event brought it about, else the one's who alone
// changed anything, else nobody's.
func (c *Changes) parts() (parts []part, nobodys *Changes) {
	places := map[string]int{}
	of := func(actor *trail.Actor) *Changes {
		key := actorKey(actor)
		if _, known := places[key]; !known {
			places[key] = len(parts)
			parts = append(parts, part{c.empty(), *actor})
		}
		return parts[places[key]].Changes
	}
	nobodys = c.empty()
	others, events := nobodys, map[string]bool{}
	for i := range c.Events {
		e := &c.Events[i]
		p := of(&e.Actor)
		p.Events = append(p.Events, *e)
		events[e.ID] = true
	}
	if actor := soleActor(c.Events); actor != nil {
		others = of(actor)
	}
	for i := range c.Alerts {
		p := of(&c.Alerts[i].Event.Actor)
		p.Alerts = append(p.Alerts, c.Alerts[i])
	}
	for as, list := range c.lists() {
		for i := range *list {
			p, by := others, (*list)[i].By
			if by != nil && by.Actor != nil && events[by.ID] {
				p = of(by.Actor)
			}
			to := p.list(as)
			*to = append(*to, (*list)[i])
		}
	}
	return parts, nobodys
}

// empty are changes of the same look that tell nothing.
func (c *Changes) empty() *Changes {
	return &Changes{Kind: c.Kind, Account: c.Account, Time: c.Time, First: c.First, Open: c.Open, Exempt: c.Exempt, Covered: c.Covered}
}

// soleActor is who alone changed anything, or nil.
func soleActor(events []trail.Event) *trail.Actor {
	var sole *trail.Actor
	for i := range events {
		e := &events[i]
		switch {
		case e.Failed || e.ReadOnly:
		case sole == nil:
			sole = &e.Actor
		case actorKey(sole) != actorKey(&e.Actor):
			return nil
		}
	}
	return sole
}

// actorKey is the same for all that one actor does, from wherever and with
// whatever program, and in however many sessions of one name.
func actorKey(a *trail.Actor) string {
	switch {
	case a.Root():
		return a.Type
	case a.Issuer != "":
		return strings.Join([]string{a.Type, a.Issuer, a.Name}, "\x00")
	}
	return strings.Join([]string{a.Type, a.ARN, a.Name}, "\x00")
}

// unaccountable adds what is no actor's doing to the first telling that is not
// held, or to nobody's.
func (c *Changes) unaccountable(nobodys *Changes, tellings []*Changes) {
	to := nobodys
	if i := slices.IndexFunc(tellings, func(t *Changes) bool { return !t.Held }); i >= 0 && nobodys.Quiet() {
		to = tellings[i]
	}
	to.Gaps, to.NewRules, to.Withdrawn = c.Gaps, c.NewRules, c.Withdrawn
	to.Exemptions, to.Unknown, to.Rest = c.Exemptions, c.Unknown, c.Rest
}

// tellInBurst tells the part in the actor's burst, of several in the oldest; if
// there is none, it opens one.
func (c *Changes) tellInBurst(p part, all []burst) {
	b := Burst{Actor: p.actor, Opened: c.Time, At: c.Time, Events: len(p.Events)}
	var before burst
	i := slices.IndexFunc(all, func(b burst) bool {
		return !b[0].Due(c.Time) && actorKey(&b[0].Actor) == actorKey(&p.actor)
	})
	if i >= 0 {
		before = all[i]
		b.Thread, b.Opened = before[0].Thread, before[0].Opened
		p.Held = !before.escalates(p.Changes)
	}
	b.ID = c.burstID(&b, p.Changes)
	if b.Thread == "" {
		b.Thread = b.ID
	}
	if p.Held {
		b.hold(p.Changes, before)
	} else {
		b.Worst, b.Critical = worst(p.Changes), criticalRules(p.Changes)
	}
	c.inThread(p.Changes, b.Thread)
	if !slices.ContainsFunc(before, func(known Burst) bool { return known.ID == b.ID }) {
		c.BurstPuts = append(c.BurstPuts, b)
	}
}

// burstID is the same whenever the same look is told in the same burst.
func (c *Changes) burstID(b *Burst, t *Changes) string {
	parts := []string{c.Account.ID, actorKey(&b.Actor), b.Thread, c.Time.UTC().Format(time.RFC3339Nano)}
	for i := range t.Events {
		parts = append(parts, t.Events[i].ID)
	}
	return digest(parts...)
}

// daily is the thread of what is in no burst.
func (c *Changes) daily() string {
	return digest(c.Account.ID, c.Kind, c.Time.UTC().Format(time.DateOnly))
}

// inThread tells all of it in the thread, which new records remember: what comes
// of them is told there too.
func (c *Changes) inThread(t *Changes, thread string) {
	t.Thread = thread
	twins := c.twins()
	for i := range t.New {
		t.New[i].Thread = thread
		if twin := twins[t.New[i].ID]; twin != nil {
			twin.Thread = thread
		}
	}
}

func digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:16])
}
