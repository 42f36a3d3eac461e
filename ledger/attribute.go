package ledger

import (
	"slices"
	"strings"

	"iamvigil/scanner/account"
	"iamvigil/scanner/trail"
)

// Calls are the eventNames of the calls that bring a rule's fault about, and of
// those that can end it, by the rules' ids.
type Calls struct{ Causes, Cures map[string][]string }

// Attribute names for each record that is told the call that brought it about,
// where one of the events did: of a fault that stands, one of its causes; of one
// that is resolved, one of its cures; of one whose resource is gone, the call that
// deletes such; of one that is silenced, a call that changed its tags or name; of
// one that is contained no more, the detaching of the policy.
// Nobody else is named. Who silenced a finding is told and not remembered: it is
// not who brought it about.
//
// An event at a group or a policy changes what members and bearers may do
// without naming them. It is taken where no event names the resource, all such
// events are one actor's and each tells what it touched: what else would have
// brought the resource into the look?
func (c *Changes) Attribute(events []trail.Event, calls Calls) {
	twins := c.twins()
	for as, list := range c.Records() {
		for i := range *list {
			r := &(*list)[i]
			names, silenced := c.doings(as, r, calls), as == heldSilenced && !c.newborn(r)
			by, others := origin(events, r, names)
			if silenced {
				r.By = by
				continue
			}
			if by == nil {
				continue
			}
			r.By = by
			if twin := twins[r.ID]; twin != nil {
				twin.By = by
			}
			if len(others) > 0 {
				if c.Others == nil {
					c.Others = map[string][]string{}
				}
				c.Others[r.ID] = others
			}
		}
	}
}

// doings are the eventNames of the calls that can have brought about what is
// told of the record; none: no call is known to.
func (c *Changes) doings(as string, r *Record, calls Calls) []string {
	switch {
	case r.How == Reset:
		return nil
	case r.How == Deleted: // its name may be somebody else's by now
		return deletions(r.Resource.Kind)
	case r.State == Resolved:
		return calls.Cures[r.Rule]
	case as == heldSilenced && !c.newborn(r):
		return silencers(r)
	case r.Released:
		return []string{"DetachUserPolicy"}
	}
	return calls.Causes[r.Rule]
}

// newborn reports whether the record began to stand in this look.
func (c *Changes) newborn(r *Record) bool { return r.State == Open && r.OpenedAt.Equal(c.Time) }

// deletions are the calls that delete such a resource.
func deletions(kind account.Kind) []string {
	switch kind {
	case account.KindUser:
		return []string{"DeleteUser"}
	case account.KindGroup:
		return []string{"DeleteGroup"}
	case account.KindRole:
		return []string{"DeleteRole", "DeleteServiceLinkedRole"}
	case account.KindPolicy:
		return []string{"DeletePolicy"}
	}
	return nil
}

// silencers are the calls that bring a resource under the record's exemption:
// those that name it anew, and where that goes by tags, those that tag. Who
// acknowledges says so himself.
func silencers(r *Record) []string {
	names := []string{"UpdateUser", "UpdateGroup"}
	switch {
	case r.Exempt == nil || r.acknowledged():
		return nil
	case len(r.Exempt.Tags) > 0:
		names = append(names, "TagUser", "UntagUser", "TagRole", "UntagRole")
	}
	return names
}

// origin is the newest event of these names that answers for the record, nil
// where none does, and the ids of those by other actors that do so too.
func origin(events []trail.Event, r *Record, names []string) (by *trail.Origin, others []string) {
	if len(names) == 0 {
		return nil, nil
	}
	q := trail.Question{Resource: r.Resource, Part: r.Part, Causes: names}
	e := newest(events, r.Part, q.Answers)
	if e == nil {
		e = indirect(events, &q)
	}
	if e == nil {
		return nil, nil
	}
	for i := range events {
		if other := &events[i]; q.Answers(other) && !other.Actor.Same(e.Actor) {
			others = append(others, other.ID)
		}
	}
	return e.Origin(), others
}

// newest is the last event that is taken, before all others one that mentions
// the part; nil: none is. Of two at one time it is the one that came later.
func newest(events []trail.Event, part string, take func(*trail.Event) bool) *trail.Event {
	var best *trail.Event
	said := false
	for i := range events {
		e := &events[i]
		if !take(e) {
			continue
		}
		says := mentions(e, part)
		if best == nil || says && !said || says == said && !e.Time.Before(best.Time) {
			best, said = e, says
		}
	}
	return best
}

// mentions reports whether the event tells of the finding's part: an access key,
// a policy, a provider.
func mentions(e *trail.Event, part string) bool {
	if part == "" {
		return false
	}
	for _, value := range e.Details {
		if strings.EqualFold(value, part) {
			return true
		}
	}
	return false
}

// indirect is the newest event at a group or policy that can have changed the
// resource, if they are all one actor's.
func indirect(events []trail.Event, q *trail.Question) *trail.Event {
	touching := trail.Question{Resource: q.Resource}
	var actors []string
	for i := range events {
		e := &events[i]
		switch {
		case e.Unnamed && !e.Failed, touching.Answers(e):
			return nil
		case reaches(e, q.Causes):
			actors = append(actors, e.Actor.Identity())
		}
	}
	if slices.Sort(actors); len(slices.Compact(actors)) != 1 {
		return nil
	}
	return newest(events, q.Part, func(e *trail.Event) bool { return reaches(e, q.Causes) })
}

// reaches reports whether the event changed a group or a policy, and so whoever
// is in it or has it. A policy without its ARN was itself not changed.
func reaches(e *trail.Event, causes []string) bool {
	if e.Failed || e.ReadOnly || !slices.Contains(causes, e.Name) {
		return false
	}
	return slices.ContainsFunc(e.Touched, func(ref account.Ref) bool {
		return ref.Kind == account.KindGroup || ref.Kind == account.KindMembers || ref.Kind == account.KindPolicy && ref.ARN != ""
	})
}

// twins are the records that are to be remembered, by their findings.
func (c *Changes) twins() map[string]*Record {
	twins := make(map[string]*Record, len(c.Puts))
	for i := range c.Puts {
		twins[c.Puts[i].ID] = &c.Puts[i]
	}
	return twins
}
