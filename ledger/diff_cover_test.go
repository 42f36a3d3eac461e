package ledger_test

import (
	"testing"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

// TestDiffCover tells stories of what is not told on its own.
func TestDiffCover(t *testing.T) {
	tell(t, map[string]func(*story){
		"covered: recorded, not told; told when the cover is gone": func(s *story) {
			u := s.create("alice", "p")
			u.admin = true
			if c := s.audit("new admin alice"); c.Covered != 1 || c.Open[scanner.Critical] != 1 || len(c.Open) != 1 {
				s.t.Errorf("covered %d, open %v; want 1 and 1 critical", c.Covered, c.Open)
			}
			s.later(hour)
			u.admin = false
			s.watch("alice", "mended admin alice", "new inline alice p")
		},
		"covered and mended: never told": func(s *story) {
			u := s.create("alice", "p")
			u.admin = true
			s.audit("new admin alice")
			u.policies = nil
			s.audit()
		},
		"told, then covered: its end is told": func(s *story) {
			u := s.create("alice", "p")
			s.audit("new inline alice p")
			u.admin = true
			s.watch("alice", "new admin alice")
			u.policies = nil
			s.watch("alice", "mended inline alice p")
		},
		"told, then covered, then not: nothing more is told": func(s *story) {
			u := s.create("alice", "p")
			s.audit("new inline alice p")
			u.admin = true
			if c := s.watch("alice", "new admin alice"); len(c.Puts) != 2 {
				s.t.Errorf("puts %v, want the new one and the covered one", c.Puts)
			}
			u.admin = false
			s.watch("alice", "mended admin alice")
		},
		"covered by what was not asked this time: still covered": func(s *story) {
			u := s.create("alice", "p")
			u.admin = true
			s.audit("new admin alice")
			s.denied[account.Policies] = true
			s.watch("alice", "gap policies all")
			s.denied[account.Policies] = false
			u.admin = false
			s.watch("alice", "mended admin alice", "new inline alice p")
		},
		"covered by what rests on old evidence: not covered": func(s *story) {
			u := s.create("alice", "p")
			u.admin = true
			s.audit("new admin alice")
			old := s.snapshot(account.Scope{Whole: true})
			s.later(hour)
			u.admin = false
			s.watch("alice", "mended admin alice", "new inline alice p")
			s.later(hour)
			old.Seen[account.Users] = account.Seen{At: s.now}
			old.Users[0].Inline[0].Name = "q"
			s.memory.live = nil
			s.auditOf(old, "mended inline alice p", "new inline alice q")
		},
		"what a mended finding has come to: recorded; told when it is as old as its limit": func(s *story) {
			u := s.create("alice", "p")
			s.audit("new inline alice p")
			u.policies, u.left = nil, "p"
			if c := s.audit("mended inline alice p"); c.Covered != 1 {
				s.t.Errorf("covered %d, want 1", c.Covered)
			}
			s.later(44 * day)
			s.audit()
			s.later(day)
			s.audit("new left alice p")
		},
		"what a mended finding on another part has come to: told": func(s *story) {
			u := s.create("alice", "p")
			s.audit("new inline alice p")
			u.policies, u.left = nil, "q"
			s.audit("mended inline alice p", "new left alice q")
		},
		"what was never at fault before: told": func(s *story) {
			s.create("alice").left = "p"
			s.audit("new left alice p")
		},
		"cover switched off: told": func(s *story) {
			s.create("alice", "p").admin = true
			s.audit("new admin alice")
			s.off["admin"] = true
			s.audit("withdrawn admin 1", "new inline alice p")
		},
	})
}
