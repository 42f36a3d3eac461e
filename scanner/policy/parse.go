package policy

import (
	"strings"
)

// Parser reads documents that are to be kept beside one another: what they have in
// common, from single actions to whole statements, is in memory once, and none of it
// is part of the texts. It comes from NewParser, and one goroutine at a time may use
// it. The documents do not need it any more once they are parsed.
type Parser struct {
	words   words
	lists   recent[[]string]
	clauses recent[*Clause]
	terms   recent[*Terms]
	memory  struct {
		strings    slab[string]
		clauses    slab[Clause]
		terms      slab[Terms]
		conditions slab[Condition]
		statements slab[Statement]
	}

	// What is being read, in memory that is used over and over.
	found    []Statement
	draft    draft
	drafted  []Condition // of the draft; never nil
	list     []string
	hash     uint64   // of list
	lastWord int      // number of the word kept last
	keys     []uint64 // of the open objects in which keys are data: number of the word, offset
	decoded  []byte
}

// NewParser returns a Parser that has read nothing yet.
func NewParser() *Parser {
	return &Parser{words: words{numbers: map[string]met{}}, drafted: []Condition{}}
}

// Parse is the Parser's Parse for a document by itself.
func Parse(text string) Document { return NewParser().Parse(text) }

// Parse reads the text of one document, JSON already percent-decoded. A byte order
// mark before it is passed over. Of damaged text it reads what it can: each statement
// beside the damage is whole, and of a damaged one, what stands before the damage
// and, if it can be made out, what follows.
func (p *Parser) Parse(text string) Document {
	p.found = p.found[:0]
	p.words.forget()
	r := reader{Parser: p, text: text, end: len(text), searched: len(text) + 1}
	if strings.HasPrefix(text, byteOrderMark) {
		r.pos = len(byteOrderMark)
	}
	var doc Document
	r.document(&doc)
	if doc.Statements != nil || len(p.found) > 0 {
		doc.Statements = p.memory.statements.keep(p.found)
	}
	if len(r.problems) > 0 {
		doc.Problems, doc.Text = r.located(), strings.Clone(text)
	}
	return doc
}

// The elements of a document and of a statement, in the order in which they are
// printed; the constants are their places.
var (
	documentElements  = []string{"Version", "Id", "Statement"}
	statementElements = []string{"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction",
		"Resource", "NotResource", "Condition"}
	principalKinds = []string{"AWS", "Service", "Federated", "CanonicalUser"}
)

const (
	docVersion = iota
	docID
	docStatement
)

const (
	sid = iota
	effect
	principal
	notPrincipal
	action
	notAction
	resource
	notResource
	condition
)

// lookup finds a name, rightly or, if it is not among them, wrongly cased; -1: neither.
func lookup(names []string, name string) (place int, exact bool) {
	for i := range names {
		if names[i] == name {
			return i, true
		}
	}
	for i := range names {
		if strings.EqualFold(names[i], name) {
			return i, false
		}
	}
	return -1, false
}

// seen is which of up to sixteen names an object has had so far.
type seen struct{ right, wrong uint16 }

func (s seen) has(place int) bool { return (s.right|s.wrong)>>place&1 != 0 }

// turn is what the value of a key is to the values that its element had before.
type turn int

const (
	first   turn = iota
	again        // beside them
	instead      // in their place: they had the wrong case, this has the right one
	ignored
)

// admit looks up a key and tells what its value is for. An unknown key is ignored.
func (r *reader) admit(s *seen, names []string, key string, at int) (place int, how turn) {
	place, exact := lookup(names, key)
	if place < 0 {
		if r.damaged {
			return place, ignored // as likely a value, by a quote too few
		}
		r.problem(Unknown, at, "%s is unknown", quote(key))
		return place, ignored
	}
	right, wrong := s.right>>place&1 != 0, s.wrong>>place&1 != 0
	if exact {
		s.right |= 1 << place
	} else {
		r.problem(WrongCase, at, "%s should be written %q", quote(key), names[place])
		s.wrong |= 1 << place
	}
	switch {
	case exact && right:
		r.problem(Duplicate, at, "%q is given again", key)
		return place, again
	case exact && wrong:
		return place, instead
	case right:
		return place, ignored
	case wrong:
		return place, again
	}
	return place, first
}

// document reads the text. Statements collect in r.found.
func (r *reader) document(doc *Document) {
	if r.peek() != '{' {
		r.damage(r.pos, "a policy is an object in braces")
		r.salvage()
		return
	}
	var had seen
	r.members(func(key string, at int) {
		place, how := r.admit(&had, documentElements, key, at)
		switch {
		case how == ignored:
			r.skip()
		case place == docStatement:
			if how == instead {
				r.found = r.found[:0]
			}
			doc.Statements = []Statement{}
			r.statementList()
		case place == docID:
			r.single(&doc.ID, how)
		default:
			r.version(&doc.Version, how)
		}
	})
	if !r.broken {
		if !had.has(docStatement) {
			r.problem(Missing, 0, "the policy has no Statement")
		}
		if r.peek() < 0 {
			return
		}
		r.problem(Trailing, r.pos, "text follows the policy")
		r.begin = r.pos
	}
	r.salvage()
}

func (r *reader) version(version *string, how turn) {
	r.peek()
	at := r.pos
	if !r.single(version, how) || how == again {
		return
	}
	if *version != Version2012 && *version != Version2008 {
		r.problem(BadVersion, at, "there is no version %s", quote(*version))
	}
}

// single reads a string into value, unless it had one before. It tells whether there
// was a string.
func (r *reader) single(value *string, how turn) bool {
	if r.peek() != '"' {
		at := r.pos
		r.skip()
		r.mistyped(at, "a string is expected")
		return false
	}
	if text := r.quoted(); how != again {
		r.lastWord = r.words.number(text)
		*value = r.words.at(r.lastWord)
	}
	return true
}

// mistyped notes that the value at is not of the right type, unless there is no value.
func (r *reader) mistyped(at int, message string) {
	if !r.damaged {
		r.problem(WrongType, at, "%s", message)
	}
}

func (r *reader) statementList() {
	switch r.peek() {
	case '{':
		r.statement()
	case '[':
		r.elements(func() {
			if r.peek() == '[' {
				r.mistyped(r.pos, "a statement is an object in braces")
			}
			r.statementList()
		})
	default:
		at := r.pos
		r.skip()
		r.mistyped(at, "a statement is an object in braces")
	}
}
