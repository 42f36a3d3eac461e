package notify

import (
	"encoding/json"
	"time"

	"iamvigil/ledger"
	"iamvigil/scanner"
	"iamvigil/scanner/trail"
)

// unit is one item of one of a part's lists.
type unit struct {
	list     func(*part) *[]json.RawMessage
	json     json.RawMessage
	rule     string
	severity scanner.Severity
}

// cost is how many bytes a part with the given rules grows by at most: the item,
// its rule among the attributes, a comma each.
func (u unit) cost(told map[string]bool) int {
	cost := len(u.json) + 1
	if u.rule != "" && !told[u.rule] {
		cost += len(encode(u.rule)) + 1
	}
	return cost
}

func units(c *ledger.Changes) []unit {
	var all []unit
	add := func(list func(*part) *[]json.RawMessage, item any, rule string, severity scanner.Severity) {
		all = append(all, unit{list, encodeWithin(item, maxUnit), rule, severity})
	}
	for _, e := range events(c) {
		add(func(p *part) *[]json.RawMessage { return &p.Events }, e, "", "")
	}
	for _, a := range c.Alerts {
		a.Controls = notNil(a.Controls)
		add(func(p *part) *[]json.RawMessage { return &p.Alerts }, a, a.Rule, a.Severity)
	}
	for i := range c.New {
		add(func(p *part) *[]json.RawMessage { return &p.New }, findingOf(&c.New[i]), c.New[i].Rule, c.New[i].Severity)
	}
	for i := range c.Resolved {
		add(func(p *part) *[]json.RawMessage { return &p.Resolved }, findingOf(&c.Resolved[i]), c.Resolved[i].Rule, c.Resolved[i].Severity)
	}
	for _, r := range c.NewRules {
		add(func(p *part) *[]json.RawMessage { return &p.NewRules }, r, r.Rule, r.Severity)
	}
	for _, g := range gapsOf(c.Gaps) {
		add(func(p *part) *[]json.RawMessage { return &p.Gaps }, g, g.Rule, "")
	}
	for _, n := range unknown(c) {
		add(func(p *part) *[]json.RawMessage { return &p.Unknown }, n, "", "")
	}
	return all
}

// findingJSON is a finding as a scan prints it, with its history.
type findingJSON struct {
	scanner.Finding
	FirstSeen  time.Time `json:"first_seen"`
	ResolvedAt time.Time `json:"resolved_at,omitzero"`
	How        string    `json:"how,omitempty"`
	Flapping   bool      `json:"flapping,omitempty"`
}

func findingOf(r *ledger.Record) findingJSON {
	f := findingJSON{r.Finding, r.FirstSeen.UTC(), r.ResolvedAt, r.How, r.Flapping}
	f.Controls = notNil(f.Controls)
	if f.Evidence == nil {
		f.Evidence = map[string]string{}
	}
	return f
}

type gapJSON struct {
	scanner.Gap
	FirstSeen time.Time `json:"first_seen"`
}

// gapsOf has an entry for every rule that a gap leaves without an answer, as a
// scan prints them.
func gapsOf(gaps []ledger.GapRecord) []gapJSON {
	var all []gapJSON
	for _, g := range gaps {
		for _, rule := range g.Rules {
			gap := scanner.Gap{Rule: rule, Resource: g.Resource, Fact: g.Fact, Reason: g.Reason, Permission: g.Permission}
			all = append(all, gapJSON{gap, g.FirstSeen.UTC()})
		}
	}
	return all
}

// actorJSON is an actor with every field, told or not.
type actorJSON struct {
	Type      string `json:"type"`
	ARN       string `json:"arn"`
	Name      string `json:"name"`
	Issuer    string `json:"issuer"`
	IP        string `json:"ip"`
	Agent     string `json:"agent"`
	MFA       string `json:"mfa"`
	Key       string `json:"key"`
	InvokedBy string `json:"invoked_by"`
}

// actorOf is the one actor of all events, with what is the same in all of them,
// or nil where there are several or none.
func actorOf(all []trail.Event) *actorJSON {
	if len(all) == 0 {
		return nil
	}
	one := all[0].Actor
	for _, e := range all {
		a := e.Actor
		if a.Type != one.Type || a.ARN != one.ARN || a.Name != one.Name || a.Issuer != one.Issuer {
			return nil
		}
		one.IP, one.Agent, one.MFA = common(one.IP, a.IP), common(one.Agent, a.Agent), common(one.MFA, a.MFA)
		one.Key, one.InvokedBy = common(one.Key, a.Key), common(one.InvokedBy, a.InvokedBy)
	}
	same := actorJSON(one)
	return &same
}

func common(a, b string) string {
	if a != b {
		return ""
	}
	return a
}

func notNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
