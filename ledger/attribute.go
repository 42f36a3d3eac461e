package ledger

import "iamvigil/scanner/trail"

// Attribute names for each record that is told the call that brought it about,
// where one of the events did.
func (c *Changes) Attribute(events []trail.Event, causes map[string][]string) {}

// Asked is a question about the origin of a record that is told.
type Asked struct {
	trail.Question
	ID string // of the finding
}

// Questions are what is still not known of who did it, the worst first: of new
// and of resolved records. A finding that no act brings about asks nothing.
func (c *Changes) Questions(causes map[string][]string) []Asked { return nil }

// Answer names the origin of a record, where it is told and where it is
// remembered.
func (c *Changes) Answer(id string, by trail.Origin) {}
