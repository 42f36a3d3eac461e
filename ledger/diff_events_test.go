package ledger_test

import (
	"testing"

	"iamvigil/scanner"
	"iamvigil/scanner/trail"
)

// TestDiffEvents tells stories of acts.
func TestDiffEvents(t *testing.T) {
	tell(t, map[string]func(*story){
		"alerts: each once, for good": func(s *story) {
			a, b := act("e1", "root", "alice"), act("e1", "sign-in", "alice")
			s.alert([]scanner.Alert{a, a, b}, "alert e1 root alice", "alert e1 sign-in alice")
			s.unsaved(s.alert([]scanner.Alert{b, a}))
			c := act("e1", "later-rule", "alice")
			s.alert([]scanner.Alert{a, b, c}, "alert e1 later-rule alice")
			s.unsaved(s.alert([]scanner.Alert{a, b, c}))
		},
		"alerts: one event about two": func(s *story) {
			s.alert([]scanner.Alert{act("e1", "r", "alice"), act("e1", "r", "bob")}, "alert e1 r alice", "alert e1 r bob")
		},
		"unknown events: noted by a watch, listed by one digest": func(s *story) {
			c := s.watch("alice")
			c.Note([]trail.Event{{ID: "e1", Name: "NewThing"}, {ID: "e2", Name: "NewThing"}, {ID: "e1", Name: "NewThing"}})
			if !c.Quiet() {
				s.t.Error("told at once")
			}
			s.memory.save(c)
			s.audit("unknown NewThing 2")
			s.unsaved(s.audit())
		},
		"two in one look about one user": func(s *story) {
			s.create("alice", "p")
			s.watch("alice alice ALICE", "new inline alice p")
		},
	})
}
