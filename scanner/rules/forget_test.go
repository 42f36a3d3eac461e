package rules_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/rules"
)

// forgetting is one way in which a fact can be missing from a snapshot.
type forgetting struct {
	fact account.Fact
	way  string
	blot func(*account.Snapshot)
}

var forgotten = account.Seen{Missing: "forgotten", Permission: "test:Remember"}

func forgettings() []forgetting {
	ways := []forgetting{
		{account.Users, "listed without their fields", func(s *account.Snapshot) {
			eachUser(s, func(u *account.User) { u.Groups, u.Attached, u.Inline, u.Boundary, u.Tags = nil, nil, nil, "", nil })
			s.Seen[account.Users] = forgotten
		}},
	}
	for _, fact := range everyFact() {
		ways = append(ways, forgetting{fact, "all", func(s *account.Snapshot) {
			blank(s, fact)
			s.Seen[fact] = forgotten
		}})
	}
	for _, fact := range []account.Fact{account.Logins, account.Keys, account.MFA, account.Certificates} {
		ways = append(ways, forgetting{fact, "of every user", func(s *account.Snapshot) {
			blank(s, fact)
			eachUser(s, func(u *account.User) {
				if u.Seen == nil {
					u.Seen = map[account.Fact]account.Seen{}
				}
				u.Seen[fact] = forgotten
			})
		}})
	}
	return ways
}

// blank removes everything that is known from one fact.
func blank(s *account.Snapshot, fact account.Fact) {
	switch fact {
	case account.Users:
		s.Users = nil
	case account.Groups:
		s.Groups = nil
	case account.Roles:
		s.Roles = nil
	case account.Policies:
		s.Policies = nil
	case account.Logins:
		eachUser(s, func(u *account.User) { u.Login = nil })
	case account.Keys:
		eachUser(s, func(u *account.User) { u.Keys = nil })
	case account.MFA:
		eachUser(s, func(u *account.User) { u.MFA = false })
	case account.Certificates:
		eachUser(s, func(u *account.User) { u.Certificates = nil })
	case account.RootUse:
		s.Root = account.Root{}
	case account.Summary:
		s.Summary = nil
	case account.Passwords:
		s.PasswordPolicy = nil
	case account.VirtualMFA:
		s.VirtualMFA = nil
	case account.Trails:
		s.Trails = nil
	case account.Topics:
		s.Stack.Topics = nil
	case account.EventRules:
		s.Stack.EventRules = nil
	case account.Queues:
		s.Stack.Queues = nil
	}
	eachUser(s, func(u *account.User) { delete(u.Seen, fact) })
}

func eachUser(s *account.Snapshot, do func(*account.User)) {
	for i := range s.Users {
		do(&s.Users[i])
	}
}

// TestForget takes one fact at a time out of every fixture. A rule that then
// answers otherwise about a resource must say by a gap that it does not know:
// else a call that was refused would make or mend findings.
func TestForget(t *testing.T) {
	told := map[account.Fact]bool{}
	everySnapshot(t, func(f *fixture, name string) {
		whole := f.snapshot(t, name, everyFact())
		before := ask(f, whole)
		for _, lost := range forgettings() {
			s := f.snapshot(t, name, everyFact())
			lost.blot(s)
			after := ask(f, s)
			for _, rule := range rules.All() {
				for _, ref := range refs(whole) {
					was, is := verdict(before, rule.ID, ref), verdict(after, rule.ID, ref)
					if was == is {
						continue
					}
					told[lost.fact] = true
					if !saysGap(after, rule, lost.fact, ref) {
						t.Errorf("%s, %s: without %s (%s) rule %s changes its answer about %s %s from %s to %s, and tells no gap",
							f.path, name, lost.fact, lost.way, rule.ID, ref.Kind, ref.Name, was, is)
					}
				}
			}
		}
	})
	for _, rule := range rules.All() {
		for _, fact := range rule.Reads {
			if !told[fact] {
				t.Errorf("rule %s reads %s, and no fixture's answer depends on it", rule.ID, fact)
			}
		}
	}
}

