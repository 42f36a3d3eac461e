package main

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"iamvigil/ledger"
	"iamvigil/scanner"
	"iamvigil/scanner/policy"
	"iamvigil/scanner/rules"
	"iamvigil/scanner/trail"
)

type findingsCommand struct {
	ledgerFlags
	Rule     []string           `help:"Only of these rules." placeholder:"ID"`
	Severity []scanner.Severity `help:"Only these severities: critical, high, medium, low, info." placeholder:"SEVERITY"`
	Resource string             `help:"Only of resources whose name or ARN is like this; * stands for anything, ? for one character." placeholder:"PATTERN"`
	Owner    *string            `help:"Only of owners like this; an empty one: what nobody owns." placeholder:"PATTERN"`
	State    string             `help:"open (contained ones too), contained, silenced (exempt or acknowledged), resolved or all." enum:"open,contained,silenced,resolved,all" default:"open"`
	Since    string             `help:"Only first seen or resolved since: a date, or a length of time such as 7d." placeholder:"WHEN"`
	Covered  bool               `help:"List those too that another finding already says."`
	Format   string             `help:"text or json." enum:"text,json" default:"text"`
}

// Run lists what the ledger holds.
func (c *findingsCommand) Run(ctx context.Context, t terminal) error {
	now := t.now()
	wanted, err := c.filter(now)
	if err != nil {
		return err
	}
	s, err := open(ctx)
	if err != nil {
		return err
	}
	table, err := c.table(ctx, &s)
	if err != nil {
		return err
	}
	known, err := s.recall(ctx, s.ledgerOf(table, t.now))
	if err != nil {
		return err
	}
	if err := checkKnown(c.Rule, known.Records); err != nil {
		return err
	}
	h := history{Version: scanner.Version, Account: s.account, Time: now.UTC(), AuditedAt: known.AuditedAt, Findings: []remembered{}}
	records := newest(known.Records)
	for mark, r := range marked(records) {
		if wanted(r) {
			h.Findings = append(h.Findings, remember(r, mark, now))
		}
	}
	slices.SortFunc(h.Findings, func(a, b remembered) int { return scanner.CompareFindings(a.Finding, b.Finding) })
	write := func() error { return h.writeText(t, c) }
	if c.Format == "json" {
		write = func() error { return writeJSON(t.out, h) }
	}
	if err := write(); err != nil {
		return fmt.Errorf("write the findings: %w", err)
	}
	return nil
}

// checkKnown takes for a rule what is one, or what a finding is remembered of.
func checkKnown(ids []string, records []ledger.Record) error {
	for _, id := range ids {
		is := func(a scanner.About) bool { return a.ID == id }
		of := func(r ledger.Record) bool { return r.Rule == id }
		if id != scanner.BlindnessID && !slices.ContainsFunc(rules.Abouts(), is) && !slices.ContainsFunc(records, of) {
			return usage{fmt.Errorf("there is no rule %q; `iamvigil rules` lists them", id)}
		}
	}
	return nil
}

// filter tells which records are asked for.
func (c *findingsCommand) filter(now time.Time) (func(*ledger.Record) bool, error) {
	var since time.Time
	if c.Since != "" {
		var err error
		if since, err = past("--since", c.Since, now); err != nil {
			return nil, err
		}
	}
	for _, s := range c.Severity {
		if !slices.Contains(scanner.Severities(), s) {
			return nil, usage{fmt.Errorf("--severity: there is no %q; there are critical, high, medium, low and info", s)}
		}
	}
	return func(r *ledger.Record) bool {
		return (len(c.Rule) == 0 || slices.Contains(c.Rule, r.Rule)) &&
			(len(c.Severity) == 0 || slices.Contains(c.Severity, r.Severity)) &&
			(c.Resource == "" || policy.MatchResource(c.Resource, r.Resource.ARN) || policy.MatchResource(c.Resource, r.Resource.Name)) &&
			(c.Owner == nil || policy.MatchResource(*c.Owner, r.Owner)) &&
			(c.State == "all" || c.State == string(stateOf(r, now)) || c.State == "contained" && contained(stateOf(r, now), &r.Finding)) &&
			(!r.FirstSeen.Before(since) || !r.ResolvedAt.IsZero() && !r.ResolvedAt.Before(since))
	}, nil
}

// stateOf is a record's state as people see it.
func stateOf(r *ledger.Record, now time.Time) ledger.State {
	switch {
	case r.State == ledger.Resolved:
		return ledger.Resolved
	case r.Status == scanner.Exempt && (r.Exempt == nil || !r.Exempt.Expired(now)):
		return ledger.Silenced
	}
	return ledger.Open
}

// contained reports that a finding's user is cut off by the stack: it stands all
// the same.
func contained(state ledger.State, f *scanner.Finding) bool {
	return state == ledger.Open && f.Status == scanner.Contained
}

// remembered is a finding and what has become of it.
type remembered struct {
	scanner.Finding
	State     ledger.State `json:"state"`
	FirstSeen time.Time    `json:"first_seen"`
	// OpenedAt is later than FirstSeen if it was resolved for less than a day.
	OpenedAt   time.Time     `json:"opened_at"`
	ResolvedAt time.Time     `json:"resolved_at,omitzero"`
	How        string        `json:"how"`
	By         *trail.Origin `json:"by"`
	Ack        *ledger.Ack   `json:"ack"`

	mark string    // the shortest beginning of its id that names it
	asOf time.Time // what the message tells is from then
}

// remember makes no array null: what an earlier version stored has none.
func remember(r *ledger.Record, mark string, now time.Time) remembered {
	m := remembered{
		Finding: r.Finding, State: stateOf(r, now), FirstSeen: r.FirstSeen, OpenedAt: r.OpenedAt,
		ResolvedAt: r.ResolvedAt, How: r.How, By: r.By, mark: mark, asOf: r.EvidenceAt,
	}
	if r.Acknowledged(now) {
		m.Ack = r.Ack
	}
	if m.Controls == nil {
		m.Controls = []string{}
	}
	if m.Commands == nil {
		m.Commands = []string{}
	}
	if m.Evidence == nil {
		m.Evidence = map[string]string{}
	}
	return m
}

// leastMark is how much of an id is shown at least, as in messages.
const leastMark = 10

// newest are the records sorted by id, of each id the one with the newest
// evidence: after a rename there can be another.
func newest(records []ledger.Record) []ledger.Record {
	sorted := slices.SortedFunc(slices.Values(records), func(a, b ledger.Record) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), b.EvidenceAt.Compare(a.EvidenceAt))
	})
	return slices.CompactFunc(sorted, func(a, b ledger.Record) bool { return a.ID == b.ID })
}

// marked yields records, which are sorted by id, each with the shortest
// beginning by which its id is told apart.
func marked(records []ledger.Record) iter.Seq2[string, *ledger.Record] {
	return func(yield func(string, *ledger.Record) bool) {
		for i := range records {
			id, n := records[i].ID, leastMark
			for _, near := range records[max(0, i-1):min(len(records), i+2)] {
				for near.ID != id && n < len(id) && strings.HasPrefix(near.ID, id[:n]) {
					n++
				}
			}
			if !yield(id[:min(n, len(id))], &records[i]) {
				return
			}
		}
	}
}
