package policy_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var (
	someValues    = []string{"alice", "a*", "1", "2020-01-01", "true", "203.0.113.1", anyRole, "eA==", "", "${aws:username}", "${x"}
	someOperators = []string{"StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike", "StringNotLike",
		"NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericGreaterThanEquals", "DateEquals", "DateNotEquals", "DateLessThanEquals",
		"DateGreaterThan", "Bool", "BinaryEquals", "IpAddress", "NotIpAddress", "ArnEquals", "ArnNotEquals", "ArnLike", "ArnNotLike"}
	someCondition = rapid.Custom(func(t *rapid.T) string {
		prefix := rapid.SampledFrom([]string{"", "ForAllValues:", "ForAnyValue:"}).Draw(t, "prefix")
		suffix := rapid.SampledFrom([]string{"", "IfExists"}).Draw(t, "suffix")
		return condition(prefix+rapid.SampledFrom(someOperators).Draw(t, "operator")+suffix, wantedValues(t))
	})
)

func wantedValues(t *rapid.T) []string {
	return rapid.SliceOfN(rapid.SampledFrom(someValues), 0, 3).Draw(t, "wanted")
}

func condition(operator string, wanted []string) string {
	var list []string
	for _, value := range wanted {
		list = append(list, strconv.Quote(value)) // JSON too, of printable ASCII
	}
	return `"` + operator + `":{"k":[` + strings.Join(list, ",") + `]}`
}

func requested(t *rapid.T, least, most int) context {
	return context{"k": rapid.SliceOfN(rapid.SampledFrom(someValues), least, most).Draw(t, "requested"), "aws:username": {"alice"}}
}

// IfExists holds wherever the operator without it does, and says the same of a key
// that is there.
func TestIfExistsIsWeaker(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		operator := rapid.SampledFrom([]string{"", "ForAllValues:", "ForAnyValue:"}).Draw(t, "prefix") + rapid.SampledFrom(someOperators).Draw(t, "operator")
		wanted, request := wantedValues(t), requested(t, 0, 3)
		plain, weaker := evaluate(t, condition(operator, wanted), request), evaluate(t, condition(operator+"IfExists", wanted), request)
		if absent := len(request["k"]) == 0; absent && weaker != holds || !absent && weaker != plain {
			t.Errorf("%s, and with IfExists it %s", plain, weaker)
		}
	})
}

// Of one value a negated operator says the opposite, and set operators nothing else.
func TestNegationAndSetsOfOneValue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		operator := rapid.SampledFrom([]string{"StringEquals", "StringEqualsIgnoreCase", "StringLike", "NumericEquals", "DateEquals", "IpAddress", "ArnEquals", "ArnLike"}).Draw(t, "operator")
		negated := map[string]string{"IpAddress": "NotIpAddress"}[operator]
		for _, kind := range []string{"String", "Numeric", "Date", "Arn"} {
			if rest, ok := strings.CutPrefix(operator, kind); ok {
				negated = kind + "Not" + rest
			}
		}
		wanted, request := wantedValues(t), requested(t, 1, 1)
		one := evaluate(t, condition(operator, wanted), request)
		opposite := map[string]string{holds: fails, fails: holds, unclear: unclear}[one]
		if got := evaluate(t, condition(negated, wanted), request); got != opposite {
			t.Errorf("%s %s, and %s %s", operator, one, negated, got)
		}
		for _, set := range []string{"ForAllValues:", "ForAnyValue:"} {
			if got := evaluate(t, condition(set+operator, wanted), request); request["k"][0] != "" && got != one {
				t.Errorf("%s %s, and with %s it %s", operator, one, set, got)
			}
		}
	})
}

// A variable stands for its value as if it had been written there, wildcards escaped.
func TestVariablesAreValues(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[ab*?${}:/]{0,8}`)
		v, have := text.Draw(t, "value"), rapid.StringMatching(`[ab*?${}:/]{0,12}`).Draw(t, "requested")
		before := rapid.StringMatching(`[ab*?:]{0,3}`).Draw(t, "before")
		if rapid.Bool().Draw(t, "alike") {
			have = strings.NewReplacer("*", "ab", "?", "b").Replace(before) + v
		}
		operator := rapid.SampledFrom([]string{"StringEquals", "StringLike", "StringEqualsIgnoreCase", "StringNotLike"}).Draw(t, "operator")
		request := context{"k": {have}, "v:v": {v}}
		written := strings.NewReplacer("*", "${*}", "?", "${?}", "$", "${$}").Replace(v)
		by, as := evaluate(t, condition(operator, []string{before + "${v:v}"}), request), evaluate(t, condition(operator, []string{before + written}), request)
		if by != as || by == unclear {
			t.Errorf("%q: by the variable it %s, written out it %s", before+written, by, as)
		}
	})
}

// A key's case counts in no operator.
func TestKeysIgnoreCase(t *testing.T) {
	for _, operator := range slices.Concat(someOperators, []string{"Null"}) {
		c := condition(operator, []string{"true"})
		lower, upper := evaluate(t, c, context{"k": {"true"}}), evaluate(t, c, context{"K": {"true"}})
		if lower != upper {
			t.Errorf("%s %s of k and %s of K", operator, lower, upper)
		}
	}
}
