package notify

import (
	"encoding/json"
	"maps"
	"slices"
	"time"

	"iamvigil/ledger"
	"iamvigil/scanner"
)

// Programs tells everything as JSON. What is too large for one message comes in
// numbered parts, each of them whole JSON with the attributes of what it holds;
// together the parts hold every item once.
func Programs(c *ledger.Changes) []Message {
	if c.Quiet() {
		return nil
	}
	parts := pack(c, units(c))
	messages := make([]Message, len(parts))
	for i, p := range parts {
		p.Part, p.Parts = i+1, len(parts)
		messages[i] = Message{Body: string(encode(p)), Attributes: attributes(c, p.severity), Rules: slices.Sorted(maps.Keys(p.rules))}
	}
	return messages
}

// part is one message. The lists hold what did not fit into the parts before;
// all else is the same in every part.
type part struct {
	Version int    `json:"version"`
	Kind    string `json:"kind"`
	// ID is the same for all parts, and for a repetition on the same day.
	ID      string                   `json:"id"`
	Part    int                      `json:"part"`
	Parts   int                      `json:"parts"`
	Account json.RawMessage          `json:"account"`
	Time    time.Time                `json:"time"`
	First   bool                     `json:"first"`
	Actor   json.RawMessage          `json:"actor"`
	Open    map[scanner.Severity]int `json:"open"`
	Exempt  int                      `json:"exempt"`
	Covered int                      `json:"covered"`

	Events   []json.RawMessage `json:"events"`
	Alerts   []json.RawMessage `json:"alerts"`
	New      []json.RawMessage `json:"new"`
	Resolved []json.RawMessage `json:"resolved"`
	NewRules []json.RawMessage `json:"new_rules"`
	Gaps     []json.RawMessage `json:"gaps"`
	Unknown  []json.RawMessage `json:"unknown_events"`

	rules    map[string]bool
	severity scanner.Severity
}

func newPart(c *ledger.Changes) *part {
	p := &part{
		Version: 1,
		Kind:    c.Kind,
		ID:      identity(c),
		Account: encodeWithin(c.Account, maxHeader),
		Time:    c.Time.UTC(),
		First:   c.First,
		Actor:   encodeWithin(actorOf(events(c)), maxHeader),
		Open:    map[scanner.Severity]int{},
		Exempt:  c.Exempt,
		Covered: c.Covered,
		rules:   map[string]bool{},
	}
	for _, s := range scanner.Severities() {
		p.Open[s] = c.Open[s]
	}
	for _, list := range []*[]json.RawMessage{&p.Events, &p.Alerts, &p.New, &p.Resolved, &p.NewRules, &p.Gaps, &p.Unknown} {
		*list = []json.RawMessage{}
	}
	return p
}

// Bytes that one item, and each of account and actor, may take of a message.
// Together with the rest of an empty part they are less than a message, so that
// any item fits into a part of its own.
const (
	maxUnit   = MaxSize / 2
	maxHeader = MaxSize / 16
)

// pack fills parts in the order of the units.
func pack(c *ledger.Changes, all []unit) []*part {
	empty := newPart(c)
	empty.Part, empty.Parts = len(all), len(all)
	base := Message{Body: string(encode(empty)), Attributes: attributes(c, scanner.Critical), Rules: []string{""}}
	room := MaxSize - base.Size()

	p, used := newPart(c), 0
	parts := []*part{p}
	for _, u := range all {
		cost := u.cost(p.rules)
		if used+cost > room {
			p, used = newPart(c), 0
			parts = append(parts, p)
			cost = u.cost(p.rules)
		}
		used += cost
		p.add(u)
	}
	return parts
}

func (p *part) add(u unit) {
	list := u.list(p)
	*list = append(*list, u.json)
	p.severity = worse(p.severity, u.severity)
	if u.rule != "" {
		p.rules[u.rule] = true
	}
}
