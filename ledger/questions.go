package ledger

import "iamvigil/scanner/trail"

// mostAsked is how many questions a look has at most: more than a run can look
// up, and than are told in full. Of the rest nobody says anything.
const mostAsked = 200

// Asked is a question about the origin of a record that is told.
type Asked struct {
	trail.Question
	ID string // of the finding
}

// Questions are what is still not known of who did it, the worst first: of new
// and of resolved records, and of no more than can be hoped to be answered. What
// no call brings about asks nothing.
func (c *Changes) Questions(calls Calls) []Asked {
	var asked []Asked
	for as, list := range c.Records() {
		for i := range *list {
			r := &(*list)[i]
			if len(asked) == mostAsked || as != heldNew && as != heldResolved {
				break
			}
			names := c.doings(as, r, calls)
			if r.By != nil || len(names) == 0 {
				continue
			}
			q := trail.Question{Resource: r.Resource, Part: r.Part, Causes: names}
			if r.State == Resolved { // what was done before it stood did not mend it
				q.Since = r.OpenedAt
			}
			asked = append(asked, Asked{q, r.ID})
		}
	}
	return asked
}

// Answer names the origins of records, by the findings' ids, where they are told
// and where they are remembered. Why nobody is named is said of faults alone.
func (c *Changes) Answer(origins map[string]trail.Origin) {
	name := func(list []Record) {
		for i := range list {
			by, known := origins[list[i].ID]
			if known && (by.Actor != nil || list[i].State == Open) {
				list[i].By = &by
			}
		}
	}
	for _, list := range c.Records() {
		name(*list)
	}
	name(c.Puts)
}
