package ledger

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"iamvigil/internal/order"
	"iamvigil/scanner"
)

// summaries close the bursts that are over. One that held nothing is closed
// without a word.
func (c *Changes) summaries(records []Record, all []burst) []*Telling {
	all = slices.DeleteFunc(slices.Clone(all), func(b burst) bool { return !b[0].Due(c.Time) })
	if len(all) == 0 {
		return nil
	}
	now := c.after(records)
	var tellings []*Telling
	for _, b := range all {
		c.BurstDeletes = append(c.BurstDeletes, b...)
		for _, t := range []*Telling{c.settle(b, now), c.summary(b, now)} {
			if !t.Quiet() {
				tellings = append(tellings, t)
			}
		}
	}
	return tellings
}

// settle tells that what was flapping in the burst is mended, to all but email,
// which the summary tells: nobody has to wait for a day to hear how it ended.
func (c *Changes) settle(b burst, now map[string]*Record) *Telling {
	t := &Telling{Kind: Event, Account: c.Account, Time: c.Time, Thread: b[0].Thread, Held: true}
	twins := c.twins()
	for _, h := range b.records() {
		r := now[h.ID]
		if r == nil || r.State != Resolved || r.Told != Open {
			continue
		}
		settled := *r
		settled.tell(Resolved)
		settled.Flapping = false
		if twin := twins[h.ID]; twin != nil {
			*twin = settled
		} else {
			c.Puts = append(c.Puts, settled)
			twins = c.twins()
		}
		now[h.ID], t.Resolved = &settled, append(t.Resolved, settled)
	}
	return t
}

// after are the records by their findings, as they are after the changes.
func (c *Changes) after(records []Record) map[string]*Record {
	now := make(map[string]*Record, len(records))
	for i := range records {
		r := &records[i]
		if as := now[r.ID]; as == nil || r.EvidenceAt.After(as.EvidenceAt) {
			now[r.ID] = r
		}
	}
	for i := range c.Deletes {
		delete(now, c.Deletes[i].ID)
	}
	maps.Copy(now, c.twins())
	return now
}

// summary tells what has come of what was held.
func (c *Changes) summary(b burst, now map[string]*Record) *Telling {
	whole := b[0]
	whole.ID, whole.Events, whole.Held, whole.Alerts, whole.Rest = whole.Thread, 0, nil, nil, nil
	s := &Telling{Kind: Summary, Account: c.Account, Time: c.Time, Thread: whole.Thread, Burst: &whole}
	rest := counts{}
	for i := range b {
		whole.At, whole.Events, whole.Sessions = b[i].At, whole.Events+b[i].Events, union(whole.Sessions, b[i].Sessions)
		for _, n := range b[i].Rest {
			rest.add(n.Rule, n.Severity, n.Findings)
		}
	}
	s.outcome(b, now, rest)
	s.acts(b, rest)
	s.Rest = rest.sorted()
	return s
}

// outcome tells of each record what people were told of it last, unless email
// knows it: a record that is in another thread was new there once more. What only
// came and went, or is said by another finding now, is counted; what is looked
// after no more is nobody's concern.
func (c *Telling) outcome(b burst, now map[string]*Record, rest counts) {
	for _, h := range b.records() {
		r := now[h.ID]
		switch {
		case r == nil:
		case r.Told == Open && !r.loud():
			rest.add(h.Rule, h.Severity, 1)
		case r.Told == Open && h.fresh && r.Thread == h.thread:
			c.New = append(c.New, *r)
		case r.Told == Open && h.reranked:
			c.Reranked = append(c.Reranked, *r)
		case r.Told == Resolved && !h.unheardOf(r):
			c.Resolved = append(c.Resolved, *r)
		case r.Told == Silenced && !h.unheardOf(r):
			silenced := *r
			silenced.By = nil // he did not silence it
			c.Silenced = append(c.Silenced, silenced)
		default:
			rest.add(h.Rule, h.Severity, 1)
		}
	}
	for _, list := range c.Records() {
		order.By(*list, compareRecords)
	}
}

// heldRecord is a record that was held, once or more often.
type heldRecord struct {
	HeldRecord // as it was held first
	thread     string
	// fresh and reranked: it was held as such. Since: after it was held first, all
	// were told something.
	fresh, reranked, since bool
}

// unheardOf reports whether all that was ever told of a finding was held, so
// that email does not take it to stand.
func (h *heldRecord) unheardOf(r *Record) bool {
	return h.As == heldNew && r.Thread == h.thread && !h.since
}

// records are those that were held, in the order in which they were first.
func (b burst) records() []*heldRecord {
	var all []*heldRecord
	by := map[string]*heldRecord{}
	for i := range b {
		part := &b[i]
		for _, r := range part.Held {
			h := by[r.ID]
			if h == nil {
				h = &heldRecord{HeldRecord: r, thread: part.Thread}
				by[r.ID], all = h, append(all, h)
			}
			h.fresh, h.reranked = h.fresh || r.As == heldNew, h.reranked || r.As == heldReranked
		}
		if len(part.Held)+len(part.Alerts)+len(part.Rest) == 0 {
			for _, h := range all {
				h.since = true
			}
		}
	}
	return all
}

// acts tells the alerts that were held, the worst of them in full, each once
// however often it was told.
func (c *Telling) acts(b burst, rest counts) {
	seen := map[act]bool{}
	for i := range b {
		for _, a := range b[i].Alerts {
			if this := actOf(&a); !seen[this] {
				seen[this] = true
				c.Alerts = append(c.Alerts, a)
			}
		}
	}
	order.Stable(c.Alerts, compareAlerts)
	for _, a := range c.Alerts[min(mostAlerts, len(c.Alerts)):] {
		rest.add(a.Rule, a.Severity, 1)
	}
	c.Alerts = c.Alerts[:min(mostAlerts, len(c.Alerts))]
}

// act tells alerts apart.
type act struct{ event, rule, resource, message string }

func actOf(a *scanner.Alert) act {
	return act{a.Event.ID, a.Rule, string(a.Resource.Kind) + a.Resource.Key() + a.Resource.Name, a.Message}
}

// counts counts findings and alerts by rule.
type counts map[string]RuleCount

func (n counts) add(rule string, severity scanner.Severity, findings int) {
	was, known := n[rule]
	if known {
		severity = worse(was.Severity, severity)
	}
	n[rule] = RuleCount{Rule: rule, Severity: severity, Findings: was.Findings + findings}
}

// sorted are the counts, the worst first.
func (n counts) sorted() []RuleCount {
	return slices.SortedFunc(maps.Values(n), func(a, b RuleCount) int {
		return cmp.Or(cmp.Compare(a.Severity.Rank(), b.Severity.Rank()), strings.Compare(a.Rule, b.Rule))
	})
}
