package ledger_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"iamvigil/ledger"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/trail"
)

// start is when stories start: an hour after the credential report was made.
var start = time.Date(2026, 11, 1, 2, 0, 0, 0, time.UTC)

// identity is the account that stories are about.
var identity = account.Identity{ID: "123456789012", Partition: "aws"}

// story is an account over time and a ledger that follows it. Facts about users
// are of now, facts about MFA of the last credential report; a watch sees both
// live.
type story struct {
	t        reporter
	now      time.Time
	users    []*person
	reported map[string]bool // unique id -> had MFA when the report was made
	report   time.Time
	denied   map[account.Fact]bool
	exempt   map[string]bool // ids of rules
	off      map[string]bool // ids of rules
	// expires is when the exemption of a rule does, unless that is far away.
	expires map[string]time.Time
	// severity, limit and grace are of rules that have another than they are made with.
	severity map[string]scanner.Severity
	limit    map[string]scanner.Limit
	grace    map[string]int
	edit     func(*scanner.Finding)
	memory   memory
	created  int
}

// reporter is a test, or a property's.
type reporter interface {
	Helper()
	Error(...any)
	Errorf(string, ...any)
	Fatalf(string, ...any)
}

type person struct {
	id, name string
	policies []string
	console  bool
	mfa      bool
	admin    bool
	idle     int    // for how many days
	left     string // the part that "left" finds
}

func newStory(t reporter) *story {
	s := &story{t: t, now: start, denied: map[account.Fact]bool{}, exempt: map[string]bool{}, off: map[string]bool{"late": true},
		expires: map[string]time.Time{}, severity: map[string]scanner.Severity{}, limit: map[string]scanner.Limit{}, grace: map[string]int{}}
	s.makeReport()
	return s
}

// rules are made up: "admin" covers "inline", which tells policies apart;
// "mfa" and "late" read the report. "late" is off until a story switches it on.
// "idle" has a limit. "left" follows "inline" for 45 days.
func (s *story) rules() []scanner.Rule {
	all := []scanner.Rule{
		{About: scanner.About{ID: "admin", Severity: scanner.Critical}, Reads: []account.Fact{account.Users, account.Policies},
			Check: scanner.Users(func(p *scanner.Pass, u *account.User) {
				if u.Tags["admin"] != "" {
					p.Fail("", nil, "%s", u.Name)
				}
			})},
		{About: scanner.About{ID: "inline", Severity: scanner.High, CoveredBy: []string{"admin"}}, Reads: []account.Fact{account.Users},
			Check: scanner.Users(func(p *scanner.Pass, u *account.User) {
				for _, i := range u.Inline {
					p.Fail(i.Name, map[string]string{"today": p.Now.Format(time.DateOnly)}, "%s for %d days", i.Name, p.Age(start))
				}
			})},
		{About: scanner.About{ID: "mfa", Severity: scanner.Medium}, Reads: []account.Fact{account.Users, account.MFA},
			Check: scanner.Users(func(p *scanner.Pass, u *account.User) {
				if u.Login != nil && !u.MFA {
					p.Fail("", nil, "%s since %d days", u.Name, p.Age(start))
				}
			})},
		{About: scanner.About{ID: "late", Severity: scanner.Low}, Reads: []account.Fact{account.Users, account.MFA},
			Check: scanner.Users(func(p *scanner.Pass, u *account.User) {
				if len(u.Inline) > 0 {
					p.Fail("", nil, "%s", u.Name)
				}
			})},
		{About: scanner.About{ID: "idle", Severity: scanner.Low, Limit: scanner.Days(45)}, Reads: []account.Fact{account.Users}, Check: scanner.Users(idle)},
		{About: scanner.About{ID: "left", Severity: scanner.Low, Limit: scanner.Days(45), Follows: []string{"inline"}}, Reads: []account.Fact{account.Users},
			Check: scanner.Users(func(p *scanner.Pass, u *account.User) {
				if part := u.Tags["left"]; part != "" {
					p.Fail(part, nil, "%s", part)
				}
			})},
	}
	for i := range all {
		all[i].Severity = cmp.Or(s.severity[all[i].ID], all[i].Severity)
		all[i].Limit = cmp.Or(s.limit[all[i].ID], all[i].Limit)
		all[i].Grace.Value = s.grace[all[i].ID]
	}
	return slices.DeleteFunc(all, func(r scanner.Rule) bool { return s.off[r.ID] })
}

// idle fails who is idle for longer than the limit, which may be another for
// those without a password, and than the grace.
func idle(p *scanner.Pass, u *account.User) {
	days, limit := u.Tags["idle"], p.Rule.Limit.Value
	if u.Login == nil {
		limit = cmp.Or(p.Rule.Limit.WithoutPassword, limit)
	}
	if n, _ := strconv.Atoi(days); n > max(limit, p.Rule.Grace.Value) {
		p.Fail("", map[string]string{"limit": strconv.Itoa(limit)}, "%s for %s days", u.Name, days)
	}
}

