package rules_test

import (
	"maps"
	"reflect"
	"slices"
	"strconv"
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
	for _, fact := range []account.Fact{account.Logins, account.Keys, account.MFA, account.Certificates, account.SSHKeys} {
		ways = append(ways, forgetting{fact, "of every user", func(s *account.Snapshot) {
			blank(s, fact)
			eachUser(s, func(u *account.User) { forget(&u.Seen, fact) })
		}})
	}
	return append(ways,
		forgetting{account.LastAccessed, "of every user and role", func(s *account.Snapshot) {
			blank(s, account.LastAccessed)
			eachUser(s, func(u *account.User) { forget(&u.Seen, account.LastAccessed) })
			eachRole(s, func(r *account.Role) { forget(&r.Seen, account.LastAccessed) })
		}},
		forgetting{account.OIDCClients, "of every provider", func(s *account.Snapshot) {
			blank(s, account.OIDCClients)
			eachOIDCProvider(s, func(p *account.OIDCProvider) { forget(&p.Seen, account.OIDCClients) })
		}},
		forgetting{account.AnalyzerFindings, "of every analyzer", func(s *account.Snapshot) {
			blank(s, account.AnalyzerFindings)
			eachAnalyzer(s, func(a *account.Analyzer) { forget(&a.Seen, account.AnalyzerFindings) })
		}},
	)
}

// forget is a resource's own state of a fact that could not be read.
func forget(own *map[account.Fact]account.Seen, fact account.Fact) {
	if *own == nil {
		*own = map[account.Fact]account.Seen{}
	}
	(*own)[fact] = forgotten
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
	default:
		blankOthers(s, fact)
	}
	eachUser(s, func(u *account.User) { delete(u.Seen, fact) })
	eachRole(s, func(r *account.Role) { delete(r.Seen, fact) })
	eachOIDCProvider(s, func(p *account.OIDCProvider) { delete(p.Seen, fact) })
	eachAnalyzer(s, func(a *account.Analyzer) { delete(a.Seen, fact) })
}

// blankOthers is blank for what holds no policies and for what takes more calls.
func blankOthers(s *account.Snapshot, fact account.Fact) {
	switch fact {
	case account.ServiceCredentials:
		eachUser(s, func(u *account.User) { u.ServiceCredentials = nil })
	case account.SSHKeys:
		eachUser(s, func(u *account.User) { u.SSHKeys = nil })
	case account.LastAccessed:
		eachUser(s, func(u *account.User) { u.Accessed = nil })
		eachRole(s, func(r *account.Role) { r.Accessed = nil })
	case account.SAMLProviders:
		s.SAMLProviders = nil
	case account.OIDCProviders:
		s.OIDCProviders = nil
	case account.OIDCClients:
		eachOIDCProvider(s, func(p *account.OIDCProvider) { *p = account.OIDCProvider{ARN: p.ARN, Seen: p.Seen} })
	case account.ServerCertificates:
		s.ServerCertificates = nil
	case account.Analyzers:
		s.Analyzers = nil
	case account.AnalyzerFindings:
		eachAnalyzer(s, func(a *account.Analyzer) { a.Findings, a.More = nil, false })
	case account.RegionalAnalyzers:
		s.Regions = nil
		home := account.GlobalRegion(s.Account.Partition)
		s.Analyzers = slices.DeleteFunc(s.Analyzers, func(a account.Analyzer) bool { return home != "" && a.Region != home })
	case account.OutboundFederation:
		s.OutboundFederation = false
	case account.SecurityContact:
		s.Contacts.Security = account.Contact{}
	case account.AllContacts:
		s.Contacts = account.Contacts{Security: s.Contacts.Security}
	default:
		blankOrganization(s, fact)
	}
}

func blankOrganization(s *account.Snapshot, fact account.Fact) {
	o := s.Organization
	if o == nil {
		o = &account.Organization{}
	}
	switch fact {
	case account.OrganizationMembership:
		s.Organization = nil
	case account.RootManagement:
		o.Features = nil
	case account.DelegatedAdmins:
		o.Delegated = nil
	case account.OrganizationPolicies:
		o.PolicyTypes, o.Policies = nil, nil
	default:
		panic("what is known from the fact " + fact + " is not said here")
	}
}

