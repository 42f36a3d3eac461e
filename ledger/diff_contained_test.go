package ledger_test

import (
	"testing"

	"iamvigil/ledger"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/trail"
)

// contain has the stack's policies contain what a rule finds, or let it go.
func (s *story) contain(rule string, contained bool) {
	s.edit = func(f *scanner.Finding) {
		if f.Rule == rule && f.Status == scanner.Open && contained {
			f.Status = scanner.Contained
		}
	}
}

// TestDiffContained tells stories of what a policy of the stack keeps anybody
// from using.
func TestDiffContained(t *testing.T) {
	tell(t, map[string]func(*story){
		"told, then contained: recorded, silently, and counted apart": func(s *story) {
			s.create("alice", "p")
			s.audit("new inline alice p")
			s.contain("inline", true)
			if c := s.watch("alice"); c.Contained != 1 || len(c.Open) != 0 || len(c.Puts) != 1 || c.Puts[0].Told != ledger.Open {
				s.t.Errorf("contained %d, open %v, puts %v; want 1, none, one told to stand", c.Contained, c.Open, c.Puts)
			}
			s.unsaved(s.audit())
		},
		"contained from its first day: recorded, silently; contained no more: told as new": func(s *story) {
			s.audit()
			s.create("alice", "p")
			s.contain("inline", true)
			s.severity["inline"] = scanner.Critical
			s.watch("alice")
			s.contain("inline", false)
			s.watch("alice", "new inline alice p")
			s.unsaved(s.audit())
		},
		"told, contained, and no more: told as new": func(s *story) {
			u := s.create("alice", "p")
			s.audit("new inline alice p")
			s.contain("inline", true)
			s.audit()
			s.contain("inline", false)
			c := s.watch("alice", "new inline alice p")
			if r := c.New[0]; !r.Released || r.Flapping || !r.FirstSeen.Equal(start) {
				s.t.Errorf("%+v, want it released, and first seen at the start", r)
			}
			s.unsaved(s.watch("alice"))
			u.policies = nil
			s.watch("alice", "mended inline alice p")
		},
		"contained no more while it is covered: told when it is not": func(s *story) {
			u := s.create("alice", "p")
			s.audit("new inline alice p")
			s.contain("inline", true)
			s.audit()
			u.admin = true
			s.contain("inline", false)
			s.audit("new admin alice")
			u.admin = false
			s.audit("mended admin alice", "new inline alice p")
		},
		"resolved while contained: told, if it was told to stand": func(s *story) {
			u := s.create("alice", "p")
			s.audit("new inline alice p")
			s.contain("inline", true)
			u.policies = []string{"p", "q"}
			s.audit()
			u.policies = nil
			s.watch("alice", "mended inline alice p")
		},
		"nobody can see what is attached: contained still": func(s *story) {
			s.create("alice").console = true
			s.makeReport()
			s.audit("new mfa alice")
			s.contain("mfa", true)
			s.audit()
			s.contain("mfa", false)
			report, _ := s.look(account.Scope{Whole: true}, ledger.Digest)
			snap := s.snapshot(account.Scope{Whole: true})
			delete(snap.Seen, account.Users)
			unlisted := scanner.Evaluate(snap, account.Scope{Whole: true}, nil, s.now)
			unlisted.Findings = report.Findings
			c := ledger.Diff(s.memory.load(), unlisted, ledger.Event)
			s.expect(c, nil)
			if r := s.sole(); r.Status != scanner.Contained || r.Released {
				s.t.Errorf("%s, released %v; want it contained", r.Status, r.Released)
			}
			s.audit("new mfa alice")
		},
		"it covers as before": func(s *story) {
			u := s.create("alice", "p")
			u.admin = true
			s.audit("new admin alice")
			s.contain("admin", true)
			s.audit()
		},
		"worse or milder meanwhile: silent": func(s *story) {
			s.create("alice", "p")
			s.audit("new inline alice p")
			s.contain("inline", true)
			s.severity["inline"] = scanner.Critical
			s.audit()
		},
		"exempt, contained, and open: told as new, with what lapsed": func(s *story) {
			s.create("alice", "p")
			s.exempt["inline"] = true
			s.audit()
			s.exempt["inline"] = false
			s.contain("inline", true)
			s.audit()
			s.contain("inline", false)
			s.audit("lapsed inline alice p")
		},
		"back, and contained at once: silent": func(s *story) {
			u := s.create("alice", "p")
			s.audit("new inline alice p")
			u.policies = nil
			s.audit("mended inline alice p")
			u.policies = []string{"p"}
			s.contain("inline", true)
			s.audit()
			s.contain("inline", false)
			s.audit("new inline alice p")
		},
	})
}

// TestDiffBuiltIn: that the scanner's own policies are attached is no news.
func TestDiffBuiltIn(t *testing.T) {
	attached := func(s *story, on bool) {
		about := scanner.Finding{Rule: "user-direct-policy", Resource: account.Ref{Kind: account.KindUser, ID: "AIDA0001"}, Status: scanner.Open}
		snap := &account.Snapshot{Users: []account.User{{ID: "AIDA0001", Attached: []account.Attachment{{ARN: "deny"}}}}, Stack: account.Stack{Denies: account.Denies{All: "deny"}}}
		report := scanner.Report{Findings: []scanner.Finding{about}}
		(&scanner.Terms{}).Apply(snap, &report)
		s.edit = func(f *scanner.Finding) {
			if on && f.Rule == "inline" {
				f.Status, f.Exempt = report.Findings[0].Status, report.Findings[0].Exempt
			}
		}
	}
	tell(t, map[string]func(*story){
		"as soon as it stands, whatever the severity: silent": func(s *story) {
			s.audit()
			u := s.create("alice", "p")
			attached(s, true)
			s.severity["inline"] = scanner.Critical
			if c := s.watch("alice"); c.Exempt != 1 || len(c.Puts) != 1 {
				s.t.Errorf("%d exempt, puts %v; want one recorded", c.Exempt, c.Puts)
			}
			s.unsaved(s.audit())
			u.policies = nil
			s.audit()
		},
		"told to stand before: silent, until it is mended": func(s *story) {
			u := s.create("alice", "p")
			s.audit("new inline alice p")
			attached(s, true)
			s.audit()
			u.policies = nil
			s.audit("mended inline alice p")
		},
		"no more: told as new, and nothing has lapsed": func(s *story) {
			s.create("alice", "p")
			attached(s, true)
			s.audit()
			attached(s, false)
			s.audit("new inline alice p")
		},
	})
}

// TestWhoReleased: DetachUserPolicy of the user, whatever brings the rule's fault
// about.
func TestWhoReleased(t *testing.T) {
	r := found("unused", "")
	r.Released = true
	c := ledger.Changes{Telling: ledger.Telling{New: []ledger.Record{r}}}
	c.Attribute([]trail.Event{call("detach", 0, "eve", "DetachUserPolicy", named), call("put", 1, "ann", "PutUserPolicy", named)}, calls)
	if by := c.New[0].By; by == nil || by.ID != "detach" {
		t.Errorf("by %v, want who detached the policy", by)
	}
}
