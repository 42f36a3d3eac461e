package remediate

import (
	"strings"
	"time"

	"iamvigil/internal/order"
	"iamvigil/ledger"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

// Book is what [Plan] goes by beside the account and the settings.
type Book struct {
	Account account.Identity
	// Records are all of the account.
	Records []ledger.Record
	Course  ledger.Course
	// Held says why nothing may be acted on whatever is due, such as that the kill
	// switch is off; empty: something may.
	Held string
}

// standing are the findings that a cure is armed for and that nothing silences,
// each once, sorted by id. What silences them is asked anew, of the settings and
// the users of now: the record knows those of the last audit.
func (b *Book) standing(of *account.Snapshot, s *Settings, now time.Time) []ledger.Record {
	newest := map[string]ledger.Record{}
	for _, r := range b.Records {
		// After a rename there can be two of one finding.
		if other, twice := newest[r.ID]; !twice || r.EvidenceAt.After(other.EvidenceAt) {
			newest[r.ID] = r
		}
	}
	var all []ledger.Record
	for _, r := range newest {
		if r.State == ledger.Open && r.Status == scanner.Open && !r.Acknowledged(now) && s.cureFor(r.Rule) != "" {
			all = append(all, r)
		}
	}
	order.By(all, func(a, b ledger.Record) int { return strings.Compare(a.ID, b.ID) })
	silenced := s.silenced(of, all, now)
	left := all[:0]
	for i := range all {
		if !silenced[i] {
			left = append(left, all[i])
		}
	}
	return left
}

// cureFor is the armed cure of the rule's findings, or empty.
func (s *Settings) cureFor(rule string) Cure {
	if _, scheduled := s.Schedules[rule]; !scheduled {
		return ""
	}
	for _, c := range Cures() {
		for _, its := range c.Rules() {
			if its == rule && s.Cures[c] {
				return c
			}
		}
	}
	return ""
}

// silenced tells of each record whether it is exempt or contained now, by the
// names, tags and policies that users have in the snapshot.
func (s *Settings) silenced(of *account.Snapshot, records []ledger.Record, now time.Time) []bool {
	refs := map[string]account.Ref{}
	for i := range of.Users {
		refs[of.Users[i].ID] = of.Users[i].Ref()
	}
	report := scanner.Report{Account: of.Account, Time: now, Findings: make([]scanner.Finding, len(records))}
	for i := range records {
		report.Findings[i] = records[i].Finding
		if ref, exists := refs[records[i].Resource.ID]; exists {
			report.Findings[i].Resource = ref
		}
	}
	s.Terms.Apply(of, &report)
	silenced := make([]bool, len(records))
	for i := range report.Findings {
		silenced[i] = report.Findings[i].Status != scanner.Open
	}
	return silenced
}

// deed is an intent in the journal with the last of its outcomes, which is empty
// while there is none, at the time of the newer of both.
type deed struct {
	ledger.Intent
	action  string
	outcome string
	at      time.Time
	// undone: the same action was undone later.
	undone bool
}

// happened reports whether the deed was done, or may have been.
func (d *deed) happened() bool { return d.outcome != ledger.Stopped && d.outcome != ledger.Failed }

func deedsOf(journal []ledger.Entry) []deed {
	var all []deed
	for _, e := range journal {
		switch last := len(all) - 1; {
		case e.Intent != nil:
			all = append(all, deed{Intent: *e.Intent, action: e.Action, at: e.At})
		case last >= 0 && all[last].action == e.Action:
			all[last].outcome, all[last].at = e.Outcome, e.At
			if all[last].Undo && e.Outcome == ledger.Done {
				undone(all)
			}
		}
	}
	return all
}

// undone marks all that the last deed's action did before it was undone.
func undone(all []deed) {
	last := len(all) - 1
	for i := last - 1; i >= 0 && all[i].action == all[last].action; i-- {
		all[i].undone = true
	}
}
