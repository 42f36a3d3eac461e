package config

import (
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"iamvigil/scanner"
)

// What an account may say. The texts stand in messages; AWS allows a tag key
// 128 characters and a value 256, and a path and name 640.
const (
	maxExemptions = 1000
	maxReason     = 400
	maxOwner      = 100
	maxRule       = 100
	maxResource   = 1000
	maxTags       = 50
	maxTagKey     = 128
	maxTagValue   = 256
)

// exemption is one as the file gives it. Its rules are not yet those that there
// are, and stand in rules.
type exemption struct {
	scanner.Exemption
	rules   []given[string]
	expires given[time.Time]
	line    int // where it begins
}

func (r *reader) exemptions(n *yaml.Node) []exemption {
	if n == nil || isNull(n) {
		return nil
	}
	entries := r.list(n, "exemptions", "- rule: key-rotation")
	if len(entries) > maxExemptions {
		r.wrong(entries[maxExemptions], "more than %d exemptions; a resource with a * in it takes the place of many", maxExemptions)
		return nil
	}
	var all []exemption
	for _, entry := range entries {
		all = append(all, r.exemption(entry))
	}
	return all
}

func (r *reader) exemption(n *yaml.Node) exemption {
	x := exemption{line: n.Line, Exemption: scanner.Exemption{Account: "*"}}
	has := r.fields(n, "an exemption", "rule", "resource", "account", "tags", "reason", "owner", "expires", "allow_broad")
	if n.Kind != yaml.MappingNode {
		return x
	}
	r.required(n, has)
	for name, value := range has {
		switch name {
		case "rule":
			x.rules = r.ruleNames(value)
		case "resource":
			x.Resource = r.pattern(value, "resource")
		case "account":
			x.Account = r.account(value)
		case "tags":
			x.Tags = r.tags(value)
		case "reason":
			x.Reason = r.text(value, "the reason", maxReason)
		case "owner":
			x.Owner = r.text(value, "the owner", maxOwner)
		case "expires":
			x.expires = r.expiry(value)
			x.Expires = x.expires.value
		}
	}
	r.broad(&x, has)
	return x
}

func (r *reader) required(n *yaml.Node, has map[string]*yaml.Node) {
	for _, field := range [][2]string{
		{"rule", "the id of a rule, or a list of them"},
		{"resource", "an ARN or a name, with * and ? if need be"},
		{"reason", "why"},
		{"owner", "who answers for it"},
		{"expires", "a date at most a year ahead"},
	} {
		if has[field[0]] == nil {
			r.wrong(n, "the exemption has no %s; add %s: %s", field[0], field[0], field[1])
		}
	}
}

func (r *reader) ruleNames(n *yaml.Node) []given[string] {
	entries := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		entries = n.Content
	}
	if len(entries) == 0 {
		r.wrong(n, "the list of rules is empty; name one")
	}
	var names []given[string]
	for _, entry := range entries {
		name := given[string]{r.text(entry, "a rule", maxRule), entry.Line}
		switch i := slices.IndexFunc(names, func(other given[string]) bool { return other.value == name.value }); {
		case name.value == "":
			continue
		case i >= 0:
			r.wrong(entry, "rule %q is listed twice, first in line %d; delete one of them", name.value, names[i].line)
			continue
		case name.value == scanner.EveryRule && len(entries) > 1:
			r.wrong(entry, `rule "*" is every rule; write it alone, or not`)
		}
		names = append(names, name)
	}
	return names
}

// pattern is one that is held against ARNs and names.
func (r *reader) pattern(n *yaml.Node, what string) string {
	text := r.text(n, "the "+what, maxResource)
	switch {
	case strings.ContainsFunc(text, func(c rune) bool { return c <= ' ' || c > '~' }):
		r.wrong(n, "%s %s matches nothing: no ARN and no name of AWS's has a space or a letter beyond ASCII", what, quoted(text))
	case strings.ContainsAny(text, ":/") && !strings.HasPrefix(text, "arn:") && !strings.ContainsAny(text[:1], "*?"):
		r.wrong(n, "%s %s matches nothing: an ARN begins with arn:, and a name has no : or /; begin it with arn: or *", what, quoted(text))
	default:
		return text
	}
	return ""
}

func (r *reader) account(n *yaml.Node) string {
	text := r.text(n, "the account", maxOwner)
	fixed := len(text) - strings.Count(text, "*")
	switch {
	case text == "":
	case strings.Trim(text, "0123456789*?") != "" || fixed > 12 || fixed < 12 && fixed == len(text):
		r.wrong(n, "account %s is no account id: it has 12 digits, any of them * or ?", quoted(text))
	default:
		return text
	}
	return ""
}

func (r *reader) tags(n *yaml.Node) map[string]string {
	if n.Kind != yaml.MappingNode || len(n.Content) == 0 || len(n.Content) > 2*maxTags {
		r.wrong(n, "tags must map up to %d tag keys to values, such as {environment: sandbox}", maxTags)
		return nil
	}
	tags := map[string]string{}
	for key, value := range pairs(n) {
		name := r.text(key, "a tag's key", maxTagKey)
		switch {
		case name == "": // told
		case isText(value) && value.Value == "":
			tags[name] = ""
		default:
			tags[name] = r.text(value, "the value of tag "+quoted(name), maxTagValue)
		}
	}
	return tags
}

// expiry is a time, or the last second of a day.
func (r *reader) expiry(n *yaml.Node) given[time.Time] {
	if day, err := time.Parse(time.DateOnly, n.Value); err == nil {
		return given[time.Time]{day.Add(24*time.Hour - time.Second), n.Line}
	}
	at, err := time.Parse(time.RFC3339, n.Value)
	if err != nil {
		r.wrong(n, "expires %s is neither a date such as 2027-03-31 nor a time such as 2027-03-31T12:00:00Z", quoted(n.Value))
		return given[time.Time]{}
	}
	return given[time.Time]{at.UTC(), n.Line}
}
