package ledger

import "cmp"

// remediated takes out of what is told what was ended by an act that remediation
// has journalled, and so has told. Chat hears in the thread of each finding that
// it is resolved now.
func (c *Changes) remediated(rest *Telling) []*Telling {
	var kept []Record
	var tellings []*Telling
	by := map[string]*Telling{}
	for _, r := range rest.Resolved {
		if r.By == nil || !c.Journalled[r.By.ID] {
			kept = append(kept, r)
			continue
		}
		thread := cmp.Or(r.Thread, c.daily())
		t := by[thread]
		if t == nil {
			t = c.empty()
			t.Thread, t.Held = thread, true
			by[thread], tellings = t, append(tellings, t)
		}
		c.cause(t, &r)
		t.Resolved = append(t.Resolved, r)
	}
	rest.Resolved = kept
	return tellings
}
