package policy

import (
	"cmp"
	"slices"
	"strings"
)

// damage notes the first fault of a statement; what may follow from it is not told.
// After it nothing is certain before the next statement.
func (r *reader) damage(at int, format string, args ...any) {
	if !r.damaged {
		r.problem(Syntax, at, format, args...)
	}
	r.limit()
}

// commaFault is damage, except that between statements it casts no doubt on them.
func (r *reader) commaFault(message string) {
	end := r.end
	r.damage(r.pos, "%s", message)
	if !r.within {
		r.end = end
	}
}

func (r *reader) limit() {
	r.damaged, r.broken = true, true
	r.end = min(r.end, r.nextStatement(r.begin))
}

// nextStatement finds the first place from which a statement seems to begin: a brace,
// and one of the statement's elements as a key. It gives the end of the text if there
// is none. Over all calls the text is searched once.
func (r *reader) nextStatement(from int) int {
	if from >= r.searched && from <= r.next {
		return r.next
	}
	r.searched = from
	for {
		i := strings.IndexByte(r.text[from:], '{')
		if i < 0 {
			r.next = len(r.text)
			return r.next
		}
		from += i + 1
		if opensStatement(r.text[from:]) {
			r.next = from - 1
			return r.next
		}
	}
}

func opensStatement(text string) bool {
	const longest = len(`"NotPrincipal"`)
	text = strings.TrimLeft(text, " \t\r\n")
	if !strings.HasPrefix(text, `"`) {
		return false
	}
	quote := strings.IndexByte(text[1:min(len(text), longest)], '"')
	if quote < 0 || !strings.HasPrefix(strings.TrimLeft(text[quote+2:], " \t\r\n"), ":") {
		return false
	}
	element, _ := lookup(statementElements, text[1:quote+1])
	return element >= 0
}

// salvage reads what statements can be found after r.begin, and those that earlier ones
// have swallowed: in broken text it was a bracket too few that put them there.
func (r *reader) salvage() {
	for at := r.nextStatement(r.begin); at < len(r.text); at = r.nextStatement(r.begin) {
		r.statementAt(at)
	}
	slices.SortFunc(r.found, Statement.compare)
	if r.broken {
		r.rescue()
	}
	for i := 1; i < len(r.found); i++ {
		r.found[i-1].End = min(r.found[i-1].End, r.found[i].Offset)
	}
}

func (r *reader) rescue() {
	known := r.found
	slices.Sort(r.swallowed)
	for _, at := range slices.Compact(r.swallowed) {
		_, found := slices.BinarySearchFunc(known, Statement{Offset: at}, Statement.compare)
		if !found {
			r.statementAt(at)
		}
	}
	slices.SortFunc(r.found, Statement.compare)
}

func (r *reader) statementAt(at int) {
	r.pos, r.end, r.damaged = at, len(r.text), false
	r.depth, r.openObjects, r.openLists = 0, 0, 0
	r.statement()
}

func (s Statement) compare(t Statement) int { return cmp.Compare(s.Offset, t.Offset) }
