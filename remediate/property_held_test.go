package remediate_test

import (
	"fmt"
	"slices"
	"time"

	"iamvigil/ledger"
	"iamvigil/remediate"
	"iamvigil/scanner/account"
)

// checkHold: where the switch is off, or nobody heard of remediation for days,
// nothing is done; and who was finally warned is told no other day.
func (s *story) checkHold(o remediate.Outlook) {
	ended := s.book.Course.Round.EndedAt
	paused := !ended.IsZero() && s.now.Sub(ended) > 60*time.Hour
	for i := range o.Actions {
		a := &o.Actions[i]
		switch promised := a.Case.Stage == ledger.FinalWarned; {
		case a.Do == remediate.Act && (s.book.Held != "" || paused):
			s.Fatalf("act on %s while the switch is %q, and the last run ended at %s", a.Record.ID, s.book.Held, ended)
		case s.book.Held == "" || !promised || a.Do == remediate.Wait || a.Do == remediate.Refuse:
		case a.Do != remediate.Postpone || o.Held == "":
			s.Fatalf("%s of %s, who was finally warned, while the switch is off", a.Do, a.Record.ID)
		case a.Deadline.Before(a.Case.Deadline) || a.Deadline.After(s.now):
			s.Fatalf("%s is held until %s, and was told %s", a.Record.ID, a.Deadline, a.Case.Deadline)
		}
	}
}

// checkMoved: a deadline moves to a later day, and only where it is told.
func (s *story) checkMoved(a *remediate.Action, m *memory, held string) {
	switch {
	case held != "":
		return
	case !a.Deadline.After(s.now) || a.Deadline.Before(m.deadline):
		s.Fatalf("%s is postponed at %s from %s to %s", a.Record.ID, s.now, m.deadline, a.Deadline)
	}
	m.deadline = a.Deadline
}

// checkApply: a person applies all that is due, beyond the bound of a day, and
// quarantines somebody before, between or after: an administrator remains.
func (s *story) checkApply(o remediate.Outlook) {
	if o.Blind != "" {
		return
	}
	all := slices.Clone(o.Actions)
	for range s.between(0, 2) {
		u := oneOf(s, s.account.Users)
		hand, err := remediate.ByHand(s.book, u.ID, s.view(), s.settings, "leaked", s.now)
		if err == nil {
			all = slices.Insert(all, s.between(0, len(all)), hand...)
		}
	}
	v := s.view()
	g := remediate.GuardsOf(s.book, v, s.settings, s.now)
	var accepted []remediate.Action
	for _, a := range all {
		planned := a.Do == remediate.Act || a.Do == remediate.Postpone && o.Held == ""
		if a.Do = remediate.Act; planned && v.User(a.Intent.Resource.ID) != nil && g.Accept(a) == "" {
			accepted = append(accepted, a)
		}
	}
	s.checkReserve(accepted, "a person")
}

// meanwhile: between plan and act some are at work, or given a new key.
func (s *story) meanwhile(o remediate.Outlook) {
	for i := range o.Actions {
		u := s.of(o.Actions[i].Intent.Resource.ID)
		if o.Actions[i].Do != remediate.Act || u == nil || !s.chance(30) {
			continue
		}
		switch s.between(0, 2) {
		case 0:
			s.made++
			u.Keys = append(slices.Clone(u.Keys), account.AccessKey{ID: fmt.Sprint("AKIANEW", s.made), Status: account.Active, Created: s.now})
		case 1:
			u.Login = &account.Login{Changed: ago(300), LastUsed: s.now}
		default:
			for k := range u.Keys {
				u.Keys[k].LastUsed = s.now
			}
		}
	}
}

// spared reports whether the live look finds that the act is not to be. It does
// so for every act on a user said to be unused who was not, and on such a key.
func (s *story) spared(a remediate.Action) bool {
	now, err := remediate.LookAt(s.Context(), s.serve(), a, s.settings, s.now)
	if err != nil {
		s.Fatalf("look at %s: %v", a.Intent.Target, err)
	}
	u := s.of(a.Intent.Resource.ID)
	since := func(t time.Time) bool { return t.After(a.Record.EvidenceAt) }
	used := false
	for _, k := range u.Keys {
		its := a.Intent.Cure == string(remediate.Quarantine) || a.Record.Rule == "key-unused" && k.ID == a.Intent.Target
		used = used || its && (since(k.LastUsed) || since(k.Created))
	}
	if u.Login != nil && a.Intent.Cure == string(remediate.Quarantine) {
		used = used || since(u.Login.LastUsed) || since(u.Login.Changed)
	}
	if used && now.Spared == "" {
		s.Fatalf("%s of %q for %s, which was in use since: %+v", a.Intent.Call.Operation, a.Intent.Target, a.Record.Rule, u)
	}
	return now.Spared != ""
}
