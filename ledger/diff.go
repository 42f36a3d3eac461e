package ledger

import (
	"slices"
	"time"

	"iamvigil/internal/order"
	"iamvigil/scanner"
)

// Diff decides what a report changes in what was known. Kind is [Digest] for a
// nightly look at the whole account, [Event] for a look at what events touched.
//
//	situation                                             result
//	stands; evidence older than the record's or           ignored
//	  than the last live look
//	asked, and answered by evidence not older             resolved: mended; or reset, if
//	                                                        the rule's limit or grace is
//	                                                        another
//	in scope, absent from a complete listing not older    resolved: deleted
//	gap, out of scope, or not asked                       untouched
//	stands again within a day of being resolved           told once, as flapping
//	resolved while flapping                               told when it lasts a day, or
//	                                                        its burst is over
//	stands again after that                               told as new
//	stands as worse or milder than it was told            told once, with what it was
//	rule switched off or removed (digest)                 withdrawn: one line, with how
//	                                                        many findings were told
//	rule asked for the first time of an account known     one line: N findings by the
//	  before (digest)                                       new rule
//	covered; what a finding mended within the rule's      recorded, silently
//	  limit has come to
//	covered no more                                       told as new, if it never was
//	exempt or acknowledged                                told once, if it was told to
//	                                                        stand; else recorded, silently
//	stands for the first time, or again, and is exempt;   told once, as silenced
//	  critical or high; account and rule known before
//	exempt or acknowledged no more                        told as new, with what lapsed
//	resolved while exempt or acknowledged                 recorded, silently
//	covered by what is exempt or acknowledged             not covered
//	contained                                             recorded, silently: who
//	                                                        contains it tells that
//	contained no more                                     told as new
//	resolved while contained                              told, if it was told to stand
//	exempt for the scanner's own doing, or no more        recorded, silently
//	gap of the same fact and cause as one told; of a      recorded, silently
//	  resource, where one of the whole account stands
//	gap back within two days of its end                   silent; counted on, from the
//	                                                        second return
//	gap that a third night still has, or that watch's     stands: a finding that the
//	  role was refused again by then (digest)               scanner cannot see
//	such a gap no more, its fact being seen (digest);     resolved: mended
//	  for two days, if it came and went
//	watch's role refused: seen by the audit               untouched
//	  seen by an event's look; not met for 14 days        ended
//	exemption expired; expires in 14 days, then in 3;     told once each, until it is
//	  silenced nothing for 30 days (digest)                 renewed or of use
//
// It is pure: equal arguments give equal changes.
func Diff(known Known, report scanner.Report, kind string) Changes {
	d := &diff{known: &known, report: &report, kind: kind, on: set(report.Rules), entries: map[string]*entry{},
		uses: slices.Clone(report.Exemptions)}
	d.recall()
	d.recallGaps()
	d.stand(report.Findings)
	d.stand(d.blindness())
	d.settle()
	d.cover()
	c := Changes{Telling: Telling{Kind: kind, Account: report.Account, Time: report.Time, Open: map[scanner.Severity]int{}}}
	c.First = kind == Digest && len(known.Rules) == 0 && len(known.Records) == 0
	d.findings(&c)
	d.alerts(&c)
	d.gaps(&c)
	d.exemptions(&c)
	d.looks(&c)
	d.rules(&c)
	d.noted(&c)
	d.name(&c)
	c.Audited = kind == Digest
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
	// gapsKnown and gapsFound are what the ledger has and what the report has, by
	// their keys.
	gapsKnown, gapsFound map[string]GapRecord
	// uses are the report's exemptions, and what they silence here besides.
	uses []scanner.ExemptionUse
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
		e.stored = append(e.stored, d.upgraded(r))
		order.Stable(e.stored, func(a, b Record) int { return b.EvidenceAt.Compare(a.EvidenceAt) })
		e.record = e.stored[0]
	}
}

// stand takes in findings that stand now.
func (d *diff) stand(findings []scanner.Finding) {
	now := d.report.Time
	for i := range findings {
		f := &findings[i]
		e := d.entry(f.ID)
		e.found = f
		if d.stale(f.AsOf, f.Resource.Key(), &e.record) {
			continue
		}
		e.believed = true
		was := e.record
		switch {
		case len(e.stored) == 0:
			e.record = Record{State: Open, FirstSeen: now, OpenedAt: now}
		case e.record.State == Resolved:
			e.record.reopen(now)
		}
		e.record.describe(f)
		d.limit(&e.record)
		e.record.acknowledge(now)
		e.record.lapse(&was)
		d.release(&e.record, &was)
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
		case e.record.Rule == scanner.BlindnessID:
			d.see(e)
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
	e.gone(how, evidence, d.report.Time)
}

// gone takes in that the report says that it does not stand.
func (e *entry) gone(how string, evidence, now time.Time) {
	e.confirmed = true
	if e.record.State == Open {
		e.record.resolve(how, evidence, now)
	}
}

// fate tells why a record's finding is absent from the report, and from when
// the evidence is; empty if the report cannot tell.
func (d *diff) fate(r *Record) (how string, evidence time.Time) {
	switch answer, at := d.report.Answer(r.Rule, r.Resource); answer {
	case scanner.Answered:
		if d.reset(r) {
			return Reset, at
		}
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
// may not have asked for it this time. And it must be told itself: one that is
// exempt or acknowledged says nothing.
func (d *diff) cover() {
	standing := map[fault]bool{}
	for _, e := range d.order {
		if r := &e.record; r.State == Open && r.Status != scanner.Exempt && !e.withdrawn {
			standing[fault{r.Rule, r.Resource.Key()}] = true
		}
	}
	for _, e := range d.order {
		if !e.believed {
			continue
		}
		e.record.CoveredBy = ""
		for _, by := range d.report.Covering(e.record.Rule) {
			if standing[fault{by, e.record.Resource.Key()}] {
				e.record.CoveredBy = by
				break
			}
		}
		if e.record.CoveredBy == "" {
			e.record.CoveredBy = d.followed(&e.record)
		}
	}
}

// followed is the rule whose finding on the same part was mended so lately that
// what it has come to is no news yet; empty: there is none.
func (d *diff) followed(r *Record) string {
	lately := time.Duration(r.Limit) * day
	for _, rule := range d.report.Following(r.Rule) {
		former := d.entries[scanner.FindingID(d.report.Account.ID, rule, r.Resource, r.Part)]
		if former != nil && former.record.State == Resolved && former.record.How == Mended && d.report.Time.Sub(former.record.ResolvedAt) < lately {
			return rule
		}
	}
	return ""
}

func set(of []string) map[string]bool {
	in := make(map[string]bool, len(of))
	for _, s := range of {
		in[s] = true
	}
	return in
}
