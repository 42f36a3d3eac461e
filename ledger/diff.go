package ledger

import (
	"slices"
	"time"

	"iamvigil/scanner"
)

// Diff decides what a report changes in what was known. Kind is [Digest] for a
// nightly look at the whole account, [Event] for a look at what events touched.
//
//	situation                                             result
//	stands; evidence older than the record's or           ignored
//	  than the last live look
//	asked, and answered by evidence not older             resolved: mended
//	in scope, absent from a complete listing not older    resolved: deleted
//	gap, out of scope, or not asked                       untouched
//	stands again within a day of being resolved           told once, as flapping
//	resolved while flapping                               told when it lasts a day
//	stands again after that                               told as new
//	rule switched off or removed (digest)                 withdrawn, silently
//	rule asked for the first time of an account known     one line: N findings by the
//	  before (digest)                                       new rule
//	covered or exempt                                     recorded, silently
//	covered or exempt no more                             told as new, if it never was
//
// It is pure: equal arguments give equal changes.
func Diff(known Known, report scanner.Report, kind string) Changes {
	d := &diff{known: &known, report: &report, kind: kind, on: set(report.Rules), entries: map[string]*entry{}}
	d.recall()
	d.stand()
	d.settle()
	d.cover()
	c := Changes{Kind: kind, Account: report.Account, Time: report.Time, Open: map[scanner.Severity]int{}}
	c.First = kind == Digest && len(known.Rules) == 0 && len(known.Records) == 0
	d.findings(&c)
	d.alerts(&c)
	d.gaps(&c)
	d.looks(&c)
	d.rules(&c)
	d.noted(&c)
	d.name(&c)
	return c
}

type diff struct {
	known  *Known
	report *scanner.Report
	kind   string
	on     map[string]bool
	// entries are by the identity of the finding, order lists them as they came.
	entries map[string]*entry
	order   []*entry
}

// entry is one identity on its way from what was known to what is.
type entry struct {
	record Record
	// stored are the records that a store holds of it, the newest first: none
	// of a new one, several if a rename went unnoticed.
	stored []Record
	// found is the report's finding, and believed tells that its evidence was
	// not too old.
	found    *scanner.Finding
	believed bool
	// confirmed: the report says, on good evidence, that it does not stand.
	confirmed bool
	withdrawn bool
}

func (d *diff) entry(id string) *entry {
	e := d.entries[id]
	if e == nil {
		e = &entry{}
		d.entries[id] = e
		d.order = append(d.order, e)
	}
	return e
}

func (d *diff) recall() {
	for _, r := range d.known.Records {
		e := d.entry(r.ID)
		e.stored = append(e.stored, r)
		slices.SortStableFunc(e.stored, func(a, b Record) int { return b.EvidenceAt.Compare(a.EvidenceAt) })
		e.record = e.stored[0]
	}
}

// stand takes in the findings that the report has.
func (d *diff) stand() {
	now := d.report.Time
	for i := range d.report.Findings {
		f := &d.report.Findings[i]
		e := d.entry(f.ID)
		e.found = f
		if d.stale(f.AsOf, f.Resource.Key(), &e.record) {
			continue
		}
		e.believed = true
		switch {
		case len(e.stored) == 0:
			e.record = Record{State: Open, FirstSeen: now, OpenedAt: now}
		case e.record.State == Resolved:
			e.record.reopen(now)
		}
		e.record.describe(f)
	}
}

// stale reports whether more is known than evidence of that time can tell.
func (d *diff) stale(evidence time.Time, resource string, r *Record) bool {
	return evidence.Before(r.EvidenceAt) || evidence.Before(d.known.Live[resource])
}

// settle judges the records whose finding the report does not have.
func (d *diff) settle() {
	for _, e := range d.order {
		switch {
		case e.found != nil:
		case !d.on[e.record.Rule]:
			e.withdrawn = d.kind == Digest
		default:
			d.absent(e)
		}
	}
}

func (d *diff) absent(e *entry) {
	if e.record.State == Resolved && e.record.Told != Open || !d.report.Scope.Covers(e.record.Resource) {
		return
	}
	how, evidence := d.fate(&e.record)
	if how == "" || d.stale(evidence, e.record.Resource.Key(), &e.record) {
		return
	}
	e.confirmed = true
	if e.record.State == Open {
		e.record.resolve(how, evidence, d.report.Time)
	}
}

// fate tells why a record's finding is absent from the report, and from when
// the evidence is; empty if the report cannot tell.
func (d *diff) fate(r *Record) (how string, evidence time.Time) {
	switch answer, at := d.report.Answer(r.Rule, r.Resource); answer {
	case scanner.Answered:
		return Mended, at
	case scanner.NotAsked:
		if gone, at := d.report.Gone(r.Resource); gone {
			return Deleted, at
		}
	}
	return "", time.Time{}
}

// fault is a rule that fails for a resource, whatever the part.
type fault struct{ rule, resource string }

// cover settles which findings another one already says. That one must stand
// in the ledger: the report may have it from evidence that is not believed, or
// may not have asked for it this time.
func (d *diff) cover() {
	standing, found := map[fault]bool{}, map[fault]bool{}
	for _, e := range d.order {
		at := fault{e.record.Rule, e.record.Resource.Key()}
		standing[at] = standing[at] || e.record.State == Open && !e.withdrawn
		found[at] = found[at] || e.believed
	}
	for _, e := range d.order {
		if !e.believed {
			continue
		}
		resource := e.record.Resource.Key()
		by := e.found.CoveredBy
		if by == "" && len(e.stored) > 0 && !found[fault{e.stored[0].CoveredBy, resource}] {
			by = e.stored[0].CoveredBy
		}
		if !standing[fault{by, resource}] {
			by = ""
		}
		e.record.CoveredBy = by
	}
}

func set(of []string) map[string]bool {
	in := make(map[string]bool, len(of))
	for _, s := range of {
		in[s] = true
	}
	return in
}
