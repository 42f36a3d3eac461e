package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// maxProblems bounds what one document can say about itself: a megabyte of garbage
// should not become a million messages.
const maxProblems = 50

// Problem is one thing about a text that IAM would not have accepted, or that a
// reader could take in two ways.
type Problem struct {
	Offset       int // in bytes from the start of the text
	Line, Column int // from 1; the column counts bytes
	Kind         Kind
	Message      string // one line of printable ASCII; what it quotes from the text is cut short
}

// String gives the place and the message.
func (p Problem) String() string {
	return fmt.Sprintf("line %d, column %d: %s", p.Line, p.Column, p.Message)
}

// Kind sorts Problems by what happened to the text's meaning.
type Kind string

// The kinds of Problems.
const (
	Syntax     Kind = "syntax"        // not JSON; what could be made out was read
	Trailing   Kind = "trailing-data" // text after the document; statements in it were read
	TooDeep    Kind = "too-deep"      // nested beyond any policy; passed over
	Encoding   Kind = "encoding"      // not UTF-8, or half a surrogate pair; read as U+FFFD
	Duplicate  Kind = "duplicate"     // key given twice: lists are joined, of single values the first stands
	WrongCase  Kind = "case"          // known key in another case: read, unless the right one is there too
	Unknown    Kind = "unknown"       // element or kind of principal that the grammar does not have
	WrongType  Kind = "type"          // such as a number for a string; read as far as it has a meaning
	Missing    Kind = "missing"       // element that must be there
	Both       Kind = "both"          // element beside its own Not-form
	BadEffect  Kind = "effect"        // neither Allow nor Deny
	BadVersion Kind = "version"       // neither of the two versions
	TooMany    Kind = "too-many"      // further Problems were left out
)

// Doubt is the first of the Problems for which something may be missing from what was
// read, or may have been misread; nil: there is none. For the other kinds IAM could at
// most mean less than what was read, or what an element means is plain all the same.
func (d Document) Doubt() *Problem {
	i := slices.IndexFunc(d.Problems, func(p Problem) bool {
		switch p.Kind {
		case Duplicate, WrongCase, Unknown, Both, BadVersion:
			return false
		}
		return true
	})
	if i < 0 {
		return nil
	}
	return &d.Problems[i]
}

func (r *reader) problem(kind Kind, at int, format string, args ...any) {
	switch {
	case len(r.problems) < maxProblems:
		r.problems = append(r.problems, Problem{Offset: at, Kind: kind, Message: fmt.Sprintf(format, args...)})
	case len(r.problems) == maxProblems:
		r.problems = append(r.problems, Problem{Offset: at, Kind: TooMany, Message: "more problems follow"})
	}
}

// quote makes a name from the text fit for a message.
func quote(name string) string {
	const most = 40
	if len(name) > most {
		return fmt.Sprintf("%+q...", name[:most])
	}
	return fmt.Sprintf("%+q", name)
}

// located puts the problems in the order of the text and fills in line and column.
func (r *reader) located() []Problem {
	slices.SortStableFunc(r.problems, func(a, b Problem) int { return cmp.Compare(a.Offset, b.Offset) })
	line, from, last := 1, 0, 0
	for i := range r.problems {
		p := &r.problems[i]
		between := r.text[last:p.Offset]
		if n := strings.Count(between, "\n"); n > 0 {
			line, from = line+n, last+strings.LastIndexByte(between, '\n')+1
		}
		last, p.Line, p.Column = p.Offset, line, p.Offset-from+1
	}
	return r.problems
}