// terms are the exemptions of rules.
func (s *story) terms() *scanner.Terms {
	t := &scanner.Terms{}
	for _, rule := range slices.Sorted(maps.Keys(s.exempt)) {
		if s.exempt[rule] {
			t.Exemptions = append(t.Exemptions, scanner.Exemption{Rules: []string{rule}, Resource: "*", Account: "*", Reason: "agreed",
				Expires: cmp.Or(s.expires[rule], start.Add(300*day))})
		}
	}
	return t
}

func (s *story) later(d time.Duration) { s.now = s.now.Add(d) }

// create adds a user, as IAM does with a unique id that no other ever had. The
// report has him without MFA.
func (s *story) create(name string, policies ...string) *person {
	s.created++
	u := &person{id: fmt.Sprintf("AIDA%04d", s.created), name: name, policies: policies}
	s.users = append(s.users, u)
	s.reported[u.id] = false
	return u
}

func (s *story) delete(u *person) {
	s.users = slices.DeleteFunc(s.users, func(x *person) bool { return x == u })
}

// makeReport makes a new credential report.
func (s *story) makeReport() {
	s.report, s.reported = s.now, map[string]bool{}
	for _, u := range s.users {
		s.reported[u.id] = u.mfa
	}
}

func (s *story) seen(f account.Fact, at time.Time) account.Seen {
	if s.denied[f] {
		return account.Seen{Missing: "access denied", Permission: "iam:" + string(f)}
	}
	return account.Seen{At: at}
}

// snapshot is what a collector sees of the account: the MFA of those it looks
// at live, of others as the report has it if the whole account is looked at.
func (s *story) snapshot(live account.Scope) *account.Snapshot {
	snap := &account.Snapshot{Version: account.Version, Account: identity,
		Seen: map[account.Fact]account.Seen{account.Users: s.seen(account.Users, s.now), account.Policies: s.seen(account.Policies, s.now)}}
	if live.Whole {
		snap.Seen[account.MFA] = s.seen(account.MFA, s.report)
	}
	if s.denied[account.Users] {
		return snap
	}
	for _, p := range s.users {
		u := account.User{ARN: "arn:aws:iam::123456789012:user/" + p.name, ID: p.id, Name: p.name, MFA: p.mfa}
		for _, name := range p.policies {
			u.Inline = append(u.Inline, account.InlinePolicy{Name: name})
		}
		if p.console {
			u.Login = &account.Login{}
		}
		u.Tags = map[string]string{"idle": strconv.Itoa(p.idle), "left": p.left}
		if p.admin {
			u.Tags["admin"] = "yes"
		}
		switch mfa, known := s.reported[p.id]; {
		case !live.Whole && live.Covers(u.Ref()):
			u.Seen = map[account.Fact]account.Seen{account.MFA: s.seen(account.MFA, s.now)}
		case live.Whole && known:
			u.MFA = mfa
		case live.Whole && !s.denied[account.MFA]:
			u.Seen = map[account.Fact]account.Seen{account.MFA: {Missing: "created after the report was made"}}
		}
		snap.Users = append(snap.Users, u)
	}
	return snap
}

// look evaluates the account and compares the answers with the ledger.
func (s *story) look(scope account.Scope, kind string, alerts ...scanner.Alert) (scanner.Report, ledger.Changes) {
	return s.compare(s.snapshot(scope), scope, kind, alerts...)
}

func (s *story) compare(snap *account.Snapshot, scope account.Scope, kind string, alerts ...scanner.Alert) (scanner.Report, ledger.Changes) {
	report := scanner.Evaluate(snap, scope, s.rules(), s.now)
	s.terms().Apply(snap, &report)
	for i := range report.Findings {
		if s.edit != nil {
			s.edit(&report.Findings[i])
		}
	}
	report.Alerts = append(report.Alerts, alerts...)
	return report, ledger.Diff(s.memory.load(), report, kind)
}

// audit looks at the whole account, and expects what is told, in any order.
func (s *story) audit(want ...string) ledger.Changes {
	s.t.Helper()
	_, c := s.look(account.Scope{Whole: true}, ledger.Digest)
	s.expect(c, want)
	return c
}

// auditOf is an audit whose evidence was gathered before.
func (s *story) auditOf(snap *account.Snapshot, want ...string) {
	s.t.Helper()
	_, c := s.compare(snap, account.Scope{Whole: true}, ledger.Digest)
	s.expect(c, want)
}

// sole is the only record.
func (s *story) sole() ledger.Record {
	s.t.Helper()
	held := s.memory.load().Records
	if len(held) != 1 {
		s.t.Errorf("%d records, want 1: %v", len(held), held)
		return ledger.Record{}
	}
	return held[0]
}

