package policy

import (
	"maps"
	"slices"
	"strings"
)

// knowledge is the condition keys of which something is known, in lower case: the values
// that requests have of them, or nil where they have none. What Decide's evaluation takes
// for absent is here unknown.
type knowledge map[string][]string

// conditions tells whether all conditions of a statement hold, and which of them are open.
func (k knowledge) conditions(all []Condition, variables bool) (truth, []Condition) {
	var open []Condition
	for _, c := range all {
		switch k.holds(c, variables) {
		case no:
			return no, nil
		case unclear:
			open = append(open, c)
		}
	}
	if open != nil {
		return unclear, open
	}
	return yes, nil
}

func (k knowledge) holds(c Condition, variables bool) truth {
	if _, known := k[strings.ToLower(c.Key)]; !known {
		return holdsAnyway(c)
	}
	e := evaluation{context: k, variables: variables}
	if variables {
		e.context = k.settledFor(c.Values)
	}
	return e.holds(c)
}

// holdsAnyway evaluates a condition on a key of which nothing is known. It is sure
// only where it comes to the same without the key and with whatever value.
func holdsAnyway(c Condition) truth {
	var absent, present truth
	if c.Operator == "Null" {
		with := evaluation{context: knowledge{strings.ToLower(c.Key): {"some"}}}
		absent, present = new(evaluation).null(c), with.null(c)
	} else {
		o, compare := parseOperator(c.Operator)
		if compare == nil {
			return unclear
		}
		absent, present = max(o.over(nil, nil), truthOf(o.ifExists)), unclear
		isLike := strings.Contains(c.Operator, "StringLike") || strings.Contains(c.Operator, "StringNotLike")
		if isLike && slices.ContainsFunc(c.Values, isAnything) {
			present = truthOf(!o.negated)
		}
	}
	if absent != present {
		return unclear
	}
	return absent
}

// isAnything tells whether a pattern matches whatever value a key may have.
func isAnything(pattern string) bool { return pattern != "" && strings.Trim(pattern, "*") == "" }

// settledFor is k where a key that variables in the texts ask for and that is not known
// has two values, of which no variable can be made.
func (k knowledge) settledFor(texts []string) knowledge {
	settled := k
	for _, text := range texts {
		for {
			v, after, ok := nextVariable(text)
			if !ok {
				break
			}
			text = after
			key := strings.ToLower(v.key)
			if _, known := settled[key]; known || v.symbol {
				continue
			}
			if len(settled) == len(k) {
				settled = maps.Clone(k)
			}
			settled[key] = []string{"", ""}
		}
	}
	return settled
}

func nextVariable(text string) (v variable, after string, ok bool) {
	_, rest, found := strings.Cut(text, "${")
	if !found {
		return v, "", false
	}
	return cutVariable(rest)
}

// resolved is what becomes of a pattern of resources, for which of the requests that
// are possible it stands.
type resolved struct {
	pattern string // of MatchResource; matches at least what the original may match
	exact   bool   // it matches nothing else
	nothing bool   // the original matches nothing: a variable has no value
}

// resolve puts what is known in the place of variables, and * in that of those of which
// nothing is. It agrees with evaluation.isResource wherever all is known.
func (k knowledge) resolve(pattern string, variables bool) resolved {
	switch {
	case !variables:
		return resolved{pattern: asPattern.written(pattern), exact: true}
	case !strings.Contains(pattern, "${"):
		return resolved{pattern: pattern, exact: true}
	}
	r, ok := k.fill(pattern)
	if !ok || variableBefore(pattern, 5) {
		return resolved{pattern: "*"}
	}
	return r
}

// fill is resolve of a pattern with variables. It is not ok where nothing can be told of
// what the pattern matches.
func (k knowledge) fill(pattern string) (r resolved, ok bool) {
	var b strings.Builder
	e := evaluation{context: k}
	several, room := false, len(pattern)+maxExpansion
	r.exact = true
	for {
		before, rest, found := strings.Cut(pattern, "${")
		b.WriteString(asPattern.written(before))
		if !found {
			r.pattern = b.String()
			return r, !several || r.nothing
		}
		v, after, ok := cutVariable(rest)
		if !ok {
			return r, false
		}
		pattern = after
		if _, known := k[strings.ToLower(v.key)]; !known && !v.symbol {
			b.WriteByte('*')
			r.exact = false
			continue
		}
		value, t := e.value(v)
		if room -= len(value); room < 0 {
			return r, false
		}
		r.nothing, several = r.nothing || t == no, several || t == unclear
		b.WriteString(asPattern.given(value))
	}
}
