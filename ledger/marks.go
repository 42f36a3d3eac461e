package ledger

import (
	"cmp"
	"slices"
	"time"
)

// alerts keeps the alerts that were not told before, each once. Two rules may
// each tell the same event, and one rule several resources of it.
func (d *diff) alerts(c *Changes) {
	heard := map[act]bool{}
	for _, a := range d.report.Alerts {
		id := a.Event.ID
		this := actOf(&a)
		if heard[this] || slices.Contains(d.known.AlertsTold[id], a.Rule) {
			continue
		}
		heard[this] = true
		c.Alerts = append(c.Alerts, a)
		if c.AlertsTold == nil {
			c.AlertsTold = map[string][]string{}
		}
		c.AlertsTold[id] = union(union(d.known.AlertsTold[id], c.AlertsTold[id]), []string{a.Rule})
	}
}

// looks remembers the live looks, so that older evidence is known for that.
func (d *diff) looks(c *Changes) {
	for key, at := range d.report.Live {
		if at.After(d.known.Live[key]) {
			if c.Live == nil {
				c.Live = map[string]time.Time{}
			}
			c.Live[key] = at
		}
	}
}

// rules remembers which rules were asked of the whole account. One that was
// switched off meanwhile is asked for the first time again.
func (d *diff) rules(c *Changes) {
	if d.kind != Digest {
		return
	}
	for rule := range d.on {
		if _, known := d.known.Rules[rule]; !known {
			if c.Rules == nil {
				c.Rules = map[string]time.Time{}
			}
			c.Rules[rule] = d.report.Time
		}
	}
	for rule := range d.known.Rules {
		if !d.on[rule] {
			c.RuleDeletes = append(c.RuleDeletes, rule)
		}
	}
	slices.Sort(c.RuleDeletes)
}

// name tells the account by its name in looks that do not ask for it.
func (d *diff) name(c *Changes) {
	if d.report.Account.Name != "" && d.report.Account.Name != d.known.Name {
		c.Name = d.report.Account.Name
	}
	c.Account.Name = cmp.Or(c.Account.Name, d.known.Name)
}

// noted lists in a digest the events that were noted since the last one.
func (d *diff) noted(c *Changes) {
	if d.kind != Digest {
		return
	}
	for id, name := range d.known.Noted {
		if c.Unknown == nil {
			c.Unknown = map[string]int{}
		}
		c.Unknown[name]++
		c.NotedDeletes = append(c.NotedDeletes, id)
	}
	slices.Sort(c.NotedDeletes)
}
