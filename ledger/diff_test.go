package ledger_test

import (
	"testing"
	"time"

	"iamvigil/ledger"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

const (
	hour = time.Hour
	day  = 24 * hour
)

// tell runs stories, each a row of the table in the comment of Diff or what goes
// without saying there.
func tell(t *testing.T, stories map[string]func(*story)) {
	for name, tell := range stories {
		t.Run(name, func(t *testing.T) { tell(newStory(t)) })
	}
}

// TestDiff tells stories of what stands, is mended and is deleted, and of
// evidence that is older than what is known.
func TestDiff(t *testing.T) {
	tell(t, map[string]func(*story){
		"unchanged: silence, and nothing saved": func(s *story) {
			s.create("alice", "p").console = true
			s.makeReport()
			s.audit("new inline alice p", "new mfa alice")
			s.later(day)
			s.makeReport()
			c := s.audit()
			s.unsaved(c)
			if !c.Quiet() || c.First {
				s.t.Errorf("Quiet %v, First %v; want true, false", c.Quiet(), c.First)
			}
		},
		"mended": func(s *story) {
			u := s.create("alice", "p", "q")
			s.audit("new inline alice p", "new inline alice q")
			s.later(day)
			u.policies = []string{"q"}
			s.audit("mended inline alice p")
			s.later(day)
			s.unsaved(s.audit())
		},
		"counts: of the whole account in a digest, of what was touched for an event": func(s *story) {
			s.create("alice", "p")
			s.create("bob", "p")
			if c := s.audit("new inline alice p", "new inline bob p"); c.Open[scanner.High] != 2 {
				s.t.Errorf("open %v, want 2 high", c.Open)
			}
			if c := s.watch("alice"); c.Open[scanner.High] != 1 {
				s.t.Errorf("open %v, want 1 high", c.Open)
			}
		},
		"looks: the newest is remembered": func(s *story) {
			s.create("alice")
			old := s.snapshot(touched("alice"))
			s.later(hour)
			if c := s.watch("alice"); !c.Live["AIDA0001"].Equal(s.now) {
				s.t.Errorf("live %v, want now", c.Live)
			}
			_, c := s.compare(old, touched("alice"), ledger.Event)
			s.unsaved(c)
		},
		"deleted": func(s *story) {
			u := s.create("alice", "p")
			s.create("bob", "p")
			s.audit("new inline alice p", "new inline bob p")
			s.delete(u)
			s.watch("alice", "deleted inline alice p")
		},
		"deleted and created anew under the name: another fault": func(s *story) {
			u := s.create("alice", "p")
			s.audit("new inline alice p")
			s.delete(u)
			s.create("alice", "p")
			s.watch("alice", "deleted inline alice p", "new inline alice p")
		},
		"absent from a listing that is older than the record: untouched": func(s *story) {
			old := s.snapshot(account.Scope{Whole: true})
			s.later(hour)
			s.create("alice", "p")
			s.watch("alice", "new inline alice p")
			s.auditOf(old)
			s.later(hour)
			s.audit()
		},
		"out of scope: untouched": func(s *story) {
			alice, bob := s.create("alice", "p"), s.create("bob", "p")
			s.audit("new inline alice p", "new inline bob p")
			alice.policies, bob.policies = nil, nil
			s.watch("alice", "mended inline alice p")
			s.later(hour)
			s.audit("mended inline bob p")
		},
		"deleted out of scope: untouched": func(s *story) {
			u := s.create("alice", "p")
			s.audit("new inline alice p")
			s.delete(u)
			s.watch("bob")
			s.audit("deleted inline alice p")
		},
		"stands by evidence older than a live look: no false alarm": func(s *story) {
			u := s.create("alice")
			u.console = true
			s.makeReport()
			s.later(hour)
			u.mfa = true
			s.watch("alice")
			s.later(hour)
			if c := s.audit(); len(c.Puts) != 0 {
				s.t.Errorf("puts %v, want none", c.Puts)
			}
			s.later(day)
			s.makeReport()
			s.audit()
		},
		"stands by evidence older than the record: not reopened": func(s *story) {
			u := s.create("alice")
			u.console = true
			s.makeReport()
			s.audit("new mfa alice")
			s.later(hour)
			u.mfa = true
			s.watch("alice", "mended mfa alice")
			s.memory.live = nil
			s.later(hour)
			s.unsaved(s.audit())
		},
		"passes by evidence older than the record: not resolved": func(s *story) {
			u := s.create("alice")
			u.console, u.mfa = true, true
			s.makeReport()
			s.later(hour)
			u.mfa = false
			s.watch("alice", "new mfa alice")
			s.memory.live = nil
			s.later(hour)
			s.audit()
			s.later(day)
			s.makeReport()
			s.audit()
			u.mfa = true
			s.makeReport()
			s.audit("mended mfa alice")
		},
		"passes by evidence older than a live look: not resolved": func(s *story) {
			u := s.create("alice")
			u.console = true
			s.makeReport()
			s.audit("new mfa alice")
			u.mfa = true
			s.later(hour)
			s.makeReport()
			u.mfa = false
			s.later(hour)
			s.watch("alice")
			s.later(hour)
			s.audit()
		},
	})
}
