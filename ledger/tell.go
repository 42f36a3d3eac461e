package ledger

import (
	"cmp"
	"slices"

	"iamvigil/internal/order"
	"iamvigil/scanner"
)

// findings collects what is to be told and remembered of findings.
func (d *diff) findings(c *Changes) {
	fresh, withdrawn := counts{}, counts{}
	for _, e := range d.order {
		if len(e.stored) == 0 && !e.believed {
			continue
		}
		if e.withdrawn && e.record.Told == Open {
			withdrawn.add(e.record.Rule, e.record.Severity, 1)
		}
		d.tell(e, c, fresh)
		if !e.withdrawn && (d.kind == Digest || d.report.Scope.Covers(e.record.Resource)) {
			c.count(&e.record)
		}
		e.save(c)
	}
	d.switchedOff(withdrawn)
	c.NewRules, c.Withdrawn = fresh.sorted(), withdrawn.sorted()
	for _, list := range [][]Record{c.New, c.Resolved, c.Silenced, c.Reranked, c.Puts, c.Deletes} {
		order.By(list, compareRecords)
	}
}

// switchedOff notes in a digest the rules that were asked until now, those too
// that nobody was told of any finding by: a look that ends is itself told.
func (d *diff) switchedOff(withdrawn counts) {
	if d.kind != Digest {
		return
	}
	for rule := range d.known.Rules {
		if _, counted := withdrawn[rule]; !d.on[rule] && !counted {
			withdrawn.add(rule, scanner.Info, 0)
		}
	}
}

// tell compares what people were told with what is. Whatever happened in
// between, what is told in the end is what is.
func (d *diff) tell(e *entry, c *Changes, fresh counts) {
	r := &e.record
	switch {
	case e.believed && r.loud():
		d.tellStanding(r, c, fresh)
	case e.believed && r.Status == scanner.Exempt && !r.builtIn() && (r.Told == Open || d.hushed(e)):
		r.tell(Silenced)
		r.Flapping = false
		c.Silenced = append(c.Silenced, *r)
	case e.confirmed && r.Told == Open && !r.unsettled(d.report.Time):
		r.tell(Resolved)
		r.Flapping = false
		c.Resolved = append(c.Resolved, *r)
	}
}

// hushed reports whether the record is bad, began to stand in this look and was
// exempt from then on: who makes an administrator may have made the exemption
// hold too. What an account had when it or the rule was first looked at is not
// news.
func (d *diff) hushed(e *entry) bool {
	r := &e.record
	_, asked := d.known.Rules[r.Rule]
	began := len(e.stored) == 0 || e.stored[0].State == Resolved
	return began && (asked || d.kind == Event) && r.Told != Silenced && r.CoveredBy == "" && r.Severity.Rank() <= scanner.High.Rank()
}

// tellStanding tells what stands, unless people know; and if they know it as
// worse or milder than it is, that.
func (d *diff) tellStanding(r *Record, c *Changes, fresh counts) {
	switch {
	case r.Told != Open:
		r.Flapping = r.Flapping && r.Told == Resolved && r.OpenedAt.Equal(d.report.Time)
		r.tell(Open)
		if d.firstAsked(r.Rule) {
			fresh.add(r.Rule, r.Severity, 1)
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

// count counts the record, if it stands.
func (c *Telling) count(r *Record) {
	switch {
	case r.State != Open:
	case r.Status == scanner.Exempt:
		c.Exempt++
	case r.Status == scanner.Contained:
		c.Contained++
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
