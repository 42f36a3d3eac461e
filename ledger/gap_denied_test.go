package ledger_test

import (
	"fmt"
	"testing"
	"time"

	"iamvigil/ledger"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

// unable is watch's look at users, for which its role lacks the permission.
func (s *story) unable(names string, want ...string) ledger.Changes {
	s.t.Helper()
	s.denied[account.MFA] = true
	c := s.watch(names, want...)
	s.denied[account.MFA] = false
	return c
}

// TestDiffDenied tells stories of what watch's role may not see, or one gap says
// of many.
func TestDiffDenied(t *testing.T) {
	tell(t, map[string]func(*story){
		"one denial, thirty users touched in thirty batches: told once, one record": func(s *story) {
			for i := range 30 {
				s.create(fmt.Sprint("u", i))
			}
			s.audit()
			s.unable("u0", "gap mfa u0")
			for i := 1; i < 30; i++ {
				s.unsaved(s.unable(fmt.Sprint("u", i)))
				s.later(time.Minute)
			}
			s.stand("event#mfa#iam:mfa")
		},
		"one denial of several users at once: told of each": func(s *story) {
			s.create("alice")
			s.create("bob")
			s.unable("alice bob", "gap mfa alice", "gap mfa bob")
			s.stand("event#mfa#iam:mfa")
		},
		"a permission that only watch lacks: told once, a finding on the third night": func(s *story) {
			s.create("alice")
			s.makeReport()
			s.audit()
			s.later(10 * hour)
			s.unable("alice", "gap mfa alice")
			s.later(14 * hour)
			s.audit()
			s.later(10 * hour)
			s.unable("alice")
			s.later(14 * hour)
			s.audit()
			got := s.nights(0, "new blind mfa").New[0].Finding
			if want := "cannot see mfa of users as they change (watch) for 3 nights: grant iam:mfa to the watch role"; got.Message != want {
				s.t.Errorf("message %q, want %q", got.Message, want)
			}
			if want := "Grant iam:mfa to the role of the watch function, and see that neither its permissions boundary nor a service control policy denies it." +
				" An event that lets watch see again resolves this with the audit after it; so do 14 days without such an event."; got.Fix != want {
				s.t.Errorf("fix %q, want %q", got.Fix, want)
			}
			s.create("bob")
			s.watch("bob")
			s.nights(0, "mended blind mfa")
			s.stand()
		},
		"a permission that watch lacks, its user deleted, and no event for 14 days: over": func(s *story) {
			alice := s.create("alice")
			s.unable("alice", "gap mfa alice")
			s.nights(0)
			s.unable("alice")
			s.delete(alice)
			s.nights(0, "new blind mfa")
			s.nights(11)
			s.stand("event#mfa#iam:mfa")
			s.nights(0, "mended blind mfa")
			s.stand()
		},
		"a permission that watch goes on lacking: remembered for 14 days from the last": func(s *story) {
			s.create("alice")
			s.unable("alice", "gap mfa alice")
			s.nights(8)
			s.unable("alice")
			s.nights(0, "new blind mfa")
			s.nights(8)
			s.stand("event#mfa#iam:mfa")
		},
		"a permission that watch was refused once, and no event since: no finding": func(s *story) {
			s.create("alice")
			s.unable("alice", "gap mfa alice")
			s.nights(14)
			s.stand()
		},
		"the listing refused to watch, and made at the next event of whatever: ended": func(s *story) {
			s.create("alice")
			s.denied[account.Policies] = true
			s.alert(nil, "gap policies all")
			s.stand("event#policies#iam:policies")
			s.denied[account.Policies] = false
			s.alert(nil)
			s.stand()
		},
		"a permission that watch lacks, for rules that are switched off: over": func(s *story) {
			s.create("alice")
			s.makeReport()
			s.unable("alice", "gap mfa alice")
			s.off["mfa"] = true
			s.watch("alice")
			s.stand("event#mfa#iam:mfa")
			s.audit()
			s.stand()
		},
		"one that audit and watch lack: told once, one finding that names both roles": func(s *story) {
			s.create("alice")
			s.denied[account.MFA] = true
			s.audit("gap mfa all")
			s.watch("alice")
			s.nights(0)
			s.watch("alice")
			got := s.nights(0, "new blind mfa").New[0]
			if want := "cannot see mfa of the account for 3 nights: grant iam:mfa to the audit role and iam:mfa to the watch role"; got.Message != want {
				s.t.Errorf("message %q, want %q", got.Message, want)
			}
			s.denied[account.MFA] = false
			s.nights(2)
			s.watch("alice")
			s.nights(0, "mended blind mfa")
		},
		"a denial of one user and not of another: stands": func(s *story) {
			s.create("alice")
			s.create("bob")
			s.unable("alice", "gap mfa alice")
			snap := s.snapshot(touched("alice bob"))
			snap.Users[0].Seen[account.MFA] = account.Seen{Missing: "access denied", Permission: "iam:mfa"}
			_, c := s.compare(snap, touched("alice bob"), ledger.Event)
			s.expect(c, nil)
			s.stand("event#mfa#iam:mfa")
		},
		"another user's gap of the same reason: silent; of another reason: told": func(s *story) {
			s.create("alice")
			clear(s.reported)
			s.audit("gap mfa alice")
			delete(s.reported, s.create("bob").id)
			s.audit()
			s.stand("mfa#AIDA0001", "mfa#AIDA0002")
			gap := func(name, reason string) scanner.Gap {
				return scanner.Gap{Rule: "inline", Fact: account.Users, Resource: &account.Ref{Kind: account.KindUser, Name: name}, Reason: reason}
			}
			for _, met := range []struct {
				gap  scanner.Gap
				want []string
			}{
				{gap("x", `the listing does not show user "x" yet`), []string{"gap users x"}},
				{gap("y", `the listing does not show user "y" yet`), nil},
				{gap("z", "timeout"), []string{"gap users z"}},
			} {
				report, _ := s.look(account.Scope{}, ledger.Event)
				report.Gaps = []scanner.Gap{met.gap}
				s.expect(ledger.Diff(s.memory.load(), report, ledger.Event), met.want)
			}
		},
		"a user's gap while the whole account's stands: told once that is over": func(s *story) {
			s.create("alice")
			s.denied[account.MFA] = true
			s.audit("gap mfa all")
			met := func(want ...string) {
				report, _ := s.look(account.Scope{}, ledger.Event)
				report.Gaps = []scanner.Gap{{Rule: "mfa", Fact: account.MFA, Resource: &account.Ref{Kind: account.KindUser, Name: "alice", ID: "AIDA0001"}, Reason: "timeout"}}
				s.expect(ledger.Diff(s.memory.load(), report, ledger.Event), want)
			}
			met()
			met()
			s.denied[account.MFA] = false
			clear(s.reported)
			s.audit("gap mfa alice")
			met()
		},
	})
}

// TestDiffGapsThatFlap tells stories of gaps that come and go.
func TestDiffGapsThatFlap(t *testing.T) {
	tell(t, map[string]func(*story){
		"denied every other night: told once, a finding on the third, mended when seen for two days": func(s *story) {
			s.denied[account.MFA] = true
			s.audit("gap mfa all")
			for _, want := range [][]string{{}, {}, {}, {"new blind mfa"}, {}, {}, {}, {}} {
				s.denied[account.MFA] = !s.denied[account.MFA]
				c := s.nights(0, want...)
				if message := "cannot see mfa of the account on and off for 3 nights: grant iam:mfa"; len(c.New) > 0 && c.New[0].Message != message {
					s.t.Errorf("message %q, want %q", c.New[0].Message, message)
				}
			}
			s.denied[account.MFA] = false
			s.nights(1)
			s.nights(0, "mended blind mfa")
			if len(s.memory.gaps) != 0 {
				s.t.Errorf("gaps %v are left", s.memory.gaps)
			}
		},
		"back once and then to stay: a finding on the third night from then": func(s *story) {
			s.denied[account.MFA] = true
			s.audit("gap mfa all")
			s.denied[account.MFA] = false
			s.nights(0)
			s.denied[account.MFA] = true
			s.nights(1)
			s.nights(0, "new blind mfa")
		},
		"back after two days: told": func(s *story) {
			s.denied[account.MFA] = true
			s.audit("gap mfa all")
			s.denied[account.MFA] = false
			s.nights(1)
			s.denied[account.MFA] = true
			s.later(2 * day)
			s.audit("gap mfa all")
		},
		"denied to watch and granted within the hour, again and again: told once": func(s *story) {
			s.create("alice")
			s.unable("alice", "gap mfa alice")
			for range 3 {
				s.later(11 * time.Minute)
				s.watch("alice")
				s.stand()
				s.later(11 * time.Minute)
				s.unable("alice")
				s.stand("event#mfa#iam:mfa")
			}
		},
		"more than 20 rules wanted it, those that are on among the last: mended, not withdrawn": func(s *story) {
			s.denied[account.MFA] = true
			s.audit("gap mfa all")
			s.nights(1, "new blind mfa")
			g := s.memory.gaps["mfa#"]
			g.Rules = nil
			for i := range 25 {
				g.Rules = append(g.Rules, fmt.Sprintf("a%02d", i))
			}
			g.Rules = append(g.Rules, "mfa")
			s.memory.gaps["mfa#"] = g
			r := s.sole()
			r.Evidence["rules"] = "a00, a01 and 24 more"
			s.memory.put(r)
			s.denied[account.MFA] = false
			s.nights(0, "mended blind mfa")
		},
	})
}
