package config

import (
	"iter"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// reader reads the values of a document and notes what is wrong with them. A
// value that is wrong is given as none.
type reader struct{ faults }

// given is a value that the file gives, and its line; zero: it does not.
type given[T any] struct {
	value T
	line  int
}

// wrong notes a fault of a value, unless refuse has told of it.
func (r *reader) wrong(n *yaml.Node, format string, args ...any) {
	if !foreign(n) {
		r.at(n.Line, format, args...)
	}
}

// pairs are a mapping's keys and values. A key that refuse has told of is left
// out.
func pairs(n *yaml.Node) iter.Seq2[*yaml.Node, *yaml.Node] {
	return func(yield func(key, value *yaml.Node) bool) {
		for i := 0; i < len(n.Content); i += 2 {
			if key := n.Content[i]; isText(key) && !foreign(key) && !yield(key, n.Content[i+1]) {
				return
			}
		}
	}
}

// fields are a mapping's values by their keys, which are to be known.
func (r *reader) fields(n *yaml.Node, what string, known ...string) map[string]*yaml.Node {
	values := map[string]*yaml.Node{}
	if n.Kind != yaml.MappingNode {
		r.wrong(n, "%s must map names to values; there are %s", what, listed(known))
		return values
	}
	for key, value := range pairs(n) {
		switch name := key.Value; {
		case !slices.Contains(known, name):
			r.at(key.Line, "%s has no %s%s; there are %s", what, quoted(name), meant(name, known), listed(known))
		case values[name] == nil:
			values[name] = value
		}
	}
	return values
}

// text is a text of one line and at most that many characters; empty: it is
// wrong.
func (r *reader) text(n *yaml.Node, what string, most int) string {
	text := strings.TrimSpace(n.Value)
	switch {
	case isNull(n) || isText(n) && text == "":
		r.wrong(n, "%s is empty; fill it in", what)
	case n.Kind == yaml.ScalarNode && !isText(n):
		r.wrong(n, "%s must be a text; quote it: %q", what, text)
	case !isText(n):
		r.wrong(n, "%s must be one text", what)
	case strings.Contains(text, "\n"):
		r.wrong(n, "%s must be one line; after >- many are read as one", what)
	case utf8.RuneCountInString(text) > most:
		r.wrong(n, "%s has %d characters; it may have %d", what, utf8.RuneCountInString(text), most)
	default:
		return text
	}
	return ""
}

func (r *reader) number(n *yaml.Node, what string) (value int, ok bool) {
	value, err := strconv.Atoi(n.Value)
	if err != nil || n.ShortTag() != "!!int" || strconv.Itoa(value) != n.Value {
		r.wrong(n, "%s must be a whole number, without quotes", what)
		return 0, false
	}
	return value, !foreign(n)
}

func (r *reader) flag(n *yaml.Node, what string) (value, ok bool) {
	if n.ShortTag() != "!!bool" || n.Value != "true" && n.Value != "false" {
		r.wrong(n, "%s must be true or false", what)
		return false, false
	}
	return n.Value == "true", !foreign(n)
}

// list is a list's values; of what is none, nothing.
func (r *reader) list(n *yaml.Node, what, example string) []*yaml.Node {
	if n.Kind != yaml.SequenceNode {
		r.wrong(n, "%s must be a list, such as %s", what, example)
		return nil
	}
	return n.Content
}
