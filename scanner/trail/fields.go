package trail

import (
	"encoding/json"
	"strings"
)

// fields is an object of the record that is read by need: its shape differs
// from event to event, and most of it is never looked at.
type fields map[string]json.RawMessage

// text is the string at a dotted path, or empty.
func (f fields) text(path string) string {
	var text string
	if raw := f.at(path); len(raw) > 0 && raw[0] == '"' && json.Unmarshal(raw, &text) == nil {
		return text
	}
	return ""
}

// scalar is the string, number or boolean at a dotted path, or empty.
func (f fields) scalar(path string) string {
	raw := f.at(path)
	if len(raw) == 0 {
		return ""
	}
	switch raw[0] {
	case '"':
		return f.text(path)
	case '{', '[', 'n':
		return ""
	}
	return string(raw)
}

func (f fields) at(path string) json.RawMessage {
	name, rest, nested := strings.Cut(path, ".")
	raw, found := f[name]
	if !found || !nested {
		return raw
	}
	var inner fields
	if json.Unmarshal(raw, &inner) != nil {
		return nil
	}
	return inner.at(rest)
}

// within finds the object that a path begins with, and the rest of the path.
func (r *record) within(path string) (fields, string) {
	where, rest, _ := strings.Cut(path, ".")
	switch where {
	case "request":
		return r.RequestParameters, rest
	case "response":
		return r.ResponseElements, rest
	}
	return r.AdditionalEventData, rest
}
