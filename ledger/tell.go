package ledger

import (
	"cmp"
	"slices"

	"iamvigil/scanner"
)

// findings collects what is to be told and remembered of findings.
func (d *diff) findings(c *Changes) {
	counts := map[string]*RuleCount{}
	for _, e := range d.order {
		if len(e.stored) == 0 && !e.believed {
			continue
		}
		d.tell(e, c, counts)
		d.count(e, c)
		e.save(c)
	}
	for _, n := range counts {
		c.NewRules = append(c.NewRules, *n)
	}
	slices.SortFunc(c.NewRules, func(a, b RuleCount) int {
		return cmp.Or(cmp.Compare(a.Severity.Rank(), b.Severity.Rank()), cmp.Compare(a.Rule, b.Rule))
	})
	for _, list := range [][]Record{c.New, c.Resolved, c.Puts, c.Deletes} {
		slices.SortFunc(list, compareRecords)
	}
}

// tell compares what people were told with what is. Whatever happened in
// between, what is told in the end is what is.
func (d *diff) tell(e *entry, c *Changes, counts map[string]*RuleCount) {
	r := &e.record
	switch {
	case e.believed && r.loud() && r.Told != Open:
		r.Flapping = r.Flapping && r.Told == Resolved && r.OpenedAt.Equal(d.report.Time)
		r.Told = Open
		if d.firstAsked(r.Rule) {
			tally(counts, r)
		} else {
			c.New = append(c.New, *r)
		}
	case e.confirmed && r.Told == Open && !r.unsettled(d.report.Time):
		r.Told, r.Flapping = Resolved, false
		c.Resolved = append(c.Resolved, *r)
	}
}

// firstAsked reports whether an account that was looked at before is asked a
// rule for the first time.
func (d *diff) firstAsked(rule string) bool {
	_, asked := d.known.Rules[rule]
	return d.kind == Digest && len(d.known.Rules) > 0 && !asked
}

func tally(counts map[string]*RuleCount, r *Record) {
	n := counts[r.Rule]
	if n == nil {
		n = &RuleCount{Rule: r.Rule, Severity: r.Severity}
		counts[r.Rule] = n
	}
	n.Findings++
	if r.Severity.Rank() < n.Severity.Rank() {
		n.Severity = r.Severity
	}
}

func (d *diff) count(e *entry, c *Changes) {
	r := &e.record
	switch {
	case r.State != Open || e.withdrawn:
	case d.kind == Event && !d.report.Scope.Covers(r.Resource):
	case r.Status == scanner.Exempt:
		c.Exempt++
	case r.CoveredBy != "":
		c.Covered++
	default:
		c.Open[r.Severity]++
	}
}

// save puts the record where its sort key says, and deletes what else is stored
// of it. A record that stays as it was is not saved.
func (e *entry) save(c *Changes) {
	if e.withdrawn {
		c.Deletes = append(c.Deletes, e.stored...)
		return
	}
	r := e.record
	if len(e.stored) == 1 && r.same(&e.stored[0]) {
		return
	}
	slot := max(0, slices.IndexFunc(e.stored, func(s Record) bool { return s.StoredAs == r.SortKey() }))
	for i, s := range e.stored {
		if i == slot {
			r.StoredAs, r.Revision = s.StoredAs, s.Revision
		} else {
			c.Deletes = append(c.Deletes, s)
		}
	}
	c.Puts = append(c.Puts, r)
}

// compareRecords is the order of a report's findings.
func compareRecords(a, b Record) int {
	return cmp.Or(scanner.CompareFindings(a.Finding, b.Finding), cmp.Compare(a.StoredAs, b.StoredAs))
}
