package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// MaxBytes is the largest file that is read: a thousand exemptions of 256 bytes.
const MaxBytes = 256 << 10

// document is the root of the one YAML document in a file, or why there is none.
func document(content []byte) (*yaml.Node, *fault) {
	if len(content) > MaxBytes {
		return nil, &fault{1 + bytes.Count(content[:MaxBytes], []byte("\n")), fmt.Sprintf("the file is larger than %d KB; a resource with a * in it takes the place of many", MaxBytes>>10)}
	}
	content = bytes.TrimPrefix(content, []byte("\ufeff"))
	if fault := unseen(content); fault != nil {
		return nil, fault
	}
	root, second, err := decode(content)
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return nil, broken(content, complaint(err))
	case second != nil:
		return nil, &fault{second.Line, "a second YAML document; one file is one configuration: delete the --- between them"}
	case err != nil || isNull(root.Content[0]):
		return nil, &fault{1, "it is empty; it needs at least version: 1"}
	}
	return root.Content[0], nil
}

// unseen is the first character that an editor shows as nothing or as spaces,
// in comments too: what a reviewer sees is what is read.
func unseen(content []byte) *fault {
	line := 1
	for i := 0; i < len(content); {
		r, size := utf8.DecodeRune(content[i:])
		switch {
		case r == '\n':
			line++
		case r == '\r' && bytes.HasPrefix(content[i:], []byte("\r\n")):
		case r == '\t':
			return &fault{line, "a tab; YAML is indented with spaces: replace it"}
		case r == utf8.RuneError && size == 1:
			return &fault{line, fmt.Sprintf("the byte %#02x is not UTF-8; save the file as UTF-8", content[i])}
		case !shown(r):
			return &fault{line, fmt.Sprintf("the character %U cannot be seen; delete it, or type a space", r)}
		}
		i += size
	}
	return nil
}

// shown reports whether a character can be seen, or joins letters as some
// scripts and emoji need.
func shown(r rune) bool { return unicode.IsPrint(r) || r == '\u200c' || r == '\u200d' }

// decode gives the root of the first document and that of the second, if there
// is one.
func decode(content []byte) (root, second *yaml.Node, err error) {
	dec := yaml.NewDecoder(bytes.NewReader(content))
	root, second = new(yaml.Node), new(yaml.Node)
	if err := dec.Decode(root); err != nil {
		return nil, nil, err
	}
	switch err := dec.Decode(second); {
	case errors.Is(err, io.EOF):
		return root, nil, nil
	case err != nil:
		return nil, nil, err
	}
	return root, second, nil
}

// complaint is what the YAML library says, without its line, which is that of
// the beginning of the block or one off.
func complaint(err error) string {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	if rest, ok := strings.CutPrefix(text, "line "); ok {
		_, text, _ = strings.Cut(rest, ": ")
	}
	return text
}

// broken tells a complaint with the line that brings it about: the last of the
// fewest lines that give rise to it.
func broken(content []byte, text string) *fault {
	lines := bytes.SplitAfter(content, []byte("\n"))
	n := sort.Search(len(lines)-1, func(i int) bool {
		_, _, err := decode(bytes.Join(lines[:i+1], nil))
		return err != nil && complaint(err) == text
	})
	return &fault{n + 1, "it is not YAML: " + text + remedy(text)}
}

func remedy(text string) string {
	if strings.Contains(text, "anchor") || strings.Contains(text, "alphabetic") {
		return "; quote a text that begins with * or &"
	}
	return "; look at its indentation, colons, quotes and brackets"
}

// refuse notes what is YAML and not read: anchors, aliases and merged keys, by
// which few lines can mean millions; tags, by which a text is no text; keys that
// are no text or come twice.
func (r *reader) refuse(n *yaml.Node) {
	switch {
	case n.Kind == yaml.AliasNode:
		r.at(n.Line, "*%s is an alias, which is not read; write out what it stands for, or quote a text that begins with *", n.Value)
	case n.Anchor != "":
		r.at(n.Line, "&%s is an anchor, which is not read; delete it, or quote a text that begins with &", n.Anchor)
	}
	if foreign(n) && n.Kind != yaml.AliasNode {
		r.at(n.Line, "%s is a tag, which is not read; delete it, or quote a text that begins with !", quoted(n.Tag))
	}
	if n.Kind == yaml.ScalarNode {
		if i := strings.IndexFunc(n.Value, func(c rune) bool { return !shown(c) && c != '\n' }); i >= 0 {
			c, _ := utf8.DecodeRuneInString(n.Value[i:])
			r.at(n.Line, "the character %U cannot be seen; delete its escape", c)
		}
	}
	if n.Kind == yaml.MappingNode {
		r.refuseKeys(n)
	}
	for _, child := range n.Content {
		r.refuse(child)
	}
}

func (r *reader) refuseKeys(n *yaml.Node) {
	first := map[string]int{}
	for i := 0; i < len(n.Content); i += 2 {
		switch key := n.Content[i]; {
		case foreign(key): // told where it is met
		case key.ShortTag() == "!!merge":
			r.at(key.Line, "<< merges another mapping, which is not read; write out its keys")
		case !isText(key):
			r.at(key.Line, "a key must be a text; quote it")
		case first[key.Value] > 0:
			r.at(key.Line, "%s is set twice, first in line %d; delete one of them", quoted(key.Value), first[key.Value])
		default:
			first[key.Value] = key.Line
		}
	}
}

// foreign reports whether a node is in a form that is not read, for whatever
// reason it is there.
func foreign(n *yaml.Node) bool {
	return n.Kind == yaml.AliasNode || n.Style&yaml.TaggedStyle != 0
}

func isText(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!str" }

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }
