package ledger_test

import (
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"iamvigil/ledger"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

// nights lets as many nights pass, each with a report and an audit that tells
// nothing, and then one with what is expected.
func (s *story) nights(n int, want ...string) ledger.Changes {
	s.t.Helper()
	for range n {
		s.later(day)
		s.makeReport()
		s.audit()
	}
	s.later(day)
	s.makeReport()
	return s.audit(want...)
}

// TestDiffBlind tells stories of gaps that last.
func TestDiffBlind(t *testing.T) {
	tell(t, map[string]func(*story){
		"a third night: a finding, until it is seen": func(s *story) {
			s.denied[account.MFA] = true
			s.audit("gap mfa all")
			c := s.nights(1, "new blind mfa")
			got := c.New[0].Finding
			want := scanner.Finding{
				Rule: "scanner-cannot-see", Severity: scanner.Medium, Resource: identity.Ref(), Part: "mfa",
				Message: "cannot see mfa of the account for 3 nights: grant iam:mfa",
				Evidence: map[string]string{"as_of": "2026-11-03T02:00:00Z", "since": "2026-11-01T02:00:00Z", "fact": "mfa",
					"permission": "iam:mfa", "reason": "access denied", "rules": "mfa", "resources": ""},
				Fix:     "Grant iam:mfa to the role of the audit function, and see that neither its permissions boundary nor a service control policy denies it.",
				Console: "https://console.aws.amazon.com/iam/home#/home", ID: scanner.FindingID(identity.ID, "scanner-cannot-see", identity.Ref(), "mfa"),
				Status: scanner.Open, Controls: []string{}, Commands: []string{},
			}
			if diff := gocmp.Diff(want, got); diff != "" {
				s.t.Errorf("(-want +got):\n%s", diff)
			}
			if c.Open[scanner.Medium] != 1 || !c.New[0].FirstSeen.Equal(s.now) {
				s.t.Errorf("open %v, first seen %s; want 1 medium, now", c.Open, c.New[0].FirstSeen)
			}
			s.later(day)
			s.makeReport()
			s.unsaved(s.audit())
			s.denied[account.MFA] = false
			s.nights(0, "mended blind mfa")
			s.nights(1)
			s.denied[account.MFA] = true
			s.nights(0, "gap mfa all")
			s.nights(1, "new blind mfa")
		},
		"a schedule that is an hour early: the third night still": func(s *story) {
			s.denied[account.MFA] = true
			s.audit("gap mfa all")
			s.later(2*day - hour - time.Second)
			s.audit()
			s.later(time.Second)
			s.audit("new blind mfa")
		},
		"a gap that ends before, or begins anew: none": func(s *story) {
			for range 3 {
				s.denied[account.MFA] = true
				s.nights(0, "gap mfa all")
				s.nights(0)
				s.denied[account.MFA] = false
				s.nights(2)
			}
		},
		"several facts: several findings": func(s *story) {
			s.denied[account.MFA], s.denied[account.Policies] = true, true
			s.audit("gap mfa all", "gap policies all")
			s.nights(1, "new blind mfa", "new blind policies")
			s.denied[account.Policies] = false
			s.nights(0, "mended blind policies")
		},
		"one fact of many: one finding, that counts them": func(s *story) {
			for _, name := range strings.Fields("alice bob carol dave") {
				s.create(name)
			}
			missing := func() {
				s.makeReport()
				clear(s.reported)
			}
			missing()
			s.audit("gap mfa alice", "gap mfa bob", "gap mfa carol", "gap mfa dave")
			s.later(2 * day)
			missing()
			c := s.audit("new blind mfa")
			if got, want := c.New[0].Message, "cannot see mfa of 4 users for 3 nights: created after the report was made"; got != want {
				s.t.Errorf("message %q, want %q", got, want)
			}
			if got, want := c.New[0].Evidence["resources"], `"alice", "bob", "carol", "dave"`; got != want {
				s.t.Errorf("resources %q, want %q", got, want)
			}
			fix := "No grant mends what the audit meets: created after the report was made. See to that; the next audit that sees again resolves this."
			if got := c.New[0].Fix; got != fix {
				s.t.Errorf("fix %q, want %q", got, fix)
			}
			s.later(day)
			for i, u := range s.users {
				s.reported[u.id] = i != 1
				if i == 1 {
					delete(s.reported, u.id)
				}
			}
			s.report = s.now
			s.audit()
			s.nights(0, "mended blind mfa")
		},
		"of one user: named": func(s *story) {
			s.create(`al"ice`)
			clear(s.reported)
			s.audit(`gap mfa al"ice`)
			s.later(2 * day)
			c := s.audit("new blind mfa")
			if got, want := c.New[0].Message, `cannot see mfa of user "al\"ice" for 3 nights: created after the report was made`; got != want {
				s.t.Errorf("message %q, want %q", got, want)
			}
		},
		"its gap is hidden by another, or newer ones come: it stands": func(s *story) {
			alice := s.create("alice")
			clear(s.reported)
			s.audit("gap mfa alice")
			s.later(2 * day)
			s.audit("new blind mfa")
			s.denied[account.MFA] = true
			s.audit("gap mfa all")
			s.denied[account.MFA], s.denied[account.Users] = false, true
			s.audit("gap users all")
			s.denied[account.Users] = false
			s.create("bob")
			s.makeReport()
			delete(s.reported, alice.id)
			s.audit()
			s.nights(0, "mended blind mfa")
		},
		"a new gap of the fact on the night that its own ends: resolved": func(s *story) {
			s.denied[account.MFA] = true
			s.audit("gap mfa all")
			s.nights(1, "new blind mfa")
			s.denied[account.MFA] = false
			s.later(day)
			s.makeReport()
			delete(s.reported, s.create("alice").id)
			s.audit("gap mfa alice", "mended blind mfa")
		},
		"an event's look neither makes nor mends it": func(s *story) {
			s.create("alice")
			s.denied[account.MFA] = true
			s.audit("gap mfa all")
			s.later(3 * day)
			s.watch("alice")
			s.makeReport()
			s.audit("new blind mfa")
			s.denied[account.MFA] = false
			s.watch("alice")
			s.alert(nil)
			s.nights(0, "mended blind mfa")
		},
		"seen live by an event's look: mended by the next digest": func(s *story) {
			s.create("alice")
			clear(s.reported)
			s.audit("gap mfa alice")
			s.later(2 * day)
			s.audit("new blind mfa")
			s.watch("alice")
			s.audit("mended blind mfa")
		},
		"its rules are switched off: withdrawn, not mended": func(s *story) {
			s.denied[account.MFA] = true
			s.audit("gap mfa all")
			s.nights(1, "new blind mfa")
			s.off["mfa"] = true
			s.nights(0, "withdrawn mfa 0", "withdrawn scanner-cannot-see 1")
			if len(s.memory.records) != 0 {
				s.t.Errorf("records %v are left", s.memory.records)
			}
			s.off["mfa"] = false
			s.nights(0, "gap mfa all")
			s.nights(1, "new blind mfa")
		},
		"one of its rules is switched off: it stands": func(s *story) {
			s.off["late"], s.denied[account.MFA] = false, true
			s.audit("gap mfa all")
			s.nights(1, "new blind mfa")
			s.off["mfa"] = true
			s.nights(0, "withdrawn mfa 0")
			s.denied[account.MFA] = false
			s.nights(0, "mended blind mfa")
		},
		"exempt: silent; acknowledged: told": func(s *story) {
			s.exempt[scanner.BlindnessID], s.denied[account.MFA] = true, true
			s.audit("gap mfa all")
			if c := s.nights(1); c.Exempt != 1 {
				s.t.Errorf("%d exempt, want 1", c.Exempt)
			}
			s.exempt[scanner.BlindnessID] = false
			s.nights(0, "lapsed blind mfa")
			s.ack(3*day, "silenced blind mfa")
			s.nights(1)
			s.nights(0, "lapsed blind mfa")
		},
		"what no look sees: told once, never a finding": func(s *story) {
			other := func(want ...string) {
				report, _ := s.look(account.Scope{Whole: true}, ledger.Digest)
				report.Gaps = append(report.Gaps, scanner.Gap{Rule: "event-root-use", Fact: account.OtherRegions, Reason: "events of other Regions do not come here"})
				s.expect(ledger.Diff(s.memory.load(), report, ledger.Digest), want)
			}
			other("gap other-regions all")
			for range 5 {
				s.later(day)
				other()
			}
		},
		"an account that is known: not counted as a new rule's": func(s *story) {
			s.create("alice", "p")
			s.audit("new inline alice p")
			s.denied[account.MFA] = true
			s.nights(0, "gap mfa all")
			s.nights(1, "new blind mfa")
		},
		"back within a day: flapping": func(s *story) {
			s.create("alice")
			clear(s.reported)
			s.audit("gap mfa alice")
			s.later(2 * day)
			s.audit("new blind mfa")
			held := s.memory.gaps
			s.memory.gaps = nil
			s.watch("alice")
			s.audit("mended blind mfa")
			s.later(hour)
			s.memory.gaps, s.memory.live = held, nil
			s.audit("flapping blind mfa")
		},
	})
}
