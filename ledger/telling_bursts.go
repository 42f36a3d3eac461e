package ledger

import (
	"slices"
	"time"

	"iamvigil/scanner/trail"
)

// joinedUntil is for how long a burst is joined: what comes in its last minute is
// perhaps not saved when it is closed, and would be told in a summary of its own.
const joinedUntil = BurstLasts - time.Minute

// joined is the actor's burst that is still joined, of several the oldest; nil:
// there is none.
func joined(all []burst, actor *trail.Actor, now time.Time) burst {
	i := slices.IndexFunc(all, func(b burst) bool {
		return now.Before(b[0].Opened.Add(joinedUntil)) && b[0].Actor.Principal() == actor.Principal()
	})
	if i < 0 {
		return nil
	}
	return all[i]
}

// tellInBurst tells the part in the actor's burst; if there is none, it opens
// one.
func (c *Changes) tellInBurst(p *part, all []burst) {
	b := Burst{Actor: p.actor, Opened: c.Time, At: c.Time, Events: p.acts}
	if p.actor.Principal() != p.actor.Identity() {
		b.Sessions = union(p.sessions, nil)
	}
	before := joined(all, &p.actor, c.Time)
	if before != nil {
		b.Thread, b.Opened = before[0].Thread, before[0].Opened
		p.Held = !before.escalates(p.Telling)
	}
	b.ID = c.burstID(&b, p.Telling)
	if b.Thread == "" {
		b.Thread = b.ID
	}
	if p.Held {
		b.hold(p.Telling, before)
	} else {
		b.Worst, b.Critical = worstNews(p.Telling), criticalRules(p.Telling)
	}
	c.inThread(p.Telling, b.Thread)
	c.putBurst(b, before)
}

func (c *Changes) putBurst(b Burst, before burst) {
	if !slices.ContainsFunc(before, func(known Burst) bool { return known.ID == b.ID }) {
		c.BurstPuts = append(c.BurstPuts, b)
	}
}

// lateness is what comes of what an open burst holds as new, whoever did it.
type lateness struct {
	*Telling
	burst burst
}

// late takes out of what is told that email would hear of a fault for the first
// time by its being mended or silenced. That waits for the burst's summary, which
// may have been told already of one that is over.
func (c *Changes) late(all []burst) (rest *Telling, late []*lateness) {
	told := c.Telling
	unheard := map[string]burst{}
	for _, b := range all {
		for _, h := range b.records() {
			if h.As == heldNew && !h.since && !b[0].Due(c.Time) {
				unheard[h.ID] = b
			}
		}
	}
	if len(unheard) == 0 {
		return &told, nil
	}
	by := map[string]*lateness{}
	for _, as := range []string{heldResolved, heldSilenced} {
		var kept []Record
		for _, r := range *c.list(as) {
			b := unheard[r.ID]
			if b == nil || r.Thread != b[0].Thread || c.within(&r, b, all) {
				kept = append(kept, r)
				continue
			}
			l := by[r.Thread]
			if l == nil {
				l = &lateness{c.empty(), b}
				by[r.Thread], late = l, append(late, l)
			}
			c.cause(l.Telling, &r)
			records := l.list(as)
			*records = append(*records, r)
		}
		*told.list(as) = kept
	}
	return &told, late
}

// within reports whether the record is told in the burst in any case.
func (c *Changes) within(r *Record, b burst, all []burst) bool {
	if c.Kind != Event || r.By == nil || r.By.Actor == nil {
		return false
	}
	own := joined(all, r.By.Actor, c.Time)
	return own != nil && own[0].Thread == b[0].Thread
}

// cause adds the event that brought the record about.
func (c *Changes) cause(t *Telling, r *Record) {
	for i := range c.Events {
		e := &c.Events[i]
		if r.By != nil && e.ID == r.By.ID && !slices.ContainsFunc(t.Events, func(known trail.Event) bool { return known.ID == e.ID }) {
			t.Events = append(t.Events, *e)
		}
	}
}

// tellLate tells it in the burst.
func (c *Changes) tellLate(l *lateness) {
	first := &l.burst[0]
	b := Burst{Thread: first.Thread, Actor: first.Actor, Opened: first.Opened, At: c.Time}
	b.ID = digest(c.burstID(&b, l.Telling), "late")
	l.Held = true
	b.hold(l.Telling, l.burst)
	c.inThread(l.Telling, b.Thread)
	c.putBurst(b, l.burst)
}
