package policy

import "slices"

// print appends the document as compact JSON. Whatever is absent from the document
// is absent from the text.
func (d Document) print(to []byte) []byte {
	to = append(to, '{')
	to = appendText(to, "Version", d.Version)
	to = appendText(to, "Id", d.ID)
	to = append(to, `"Statement":[`...)
	for i, s := range d.Statements {
		if i > 0 {
			to = append(to, ',')
		}
		to = s.print(to)
	}
	return append(to, "]}"...)
}

func (s Statement) print(to []byte) []byte {
	to = append(to, '{')
	to = appendText(to, "Sid", s.Sid)
	to = appendText(to, "Effect", string(s.Effect))
	to = s.Principal.print(to, "Principal")
	to = s.NotPrincipal.print(to, "NotPrincipal")
	to = appendList(to, "Action", s.Actions)
	to = appendList(to, "NotAction", s.NotActions)
	to = appendList(to, "Resource", s.Resources)
	to = appendList(to, "NotResource", s.NotResources)
	if s.Conditions != nil {
		to = appendConditions(append(to, `"Condition":`...), s.Conditions)
	}
	return closed(to, '}')
}

func (p *Principal) print(to []byte, name string) []byte {
	switch {
	case p == nil:
		return to
	case p.Any:
		return appendText(to, name, "*")
	}
	to = append(appendString(to, name), ":{"...)
	to = appendList(to, "AWS", p.AWS)
	to = appendList(to, "Service", p.Service)
	to = appendList(to, "Federated", p.Federated)
	to = appendList(to, "CanonicalUser", p.CanonicalUser)
	return append(closed(to, '}'), ',')
}

// appendConditions prints each operator once: its keys stand together, since a second
// block of it would be a Problem.
func appendConditions(to []byte, conditions []Condition) []byte {
	to = append(to, '{')
	for i, c := range conditions {
		if i == 0 || c.Operator != conditions[i-1].Operator {
			if i > 0 {
				to = append(closed(to, '}'), ',')
			}
			to = append(appendString(to, c.Operator), ":{"...)
		}
		to = appendList(to, c.Key, c.Values)
	}
	if len(conditions) > 0 {
		to = closed(to, '}')
	}
	return append(to, "},"...)
}

// closed ends an object, after which no comma may stand before the brace.
func closed(to []byte, brace byte) []byte {
	if to[len(to)-1] == ',' {
		to = to[:len(to)-1]
	}
	return append(to, brace)
}

func appendText(to []byte, name, value string) []byte {
	if value == "" {
		return to
	}
	to = append(appendString(to, name), ':')
	return append(appendString(to, value), ',')
}

// appendList prints a list of one as its value.
func appendList(to []byte, name string, values []string) []byte {
	if values == nil {
		return to
	}
	to = append(appendString(to, name), ':')
	if len(values) == 1 {
		return append(appendString(to, values[0]), ',')
	}
	to = append(to, '[')
	for _, value := range values {
		to = append(appendString(to, value), ',')
	}
	return append(closed(to, ']'), ',')
}

// appendString quotes valid UTF-8.
func appendString(to []byte, s string) []byte {
	to = append(slices.Grow(to, len(s)+2), '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"', c == '\\':
			to = append(to, '\\', c)
		case c < ' ':
			to = append(to, `\u00`...)
			to = append(to, "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
		default:
			to = append(to, c)
		}
	}
	return append(to, '"')
}
