package ledger

import (
	"slices"
	"strings"

	"iamvigil/scanner/account"
	"iamvigil/scanner/trail"
)

// Attribute names for each record that is told the call that brought it about,
// where one of the events did. Causes are the eventNames by rule: of a fault
// that stands, one of these; of one that is resolved or silenced, any that
// changed its resource. What time or a setting brought about is nobody's.
//
// An event at a group or a policy changes what members and bearers may do
// without naming them. It is taken where no event names the resource, all such
// events are one actor's and each tells what it touched: what else would have
// brought the resource into the look?
func (c *Changes) Attribute(events []trail.Event, causes map[string][]string) {
	twins := c.twins()
	name := func(r *Record, causes []string) {
		if by := origin(events, r, causes); by != nil {
			r.By = by
			if twin := twins[r.ID]; twin != nil {
				twin.By = by
			}
		}
	}
	for _, list := range [][]Record{c.New, c.Reranked} {
		for i := range list {
			if names := causes[list[i].Rule]; len(names) > 0 {
				name(&list[i], names)
			}
		}
	}
	for _, list := range [][]Record{c.Resolved, c.Silenced} {
		for i := range list {
			if list[i].How != Reset {
				name(&list[i], nil)
			}
		}
	}
}

// origin is nil where no event answers.
func origin(events []trail.Event, r *Record, causes []string) *trail.Origin {
	q := trail.Question{Resource: r.Resource, Part: r.Part, Causes: causes}
	e := newest(events, r.Part, q.Answers)
	if e == nil {
		e = indirect(events, &q)
	}
	if e == nil {
		return nil
	}
	return e.Origin()
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
			actors = append(actors, actorKey(&e.Actor))
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
	if e.Failed || e.ReadOnly || len(causes) > 0 && !slices.Contains(causes, e.Name) {
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

// Asked is a question about the origin of a record that is told.
type Asked struct {
	trail.Question
	ID string // of the finding
}

// Questions are what is still not known of who did it, the worst first: of new
// and of resolved records. A finding that no act brings about asks nothing.
func (c *Changes) Questions(causes map[string][]string) []Asked {
	var asked []Asked
	ask := func(r *Record, causes []string) {
		asked = append(asked, Asked{trail.Question{Resource: r.Resource, Part: r.Part, Causes: causes}, r.ID})
	}
	for i := range c.New {
		if r := &c.New[i]; r.By == nil && len(causes[r.Rule]) > 0 {
			ask(r, causes[r.Rule])
		}
	}
	for i := range c.Resolved {
		if r := &c.Resolved[i]; r.By == nil && r.How != Reset {
			ask(r, nil)
		}
	}
	return asked
}

// Answer names the origin of a record, where it is told and where it is
// remembered.
func (c *Changes) Answer(id string, by trail.Origin) {
	for _, list := range [][]Record{c.New, c.Resolved, c.Silenced, c.Reranked, c.Puts} {
		for i := range list {
			if list[i].ID == id {
				list[i].By = &by
			}
		}
	}
}
