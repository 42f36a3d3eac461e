package ledger

import (
	"cmp"
	"slices"

	"iamvigil/internal/order"
	"iamvigil/scanner"
)

// findings collects what is to be told and remembered of findings.
func (d *diff) findings(c *Changes) {
	fresh, withdrawn := ruleTally{}, ruleTally{}
	for _, e := range d.order {
		if len(e.stored) == 0 && !e.believed {
			continue
		}
		if e.withdrawn && e.record.Told == Open {
			withdrawn.add(&e.record)
		}
		d.tell(e, c, fresh)
		if !e.withdrawn && (d.kind == Digest || d.report.Scope.Covers(e.record.Resource)) {
			c.count(&e.record)
		}
		e.save(c)
	}
	c.NewRules, c.Withdrawn = fresh.sorted(), withdrawn.sorted()
	for _, list := range [][]Record{c.New, c.Resolved, c.Silenced, c.Reranked, c.Puts, c.Deletes} {
		order.By(list, compareRecords)
	}
}

// tell compares what people were told with what is. Whatever happened in
// between, what is told in the end is what is.
func (d *diff) tell(e *entry, c *Changes, fresh ruleTally) {
	r := &e.record
	switch {
	case e.believed && r.loud():
		d.tellStanding(r, c, fresh)
	case e.believed && r.Status == scanner.Exempt && r.Told == Open:
		r.tell(Silenced)
		r.Flapping = false
		c.Silenced = append(c.Silenced, *r)
	case e.confirmed && r.Told == Open && !r.unsettled(d.report.Time):
		r.tell(Resolved)
		r.Flapping = false
		c.Resolved = append(c.Resolved, *r)
	}
}

// tellStanding tells what stands, unless people know; and if they know it as
// worse or milder than it is, that.
func (d *diff) tellStanding(r *Record, c *Changes, fresh ruleTally) {
	switch {
	case r.Told != Open:
		r.Flapping = r.Flapping && r.Told == Resolved && r.OpenedAt.Equal(d.report.Time)
		r.tell(Open)
		if d.firstAsked(r.Rule) {
			fresh.add(r)
		} else {
			c.New = append(c.New, *r)
		}
	case r.ToldAs != r.Severity:
		was := r.ToldAs
		r.tell(Open)
		r.Was, r.Lapsed = was, nil
		c.Reranked = append(c.Reranked, *r)
	}
}

// firstAsked reports whether an account that was looked at before is asked a
// rule for the first time. Nobody asks for what the scanner cannot see.
func (d *diff) firstAsked(rule string) bool {
	_, asked := d.known.Rules[rule]
	return d.kind == Digest && len(d.known.Rules) > 0 && !asked && rule != scanner.BlindnessID
}

// ruleTally counts records by their rules.
type ruleTally map[string]*RuleCount

func (t ruleTally) add(r *Record) {
	n := t[r.Rule]
	if n == nil {
		n = &RuleCount{Rule: r.Rule, Severity: r.Severity}
		t[r.Rule] = n
	}
	n.Findings++
	if r.Severity.Rank() < n.Severity.Rank() {
		n.Severity = r.Severity
	}
}

// sorted is nil if nothing was counted.
func (t ruleTally) sorted() (counts []RuleCount) {
	for _, n := range t {
		counts = append(counts, *n)
	}
	order.By(counts, func(a, b RuleCount) int {
		return cmp.Or(cmp.Compare(a.Severity.Rank(), b.Severity.Rank()), cmp.Compare(a.Rule, b.Rule))
	})
	return counts
}

// count counts the record, if it stands.
func (c *Changes) count(r *Record) {
	switch {
	case r.State != Open:
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
