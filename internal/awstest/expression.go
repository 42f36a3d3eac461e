package awstest

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// expressions are the expressions of one request with the names and values that
// they may use, all of which they must.
type expressions struct {
	names  map[string]string
	values item
	used   map[string]bool
}

// node is a part of a condition.
type node struct {
	op    string // OR AND NOT = <> < <= > >= BETWEEN, or a function's name
	parts []*node
	of    []operand
}

// operand is an attribute of the item, by name, or a value.
type operand struct {
	name  string
	value attribute
}

// syntaxError is an expression that AWS would refuse, unknown one that it may
// not but the fake does.
type syntaxError struct {
	message string
	unknown bool
}

func (e *syntaxError) Error() string { return e.message }

func (x *expressions) parse(text string) (*node, *syntaxError) {
	p := &parser{expressions: x, tokens: tokenize(text)}
	n := p.or()
	if p.err == nil && p.peek() != "" {
		p.fail("Syntax error; token: %q", p.peek())
	}
	return n, p.err
}

// unused is a name or value that no expression used, which AWS refuses.
func (x *expressions) unused() string {
	for name := range x.names {
		if !x.used[name] {
			return "Value provided in ExpressionAttributeNames unused in expressions: keys: {" + name + "}"
		}
	}
	for name := range x.values {
		if !x.used[name] {
			return "Value provided in ExpressionAttributeValues unused in expressions: keys: {" + name + "}"
		}
	}
	return ""
}

// attribute resolves a name as an expression spells it.
func (x *expressions) attribute(token string) (string, *syntaxError) {
	switch {
	case strings.HasPrefix(token, "#"):
		name, ok := x.names[token]
		if !ok {
			return "", &syntaxError{message: "An expression attribute name used in the document path is not defined; attribute name: " + token}
		}
		x.used[token] = true
		return name, nil
	case strings.ContainsAny(token, ".[]"):
		return "", &syntaxError{message: "awstest does not know paths into an attribute: " + token, unknown: true}
	case !isName(token):
		return "", &syntaxError{message: fmt.Sprintf("Syntax error; token: %q", token)}
	case reserved(token):
		return "", &syntaxError{message: "Attribute name is a reserved keyword; reserved keyword: " + token}
	}
	return token, nil
}

//go:embed reserved.txt
var reservedWords string

// reservedSet is DynamoDB's reserved words, none of which an expression may use
// as a name but through ExpressionAttributeNames.
var reservedSet = sync.OnceValue(func() map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(reservedWords) {
		set[word] = true
	}
	return set
})

func reserved(name string) bool { return reservedSet()[strings.ToUpper(name)] }

func isName(token string) bool {
	return token != "" && !strings.ContainsFunc(token, func(r rune) bool { return !inWord(r) }) && (token[0] < '0' || token[0] > '9')
}

func inWord(r rune) bool {
	return r == '_' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
}

// tokenize cuts an expression into words, operators and brackets.
func tokenize(text string) []string {
	var tokens []string
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimSpace(text) {
		n := strings.IndexFunc(text, func(r rune) bool { return !inWord(r) && !strings.ContainsRune("#:.[]-", r) })
		switch {
		case n < 0:
			n = len(text)
		case n == 0 && slices.Contains([]string{"<>", "<=", ">="}, text[:min(2, len(text))]):
			n = 2
		case n == 0:
			n = 1
		}
		tokens = append(tokens, text[:n])
		text = text[n:]
	}
	return tokens
}
