package ledger_test

import (
	"slices"
	"testing"

	"iamvigil/ledger"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

// stand fails unless these gaps, by their keys, are all that stand.
func (s *story) stand(want ...string) {
	s.t.Helper()
	var got []string
	for key, g := range s.memory.gaps {
		if !g.Ended() {
			got = append(got, key)
		}
	}
	if slices.Sort(got); !slices.Equal(got, want) {
		s.t.Errorf("gaps %q stand, want %q", got, want)
	}
}

// TestDiffGaps tells stories of what could not be seen.
func TestDiffGaps(t *testing.T) {
	tell(t, map[string]func(*story){
		"gap of the account: told once, nothing resolved, its end silent": func(s *story) {
			u := s.create("alice", "p")
			u.console = true
			s.makeReport()
			s.audit("new inline alice p", "new mfa alice")
			s.denied[account.MFA] = true
			u.mfa = true
			s.later(day)
			s.audit("gap mfa all")
			s.later(day)
			s.unsaved(s.audit())
			s.denied[account.MFA] = false
			s.makeReport()
			s.audit("mended mfa alice")
			s.later(2 * day)
			s.audit()
			s.denied[account.MFA] = true
			s.audit("gap mfa all")
		},
		"gap of a user seen live within the day: let be until the next audit": func(s *story) {
			s.audit()
			alice := s.create("alice", "p")
			alice.console = true
			delete(s.reported, alice.id)
			s.watch("alice", "new inline alice p", "new mfa alice")
			s.later(hour)
			s.unsaved(s.audit())
			s.later(2 * day)
			s.audit("gap mfa alice")
		},
		"gap of the listing: nobody is deleted": func(s *story) {
			s.create("alice", "p").console = true
			s.makeReport()
			s.audit("new inline alice p", "new mfa alice")
			s.users, s.denied[account.Users] = nil, true
			s.later(day)
			s.audit("gap users all")
			s.watch("alice")
		},
		"gap of one resource: ends when it is answered, or gone, in scope": func(s *story) {
			alice, bob := s.create("alice"), s.create("bob")
			alice.console = true
			clear(s.reported)
			s.audit("gap mfa alice", "gap mfa bob")
			s.unsaved(s.audit())
			s.later(hour)
			s.watch("alice", "new mfa alice")
			s.delete(bob)
			s.watch("alice")
			s.stand("mfa#AIDA0002")
			s.watch("bob")
			s.stand()
		},
		"gap of one resource within one of the account: not told again": func(s *story) {
			s.create("alice")
			clear(s.reported)
			s.audit("gap mfa alice")
			s.denied[account.MFA] = true
			s.audit("gap mfa all")
			s.denied[account.MFA] = false
			s.audit()
		},
		"gap that more rules meet: saved, not told": func(s *story) {
			s.create("alice")
			clear(s.reported)
			s.audit("gap mfa alice")
			s.off["late"] = false
			if c := s.audit(); len(c.GapPuts) != 1 || len(c.GapPuts[0].Rules) != 2 {
				s.t.Errorf("gap puts %v, want one of two rules", c.GapPuts)
			}
			s.off["late"] = true
			if c := s.audit("withdrawn late 0"); len(c.GapPuts) != 1 || len(c.GapPuts[0].Rules) != 1 {
				s.t.Errorf("gap puts %v, want one of one rule", c.GapPuts)
			}
		},
		"gap of a renamed user: silent": func(s *story) {
			u := s.create("alice")
			clear(s.reported)
			s.audit("gap mfa alice")
			u.name = "bob"
			if c := s.audit(); len(c.GapPuts) != 1 || c.GapPuts[0].Resource.Name != "bob" {
				s.t.Errorf("gap puts %v, want one under the new name", c.GapPuts)
			}
		},
		"gap whose rule is switched off: ends with the next digest": func(s *story) {
			s.create("alice")
			clear(s.reported)
			s.audit("gap mfa alice")
			s.off["mfa"] = true
			s.watch("alice")
			s.stand("mfa#AIDA0001")
			s.audit("withdrawn mfa 0")
			if len(s.memory.gaps) != 0 {
				s.t.Error("the digest left the gap")
			}
		},
		"gap of a name that nobody has any more: ends": func(s *story) {
			lost := account.Ref{Kind: account.KindUser, Name: "Ghost"}
			report, _ := s.look(account.Scope{Refs: []account.Ref{lost}}, ledger.Event)
			report.Gaps = []scanner.Gap{{Rule: "inline", Fact: account.Users, Resource: &lost, Reason: "timeout"}}
			s.expect(ledger.Diff(s.memory.load(), report, ledger.Event), []string{"gap users Ghost"})
			if _, held := s.memory.gaps["users#user#ghost"]; !held {
				s.t.Errorf("gaps %v, want that of the name", s.memory.gaps)
			}
			s.audit()
			s.stand()
		},
		"gap of the account stays when an event's look does not meet it": func(s *story) {
			s.create("alice")
			s.denied[account.MFA] = true
			s.audit("gap mfa all")
			s.denied[account.MFA] = false
			s.unsaved(s.alert(nil))
			s.denied[account.MFA] = true
			s.audit()
		},
	})
}
