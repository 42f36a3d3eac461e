package ledger_test

import (
	"testing"

	"iamvigil/scanner/account"
)

// TestDiffFlapping tells stories of what comes back.
func TestDiffFlapping(t *testing.T) {
	tell(t, map[string]func(*story){
		"back within a day: told as flapping, once; the last state in the end": func(s *story) {
			u := s.create("alice", "p")
			s.audit("new inline alice p")
			flip := func(policies ...string) { s.later(hour); u.policies = policies }
			flip()
			s.watch("alice", "mended inline alice p")
			flip("p")
			s.watch("alice", "flapping inline alice p")
			flip()
			s.watch("alice")
			flip("p")
			s.watch("alice")
			flip()
			s.watch("alice")
			s.later(20 * hour)
			s.audit()
			s.later(5 * hour)
			s.audit("mended inline alice p")
			if s.sole().Flapping {
				s.t.Error("flapping still")
			}
			s.later(day)
			s.unsaved(s.audit())
		},
		"back under a cover: not told, and new when the cover is gone": func(s *story) {
			u := s.create("alice", "p")
			s.audit("new inline alice p")
			u.policies = nil
			s.watch("alice", "mended inline alice p")
			s.later(hour)
			u.policies, u.admin = []string{"p"}, true
			s.watch("alice", "new admin alice")
			s.later(hour)
			u.admin = false
			s.watch("alice", "mended admin alice", "new inline alice p")
		},
		"back, but never told before: new": func(s *story) {
			u := s.create("alice", "p")
			u.admin = true
			s.audit("new admin alice")
			u.policies = nil
			s.watch("alice")
			s.later(hour)
			u.policies, u.admin = []string{"p"}, false
			s.watch("alice", "mended admin alice", "new inline alice p")
		},
		"flapping, and standing in the end: nothing more is told": func(s *story) {
			u := s.create("alice", "p")
			s.audit("new inline alice p")
			for i, want := range []string{"mended inline alice p", "flapping inline alice p"} {
				s.later(hour)
				u.policies = []string{"p"}[:i]
				s.watch("alice", want)
			}
			for i := range 4 {
				s.later(hour)
				u.policies = []string{"p"}[:i%2]
				s.watch("alice")
			}
			s.later(2 * day)
			s.unsaved(s.audit())
			u.policies = nil
			s.audit("mended inline alice p")
		},
		"resolved while flapping and then unreadable: told when it is seen again": func(s *story) {
			u := s.create("alice")
			u.console = true
			s.watch("alice", "new mfa alice")
			for _, want := range []string{"mended mfa alice", "flapping mfa alice"} {
				s.later(hour)
				u.mfa = !u.mfa
				s.watch("alice", want)
			}
			u.mfa = true
			s.watch("alice")
			s.denied[account.MFA] = true
			s.later(2 * day)
			s.audit("gap mfa all")
			s.denied[account.MFA] = false
			s.makeReport()
			s.audit("mended mfa alice")
		},
		"back after more than a day: new": func(s *story) {
			u := s.create("alice", "p")
			s.audit("new inline alice p")
			u.policies = nil
			s.audit("mended inline alice p")
			s.later(day + hour)
			u.policies = []string{"p"}
			c := s.audit("new inline alice p")
			if !c.New[0].FirstSeen.Equal(s.now) {
				s.t.Errorf("first seen %s, want now", c.New[0].FirstSeen)
			}
		},
	})
}
