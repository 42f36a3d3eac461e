package scanner

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"iamvigil/internal/order"
	"iamvigil/scanner/account"
)

// Evaluate asks every rule about every resource in scope. A rule whose facts
// were not asked for is not asked; one whose facts are missing answers with a
// gap. Now is the evaluation's clock.
func Evaluate(s *account.Snapshot, scope account.Scope, rules []Rule, now time.Time) Report {
	e := &evaluation{snapshot: s, scope: scope, now: now, report: emptyReport(s, scope, now), index: &index{snapshot: s, rules: rules}, inScope: covered(s, scope)}
	for i := range rules {
		e.rule = &rules[i]
		e.answers = &answers{resources: len(e.report.places)}
		e.told = map[account.Fact]bool{}
		for _, f := range e.rule.Reads {
			e.needs(f)
		}
		e.rule.Check(e)
		e.report.answers[e.rule.ID] = e.answers
	}
	e.report.Rules = sortedIDs(rules)
	e.report.recall(rules)
	e.report.Findings = e.findings.sorted()
	e.report.cover()
	order.By(e.report.Gaps, compareGaps)
	return e.report
}

func emptyReport(s *account.Snapshot, scope account.Scope, now time.Time) Report {
	return Report{
		Account: s.Account,
		Time:    now,
		Scope:   scope,
		Alerts:  []Alert{},
		Gaps:    []Gap{},
		Passed:  map[string]int{},
		Off:     []string{},
		answers: map[string]*answers{},
		saidBy:  map[string]string{},
		Live:    live(s, scope),
		places:  places(s),
		listed:  listed(s),
	}
}

type evaluation struct {
	snapshot *account.Snapshot
	scope    account.Scope
	now      time.Time
	report   Report
	findings gathered
	index    *index
	inScope  resources

	rule    *Rule
	answers *answers
	// pass is the one under way: there are rules times resources of them.
	pass Pass
	// told are the account-wide facts whose gap this rule has told.
	told map[account.Fact]bool
}

// ask asks the current rule about one resource whose own facts are given.
func (e *evaluation) ask(about account.Ref, own map[account.Fact]account.Seen, check func(*Pass)) {
	if !e.scope.Covers(about) {
		return
	}
	asOf, missing, asked := e.evidence(own)
	if !asked {
		return
	}
	p := &e.pass
	*p = Pass{Rule: e.rule, Resource: about, Snapshot: e.snapshot, Now: e.now, own: own, index: e.index, asOf: asOf,
		found: p.found[:0], gaps: p.gaps[:0]}
	if len(missing) > 0 {
		e.hinted(p, missing, check)
		return
	}
	check(p)
	e.answer(p)
}

// evidence finds the time of the oldest fact that the rule reads, and the
// facts that are missing. Asked is false if any was not asked for.
func (e *evaluation) evidence(own map[account.Fact]account.Seen) (asOf time.Time, missing []account.Fact, asked bool) {
	for _, f := range e.rule.Reads {
		seen := e.snapshot.Of(own, f)
		switch {
		case !seen.Asked():
			return time.Time{}, nil, false
		case !seen.Known():
			missing = append(missing, f)
		case asOf.IsZero() || seen.At.Before(asOf):
			asOf = seen.At
		}
	}
	if e.rule.Limit.split() {
		if seen := e.snapshot.Of(own, account.Logins); seen.Known() && seen.At.Before(asOf) {
			asOf = seen.At
		}
	}
	return asOf, missing, true
}

// hinted asks the rule although facts are missing, if others can still show a
// fault. It is no answer whatever comes of it: another part of the resource may
// be at fault, or no more.
func (e *evaluation) hinted(p *Pass, missing []account.Fact, check func(*Pass)) {
	e.answers.mark(e.place(p), unknown)
	for _, f := range e.rule.Hints {
		if seen := e.snapshot.Of(p.own, f); seen.Known() {
			p.asOf = seen.At
			check(p)
			e.found(p)
			break
		}
	}
	for _, f := range missing {
		if seen, own := p.own[f]; own {
			about := p.Resource
			e.gap(&about, f, seen)
		}
	}
}

// needs tells the gap of a fact that is missing for the whole account, once a
// rule. A resource's own state is told when that resource is asked about.
func (e *evaluation) needs(f account.Fact) {
	if seen := e.snapshot.Seen[f]; seen.Missing != "" && !e.told[f] {
		e.told[f] = true
		e.gap(nil, f, seen)
	}
}

func (e *evaluation) gap(about *account.Ref, f account.Fact, seen account.Seen) {
	e.report.Gaps = append(e.report.Gaps, Gap{
		Rule: e.rule.ID, Resource: about, Fact: f, Reason: seen.Missing, Permission: seen.Permission,
	})
}

// place is that of the resource at hand among the answers.
func (e *evaluation) place(p *Pass) int { return e.report.places[p.Resource.Key()] }

func (e *evaluation) answer(p *Pass) {
	for _, g := range p.gaps {
		if g.Resource != nil || !e.told[g.Fact] {
			e.report.Gaps = append(e.report.Gaps, g)
		}
		if g.Resource == nil {
			e.told[g.Fact] = true
		}
	}
	if len(p.gaps) > 0 {
		e.answers.mark(e.place(p), unknown)
	} else {
		e.answers.answered(e.place(p), p.asOf)
		if len(p.found) == 0 {
			e.report.Passed[e.rule.ID]++
		}
	}
	e.found(p)
}

