package policy

import "strings"

// maxExpansion is by how many bytes the values of variables may lengthen one text. The
// longest that AWS has are tags of 256 characters; the limit keeps a document that is
// nothing but variables from becoming many times as long.
const maxExpansion = 1 << 12

// form is for what a text with variables is wanted.
type form bool

const (
	verbatim  form = false // a string
	asPattern form = true  // a pattern of MatchResource
)

var escapeDollar = strings.NewReplacer("$", "${$}")

var escapeSymbols = strings.NewReplacer("*", "${*}", "?", "${?}", "$", "${$}")

// written is a piece of text as it stands in the document.
func (f form) written(text string) string {
	if f == asPattern {
		return escapeDollar.Replace(text)
	}
	return text
}

// given is a value put in the place of a variable: its * and ? are no wildcards.
func (f form) given(text string) string {
	if f == asPattern {
		return escapeSymbols.Replace(text)
	}
	return text
}

// expand puts values in the place of variables, in documents of a version that has
// some, and characters in that of ${*}, ${?} and ${$}. The answer is no where a variable
// has no value, so that the text equals nothing and matches nothing, and unclear
// where one cannot be read or has several values, which AWS does not let a variable have.
func (e *evaluation) expand(text string, f form) (string, truth) {
	if !e.variables {
		return f.written(text), yes
	}
	var b strings.Builder
	t, room := yes, len(text)+maxExpansion
	for {
		before, rest, found := strings.Cut(text, "${")
		b.WriteString(f.written(before))
		if !found {
			return b.String(), t
		}
		v, after, ok := cutVariable(rest)
		if !ok {
			return "", unclear
		}
		value, resolved := e.value(v)
		t = min(t, resolved)
		if room -= len(value); room < 0 {
			return "", unclear
		}
		b.WriteString(f.given(value))
		text = after
	}
}

// variable is what stands within ${ and }: a key and perhaps a default, or one of the
// characters * ? $.
type variable struct {
	key, otherwise string
	hasDefault     bool
	symbol         bool
}

func (e *evaluation) value(v variable) (string, truth) {
	if v.symbol {
		return v.key, yes
	}
	switch values := e.valuesOf(v.key); {
	case len(values) > 1:
		return "", unclear
	case len(values) == 1:
		return values[0], yes
	}
	return v.otherwise, truthOf(v.hasDefault)
}

// cutVariable reads the variable before text, of which "${" is already cut off.
func cutVariable(text string) (v variable, after string, ok bool) {
	end := strings.IndexAny(text, ",}")
	if end < 1 {
		return v, "", false
	}
	v.key, after = text[:end], text[end:]
	v.symbol = v.key == "*" || v.key == "?" || v.key == "$"
	if !v.symbol && strings.ContainsAny(v.key, "${'") {
		return v, "", false
	}
	if after[0] == '}' {
		return v, after[1:], true
	}
	if after, ok = strings.CutPrefix(after, ", '"); !ok || v.symbol {
		return v, "", false
	}
	v.hasDefault = true
	v.otherwise, after, ok = strings.Cut(after, "'}")
	return v, after, ok
}

// parts cuts the pattern of an ARN at its first five colons, those within variables
// left out. With fewer colons there are fewer parts.
func (e *evaluation) parts(pattern string) []string {
	var all []string
	from := 0
	for i := 0; i < len(pattern) && len(all) < 5; i++ {
		switch {
		case pattern[i] == ':':
			all = append(all, pattern[from:i])
			from = i + 1
		case e.variables && strings.HasPrefix(pattern[i:], "${"):
			_, after, ok := cutVariable(pattern[i+2:])
			if !ok {
				return nil
			}
			i = len(pattern) - len(after) - 1
		}
	}
	return append(all, pattern[from:])
}

// variableBefore tells whether a variable other than ${*}, ${?} and ${$} stands before
// the nth colon of a text.
func variableBefore(text string, n int) bool {
	for {
		before, rest, found := strings.Cut(text, "${")
		if n -= strings.Count(before, ":"); !found || n <= 0 {
			return false
		}
		v, after, ok := cutVariable(rest)
		if !ok || !v.symbol {
			return true
		}
		text = after
	}
}
