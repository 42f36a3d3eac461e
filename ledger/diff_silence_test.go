package ledger_test

import (
	"testing"
	"time"

	"iamvigil/ledger"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

// TestDiffExempt tells stories of what the configuration exempts.
func TestDiffExempt(t *testing.T) {
	tell(t, map[string]func(*story){
		"exempt from its first day: recorded, not told; told when the exemption ends": func(s *story) {
			s.create("alice", "p")
			s.exempt["inline"] = true
			if c := s.audit(); c.Exempt != 1 || len(c.Puts) != 1 || len(c.Open) != 0 {
				s.t.Errorf("exempt %d, %d puts, open %v; want 1, 1, none", c.Exempt, len(c.Puts), c.Open)
			}
			s.unsaved(s.audit())
			s.exempt["inline"] = false
			c := s.audit("lapsed inline alice p")
			if x := c.New[0].Lapsed; x == nil || x.Ack || x.Reason != "agreed" {
				s.t.Errorf("lapsed %v, want what was agreed", x)
			}
			s.unsaved(s.audit())
		},
		"exempt as soon as it stands: told once, and its end is silent": func(s *story) {
			s.audit()
			u := s.create("alice", "p")
			s.exempt["inline"] = true
			s.watch("alice", "silenced inline alice p")
			s.audit()
			s.unsaved(s.audit())
			u.policies = nil
			s.audit()
			u.policies = []string{"p"}
			s.watch("alice")
			u.policies = []string{"p", "q"}
			s.audit("silenced inline alice q")
		},
		"exempt as soon as it stands, and mild: recorded": func(s *story) {
			s.audit()
			s.create("alice", "p")
			s.exempt["inline"], s.severity["inline"] = true, scanner.Medium
			s.watch("alice")
		},
		"exempt as soon as it stands, and covered: recorded": func(s *story) {
			s.audit()
			s.create("alice", "p").admin = true
			s.exempt["inline"] = true
			s.watch("alice", "new admin alice")
		},
		"exempt when its rule is first asked: recorded": func(s *story) {
			s.audit()
			s.create("alice")
			s.off["late"], s.exempt["late"], s.severity["late"] = false, true, scanner.Critical
			s.audit()
			s.unsaved(s.audit())
		},
		"told, then exempt: told once, and its end is silent and forgotten": func(s *story) {
			u := s.create("alice", "p")
			s.audit("new inline alice p")
			s.exempt["inline"] = true
			if c := s.audit("silenced inline alice p"); c.Quiet() || c.Exempt != 1 || len(c.Open) != 0 {
				s.t.Errorf("Quiet %v, %d exempt, open %v; want false, 1, none", c.Quiet(), c.Exempt, c.Open)
			}
			s.unsaved(s.audit())
			u.policies = nil
			s.audit()
			if r := s.sole(); r.State != ledger.Resolved || r.Expires().IsZero() {
				s.t.Errorf("%s, expires %s; want it resolved and forgettable", r.State, r.Expires())
			}
			s.unsaved(s.audit())
		},
		"resolved while exempt, and back: exempt is silent, loud is new": func(s *story) {
			u := s.create("alice", "p")
			s.audit("new inline alice p")
			s.exempt["inline"] = true
			s.audit("silenced inline alice p")
			for range 2 {
				u.policies = nil
				s.audit()
				u.policies = []string{"p"}
				s.audit()
			}
			u.policies = nil
			s.audit()
			u.policies, s.exempt["inline"] = []string{"p"}, false
			if c := s.audit("new inline alice p"); c.New[0].Flapping {
				s.t.Error("flapping, though nobody was told that it was resolved")
			}
		},
		"resolved, and back as exempt: told, and new when that is over": func(s *story) {
			u := s.create("alice", "p")
			s.audit("new inline alice p")
			u.policies = nil
			s.audit("mended inline alice p")
			u.policies, s.exempt["inline"] = []string{"p"}, true
			s.audit("silenced inline alice p")
			s.exempt["inline"] = false
			s.audit("lapsed inline alice p")
		},
		"expired: told as that, by the first look after": func(s *story) {
			s.create("alice", "p")
			s.exempt["inline"], s.expires["inline"] = true, s.now.Add(30*day)
			s.audit()
			s.later(30*day - time.Second)
			s.watch("alice")
			s.later(time.Second)
			c := s.watch("alice", "lapsed inline alice p")
			if x := c.New[0].Lapsed; x == nil || !x.Expires.Equal(s.now) {
				s.t.Errorf("lapsed %v, want what expires now", x)
			}
		},
		"over by evidence that is too old: nothing yet": func(s *story) {
			s.create("alice").console = true
			s.exempt["mfa"] = true
			s.makeReport()
			s.later(hour)
			s.watch("alice")
			s.exempt["mfa"] = false
			s.later(hour)
			s.audit()
			s.later(day)
			s.makeReport()
			s.audit("lapsed mfa alice")
		},
		"exempt while it cannot be seen: told when it is seen": func(s *story) {
			s.create("alice").console = true
			s.makeReport()
			s.audit("new mfa alice")
			s.exempt["mfa"], s.denied[account.MFA] = true, true
			s.audit("gap mfa all")
			s.denied[account.MFA] = false
			s.audit("silenced mfa alice")
		},
		"covered, then exempt: told; exempt, then covered: told when neither is": func(s *story) {
			u := s.create("alice", "p")
			s.audit("new inline alice p")
			u.admin = true
			s.watch("alice", "new admin alice")
			s.exempt["inline"] = true
			s.watch("alice", "silenced inline alice p")
			s.exempt["inline"] = false
			s.watch("alice")
			u.admin = false
			s.watch("alice", "mended admin alice", "lapsed inline alice p")
		},
		"covered by what is exempt: told": func(s *story) {
			s.create("alice", "p").admin = true
			s.audit("new admin alice")
			s.exempt["admin"] = true
			s.audit("silenced admin alice", "new inline alice p")
			s.exempt["admin"] = false
			if c := s.audit("lapsed admin alice"); c.Covered != 1 {
				s.t.Errorf("%d covered, want 1", c.Covered)
			}
		},
		"flapping, then exempt: nothing more is told": func(s *story) {
			u := s.create("alice", "p")
			s.audit("new inline alice p")
			for i, want := range []string{"mended inline alice p", "flapping inline alice p"} {
				s.later(hour)
				u.policies = []string{"p"}[:i]
				s.watch("alice", want)
			}
			s.later(hour)
			s.exempt["inline"] = true
			s.watch("alice", "silenced inline alice p")
			s.later(hour)
			u.policies = nil
			s.watch("alice")
			s.later(2 * day)
			s.audit()
		},
	})
}

// TestDiffAcknowledged tells stories of what somebody took note of.
func TestDiffAcknowledged(t *testing.T) {
	tell(t, map[string]func(*story){
		"silent until then; then new, with who had acknowledged it": func(s *story) {
			s.create("alice", "p")
			s.audit("new inline alice p")
			s.ack(2*day, "silenced inline alice p")
			if r := s.sole(); !r.Acknowledged(s.now) || r.Acknowledged(s.now.Add(2*day)) {
				s.t.Error("want it acknowledged now, and not in two days")
			}
			s.later(2*day - time.Second)
			if c := s.audit(); c.Exempt != 1 || len(c.Open) != 0 {
				s.t.Errorf("%d exempt, open %v; want 1, none", c.Exempt, c.Open)
			}
			s.watch("alice")
			s.later(time.Second)
			c := s.watch("alice", "lapsed inline alice p")
			if x := c.New[0].Lapsed; x == nil || !x.Ack || x.Owner != boss || x.Reason != "on it" || c.New[0].Ack != nil {
				s.t.Errorf("lapsed %v, acknowledged %v; want the boss's, none", x, c.New[0].Ack)
			}
			s.unsaved(s.audit())
		},
		"again: told again, and the newer counts": func(s *story) {
			s.create("alice", "p")
			s.audit("new inline alice p")
			s.ack(day, "silenced inline alice p")
			s.ack(3*day, "silenced inline alice p")
			s.later(2 * day)
			s.audit()
			s.later(day)
			s.audit("lapsed inline alice p")
			s.ack(day, "silenced inline alice p")
		},
		"resolved meanwhile: silent, and over": func(s *story) {
			u := s.create("alice", "p")
			s.audit("new inline alice p")
			s.ack(5*day, "silenced inline alice p")
			u.policies = nil
			s.audit()
			u.policies = []string{"p"}
			if c := s.audit("new inline alice p"); c.New[0].Ack != nil || c.New[0].Lapsed != nil {
				s.t.Errorf("acknowledged %v, lapsed %v; want neither", c.New[0].Ack, c.New[0].Lapsed)
			}
		},
		"exempt too: one after the other, silently": func(s *story) {
			s.create("alice", "p")
			s.audit("new inline alice p")
			s.ack(5*day, "silenced inline alice p")
			s.exempt["inline"], s.expires["inline"] = true, s.now.Add(60*day)
			s.audit()
			if r := s.sole(); r.Exempt.Reason != "agreed" {
				s.t.Errorf("exempt by %v, want the configuration", r.Exempt)
			}
			s.exempt["inline"] = false
			s.audit()
			if r := s.sole(); r.Exempt.Reason != "on it" {
				s.t.Errorf("exempt by %v, want the acknowledgement", r.Exempt)
			}
			s.exempt["inline"] = true
			s.later(6 * day)
			s.audit()
			s.exempt["inline"] = false
			s.audit("lapsed inline alice p")
		},
		"over while it cannot be seen: told when it is seen": func(s *story) {
			s.create("alice").console = true
			s.makeReport()
			s.audit("new mfa alice")
			s.ack(day, "silenced mfa alice")
			s.denied[account.MFA] = true
			s.later(day + hour)
			s.audit("gap mfa all")
			s.denied[account.MFA] = false
			s.makeReport()
			s.audit("lapsed mfa alice")
		},
		"what it would cover is told": func(s *story) {
			u := s.create("alice")
			u.admin = true
			s.audit("new admin alice")
			s.ack(day, "silenced admin alice")
			u.policies = []string{"p"}
			s.audit("new inline alice p")
		},
		"counted as silenced at once": func(s *story) {
			s.create("alice", "p")
			s.audit("new inline alice p")
			c, err := ledger.Acknowledge(s.memory.load(), s.sole().ID, ledger.Ack{By: boss, Reason: "on it", Until: s.now.Add(day)}, s.now)
			if err != nil || c.Kind != ledger.Acknowledgement || c.Exempt != 1 || len(c.Open) != 0 || c.Quiet() || c.Silenced[0].ToldAs != scanner.High {
				s.t.Errorf("%v: %+v", err, c)
			}
		},
	})
}