func (e *evaluation) found(p *Pass) {
	for _, reported := range p.found {
		f := reported.Finding
		f.ID = FindingID(e.snapshot.Account.ID, f.Rule, f.Resource, f.Part)
		f.Console = Console(f.Resource)
		f.Commands = pasteable(reported.reported.commands)
		if by := reported.reported.saidBy; by != "" {
			e.report.saidBy[f.ID] = by
		}
		e.findings.add(f)
	}
}

// FindingID is the stable identity of a finding, for deduplication: 32
// hexadecimal digits of a hash over account, rule, resource key and part.
func FindingID(accountID, rule string, about account.Ref, part string) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{accountID, rule, about.Key(), part}, "\x00")))
	return hex.EncodeToString(sum[:16])
}

// recall keeps of the rules what is asked of the report later.
func (r *Report) recall(rules []Rule) {
	r.Limits, r.Graces = map[string]Limit{}, map[string]int{}
	r.Causes, r.Cures = map[string][]string{}, map[string][]string{}
	r.covering, r.following = map[string][]string{}, map[string][]string{}
	for i := range rules {
		about := &rules[i].About
		r.Causes[about.ID], r.Cures[about.ID] = about.Causes, about.Cures
		r.covering[about.ID], r.following[about.ID] = about.CoveredBy, about.Follows
		if about.Limit.Unit != "" {
			r.Limits[about.ID] = about.Limit
		}
		if about.Grace.Value > 0 {
			r.Graces[about.ID] = about.Grace.Value
		}
	}
}

// cover marks findings whose resource also fails a rule that already says it,
// if that finding is told.
func (r *Report) cover() {
	type fault struct{ rule, resource string }
	failed, exempt, covers := map[fault]bool{}, map[fault]bool{}, map[string]bool{}
	for _, all := range r.covering {
		for _, by := range all {
			covers[by] = true
		}
	}
	for _, by := range r.saidBy {
		covers[by] = true
	}
	for i := range r.Findings {
		switch f := &r.Findings[i]; {
		case !covers[f.Rule]:
		case f.Status == Exempt:
			exempt[fault{f.Rule, f.Resource.Key()}] = true
		default:
			failed[fault{f.Rule, f.Resource.Key()}] = true
		}
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		f.CoveredBy = ""
		for _, by := range r.covering[f.Rule] {
			if failed[fault{by, f.Resource.Key()}] {
				f.CoveredBy = by
				break
			}
		}
		if by := r.saidBy[f.ID]; f.CoveredBy == "" && slices.Contains(r.Rules, by) && !exempt[fault{by, f.Resource.Key()}] {
			f.CoveredBy = by
		}
	}
}

// places numbers the resources that there are, by their keys.
func places(s *account.Snapshot) map[string]int {
	keys := make(map[string]int, len(s.Users)+len(s.Groups)+len(s.Roles)+len(s.Policies)+1)
	add := func(ref account.Ref) {
		if _, known := keys[ref.Key()]; !known {
			keys[ref.Key()] = len(keys)
		}
	}
	add(s.Account.RootRef())
	for ref := range s.Resources() {
		add(ref)
	}
	return keys
}

func listed(s *account.Snapshot) map[account.Kind]time.Time {
	complete := map[account.Kind]time.Time{}
	for kind, fact := range map[account.Kind]account.Fact{
		account.KindUser: account.Users, account.KindGroup: account.Groups,
		account.KindRole: account.Roles, account.KindPolicy: account.Policies,
		account.KindCertificate: account.ServerCertificates,
		account.KindAnalyzer:    account.Analyzers,
	} {
		if seen := s.Seen[fact]; seen.Known() {
			complete[kind] = seen.At
		}
	}
	if s.Seen[account.RegionalAnalyzers].Missing != "" {
		delete(complete, account.KindAnalyzer)
	}
	if saml, oidc := s.Seen[account.SAMLProviders], s.Seen[account.OIDCProviders]; saml.Known() && oidc.Known() {
		complete[account.KindProvider] = saml.At
		if oidc.At.Before(saml.At) {
			complete[account.KindProvider] = oidc.At
		}
	}
	return complete
}

// live tells when each resource that a look named was looked at: the oldest of
// the facts asked for. A look that missed any of them is none, since older
// evidence may tell what it could not.
func live(s *account.Snapshot, scope account.Scope) map[string]time.Time {
	looks := map[string]time.Time{}
	named := account.Scope{Refs: scope.Refs}
	for ref, own := range s.Resources() {
		if !named.Covers(ref) {
			continue
		}
		if at, whole := oldest(s, own); whole && !at.IsZero() {
			looks[ref.Key()] = at
		}
	}
	return looks
}

// oldest is the time of the oldest fact seen, and whether all that were asked
// for were seen.
func oldest(s *account.Snapshot, own map[account.Fact]account.Seen) (at time.Time, whole bool) {
	whole = true
	for _, f := range slices.Concat(account.Facts(), account.Optional()) {
		switch seen := s.Of(own, f); {
		case !seen.Asked():
		case !seen.Known():
			whole = false
		case at.IsZero() || seen.At.Before(at):
			at = seen.At
		}
	}
	return at, whole
}