func eachUser(s *account.Snapshot, do func(*account.User)) {
	for i := range s.Users {
		do(&s.Users[i])
	}
}

func eachRole(s *account.Snapshot, do func(*account.Role)) {
	for i := range s.Roles {
		do(&s.Roles[i])
	}
}

func eachOIDCProvider(s *account.Snapshot, do func(*account.OIDCProvider)) {
	for i := range s.OIDCProviders {
		do(&s.OIDCProviders[i])
	}
}

func eachAnalyzer(s *account.Snapshot, do func(*account.Analyzer)) {
	for i := range s.Analyzers {
		do(&s.Analyzers[i])
	}
}

// TestForget takes one fact at a time out of every fixture. A rule that then
// answers otherwise about a resource must say by a gap that it does not know:
// else a call that was refused would make or mend findings.
func TestForget(t *testing.T) {
	t.Parallel()
	told := map[account.Fact]bool{}
	everySnapshot(t, func(f *fixture, name string) {
		whole, all := f.snapshot(t, name, everyFact()), f.all()
		before := verdicts(ask(f, whole))
		for _, lost := range forgettings() {
			s := copied(whole)
			lost.blot(s)
			asked := f.concerned(all, lost.fact)
			report := scanner.Evaluate(s, account.Scope{Whole: true}, asked, f.now)
			after := verdicts(report)
			for _, rule := range asked {
				for _, ref := range refs(whole) {
					was, is := before(rule.ID, ref), after(rule.ID, ref)
					if was == is || unlisted(rule, lost.fact, is) {
						continue
					}
					told[lost.fact] = true
					if !saysGap(report, rule, lost.fact, ref) {
						t.Errorf("%s, %s: without %s (%s) rule %s changes its answer about %s %s from %s to %s, and tells no gap",
							f.path, name, lost.fact, lost.way, rule.ID, ref.Kind, ref.Name, was, is)
					}
				}
			}
		}
		if !reflect.DeepEqual(whole, f.snapshot(t, name, everyFact())) {
			t.Errorf("%s, %s: what a forgetting took from a copy is gone from the snapshot, too", f.path, name)
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

// concerned are, of all rules, those that say that they read a fact, and the
// fixture's own whatever it says: it is the fixtures of a rule that come by all it does.
func (f *fixture) concerned(all []scanner.Rule, fact account.Fact) []scanner.Rule {
	var some []scanner.Rule
	for i := range all {
		if r := &all[i]; r.ID == f.rule || slices.Contains(r.Reads, fact) || slices.Contains(r.Hints, fact) || slices.Contains(r.Weighs, fact) {
			some = append(some, *r)
		}
	}
	return some
}

// copied is a snapshot of its own of all that blank and its kin write to.
func copied(s *account.Snapshot) *account.Snapshot {
	c := *s
	c.Seen, c.Users, c.Roles = maps.Clone(s.Seen), slices.Clone(s.Users), slices.Clone(s.Roles)
	c.OIDCProviders, c.Analyzers = slices.Clone(s.OIDCProviders), slices.Clone(s.Analyzers)
	eachUser(&c, func(u *account.User) { u.Seen = maps.Clone(u.Seen) })
	eachRole(&c, func(r *account.Role) { r.Seen = maps.Clone(r.Seen) })
	eachOIDCProvider(&c, func(p *account.OIDCProvider) { p.Seen = maps.Clone(p.Seen) })
	eachAnalyzer(&c, func(a *account.Analyzer) { a.Seen = maps.Clone(a.Seen) })
	if s.Organization != nil {
		organization := *s.Organization
		c.Organization = &organization
	}
	return &c
}

// unlisted reports whether the rule is not asked any more about what an optional fact
// alone shows, and which it does not read: that it is there was another rule's doing.
func unlisted(rule scanner.Rule, lost account.Fact, verdict string) bool {
	return verdict == strconv.Itoa(int(scanner.NotAsked)) && slices.Contains(account.Optional(), lost) && !slices.Contains(rule.Reads, lost)
}

// TestNotAsked: a fact that was not asked for at all makes its rules silent.
func TestNotAsked(t *testing.T) {
	t.Parallel()
	ofKinds := kinds{}
	everySnapshot(t, func(f *fixture, name string) {
		whole, all := f.snapshot(t, name, everyFact()), f.all()
		before := verdicts(ask(f, whole))
		for _, fact := range everyFact() {
			s := copied(whole)
			blank(s, fact)
			delete(s.Seen, fact)
			readers := slices.DeleteFunc(slices.Clone(all), func(r scanner.Rule) bool { return !slices.Contains(r.Reads, fact) })
			report := scanner.Evaluate(s, account.Scope{Whole: true}, readers, f.now)
			after := verdicts(report)
			for _, rule := range readers {
				others := func(ref account.Ref) bool {
					return before(rule.ID, ref) == after(rule.ID, ref) && ofKinds.asks(rule, fact)
				}
				silent(t, f, report, others, rule, fact, refs(s))
			}
		}
	})
}

// silent checks that the rule was not asked, but for the others: identities that
// need another listing than the one not asked for.
func silent(t *testing.T, f *fixture, report scanner.Report, others func(account.Ref) bool, rule scanner.Rule, fact account.Fact, about []account.Ref) {
	t.Helper()
	for _, ref := range about {
		answer, _ := report.Answer(rule.ID, ref)
		if answer != scanner.NotAsked && !others(ref) {
			t.Errorf("%s: rule %s was asked about %s %s though %s was not asked for", f.path, rule.ID, ref.Kind, ref.Name, fact)
		}
	}
	for _, g := range report.Gaps {
		if g.Rule == rule.ID && g.Fact == fact {
			t.Errorf("%s: rule %s tells a gap for %s, which was not asked for", f.path, rule.ID, fact)
		}
	}
}

// kinds are the answers of asksAbout, by rule and fact: they are the same whatever
// the fixture.
type kinds map[[2]string]bool

func (k kinds) asks(rule scanner.Rule, about account.Fact) bool {
	question := [2]string{rule.ID, string(about)}
	answer, known := k[question]
	if !known {
		answer = asksAbout(rule, about)
		k[question] = answer
	}
	return answer
}

// asksAbout: the rule is one about what a fact lists, among other kinds, of which
// it then needs only that of the resource at hand.
func asksAbout(rule scanner.Rule, listing account.Fact) bool {
	s := &account.Snapshot{
		Users:    []account.User{{ID: string(account.Users)}},
		Groups:   []account.Group{{ID: string(account.Groups)}},
		Roles:    []account.Role{{ID: string(account.Roles)}},
		Policies: []account.Policy{{ID: string(account.Policies)}},

		SAMLProviders:      []account.SAMLProvider{{ARN: string(account.SAMLProviders)}},
		OIDCProviders:      []account.OIDCProvider{{ARN: string(account.OIDCProviders)}},
		ServerCertificates: []account.ServerCertificate{{ID: string(account.ServerCertificates)}},
		Analyzers:          []account.Analyzer{{ARN: string(account.Analyzers)}},

		Seen: map[account.Fact]account.Seen{},
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
	return scanner.Evaluate(s, account.Scope{Whole: true}, f.all(), f.now)
}

// verdicts tells a rule's whole answer about a resource.
func verdicts(r scanner.Report) func(rule string, ref account.Ref) string {
	found := map[[2]string][]string{}
	for _, f := range r.Findings {
		about := [2]string{f.Rule, f.Resource.Key()}
		found[about] = append(found[about], f.Part+" "+f.Message)
	}
	for about := range found {
		slices.Sort(found[about])
	}
	return func(rule string, ref account.Ref) string {
		answer, _ := r.Answer(rule, ref)
		said := strconv.Itoa(int(answer))
		if faults := found[[2]string{rule, ref.Key()}]; faults != nil {
			said += " {" + strings.Join(slices.Compact(faults), "; ") + "}"
		}
		return said
	}
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
