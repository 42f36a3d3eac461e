package awstest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// item is an item of DynamoDB, or a part of one such as its key.
type item map[string]attribute

// attribute is an attribute value: in JSON an object whose only member is named
// for the type, such as {"S": "text"}.
type attribute struct {
	kind string
	raw  json.RawMessage // the member's value, given back as it came
	text string          // of S, N and B (decoded)
	list []attribute     // of L, SS, NS and BS
	item item            // of M
}

// UnmarshalJSON reads what may be stored. AWS would refuse anything else.
func (a *attribute) UnmarshalJSON(data []byte) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil {
		return err
	}
	if len(members) != 1 {
		return fmt.Errorf("an attribute value must hold exactly one of the supported data types, not %d", len(members))
	}
	for kind, raw := range members {
		a.kind, a.raw = kind, raw
	}
	return a.read()
}

// MarshalJSON gives back what was read.
func (a attribute) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]json.RawMessage{a.kind: a.raw})
}

func (a *attribute) read() error {
	switch a.kind {
	case "S", "N", "B":
		if err := json.Unmarshal(a.raw, &a.text); err != nil {
			return err
		}
		return a.check()
	case "BOOL", "NULL":
		var b bool
		a.text = string(a.raw)
		return json.Unmarshal(a.raw, &b)
	case "L":
		return json.Unmarshal(a.raw, &a.list)
	case "M":
		return json.Unmarshal(a.raw, &a.item)
	case "SS", "NS", "BS":
		return a.readSet()
	}
	return fmt.Errorf("no data type is named %q", a.kind)
}

// readSet reads a set, which must not be empty or hold anything twice.
func (a *attribute) readSet() error {
	var values []string
	if err := json.Unmarshal(a.raw, &values); err != nil {
		return err
	}
	if len(values) == 0 {
		return fmt.Errorf("a set of type %s must not be empty", a.kind)
	}
	for _, value := range values {
		one := attribute{kind: a.kind[:1], text: value}
		if err := one.check(); err != nil {
			return err
		}
		if slices.ContainsFunc(a.list, one.equal) {
			return fmt.Errorf("a set of type %s holds %q twice", a.kind, value)
		}
		a.list = append(a.list, one)
	}
	return nil
}

// check decodes binary and judges numbers: at most 38 digits, and an exponent
// below 126.
func (a *attribute) check() error {
	switch a.kind {
	case "B":
		raw, err := base64.StdEncoding.DecodeString(a.text)
		a.text = string(raw)
		return err
	case "N":
		f, err := strconv.ParseFloat(a.text, 64)
		if err != nil || f > 1e126 || f < -1e126 || digits(a.text) > 38 || strings.ContainsAny(a.text, "xXpP_nN") {
			return fmt.Errorf("%q is not a number that can be stored", a.text)
		}
	}
	return nil
}

// digits counts the significant digits of a number.
func digits(number string) int {
	mantissa, _, _ := strings.Cut(strings.ToLower(number), "e")
	mantissa = strings.TrimLeft(strings.Trim(mantissa, "+-"), "0.")
	if strings.Contains(mantissa, ".") {
		mantissa = strings.TrimRight(mantissa, "0")
	}
	return len(strings.ReplaceAll(mantissa, ".", ""))
}

// size is what the value counts towards the limit of an item.
func (a attribute) size() int {
	switch a.kind {
	case "N":
		return (digits(a.text)+1)/2 + 1
	case "BOOL", "NULL":
		return 1
	case "L":
		n := 3
		for _, one := range a.list {
			n += one.size() + 1
		}
		return n
	case "SS", "NS", "BS":
		n := 0
		for _, one := range a.list {
			n += one.size()
		}
		return n
	case "M":
		return 3 + len(a.item) + a.item.size()
	}
	return len(a.text)
}

// size is in bytes, names included.
func (i item) size() int {
	n := 0
	for name, value := range i {
		n += len(name) + value.size()
	}
	return n
}

func (a attribute) equal(b attribute) bool {
	if a.kind != b.kind {
		return false
	}
	switch a.kind {
	case "N":
		order, ok := a.compare(b)
		return ok && order == 0
	case "L":
		return slices.EqualFunc(a.list, b.list, attribute.equal)
	case "M":
		return maps.EqualFunc(a.item, b.item, attribute.equal)
	case "SS", "NS", "BS":
		return len(a.list) == len(b.list) && !slices.ContainsFunc(a.list, func(one attribute) bool {
			return !slices.ContainsFunc(b.list, one.equal)
		})
	}
	return a.text == b.text
}

// compare orders two values; ok is false for types that have no order, or not
// with one another.
func (a attribute) compare(b attribute) (order int, ok bool) {
	if a.kind != b.kind {
		return 0, false
	}
	switch a.kind {
	case "S", "B":
		return strings.Compare(a.text, b.text), true
	case "N":
		x, okX := new(big.Rat).SetString(a.text)
		y, okY := new(big.Rat).SetString(b.text)
		if okX && okY {
			return x.Cmp(y), true
		}
	}
	return 0, false
}
