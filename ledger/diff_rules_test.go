package ledger_test

import (
	"testing"

	"iamvigil/scanner"
)

// TestDiffRules tells stories of the first look, and of rules that come and go.
func TestDiffRules(t *testing.T) {
	tell(t, map[string]func(*story){
		"first look: everything is new, in one digest": func(s *story) {
			s.create("alice", "p", "q")
			s.create("bob").console = true
			s.makeReport()
			c := s.audit("new inline alice p", "new inline alice q", "new mfa bob")
			if !c.First {
				s.t.Error("not First")
			}
		},
		"second look at an account without faults: not the first": func(s *story) {
			if c := s.audit(); !c.First {
				s.t.Error("not First")
			}
			if c := s.audit(); c.First {
				s.t.Error("First twice")
			}
		},
		"rule switched off: withdrawn by the next digest, and counted": func(s *story) {
			s.create("alice", "p")
			s.audit("new inline alice p")
			s.off["inline"] = true
			s.watch("alice")
			if len(s.memory.records) != 1 {
				s.t.Error("an event's look withdrew the record")
			}
			s.audit("withdrawn inline 1")
			if len(s.memory.records) != 0 {
				s.t.Error("the digest left the record")
			}
			s.unsaved(s.audit())
		},
		"rule switched off: told, and only what people believed to stand is counted": func(s *story) {
			s.exempt["inline"], s.expires["inline"] = true, start.Add(300*day)
			s.create("alice", "p").console = true
			bob := s.create("bob")
			bob.console = true
			s.makeReport()
			s.audit("new mfa alice", "new mfa bob")
			bob.mfa = true
			s.watch("bob", "mended mfa bob")
			s.off["inline"], s.off["mfa"] = true, true
			if c := s.audit("withdrawn inline 0", "withdrawn mfa 1"); c.Withdrawn[0].Severity != scanner.Medium || c.Withdrawn[1].Severity != scanner.Info || c.Quiet() || len(s.memory.records) != 0 {
				s.t.Errorf("withdrawn %v, Quiet %v, records %v; want medium, false, none", c.Withdrawn, c.Quiet(), s.memory.records)
			}
			s.unsaved(s.audit())
		},
		"rule switched on: counted": func(s *story) {
			s.create("alice", "p")
			s.create("bob", "p")
			s.audit("new inline alice p", "new inline bob p")
			s.off["late"] = false
			c := s.audit("rule late 2")
			if c.NewRules[0].Severity != scanner.Low || c.Open[scanner.Low] != 2 {
				s.t.Errorf("counted %v, open %v; want 2 low", c.NewRules, c.Open)
			}
			s.create("carol", "p")
			s.audit("new inline carol p", "new late carol")
		},
		"rule switched off and on again: counted": func(s *story) {
			s.create("alice", "p")
			s.audit("new inline alice p")
			s.off["inline"] = true
			s.audit("withdrawn inline 1")
			s.off["inline"] = false
			s.audit("rule inline 1")
		},
		"rule switched on, and met by an event first: told": func(s *story) {
			s.create("alice", "p")
			s.create("bob", "p")
			s.audit("new inline alice p", "new inline bob p")
			s.off["late"] = false
			s.watch("alice", "new late alice")
			s.audit("rule late 1")
		},
		"watch before the first audit: the audit tells the rest": func(s *story) {
			s.create("alice", "p")
			s.create("bob", "q")
			if c := s.watch("alice", "new inline alice p"); c.First {
				s.t.Error("an event's look is First")
			}
			if c := s.audit("new inline bob q"); c.First {
				s.t.Error("First although something was known")
			}
		},
	})
}
