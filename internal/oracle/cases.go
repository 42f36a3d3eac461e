package oracle

import (
	"encoding/json"
	"math/rand/v2"
)

// Cases draws cases: always the same from one seed, the first of a longer row too.
// Some nine in ten have conditions; about half of what is asked is allowed.
func Cases(seed uint64, n int) []Case {
	d := dice{rand.New(rand.NewPCG(seed, 0))}
	cases := make([]Case, n)
	for i := range cases {
		cases[i] = d.draw()
	}
	return cases
}

type dice struct{ *rand.Rand }

func (d dice) oneIn(n int) bool { return d.IntN(n) == 0 }

func one[T any](d dice, list []T) T { return list[d.IntN(len(list))] }

func (d dice) draw() Case {
	s := one(d, subjects)
	c := Case{Action: one(d, s.actions), Resource: one(d, s.resources), Context: map[string][]string{}}
	if d.oneIn(8) {
		c.Action = swapCase(c.Action)
	}
	for _, k := range keys {
		if k.fits(s) && !d.oneIn(3) {
			c.Context[k.name] = d.values(k)
		}
	}
	for range 1 + d.IntN(3) {
		c.Policies = append(c.Policies, d.document(s, 4))
	}
	if d.oneIn(3) {
		c.Boundary = d.document(s, 2)
	}
	return c
}

// values are what the request has of a key: one, or some of a key that may have several.
func (d dice) values(k key) []string {
	values := []string{one(d, k.has)}
	for k.many && d.oneIn(2) && len(values) < len(k.has) {
		values = append(values, one(d, k.has))
	}
	return values
}

type statement struct {
	Effect      string
	Action      []string                       `json:",omitempty"`
	NotAction   []string                       `json:",omitempty"`
	Resource    []string                       `json:",omitempty"`
	NotResource []string                       `json:",omitempty"`
	Condition   map[string]map[string][]string `json:",omitempty"`
}

func (d dice) document(s subject, most int) string {
	var document struct {
		Version   string
		Statement []statement
	}
	document.Version = "2012-10-17"
	for range 1 + d.IntN(most) {
		document.Statement = append(document.Statement, d.statement(s))
	}
	text, _ := json.Marshal(document) // strings and maps of strings are always JSON
	return string(text)
}

func (d dice) statement(s subject) statement {
	drawn := statement{Effect: "Allow"}
	if d.oneIn(4) {
		drawn.Effect = "Deny"
	}
	if actions := d.some(s.actionPatterns); d.oneIn(6) {
		drawn.NotAction = actions
	} else {
		drawn.Action = actions
	}
	if resources := d.some(s.resourcePatterns); d.oneIn(6) {
		drawn.NotResource = resources
	} else {
		drawn.Resource = resources
	}
	for d.oneIn(2) {
		d.condition(s, &drawn)
	}
	return drawn
}

func (d dice) some(patterns []string) []string {
	list := []string{one(d, patterns)}
	for d.oneIn(3) {
		list = append(list, one(d, patterns))
	}
	return list
}

// condition adds a condition on a key that requests about the subject may have.
func (d dice) condition(s subject, on *statement) {
	k := one(d, keys)
	for !k.fits(s) {
		k = one(d, keys)
	}
	operator, name, values := one(d, operators[k.kind]), k.name, d.some(k.wants)
	switch {
	case k.many:
		operator = one(d, []string{"ForAllValues:", "ForAnyValue:"}) + operator
	case d.oneIn(6):
		operator += "IfExists"
	case d.oneIn(10):
		operator, values = "Null", []string{one(d, []string{"true", "false"})}
	}
	if d.oneIn(6) {
		name = swapCase(name)
	}
	if on.Condition == nil {
		on.Condition = map[string]map[string][]string{}
	}
	if on.Condition[operator] == nil {
		on.Condition[operator] = map[string][]string{}
	}
	on.Condition[operator][name] = values
}

// swapCase is a text in which the case of each letter is another.
func swapCase(text string) string {
	swapped := []byte(text)
	for i, c := range swapped {
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' {
			swapped[i] = c ^ 0x20
		}
	}
	return string(swapped)
}
