package awstest

import (
	"cmp"
	"fmt"
	"strings"
)

// parser reads a condition by recursive descent. After an error it gives nodes
// of no meaning.
type parser struct {
	*expressions
	tokens []string
	err    *syntaxError
}

func (p *parser) fail(format string, args ...any) {
	if p.err == nil {
		p.err = &syntaxError{message: fmt.Sprintf(format, args...)}
	}
	p.tokens = nil
}

// peek is the next token; empty at the end.
func (p *parser) peek() string {
	if len(p.tokens) == 0 {
		return ""
	}
	return p.tokens[0]
}

func (p *parser) next() string {
	token := p.peek()
	if token == "" {
		p.fail("Syntax error; token: <EOF>")
		return ""
	}
	p.tokens = p.tokens[1:]
	return token
}

// take passes over the next token if it is the word, in any case.
func (p *parser) take(word string) bool {
	if !strings.EqualFold(p.peek(), word) {
		return false
	}
	p.tokens = p.tokens[1:]
	return true
}

func (p *parser) want(token string) {
	if !p.take(token) {
		p.fail("Syntax error; token: %s, wanted: %s", cmp.Or(p.peek(), "<EOF>"), token)
	}
}

func (p *parser) or() *node {
	n := p.and()
	for p.take("OR") {
		n = &node{op: "OR", parts: []*node{n, p.and()}}
	}
	return n
}

func (p *parser) and() *node {
	n := p.not()
	for p.take("AND") {
		n = &node{op: "AND", parts: []*node{n, p.not()}}
	}
	return n
}

func (p *parser) not() *node {
	switch {
	case p.take("NOT"):
		return &node{op: "NOT", parts: []*node{p.not()}}
	case p.take("("):
		n := p.or()
		p.want(")")
		return n
	case len(p.tokens) > 1 && p.tokens[1] == "(":
		return p.function()
	}
	return p.comparison()
}

func (p *parser) function() *node {
	n := &node{op: p.next()}
	p.want("(")
	n.of = append(n.of, p.operand())
	for p.take(",") {
		n.of = append(n.of, p.operand())
	}
	p.want(")")
	switch wanted := map[string]int{"attribute_exists": 1, "attribute_not_exists": 1, "begins_with": 2}[n.op]; {
	case p.err != nil:
	case wanted == 0:
		p.fail("awstest does not know the function %s", n.op)
		p.err.unknown = true
	case wanted != len(n.of) || n.of[0].name == "":
		p.fail("Incorrect operands for operator or function; operator or function: %s", n.op)
	}
	return n
}

func (p *parser) comparison() *node {
	n := &node{of: []operand{p.operand()}, op: strings.ToUpper(p.next())}
	switch n.op {
	case "=", "<>", "<", "<=", ">", ">=":
		n.of = append(n.of, p.operand())
	case "BETWEEN":
		n.of = append(n.of, p.operand())
		p.want("AND")
		n.of = append(n.of, p.operand())
	case "IN":
		p.fail("awstest does not know the operator IN")
		p.err.unknown = true
	default:
		p.fail("Syntax error; token: %q", n.op)
	}
	return n
}

func (p *parser) operand() operand {
	token := p.next()
	if strings.HasPrefix(token, ":") {
		value, ok := p.values[token]
		if !ok {
			p.fail("An expression attribute value used in expression is not defined; attribute value: %s", token)
		}
		p.used[token] = true
		return operand{value: value}
	}
	name, err := p.attribute(token)
	if err != nil && p.err == nil {
		p.err, p.tokens = err, nil
	}
	return operand{name: name}
}

// holds judges the condition on an item; nil: one that does not exist.
func (n *node) holds(i item) bool {
	switch n.op {
	case "OR":
		return n.parts[0].holds(i) || n.parts[1].holds(i)
	case "AND":
		return n.parts[0].holds(i) && n.parts[1].holds(i)
	case "NOT":
		return !n.parts[0].holds(i)
	}
	values := make([]attribute, len(n.of))
	all := true
	for k, o := range n.of {
		v, ok := o.in(i)
		values[k], all = v, all && ok
	}
	switch n.op {
	case "attribute_exists":
		return all
	case "attribute_not_exists":
		return !all
	case "<>":
		return !all || !values[0].equal(values[1])
	}
	return all && compares(n.op, values)
}

func (o operand) in(i item) (attribute, bool) {
	if o.name == "" {
		return o.value, true
	}
	v, ok := i[o.name]
	return v, ok
}

func compares(op string, v []attribute) bool {
	switch op {
	case "=":
		return v[0].equal(v[1])
	case "begins_with":
		return v[0].kind == v[1].kind && strings.Contains("SB", v[0].kind) && strings.HasPrefix(v[0].text, v[1].text)
	case "BETWEEN":
		return compares(">=", v[:2]) && compares("<=", []attribute{v[0], v[2]})
	}
	order, ok := v[0].compare(v[1])
	switch op {
	case "<":
		return ok && order < 0
	case "<=":
		return ok && order <= 0
	case ">":
		return ok && order > 0
	}
	return ok && order >= 0
}
