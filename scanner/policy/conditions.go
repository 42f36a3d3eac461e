package policy

import "strings"

// truth is whether something holds. In this order, "and" is min and "or" is max.
type truth int8

const (
	no truth = iota
	unclear
	yes
)

func (t truth) not() truth { return yes - t }

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

// anyOf tells whether something holds for any of the values; for none of none.
func anyOf(values []string, holds func(value string) truth) truth {
	t := no
	for i := 0; i < len(values) && t != yes; i++ {
		t = max(t, holds(values[i]))
	}
	return t
}

// allOf tells whether something holds for all of the values; for all of none.
func allOf(values []string, holds func(value string) truth) truth {
	return anyOf(values, func(value string) truth { return holds(value).not() }).not()
}

// operator is what the name of a condition operator says, but for which comparison.
type operator struct {
	allValues, anyValue bool // ForAllValues: or ForAnyValue: stands before it
	ifExists            bool
	negated             bool
}

// holds evaluates one condition. Where the key is absent, a condition does not hold, but
// for negated ones and those that say otherwise (IAM User Guide, "Condition operators").
// A negated one holds of a value that none of the condition's values matches.
func (e *evaluation) holds(c Condition) truth {
	if c.Operator == "Null" {
		return e.null(c)
	}
	o, compare := parseOperator(c.Operator)
	if compare == nil {
		return unclear
	}
	values := e.valuesOf(c.Key)
	if o.ifExists && values == nil {
		return yes
	}
	one := func(value string) truth {
		if len(c.Values) == 0 {
			return unclear
		}
		t := anyOf(c.Values, func(wanted string) truth { return compare(e, wanted, value) })
		if o.negated {
			t = t.not()
		}
		return t
	}
	return o.over(values, one)
}

// over asks for each value that the request has of a key. To the set operators an empty
// string, where it is the only value, is none (IAM User Guide, "Single-valued vs.
// multivalued context keys", and "Condition operators" on ForAllValues; the latter's table
// for ForAllValues:StringNotLike says otherwise, but contradicts all the rest).
func (o operator) over(values []string, one func(value string) truth) truth {
	empty := len(values) == 0 || len(values) == 1 && values[0] == ""
	switch {
	case o.allValues && empty:
		return yes
	case o.anyValue && empty:
		return no // negated operators too: the first of these pages excepts none
	case o.allValues:
		return allOf(values, one)
	case o.anyValue:
		return anyOf(values, one)
	case len(values) == 0:
		return truthOf(o.negated)
	}
	// Several values without a set operator are for AWS to tell, unless they agree.
	if t := anyOf(values, one); t == allOf(values, one) {
		return t
	}
	return unclear
}

// null evaluates the operator Null. AWS calls a value null that is an empty string, but
// not whether this operator does so too.
func (e *evaluation) null(c Condition) truth {
	values := e.valuesOf(c.Key)
	if len(c.Values) == 0 || len(values) == 1 && values[0] == "" {
		return unclear
	}
	return anyOf(c.Values, func(wanted string) truth {
		absent, ok := parseBool(wanted)
		if !ok {
			return unclear
		}
		return truthOf(absent == (values == nil))
	})
}

// comparison tells whether a value of the request is what a condition's value asks for.
type comparison func(e *evaluation, wanted, value string) truth

// parseOperator reads the name of any operator but Null. An unknown one, such as a right
// one in the wrong case, has no comparison.
func parseOperator(name string) (operator, comparison) {
	var o operator
	if name, o.allValues = strings.CutPrefix(name, "ForAllValues:"); !o.allValues {
		name, o.anyValue = strings.CutPrefix(name, "ForAnyValue:")
	}
	name, o.ifExists = strings.CutSuffix(name, "IfExists")
	var compare comparison
	switch name {
	case "StringNotEquals", "StringNotEqualsIgnoreCase", "StringNotLike", "NumericNotEquals", "DateNotEquals",
		"NotIpAddress", "ArnNotEquals", "ArnNotLike":
		o.negated = true
		compare = comparisonOf(strings.Replace(name, "Not", "", 1))
	default:
		compare = comparisonOf(name)
	}
	return o, compare
}

func comparisonOf(name string) comparison {
	switch name {
	case "StringEquals":
		return (*evaluation).equal
	case "StringEqualsIgnoreCase":
		return (*evaluation).equalFold
	case "StringLike":
		return (*evaluation).like
	case "ArnEquals", "ArnLike":
		return (*evaluation).arnLike
	case "Bool":
		return equalBools
	case "BinaryEquals":
		return equalBinary
	case "IpAddress":
		return inNetwork
	}
	if rest, ok := strings.CutPrefix(name, "Numeric"); ok {
		return ordered(rest, compareNumbers)
	}
	if rest, ok := strings.CutPrefix(name, "Date"); ok {
		return ordered(rest, compareDates)
	}
	return nil
}
