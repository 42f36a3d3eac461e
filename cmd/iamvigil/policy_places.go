package main

import (
	"encoding/json"
	"strings"
)

// spot is a string in a statement: in Action, Resource or Sid, a Not-form being its
// element too, or the key of an operator in Condition. The zero spot is the statement.
type spot struct{ element, operator, value string }

// placesIn finds where in the text of a statement its strings first are, as far as that
// is JSON.
func placesIn(text string) map[spot]int {
	r := placeReader{json.NewDecoder(strings.NewReader(text)), text, map[spot]int{}}
	if _, err := r.d.Token(); err != nil {
		return r.places
	}
	for r.d.More() {
		key, err := r.d.Token()
		if err != nil {
			return r.places
		}
		name, _ := key.(string)
		read := false
		switch element := elementOf(name); element {
		case "":
			var passed json.RawMessage
			read = r.d.Decode(&passed) == nil
		case "Condition":
			read = r.conditions()
		default:
			read = r.strings(element)
		}
		if !read {
			return r.places
		}
	}
	return r.places
}

func elementOf(key string) string {
	for _, element := range []string{"Sid", "Action", "Resource", "Condition"} {
		if strings.EqualFold(key, element) || strings.EqualFold(key, "Not"+element) {
			return element
		}
	}
	return ""
}

type placeReader struct {
	d      *json.Decoder
	text   string
	places map[spot]int
}

// next reads a token, and notes where it is if it is a string.
func (r *placeReader) next(element, operator string) (json.Token, error) {
	from := r.d.InputOffset()
	token, err := r.d.Token()
	value, is := token.(string)
	at := spot{element, operator, value}
	if _, again := r.places[at]; err == nil && is && !again {
		r.places[at] = int(from) + strings.IndexByte(r.text[from:], '"')
	}
	return token, err
}

// strings reads one value: a string, or a list of them.
func (r *placeReader) strings(element string) bool {
	token, err := r.next(element, "")
	if err != nil || token == json.Delim('{') {
		return false
	}
	if token != json.Delim('[') {
		return true
	}
	for r.d.More() {
		token, err := r.next(element, "")
		if _, is := token.(string); err != nil || !is {
			return false
		}
	}
	_, err = r.d.Token()
	return err == nil
}

// conditions reads {"operator": {"key": values}}.
func (r *placeReader) conditions() bool {
	return r.object(func() bool {
		operator, err := r.d.Token()
		name, is := operator.(string)
		return err == nil && is && r.object(func() bool {
			if _, err := r.next("Condition", name); err != nil {
				return false
			}
			var passed json.RawMessage
			return r.d.Decode(&passed) == nil
		})
	})
}

func (r *placeReader) object(member func() bool) bool {
	if token, err := r.d.Token(); err != nil || token != json.Delim('{') {
		return false
	}
	for r.d.More() {
		if !member() {
			return false
		}
	}
	_, err := r.d.Token()
	return err == nil
}
