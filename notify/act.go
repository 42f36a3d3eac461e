package notify

import (
	"cmp"
	"slices"
	"strings"

	"iamvigil/internal/order"
	"iamvigil/internal/words"
	"iamvigil/ledger"
	"iamvigil/scanner/account"
	"iamvigil/scanner/trail"
)

// events are the acts that are told, each once, the oldest first: those that an
// alert is about, and those that changed something.
func events(c *ledger.Telling) []trail.Event {
	var all []trail.Event
	for _, e := range c.Events {
		if !e.Failed && (len(e.Touched) > 0 || e.Unnamed) {
			all = append(all, e)
		}
	}
	for i := range c.Alerts {
		all = append(all, c.Alerts[i].Event)
	}
	order.Stable(all, func(a, b trail.Event) int {
		return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.ID, b.ID))
	})
	return slices.CompactFunc(all, func(a, b trail.Event) bool { return a.ID == b.ID })
}

// deeds are the calls that all of this is told for, each once, the oldest first:
// those of [events], and what records say brought them about.
func deeds(c *ledger.Telling) []trail.Origin {
	var all []trail.Origin
	for _, e := range events(c) {
		all = append(all, *e.Origin())
	}
	add := func(by *trail.Origin) {
		if by != nil && by.Actor != nil {
			all = append(all, *by)
		}
	}
	for _, list := range [][]ledger.Record{c.New, c.Resolved, c.Reranked} {
		for i := range list {
			add(list[i].By)
		}
	}
	for i := range c.Silenced {
		add(silencer(c, &c.Silenced[i]))
	}
	order.Stable(all, func(a, b trail.Origin) int {
		return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.ID, b.ID))
	})
	return slices.CompactFunc(all, func(a, b trail.Origin) bool { return a.ID != "" && a.ID == b.ID })
}

// doer is who made all of the calls, or nil where several did or there is none.
func doer(all []trail.Origin) *trail.Actor {
	if len(all) == 0 || slices.ContainsFunc(all, func(o trail.Origin) bool { return !o.Actor.Same(*all[0].Actor) }) {
		return nil
	}
	return all[0].Actor
}

// silencer is the call to name where a record is silenced: that which changed the
// tags or the name by which it is exempt now, or of what was exempt as soon as it
// stood that which brought it about; nil where neither is known.
func silencer(c *ledger.Telling, r *ledger.Record) *trail.Origin {
	renaming := []string{"TagUser", "UntagUser", "TagRole", "UntagRole", "UpdateUser", "UpdateGroup"}
	switch {
	case r.By == nil || r.By.Actor == nil || r.Acknowledged(c.Time):
		return nil
	case bornExempt(c, r) || slices.Contains(renaming, r.By.Event):
		return r.By
	}
	return nil
}

// bornExempt reports whether a silenced record was exempt as soon as it stood.
func bornExempt(c *ledger.Telling, r *ledger.Record) bool {
	return c.Kind != ledger.Acknowledgement && r.OpenedAt.Equal(c.Time)
}

// callNames are the names of the calls, each once, in the order of time.
func callNames(all []trail.Origin, q quote) []string {
	var names []string
	for _, o := range all {
		if name := q(o.Event); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// byActor groups events by who did them and from where, in the order of each
// one's first.
func byActor(all []trail.Event) [][]trail.Event {
	place := map[trail.Actor]int{}
	var groups [][]trail.Event
	for _, e := range all {
		i, seen := place[e.Actor]
		if !seen {
			i = len(groups)
			place[e.Actor] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], e)
	}
	return groups
}

// quote is how an audience's text shows a value that somebody else chose, so
// that it is seen where the value begins and ends.
type quote func(value string) string

// from says where and how a call came in.
func from(a trail.Actor, q quote) string {
	parts := []string{"from an unknown address"}
	if a.IP != "" {
		parts[0] = "from " + q(a.IP)
	}
	switch a.MFA {
	case "yes":
		parts = append(parts, "with MFA")
	case "no":
		parts = append(parts, "without MFA")
	default:
		parts = append(parts, "MFA not recorded")
	}
	if a.Key != "" {
		parts = append(parts, "access key "+q(a.Key))
	}
	if a.InvokedBy != "" && a.Type != "AWSService" {
		parts = append(parts, "through "+q(a.InvokedBy))
	}
	if a.Agent != "" {
		parts = append(parts, "agent "+q(a.Agent))
	}
	return strings.Join(parts, ", ")
}

// ago tells how old an event is when it is told.
func ago(c *ledger.Telling, e trail.Event) string {
	if e.Time.IsZero() {
		return "at an unknown time"
	}
	return words.Span(c.Time.Sub(e.Time)) + " ago"
}

// did is one act: when, what, and of what it was asked, in at most so many
// details.
func did(e trail.Event, q quote, most int) string {
	return second(e.Time) + " " + call(e, q, most)
}

// call is what was called, and of what.
func call(e trail.Event, q quote, most int) string {
	s := q(e.Name)
	if details := asked(e, q); len(details) > 0 {
		s += " (" + named(details, most) + ")"
	}
	if e.Failed {
		s += ", refused: " + q(e.Error)
	}
	return s
}

// asked are an event's details in a fixed order, as "userName alice".
func asked(e trail.Event, q quote) []string {
	var all []string
	for name, value := range e.Details {
		all = append(all, q(name)+" "+q(value))
	}
	slices.Sort(all)
	return all
}

// thing names a resource: its kind and name.
func thing(r account.Ref, q quote) string {
	if r.Kind == account.KindAccount && r.Name == account.RootName {
		return "the root user"
	}
	return string(r.Kind) + " " + q(cmp.Or(r.Name, r.ARN, r.ID))
}

// unknownCall is why no call is named.
func unknownCall(by *trail.Origin) string {
	if where, is := strings.CutPrefix(by.Missing, "not in "); is {
		return "no such call in " + where
	}
	return by.Missing
}
