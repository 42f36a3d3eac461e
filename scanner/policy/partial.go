package policy

import (
	"maps"
	"slices"
	"strings"
	"time"
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
		return k.holdsAnyway(c)
	}
	e := evaluation{context: k, variables: variables}
	if variables {
		e.context = k.settledFor(c.Values)
	}
	return e.holds(c)
}

// holdsAnyway evaluates a condition on a key of which nothing is known. It is sure
// only where it comes to the same without the key and with whatever value it may have.
func (k knowledge) holdsAnyway(c Condition) truth {
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
		if strings.EqualFold(c.Key, issueTime) && strings.Contains(c.Operator, "Date") {
			present = k.ofIssueTime(c, o, compare)
		}
	}
	if absent != present {
		return unclear
	}
	return absent
}

// issueTime is the key that the requests of temporary credentials have, and those of
// access keys of users have not.
const issueTime = "aws:TokenIssueTime"

// longestSession is how long temporary credentials last at most: as those of
// sts:GetSessionToken and sts:GetFederationToken may, and all others less.
const longestSession = 36 * time.Hour

// ofIssueTime evaluates a condition on when the credentials of a request were issued,
// which was before the time of the request, where that is known, and not long.
func (k knowledge) ofIssueTime(c Condition, o operator, compare comparison) truth {
	now := k["aws:currenttime"]
	if len(now) != 1 {
		return unclear
	}
	latest, ok := parseDate(now[0])
	if !ok {
		return unclear
	}
	t := anyOf(c.Values, func(wanted string) truth {
		at, ok := parseDate(wanted)
		if !ok || !at.Before(latest.Add(-longestSession)) && !at.After(latest) {
			return unclear
		}
		return compare(nil, wanted, now[0])
	})
	switch {
	case len(c.Values) == 0:
		return unclear
	case o.negated:
		return t.not()
	}
	return t
}

// Over tells whether the statement has a condition by which it applies to no request from
// now on: that the time, or when a session began, be before one that is past.
func (s Statement) Over(now time.Time) bool {
	return slices.ContainsFunc(s.Conditions, func(c Condition) bool {
		switch c.Operator {
		case "DateLessThan", "DateLessThanEquals", "NumericLessThan", "NumericLessThanEquals":
			timed := func(key string) bool { return strings.EqualFold(c.Key, key) }
			return slices.ContainsFunc([]string{"aws:CurrentTime", "aws:EpochTime", issueTime}, timed) &&
				Grants{}.At(now).known.holds(c, false) == no
		}
		return false
	})
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
