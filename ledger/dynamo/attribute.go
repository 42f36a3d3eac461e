package dynamo

import (
	"fmt"
	"strconv"
)

// attribute is a value of an item: a string or a number. One of DynamoDB's other
// types is neither.
type attribute struct {
	S *string `json:",omitempty"`
	N *string `json:",omitempty"`
}

type attributes map[string]attribute

func text(s string) attribute { return attribute{S: &s} }

func number(n int64) attribute { return attribute{N: new(strconv.FormatInt(n, 10))} }

// text is empty where there is none.
func (a attributes) text(name string) (string, error) {
	v, there := a[name]
	switch {
	case !there:
		return "", nil
	case v.S == nil:
		return "", fmt.Errorf("its attribute %s is no string", name)
	}
	return *v.S, nil
}

// number is zero where there is none.
func (a attributes) number(name string) (int64, error) {
	v, there := a[name]
	switch {
	case !there:
		return 0, nil
	case v.N == nil:
		return 0, fmt.Errorf("its attribute %s is no number", name)
	}
	n, err := strconv.ParseInt(*v.N, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("its attribute %s is no whole number: %w", name, err)
	}
	return n, nil
}
