package policy

import (
	"errors"
	"fmt"
	"net/url"
	"unicode/utf8"
)

// MarshalJSON prints a clean document as a JSON object, always in the same order,
// without what only the spelling of the text told. A document with Problems becomes a
// string that holds its Text, percent-encoded if that is not plain JSON text; the
// zero Document becomes null.
func (d Document) MarshalJSON() ([]byte, error) {
	switch {
	case d.Problems == nil && d.Statements == nil:
		return []byte("null"), nil
	case d.Problems == nil:
		return d.print(nil), nil
	case plain(d.Text) && utf8.ValidString(d.Text):
		return appendString(nil, d.Text), nil
	}
	return appendString(nil, url.PathEscape(d.Text)), nil
}

// UnmarshalJSON is the Parser's Unmarshal for a document by itself. It leaves the
// document alone if data is null.
func (d *Document) UnmarshalJSON(data []byte) error {
	doc, err := NewParser().Unmarshal(data)
	if err == nil && string(data) != "null" {
		*d = doc
	}
	return err
}

// Unmarshal reads one JSON value: an object is parsed as it stands, a string is
// decoded as Decode does, as far as possible, and then parsed; null is the zero
// Document. Anything else is an error. What is wrong with the policy itself is not:
// the document has Problems then.
func (p *Parser) Unmarshal(data []byte) (Document, error) {
	text := string(data)
	r := reader{Parser: p, text: text, end: len(text), searched: len(text) + 1}
	switch r.peek() {
	case '{':
		return p.Parse(text), nil
	case '"':
		text = r.quoted()
		if r.peek() >= 0 {
			r.problem(Trailing, r.pos, "text follows the string")
		}
		if len(r.problems) > 0 {
			return Document{}, fmt.Errorf("read policy document from a JSON string: %v", r.located()[0])
		}
		text, _ = Decode(text) // an escape that is none is a Problem of the text
		return p.Parse(text), nil
	}
	if text == "null" {
		return Document{}, nil
	}
	return Document{}, errors.New("read policy document: neither an object nor a string")
}
