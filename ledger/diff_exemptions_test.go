package ledger_test

import (
	"testing"

	"iamvigil/ledger"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

// TestDiffExemptions tells stories of exemptions that people should look after.
func TestDiffExemptions(t *testing.T) {
	tell(t, map[string]func(*story){
		"expires: told 14 days before, 3 days before, and when it has": func(s *story) {
			s.create("alice", "p")
			s.exempt["inline"], s.expires["inline"] = true, s.now.Add(20*day)
			s.audit()
			s.later(6*day - hour)
			s.unsaved(s.audit())
			s.later(hour)
			if c := s.audit("exemption inline expiring"); c.Exemptions[0].Findings != 1 || c.Quiet() {
				s.t.Errorf("%v, Quiet %v; want one finding, false", c.Exemptions, c.Quiet())
			}
			s.nights(9)
			s.later(day)
			s.audit("exemption inline expiring")
			s.unsaved(s.audit())
			s.nights(1)
			s.later(day)
			s.audit("exemption inline expired", "lapsed inline alice p")
			s.nights(30)
			s.later(day)
			s.unsaved(s.audit())
		},
		"seen for the first time when it is urgent, or over: told once": func(s *story) {
			s.create("alice", "p")
			s.create("bob").admin = true
			s.exempt["inline"], s.expires["inline"] = true, s.now.Add(2*day)
			s.exempt["admin"], s.expires["admin"] = true, s.now.Add(-day)
			s.audit("exemption admin expired", "exemption inline expiring", "new admin bob")
			s.unsaved(s.audit())
			s.later(day)
			s.unsaved(s.audit())
		},
		"renewed: starts anew": func(s *story) {
			s.exempt["inline"], s.expires["inline"] = true, s.now.Add(2*day)
			s.audit("exemption inline expiring")
			s.expires["inline"] = s.now.Add(100 * day)
			s.nights(30, "exemption inline unused")
			s.nights(54, "exemption inline expiring")
			s.expires["inline"] = s.now.Add(50 * day)
			s.nights(30, "exemption inline unused")
		},
		"silences nothing for 30 days: told once, until it was of use": func(s *story) {
			u := s.create("alice")
			s.exempt["inline"] = true
			s.audit()
			s.later(30*day - hour)
			s.unsaved(s.audit())
			s.later(hour)
			if c := s.audit("exemption inline unused"); c.Exemptions[0].Findings != 0 {
				s.t.Errorf("%v, want no findings", c.Exemptions)
			}
			s.nights(31)
			u.policies = []string{"p"}
			s.later(day)
			s.audit("silenced inline alice p")
			s.later(40 * day)
			s.unsaved(s.audit())
			u.policies = nil
			s.audit()
			s.later(29 * day)
			s.audit()
			s.later(day)
			s.audit("exemption inline unused")
		},
		"taken out: forgotten, and new when it is back": func(s *story) {
			s.exempt["inline"] = true
			s.audit()
			s.later(30 * day)
			s.audit("exemption inline unused")
			s.exempt["inline"] = false
			if c := s.audit(); len(c.ExemptionDeletes) != 1 || len(s.memory.marks) != 0 {
				s.t.Errorf("deletes %v, marks %v; want one, none", c.ExemptionDeletes, s.memory.marks)
			}
			s.exempt["inline"] = true
			s.audit()
			s.later(30 * day)
			s.audit("exemption inline unused")
		},
		"of a rule that could not answer: not unused": func(s *story) {
			s.create("alice").console = true
			s.exempt["mfa"] = true
			s.denied[account.MFA] = true
			s.audit("gap mfa all")
			s.later(40 * day)
			s.audit("new blind mfa")
			s.denied[account.MFA] = false
			s.makeReport()
			s.audit("mended blind mfa")
		},
		"of a rule about events: not unused, as no digest can tell": func(s *story) {
			s.exempt["event-root-use"] = true
			s.audit()
			s.nights(60)
		},
		"of blindness: of use as long as it silences a gap": func(s *story) {
			s.exempt[scanner.BlindnessID], s.denied[account.MFA] = true, true
			s.audit("gap mfa all")
			s.nights(60)
			s.denied[account.MFA] = false
			s.nights(30, "exemption scanner-cannot-see unused")
		},
		"by an event's look: nothing": func(s *story) {
			s.exempt["inline"], s.expires["inline"] = true, s.now.Add(-day)
			if c := s.watch("alice"); len(c.ExemptionPuts) != 0 || len(c.ExemptionDeletes) != 0 || c.Audited {
				s.t.Errorf("puts %v, deletes %v, audited %v", c.ExemptionPuts, c.ExemptionDeletes, c.Audited)
			}
			if c := s.audit("exemption inline expired"); !c.Audited {
				s.t.Error("a digest is no audit")
			}
		},
		"of another account: none of this one's": func(s *story) {
			report, _ := s.look(account.Scope{Whole: true}, ledger.Digest)
			terms := scanner.Terms{Exemptions: []scanner.Exemption{{Rules: []string{"inline"}, Resource: "*", Account: "21*", Expires: s.now}}}
			terms.Apply(s.snapshot(account.Scope{Whole: true}), &report)
			s.expect(ledger.Diff(s.memory.load(), report, ledger.Digest), nil)
			if len(s.memory.marks) != 0 {
				s.t.Errorf("marks %v, want none", s.memory.marks)
			}
		},
	})
}