// watch looks at the users of these names, separated by spaces.
func (s *story) watch(names string, want ...string) ledger.Changes {
	s.t.Helper()
	_, c := s.look(touched(names), ledger.Event)
	s.expect(c, want)
	return c
}

func touched(names string) (scope account.Scope) {
	for _, name := range strings.Fields(names) {
		scope.Refs = append(scope.Refs, account.Ref{Kind: account.KindUser, Name: name})
	}
	return scope
}

// alert looks at nothing, on account of events that rules tell.
func (s *story) alert(alerts []scanner.Alert, want ...string) ledger.Changes {
	s.t.Helper()
	_, c := s.look(account.Scope{}, ledger.Event, alerts...)
	s.expect(c, want)
	return c
}

func act(event, rule, about string) scanner.Alert {
	return scanner.Alert{Rule: rule, Resource: account.Ref{Kind: account.KindUser, Name: about}, Event: trail.Event{ID: event}}
}

// expect compares what is told, and saves.
func (s *story) expect(c ledger.Changes, want []string) {
	s.t.Helper()
	slices.Sort(want)
	if diff := gocmp.Diff(want, told(c), gocmp.Transformer("none", func(l []string) []string { return append([]string{}, l...) })); diff != "" {
		s.t.Errorf("at %s: told (-want +got):\n%s", s.now.Format(time.DateTime), diff)
	}
	s.memory.save(c)
}

// unsaved fails if the changes are to be remembered.
func (s *story) unsaved(c ledger.Changes) {
	s.t.Helper()
	n := len(c.Puts) + len(c.Deletes) + len(c.GapPuts) + len(c.GapDeletes) + len(c.Live) + len(c.AlertsTold) + len(c.Rules) + len(c.RuleDeletes) + len(c.Noted) + len(c.NotedDeletes) +
		len(c.ExemptionPuts) + len(c.ExemptionDeletes)
	if n > 0 {
		s.t.Errorf("%d writes, want none: puts %v, deletes %v, gaps %v and %v, exemptions %v", n, c.Puts, c.Deletes, c.GapPuts, c.GapDeletes, c.ExemptionPuts)
	}
}

// told renders what the changes tell, a line each, sorted.
func told(c ledger.Changes) []string {
	var lines []string
	for _, r := range c.New {
		word := "new"
		switch {
		case r.Lapsed != nil:
			word = "lapsed"
		case r.Flapping:
			word = "flapping"
		}
		lines = append(lines, line(word, r))
	}
	for _, r := range c.Resolved {
		lines = append(lines, line(r.How, r))
	}
	for _, r := range c.Silenced {
		lines = append(lines, line("silenced", r))
	}
	for _, r := range c.Reranked {
		lines = append(lines, line(string(r.Severity+" not "+r.Was), r))
	}
	for _, n := range c.Withdrawn {
		lines = append(lines, fmt.Sprintf("withdrawn %s %d", n.Rule, n.Findings))
	}
	for _, n := range c.Exemptions {
		lines = append(lines, fmt.Sprintf("exemption %s %s", n.Rules[0], n.Why))
	}
	for _, g := range c.Gaps {
		about := "all"
		if g.Resource != nil {
			about = g.Resource.Name
		}
		lines = append(lines, fmt.Sprintf("gap %s %s", g.Fact, about))
	}
	for _, n := range c.NewRules {
		lines = append(lines, fmt.Sprintf("rule %s %d", n.Rule, n.Findings))
	}
	for _, a := range c.Alerts {
		lines = append(lines, fmt.Sprintf("alert %s %s %s", a.Event.ID, a.Rule, a.Resource.Name))
	}
	for _, name := range slices.Sorted(maps.Keys(c.Unknown)) {
		lines = append(lines, fmt.Sprintf("unknown %s %d", name, c.Unknown[name]))
	}
	slices.Sort(lines)
	return lines
}

func line(word string, r ledger.Record) string {
	if r.Rule == scanner.BlindnessID {
		return word + " blind " + r.Part
	}
	return strings.TrimSpace(fmt.Sprintf("%s %s %s %s", word, r.Rule, r.Resource.Name, r.Part))
}

// ack acknowledges the only record for a time, and expects what is told.
func (s *story) ack(last time.Duration, want ...string) {
	s.t.Helper()
	c, err := ledger.Acknowledge(s.memory.load(), s.sole().ID, ledger.Ack{By: boss, Reason: "on it", Until: s.now.Add(last)}, s.now)
	if err != nil {
		s.t.Error(err)
		return
	}
	s.expect(c, want)
}

// boss acknowledges.
const boss = "arn:aws:iam::123456789012:user/boss"
