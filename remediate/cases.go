package remediate

import (
	"cmp"
	"slices"
	"strings"

	"iamvigil/internal/order"
	"iamvigil/ledger"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

// mostFailures is how often a case is tried before it is left to a person.
const mostFailures = 3

const leftToPerson = "it has failed three times and is left to a person now"

// tally is what became of a case's acts in this run.
type tally struct {
	done, failed int
	// left are those that another run is at, or that wait.
	left int
	// spared says why the last one was that is not so already.
	spared string
	// over: what came of one act ends the case for this run.
	over bool
}

func (w *work) tallyOf(a *Action) *tally {
	key := keyOf(&a.Case)
	if w.tallies[key] == nil {
		w.tallies[key] = &tally{}
	}
	return w.tallies[key]
}

// caseOf is the action's case as it is to be saved.
func (w *work) caseOf(a *Action) ledger.Case {
	if c, known := w.cases[keyOf(&a.Case)]; known {
		return c
	}
	w.keep(a.Case)
	return a.Case
}

func keyOf(c *ledger.Case) caseKey { return caseKey{c.Finding, c.Cure} }

// keep saves a case. What a person asked for without a finding has none.
func (w *work) keep(c ledger.Case) {
	if c.Finding != "" {
		w.cases[keyOf(&c)] = c
	}
}

// forget deletes cases as the ledger has them.
func (w *work) forget(all []ledger.Case) {
	for i := range all {
		key := keyOf(&all[i])
		w.dropped[key] = true
		delete(w.cases, key)
		w.book.Course.Cases = slices.DeleteFunc(w.book.Course.Cases, func(c ledger.Case) bool { return keyOf(&c) == key })
	}
}

// concludeCases says how far the cases came whose acts were tried.
func (w *work) concludeCases() {
	for key, t := range w.tallies {
		c, known := w.cases[key]
		if !known {
			continue
		}
		switch {
		case t.failed > 0:
			c.Failures++
			if c.Failures >= mostFailures {
				c.Said = leftToPerson
			}
		case t.left > 0:
		case t.spared != "":
			c.Said = said(t.spared)
		default:
			c.Stage, c.Said = ledger.Acted, ""
		}
		w.cases[key] = c
	}
}

// said is a reason as a case keeps it.
func said(reason string) string { return ledger.Case{Said: reason}.Bounded().Said }

// takenBack are cases that were carried out, whose findings stand by the evidence
// of a later audit, and whose credentials are live again two days later: they are
// to begin anew, with a warning.
func (w *work) takenBack() []ledger.Case {
	var all []ledger.Case
	for _, c := range w.book.Course.Cases {
		if c.Stage != ledger.Acted || Mode(c.Mode) != Enforce {
			continue
		}
		for i := range w.book.Records {
			r := &w.book.Records[i]
			if r.ID == c.Finding && r.State == ledger.Open && r.Status == scanner.Open && w.liveAgain(&c, r) {
				all = append(all, c)
				break
			}
		}
	}
	return all
}

// liveAgain reports whether something that the case's cure took, or found taken,
// is not so any more.
func (w *work) liveAgain(c *ledger.Case, r *ledger.Record) bool {
	for _, s := range w.stories {
		i, end := s.intent(), s.last()
		its := i.Finding == c.Finding && i.Cure == c.Cure && !i.Undo && (Cure(c.Cure) != Quarantine || i.Call.Operation == attach)
		if its && w.now.Sub(end.At) >= justNow && r.EvidenceAt.Sub(end.At) >= day && w.seenUntaken(i) {
			return true
		}
	}
	return false
}

// seenUntaken reports whether the look shows the intent's target as it is before
// the call. A key whose id is not known may be the one.
func (w *work) seenUntaken(i *ledger.Intent) bool {
	u := w.view.User(i.Resource.ID)
	if u == nil {
		return false
	}
	if i.Call.Operation == attach {
		return !slices.ContainsFunc(u.Attached, func(a account.Attachment) bool { return a.ARN == i.Target })
	}
	return slices.ContainsFunc(u.Keys, func(k account.AccessKey) bool {
		return k.Status == account.Active && (k.ID == i.Target || k.ID == "")
	})
}

// advance is what has changed of the cases.
func (w *work) advance() ledger.Advance {
	a := ledger.Advance{}
	for key, c := range w.cases {
		// One that begins anew replaces the one that is dropped.
		if c.Revision = w.stored[key].Revision; c != w.stored[key] {
			a.Puts = append(a.Puts, c)
		}
	}
	for key := range w.dropped {
		if _, again := w.cases[key]; !again {
			a.Deletes = append(a.Deletes, w.stored[key])
		}
	}
	order.By(a.Puts, compareCases)
	order.By(a.Deletes, compareCases)
	return a
}

func compareCases(a, b ledger.Case) int {
	return cmp.Or(strings.Compare(a.Finding, b.Finding), strings.Compare(a.Cure, b.Cure))
}
