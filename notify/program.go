package notify

import (
	"encoding/json"
	"maps"
	"slices"
	"time"

	"iamvigil/ledger"
	"iamvigil/scanner"
)

// Programs tells everything as JSON, as docs/findings.schema.json describes it:
// one message for each owner and severity, so that a subscription's filter
// policy routes it by its attributes. What is too large for one message comes
// in numbered parts, each of them whole JSON. Together the messages hold every
// item once, but for the events, each of which stands beside all that it
// concerns.
//
// A summary is not told: programs heard at once what it sums up.
func Programs(c *ledger.Telling) []Message {
	if c.Quiet() || c.Kind == ledger.Summary {
		return nil
	}
	var messages []Message
	blank := blankPart(c)
	for _, g := range groups(c) {
		parts := pack(c, blank, g)
		for i, p := range parts {
			p.Part, p.Parts = i+1, len(parts)
			messages = append(messages, p.message(c, g.route))
		}
	}
	return messages
}

// part is one message. The lists hold what did not fit into the parts before;
// all else is the same in every part.
type part struct {
	Version int    `json:"version"`
	Kind    string `json:"kind"`
	// ID is the same for all parts, and for a repetition on the same day.
	ID       string                   `json:"id"`
	Part     int                      `json:"part"`
	Parts    int                      `json:"parts"`
	Thread   string                   `json:"thread"`
	Account  json.RawMessage          `json:"account"`
	Owner    json.RawMessage          `json:"owner"`
	Severity scanner.Severity         `json:"severity"`
	Time     time.Time                `json:"time"`
	First    bool                     `json:"first"`
	Actor    json.RawMessage          `json:"actor"`
	Open     map[scanner.Severity]int `json:"open"`
	Exempt   int                      `json:"exempt"`
	Covered  int                      `json:"covered"`
	// Contained is absent for none, as those messages were before there was any.
	Contained int `json:"contained,omitzero"`

	Events     []json.RawMessage `json:"events"`
	Alerts     []json.RawMessage `json:"alerts"`
	New        []json.RawMessage `json:"new"`
	Resolved   []json.RawMessage `json:"resolved"`
	Silenced   []json.RawMessage `json:"silenced"`
	Reranked   []json.RawMessage `json:"reranked"`
	NewRules   []json.RawMessage `json:"new_rules"`
	Withdrawn  []json.RawMessage `json:"withdrawn"`
	Exemptions []json.RawMessage `json:"exemptions"`
	Gaps       []json.RawMessage `json:"gaps"`
	Unknown    []json.RawMessage `json:"unknown_events"`
	// Steps and Notices are nil but in what tells of remediation.
	Steps   []json.RawMessage `json:"steps,omitzero"`
	Notices []json.RawMessage `json:"notices,omitzero"`

	rules map[string]bool
}

func newPart(c *ledger.Telling, of route) *part { return blankPart(c).to(of) }

// blankPart is what all messages of a telling have in common.
func blankPart(c *ledger.Telling) *part {
	p := &part{
		Version: 1,
		Kind:    c.Kind,
		ID:      identity(c),
		Thread:  thread(c),
		Account: encodeWithin(c.Account, maxHeader),
		Time:    c.Time.UTC(),
		First:   c.First,
		Actor:   encodeWithin(actorOf(events(c)), maxHeader),
		Open:    map[scanner.Severity]int{},
		Exempt:  c.Exempt,
		Covered: c.Covered,

		Contained: c.Contained,
	}
	for _, s := range scanner.Severities() {
		p.Open[s] = c.Open[s]
	}
	for _, list := range []*[]json.RawMessage{&p.Events, &p.Alerts, &p.New, &p.Resolved, &p.Silenced, &p.Reranked,
		&p.NewRules, &p.Withdrawn, &p.Exemptions, &p.Gaps, &p.Unknown} {
		*list = []json.RawMessage{}
	}
	if c.Kind == ledger.Remediation {
		p.Steps, p.Notices = list{}, list{}
	}
	return p
}

// to is an empty part that goes this way.
func (p *part) to(of route) *part {
	q := *p
	q.ID = hash(p.ID, of.owner, string(of.severity))
	q.Owner, q.Severity = encodeWithin(of.owner, maxHeader), of.severity
	q.rules = map[string]bool{}
	return &q
}

func (p *part) message(c *ledger.Telling, of route) Message {
	return Message{Body: string(encode(p)), Attributes: of.attributes(c), Rules: slices.Sorted(maps.Keys(p.rules))}
}

// Bytes that one item, and each of account, owner and actor, may take of a
// message. Together with the rest of an empty part they are less than a message,
// so that any item fits into a part of its own.
const (
	maxUnit   = MaxSize / 2
	maxHeader = MaxSize / 16
)

// pack fills parts in the order of the units.
func pack(c *ledger.Telling, blank *part, g group) []*part {
	empty := blank.to(g.route)
	empty.Part, empty.Parts = len(g.units), len(g.units)
	base := empty.message(c, g.route)
	base.Rules = []string{""}
	room := MaxSize - base.Size()

	p, used := blank.to(g.route), 0
	parts := []*part{p}
	for _, u := range g.units {
		cost := u.cost(p.rules)
		if used > 0 && used+cost > room {
			p, used = blank.to(g.route), 0
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
	if u.rule != "" {
		p.rules[u.rule] = true
	}
}
