package ledger_test

import (
	"testing"

	"iamvigil/scanner"
)

// TestDiffLimit tells stories of limits that are set otherwise: what fails no
// more was not mended.
func TestDiffLimit(t *testing.T) {
	tell(t, map[string]func(*story){
		"limit raised: reset, and not mended": func(s *story) {
			s.create("alice").idle = 50
			s.audit("new idle alice")
			if r := s.sole(); r.Limit != 45 {
				s.t.Errorf("limit %d, want 45", r.Limit)
			}
			s.limit["idle"] = limit(90, 0)
			s.audit("reset idle alice")
			s.unsaved(s.audit())
		},
		"limit raised, and it still stands: saved; mended after that": func(s *story) {
			u := s.create("alice")
			u.idle = 100
			s.audit("new idle alice")
			s.limit["idle"] = limit(90, 0)
			if c := s.audit(); len(c.Puts) != 1 || c.Puts[0].Limit != 90 {
				s.t.Errorf("puts %v, want one of limit 90", c.Puts)
			}
			s.unsaved(s.audit())
			u.idle = 0
			s.audit("mended idle alice")
		},
		"grace made longer: reset; made shorter again, and mended: mended": func(s *story) {
			u := s.create("alice")
			u.idle = 50
			s.audit("new idle alice")
			s.grace["idle"] = 60
			s.audit("reset idle alice")
			s.later(30 * hour)
			s.grace["idle"] = 0
			s.audit("new idle alice")
			u.idle = 0
			s.audit("mended idle alice")
		},
		"deleted, whatever the limit": func(s *story) {
			u := s.create("alice")
			u.idle = 50
			s.audit("new idle alice")
			s.limit["idle"] = limit(90, 0)
			s.delete(u)
			s.audit("deleted idle alice")
		},
		"another limit for those without a password: reset": func(s *story) {
			s.create("alice").idle = 50
			s.audit("new idle alice")
			s.limit["idle"] = limit(45, 90)
			s.audit("reset idle alice")
		},
		"a limit that was the other one's: only that counts": func(s *story) {
			s.limit["idle"] = limit(45, 90)
			alice, bob := s.create("alice"), s.create("bob")
			alice.idle, bob.idle, bob.console, bob.mfa = 100, 100, true, true
			s.makeReport()
			s.audit("new idle alice", "new idle bob")
			s.limit["idle"] = limit(45, 120)
			bob.idle = 0
			s.audit("reset idle alice", "mended idle bob")
		},
		"the limit of others is raised: mended": func(s *story) {
			s.limit["idle"] = limit(45, 90)
			alice, bob := s.create("alice"), s.create("bob")
			alice.idle, bob.idle, bob.console, bob.mfa = 100, 50, true, true
			s.makeReport()
			s.audit("new idle alice", "new idle bob")
			s.limit["idle"] = limit(60, 90)
			alice.idle = 0
			s.audit("mended idle alice", "reset idle bob")
		},
		"the other limit is dropped: reset": func(s *story) {
			s.limit["idle"] = limit(90, 45)
			s.create("alice").idle = 50
			s.audit("new idle alice")
			s.limit["idle"] = limit(90, 0)
			s.audit("reset idle alice")
		},
		"recorded before limits were: its evidence tells": func(s *story) {
			s.create("alice").idle = 50
			s.audit("new idle alice")
			old := s.sole()
			old.Limit = 0
			s.memory.records[old.StoredAs] = old
			s.unsaved(s.audit())
			s.limit["idle"] = limit(90, 0)
			s.audit("reset idle alice")
		},
		"evidence that tells no limit: the rule's": func(s *story) {
			s.edit = func(f *scanner.Finding) { delete(f.Evidence, "limit") }
			s.create("alice").idle = 50
			s.audit("new idle alice")
			s.limit["idle"] = limit(90, 0)
			s.audit("reset idle alice")
		},
		"evidence of a limit that the rule does not have: mended": func(s *story) {
			s.edit = func(f *scanner.Finding) { f.Evidence["limit"] = "1" }
			u := s.create("alice", "p")
			if c := s.audit("new inline alice p"); c.New[0].Limit != 0 {
				s.t.Errorf("limit %d, want none", c.New[0].Limit)
			}
			u.policies = nil
			s.audit("mended inline alice p")
		},
	})
}