// TestNotAsked: a fact that was not asked for at all makes its rules silent.
func TestNotAsked(t *testing.T) {
	everySnapshot(t, func(f *fixture, name string) {
		for _, fact := range everyFact() {
			s := f.snapshot(t, name, everyFact())
			before := ask(f, s)
			blank(s, fact)
			delete(s.Seen, fact)
			after := ask(f, s)
			for _, rule := range rules.All() {
				if slices.Contains(rule.Reads, fact) {
					silent(t, f, before, after, rule, fact, refs(s))
				}
			}
		}
	})
}

// silent checks that the rule was not asked, but for identities that need
// another listing than the one not asked for.
func silent(t *testing.T, f *fixture, before, after scanner.Report, rule scanner.Rule, fact account.Fact, about []account.Ref) {
	t.Helper()
	for _, ref := range about {
		answer, _ := after.Answer(rule.ID, ref)
		otherKind := func() bool {
			return asksAbout(rule, fact) && verdict(before, rule.ID, ref) == verdict(after, rule.ID, ref)
		}
		if answer != scanner.NotAsked && !otherKind() {
			t.Errorf("%s: rule %s was asked about %s %s though %s was not asked for", f.path, rule.ID, ref.Kind, ref.Name, fact)
		}
	}
	for _, g := range after.Gaps {
		if g.Rule == rule.ID && g.Fact == fact {
			t.Errorf("%s: rule %s tells a gap for %s, which was not asked for", f.path, rule.ID, fact)
		}
	}
}

// asksAbout: the rule is one about what a fact lists, among other kinds, of which
// it then needs only that of the resource at hand.
func asksAbout(rule scanner.Rule, listing account.Fact) bool {
	s := &account.Snapshot{
		Users:    []account.User{{ID: string(account.Users)}},
		Groups:   []account.Group{{ID: string(account.Groups)}},
		Roles:    []account.Role{{ID: string(account.Roles)}},
		Policies: []account.Policy{{ID: string(account.Policies)}},
		Seen:     map[account.Fact]account.Seen{},
	}
	for _, fact := range everyFact() {
		s.Seen[fact] = account.Seen{At: clock}
	}
	report := scanner.Evaluate(s, account.Scope{Whole: true}, []scanner.Rule{rule}, clock)
	answer, _ := report.Answer(rule.ID, account.Ref{ID: string(listing)})
	return answer != scanner.NotAsked
}

func everySnapshot(t *testing.T, do func(f *fixture, name string)) {
	t.Helper()
	for _, f := range fixtures(t) {
		for _, name := range snapshots {
			if _, ok := f.file(name); ok {
				do(f, name)
			}
		}
	}
}

func ask(f *fixture, s *account.Snapshot) scanner.Report {
	return scanner.Evaluate(s, account.Scope{Whole: true}, rules.All(), f.now)
}

// verdict is a rule's whole answer about a resource.
func verdict(r scanner.Report, rule string, ref account.Ref) string {
	answer, _ := r.Answer(rule, ref)
	found := map[string]bool{}
	for _, f := range r.Findings {
		if f.Rule == rule && f.Resource.Key() == ref.Key() {
			found[f.Part+" "+f.Message] = true
		}
	}
	return fmt.Sprintf("%d {%s}", answer, strings.Join(slices.Sorted(maps.Keys(found)), "; "))
}

// saysGap reports whether the rule tells that it does not know for want of the
// fact. A rule that can do without it may be waiting for another one.
func saysGap(r scanner.Report, rule scanner.Rule, fact account.Fact, ref account.Ref) bool {
	return slices.ContainsFunc(r.Gaps, func(g scanner.Gap) bool {
		needed := g.Fact == fact && g.Reason == forgotten.Missing && g.Permission == forgotten.Permission
		return g.Rule == rule.ID && (g.Resource == nil || g.Resource.Key() == ref.Key()) &&
			(needed || !slices.Contains(rule.Reads, fact))
	})
}
