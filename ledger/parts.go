package ledger

import (
	"slices"

	"iamvigil/scanner/trail"
)

// part is what one actor's acts have come to.
type part struct {
	*Telling
	actor trail.Actor
	// acts counts the actor's own events, sessions are the names of the sessions
	// that they were done in. What somebody else did to bring the same about is
	// among the events besides.
	acts     int
	sessions []string
}

// parting is a telling on its way to being parted.
type parting struct {
	*Changes
	parts   []*part
	by      map[string]*part // by whose bursts they are in
	nobodys *Telling
}

// of is the actor's part.
func (p *parting) of(actor *trail.Actor) *part {
	key := actor.Principal()
	if p.by[key] == nil {
		p.by[key] = &part{Telling: p.empty(), actor: *actor}
		p.parts = append(p.parts, p.by[key])
	}
	return p.by[key]
}

// parts parts events, alerts and records by actor, in the order of the events. A
// record is the actor's whose event brought it about. Of what nobody is named for,
// what is mended or silenced is told with the acts of who alone changed anything;
// a fault is nobody's.
func (c *Changes) parts(of *Telling) (parts []*part, nobodys *Telling) {
	p := &parting{Changes: c, by: map[string]*part{}, nobodys: c.empty()}
	events := map[string]*trail.Event{}
	for i := range c.Events {
		e := &c.Events[i]
		to := p.of(&e.Actor)
		to.Events, to.acts = append(to.Events, *e), to.acts+1
		to.sessions = append(to.sessions, e.Actor.Name)
		events[e.ID] = e
	}
	for i := range c.Alerts {
		to := p.of(&c.Alerts[i].Event.Actor)
		to.Alerts = append(to.Alerts, c.Alerts[i])
	}
	sole := soleActor(c.Events)
	for as, list := range of.Records() {
		for i := range *list {
			r := &(*list)[i]
			to := p.nobodys
			switch by := r.By; {
			case by != nil && by.Actor != nil && events[by.ID] != nil:
				own := p.of(by.Actor)
				own.witness(c.Others[r.ID], events)
				to = own.Telling
			case sole != nil && as != heldNew && as != heldReranked:
				to = p.of(sole).Telling
			}
			records := to.list(as)
			*records = append(*records, *r)
		}
	}
	return p.parts, p.nobodys
}

// witness adds what others did to the same end.
func (p *part) witness(ids []string, events map[string]*trail.Event) {
	for _, id := range ids {
		if !slices.ContainsFunc(p.Events, func(e trail.Event) bool { return e.ID == id }) {
			p.Events = append(p.Events, *events[id])
		}
	}
}

// empty are changes of the same look that tell nothing.
func (c *Changes) empty() *Telling {
	return &Telling{Kind: c.Kind, Account: c.Account, Time: c.Time, First: c.First, Open: c.Open,
		Exempt: c.Exempt, Covered: c.Covered, Contained: c.Contained}
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
		case sole.Principal() != e.Actor.Principal():
			return nil
		}
	}
	return sole
}
