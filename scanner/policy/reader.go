package policy

// reader goes through one text once, left to right, and forgives what it can. Damage
// in a statement moves end to where the next statement seems to begin: whatever an
// unclosed quote or brace makes of the rest, it cannot swallow a neighbour. A statement
// that closes before that lifts the limit again.
type reader struct {
	*Parser
	text     string
	pos, end int
	begin    int  // where damage makes the search for the next statement begin
	within   bool // a statement
	damaged  bool // the statement, or the document outside of statements
	broken   bool // there was damage, mended or not

	swallowed      []int // places within statements from which others seem to begin
	searched, next int   // the next statement from anywhere in [searched,next] is at next

	depth, openObjects, openLists int

	problems []Problem
}

// peek skips white space and gives the byte at pos, or -1 at the end.
func (r *reader) peek() int {
	for ; r.pos < r.end; r.pos++ {
		switch c := r.text[r.pos]; c {
		case ' ', '\t', '\r', '\n':
		default:
			return int(c)
		}
	}
	return -1
}
