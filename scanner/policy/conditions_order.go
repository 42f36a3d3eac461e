package policy

import (
	"cmp"
	"strconv"
	"strings"
	"time"
)

// order compares two values of a kind; not ok: one of them is none.
type order func(a, b string) (sign int, ok bool)

// ordered is the comparison of a value with a condition's by the rest of an operator's
// name, such as LessThan.
func ordered(name string, compare order) comparison {
	var holds func(sign int) bool
	switch name {
	case "Equals":
		holds = func(sign int) bool { return sign == 0 }
	case "LessThan":
		holds = func(sign int) bool { return sign < 0 }
	case "LessThanEquals":
		holds = func(sign int) bool { return sign <= 0 }
	case "GreaterThan":
		holds = func(sign int) bool { return sign > 0 }
	case "GreaterThanEquals":
		holds = func(sign int) bool { return sign >= 0 }
	default:
		return nil
	}
	return func(_ *evaluation, wanted, value string) truth {
		sign, ok := compare(value, wanted)
		if !ok {
			return unclear
		}
		return truthOf(holds(sign))
	}
}

// compareNumbers compares integers and decimals of any length exactly.
func compareNumbers(a, b string) (int, bool) {
	x, ok := parseDecimal(a)
	y, okToo := parseDecimal(b)
	if x.negative != y.negative {
		if x.negative {
			return -1, ok && okToo
		}
		return 1, ok && okToo
	}
	sign := cmp.Or(cmp.Compare(len(x.whole), len(y.whole)), cmp.Compare(x.whole, y.whole), cmp.Compare(x.fraction, y.fraction))
	if x.negative {
		sign = -sign
	}
	return sign, ok && okToo
}

// decimal is a number without needless zeros. Zero has no digits and is not negative.
type decimal struct {
	negative        bool
	whole, fraction string
}

func parseDecimal(text string) (decimal, bool) {
	var n decimal
	digits, negative := strings.CutPrefix(text, "-")
	whole, fraction, point := strings.Cut(digits, ".")
	if whole == "" || point && fraction == "" || strings.Trim(whole+fraction, "0123456789") != "" {
		return n, false
	}
	n.whole, n.fraction = strings.TrimLeft(whole, "0"), strings.TrimRight(fraction, "0")
	n.negative = negative && n.whole+n.fraction != ""
	return n, true
}

func compareDates(a, b string) (int, bool) {
	x, ok := parseDate(a)
	y, okToo := parseDate(b)
	return x.Compare(y), ok && okToo
}

// parseDate reads what AWS calls the W3C's formats of ISO 8601, in which a day without a
// time is its first moment in UTC, and seconds since 1970. Four digits could be either
// a year or seconds, and are neither here.
func parseDate(text string) (time.Time, bool) {
	if strings.Trim(text, "0123456789") == "" {
		seconds, err := strconv.ParseInt(text, 10, 64)
		return time.Unix(seconds, 0), err == nil && len(text) != 4
	}
	if len(text) > len(time.DateOnly) && (len(text) < len("2006-01-02T15:04") || text[13] != ':' || strings.Contains(text, ",")) {
		return time.Time{}, false // time.Parse is laxer than the standard
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00", time.DateOnly, "2006-01"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}
