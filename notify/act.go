package notify

import (
	"cmp"
	"slices"
	"strings"

	"iamvigil/internal/order"
	"iamvigil/ledger"
	"iamvigil/scanner/account"
	"iamvigil/scanner/trail"
)

// events are the acts that are told, each once, the oldest first: those that an
// alert is about, and those that changed something.
func events(c *ledger.Changes) []trail.Event {
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
func deeds(c *ledger.Changes) []trail.Origin {
	var all []trail.Origin
	for _, e := range events(c) {
		all = append(all, *e.Origin())
	}
	for _, list := range [][]ledger.Record{c.New, c.Resolved, c.Silenced, c.Reranked} {
		for i := range list {
			if by := list[i].By; by != nil && by.Actor != nil {
				all = append(all, *by)
			}
		}
	}
	order.Stable(all, func(a, b trail.Origin) int {
		return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.ID, b.ID))
	})
	return slices.CompactFunc(all, func(a, b trail.Origin) bool { return a.ID != "" && a.ID == b.ID })
}

// doer is who made all of the calls, or nil where several did or there is none.
func doer(all []trail.Origin) *trail.Actor {
	if len(all) == 0 || slices.ContainsFunc(all, func(o trail.Origin) bool { return !samePerson(*o.Actor, *all[0].Actor) }) {
		return nil
	}
	return all[0].Actor
}

func samePerson(a, b trail.Actor) bool {
	return a.Type == b.Type && a.ARN == b.ARN && a.Name == b.Name && a.Issuer == b.Issuer
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

// who names an actor: what it is, and the person or thing behind it.
func who(a trail.Actor, q quote) string {
	name := q(cmp.Or(a.Name, a.ARN, "unknown"))
	switch {
	case a.Root():
		return "the root user"
	case a.Type == "Root":
		return "the root user, by " + q(a.InvokedBy)
	case a.Type == "IAMUser":
		return "IAM user " + name
	case a.Type == "AWSService":
		return "AWS service " + q(cmp.Or(a.InvokedBy, a.Name, a.ARN, "unknown"))
	case a.Issuer != "":
		return "role " + q(account.NameOf(a.Issuer)) + " as " + name
	}
	return "actor " + name + " of type " + q(cmp.Or(a.Type, "unknown"))
}

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
func ago(c *ledger.Changes, e trail.Event) string {
	if e.Time.IsZero() {
		return "at an unknown time"
	}
	return span(c.Time.Sub(e.Time)) + " ago"
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
