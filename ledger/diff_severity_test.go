package ledger_test

import (
	"testing"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

// TestDiffSeverity tells stories of what gets worse and milder.
func TestDiffSeverity(t *testing.T) {
	tell(t, map[string]func(*story){
		"worse, then milder: told once each, with what it was": func(s *story) {
			s.create("alice", "p")
			s.audit("new inline alice p")
			s.severity["inline"] = scanner.Critical
			c := s.audit("critical not high inline alice p")
			if c.Quiet() || c.Open[scanner.Critical] != 1 {
				s.t.Errorf("Quiet %v, open %v; want false, 1 critical", c.Quiet(), c.Open)
			}
			s.unsaved(s.audit())
			s.severity["inline"] = scanner.Low
			s.watch("alice", "low not critical inline alice p")
			s.unsaved(s.audit())
			if r := s.sole(); r.ToldAs != scanner.Low || r.Was != scanner.Critical {
				s.t.Errorf("told as %s, was %s; want low, critical", r.ToldAs, r.Was)
			}
		},
		"new: not another severity too; mended: as it is": func(s *story) {
			u := s.create("alice", "p")
			s.audit("new inline alice p")
			u.policies = nil
			s.audit("mended inline alice p")
			s.later(2 * day)
			u.policies, s.severity["inline"] = []string{"p"}, scanner.Low
			c := s.audit("new inline alice p")
			if c.New[0].Was != "" || c.New[0].ToldAs != scanner.Low {
				s.t.Errorf("was %q, told as %s; want none, low", c.New[0].Was, c.New[0].ToldAs)
			}
		},
		"by evidence that is too old: nothing": func(s *story) {
			u := s.create("alice")
			u.console = true
			s.makeReport()
			s.audit("new mfa alice")
			s.later(hour)
			s.watch("alice")
			s.severity["mfa"] = scanner.Low
			s.later(hour)
			s.unsaved(s.audit())
			s.later(day)
			s.makeReport()
			s.audit("low not medium mfa alice")
		},
		"while covered: told when the cover is gone": func(s *story) {
			u := s.create("alice", "p")
			s.audit("new inline alice p")
			u.admin, s.severity["inline"] = true, scanner.Low
			s.watch("alice", "new admin alice")
			u.admin = false
			s.watch("alice", "mended admin alice", "low not high inline alice p")
		},
		"while exempt: never": func(s *story) {
			s.create("alice", "p")
			s.audit("new inline alice p")
			s.exempt["inline"] = true
			s.audit("silenced inline alice p")
			s.severity["inline"] = scanner.Low
			s.audit()
			s.exempt["inline"] = false
			s.audit("lapsed inline alice p")
		},
		"while it cannot be seen: told when it is": func(s *story) {
			s.create("alice").console = true
			s.makeReport()
			s.audit("new mfa alice")
			s.denied[account.MFA], s.severity["mfa"] = true, scanner.High
			s.audit("gap mfa all")
			s.denied[account.MFA] = false
			s.audit("high not medium mfa alice")
		},
		"told before severities were remembered: as it was then": func(s *story) {
			s.create("alice", "p")
			s.audit("new inline alice p")
			old := s.sole()
			old.ToldAs = ""
			s.memory.records[old.StoredAs] = old
			s.unsaved(s.audit())
			s.severity["inline"] = scanner.Low
			s.audit("low not high inline alice p")
		},
	})
}
