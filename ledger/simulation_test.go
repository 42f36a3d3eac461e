package ledger_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"testing"
	"time"

	"iamvigil/ledger"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

// seed is the name of a test that failed.
var seed = flag.Uint64("seed", 0, "the only seed for TestTenThousandNights")

// TestTenThousandNights lives through nights and events of accounts in which
// everything is changed, renamed, deleted and made anew under old names, in
// which calls are denied, rules and limits set otherwise, and of which one
// message in ten is lost or half-told, and one save in ten lost or half-made.
//
// Whatever happens: what stands is told by the first night that sees it, a gap
// resolves nothing, and nothing is told again but once for each failure.
func TestTenThousandNights(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // a fifth less time
	const looks = 500
	seeds := []uint64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}
	for range 4 {
		seeds = append(seeds, rand.Uint64())
	}
	if *seed != 0 {
		seeds = []uint64{*seed}
	}
	lived := map[string]int{}
	for _, seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			s := &simulation{world: newWorld(seed, failing()), t: t, people: newPeople(t), lived: lived}
			for range looks {
				s.step()
			}
			clear(s.denied)
			s.good()
			s.later(15 * day) // what was flapping is not, nor is watch taken to be denied anything
			s.good()
			if report := s.good(); len(s.people.unsure) > 0 {
				t.Errorf("unsure of %v with %d findings", s.people.unsure, len(report.Findings))
			}
		})
	}
	t.Log(lived)
	if *seed != 0 {
		return
	}
	for _, what := range []string{"look", "failure", "new", "flapping", "lapsed", "counted", "mended", "reset", "deleted", "silenced", "acknowledged",
		"reranked", "withdrawn", "blind", "gap", "exemption", "moved"} {
		if lived[what] < 10 {
			t.Errorf("%s: %d times, which shows nothing", what, lived[what])
		}
	}
	if lived["look"] < 10_000 {
		t.Errorf("%d nights and events, want 10,000", lived["look"])
	}
}

type simulation struct {
	*world
	t      *testing.T
	memory memory
	people *people
	// lived counts what happened, in all simulations.
	lived map[string]int
}

// live counts what is told.
func (s *simulation) live(c *ledger.Changes) {
	for _, r := range c.New {
		switch {
		case r.Rule == scanner.BlindnessID:
			s.lived["blind"]++
		case r.Lapsed != nil:
			s.lived["lapsed"]++
		case r.Flapping:
			s.lived["flapping"]++
		default:
			s.lived["new"]++
		}
	}
	for _, r := range c.Resolved {
		s.lived[r.How]++
	}
	for _, r := range c.Silenced {
		if r.Ack != nil {
			s.lived["acknowledged"]++
		}
	}
	for _, r := range c.Puts {
		if r.StoredAs != "" && r.StoredAs != r.SortKey() {
			s.lived["moved"]++
		}
	}
	s.lived["silenced"] += len(c.Silenced)
	s.lived["reranked"] += len(c.Reranked)
	s.lived["counted"] += len(c.NewRules)
	s.lived["withdrawn"] += len(c.Withdrawn)
	s.lived["gap"] += len(c.Gaps)
	s.lived["exemption"] += len(c.Exemptions)
}

func (s *simulation) later(d time.Duration) { s.now = s.now.Add(d) }

// step lets something happen, and then an event's look or a night come.
func (s *simulation) step() {
	var touched []account.Ref
	for range s.IntN(4) {
		touched = append(touched, s.change()...)
	}
	switch n := s.IntN(20); {
	case n < 3:
		s.set()
	case n == 3:
		before := s.faults()
		s.reorder()
		if after := s.faults(); !slices.Equal(before, after) {
			s.t.Fatalf("a statement's place tells faults apart: %v and %v", before, after)
		}
	case n == 4:
		s.acknowledge()
	}
	s.later(time.Duration(1+s.IntN(90)) * time.Minute)
	if len(touched) > 0 && s.chance(60) {
		s.dealWith(s.truth.Touched(touched), ledger.Event)
		return
	}
	s.later(time.Duration(s.IntN(30)) * time.Hour)
	switch n := s.IntN(10); {
	case n < 3 && len(s.denied) == 0:
		s.good()
	case n < 8:
		s.makeReport()
		s.later(time.Duration(s.IntN(240)) * time.Minute)
		s.dealWith(account.Scope{Whole: true}, ledger.Digest)
	default: // with the report of yesterday
		s.dealWith(account.Scope{Whole: true}, ledger.Digest)
	}
}

// dealWith looks until what is told is remembered, as SQS and Lambda do.
func (s *simulation) dealWith(scope account.Scope, kind string) scanner.Report {
	for {
		s.later(time.Minute)
		report, c := s.look(s.memory.load(), scope, kind)
		s.lived["look"]++
		s.harmless(report, c)
		if s.deliver(c) {
			return report
		}
	}
}

// deliver tells and saves, or fails to: nobody has heard, or some have, or all
// have and nothing or a part is remembered.
func (s *simulation) deliver(c ledger.Changes) bool {
	failure := s.IntN(30)
	if failure <= 2 {
		s.lived["failure"]++
	}
	if failure == 0 {
		return false
	}
	s.people.hear(&c)
	s.live(&c)
	if failure > 2 {
		s.memory.save(c)
		s.memory.forget(s.now)
		s.people.saved(&c)
		return true
	}
	remembered := map[string]bool{}
	for _, r := range c.Puts {
		if failure == 2 && s.chance(50) {
			s.memory.put(r)
			remembered[r.ID] = true
		}
	}
	s.people.vain(&c, remembered)
	return false
}

func (s *simulation) acknowledge() {
	known := s.memory.load()
	r := pick(s.world, known.Records)
	if r == nil {
		return
	}
	last := time.Duration(1+s.IntN(7*24)) * time.Hour
	for {
		c, err := ledger.Acknowledge(s.memory.load(), r.ID, ledger.Ack{By: boss, Reason: "on it", Until: s.now.Add(last)}, s.now)
		if err != nil || s.deliver(c) {
			return
		}
	}
}

// good is a night on which all can be seen, by a report of that minute: then
// people believe what is.
func (s *simulation) good() scanner.Report {
	var report scanner.Report
	for heard := false; !heard; {
		s.later(time.Minute)
		s.makeReport()
		var c ledger.Changes
		report, c = s.look(s.memory.load(), account.Scope{Whole: true}, ledger.Digest)
		s.lived["look"]++
		s.harmless(report, c)
		heard = s.deliver(c)
	}
	s.people.agree(s.known(report))
	return report
}

// known is the report with what only the ledger knows: who took note of what,
// what is flapping, and what no event has shown that watch sees again.
func (s *simulation) known(report scanner.Report) *scanner.Report {
	report.Findings = slices.Clone(report.Findings)
	at := map[string]int{}
	for i := range report.Findings {
		at[report.Findings[i].ID] = i
	}
	for _, r := range s.memory.records {
		i, found := at[r.ID]
		switch {
		case found && r.Ack != nil:
			report.Findings[i].Status = r.Status
		case found && r.Rule == "key-inactive-left" && s.followsLately(&r):
			report.Findings[i].CoveredBy = "follows"
		case r.Flapping && r.State == ledger.Resolved && r.Told == ledger.Open:
			report.Findings = append(report.Findings, scanner.Finding{ID: r.ID, CoveredBy: "flapping"})
		case r.Rule == scanner.BlindnessID && s.lingers(account.Fact(r.Part)):
			report.Findings = append(report.Findings, scanner.Finding{ID: r.ID, CoveredBy: "unseen"})
		}
	}
	return &report
}

// followsLately: the key was found at fault until it was deactivated, no longer
// ago than the rule's limit.
func (s *simulation) followsLately(r *ledger.Record) bool {
	for _, former := range s.memory.records {
		if former.Resource.Key() == r.Resource.Key() && former.Part == r.Part && slices.Contains([]string{"key-rotation", "key-unused"}, former.Rule) &&
			former.State == ledger.Resolved && former.How == ledger.Mended && s.now.Sub(former.ResolvedAt) < time.Duration(r.Limit)*day {
			return true
		}
	}
	return false
}

// lingers: of that fact a gap is known that a good night does not end at once.
func (s *simulation) lingers(f account.Fact) bool {
	for _, g := range s.memory.gaps {
		denied := g.SeenBy == ledger.Event && !g.Ended() && s.now.Sub(g.MetAt) < 14*day
		if g.Fact == f && (denied || g.Ended() && g.Returns > 1 && s.now.Sub(g.EndedAt) < 2*day) {
			return true
		}
	}
	return false
}

// severally are rules that ask about two kinds of resources, each by its own listing.
var severally = []string{"inline-policy", "policy-non-sts-action", "identity-untagged"}

// apart reports whether the rule asks about users, groups and roles, or is one of
// those, and the fact is the listing of some: then the others' answers do not need it.
func (s *simulation) apart(rule string, f account.Fact) bool {
	kinds := []account.Fact{account.Users, account.Groups, account.Roles}
	return slices.Contains(kinds, f) && (slices.Contains(severally, rule) || s.ofAll(rule, kinds))
}

func (s *simulation) ofAll(rule string, kinds []account.Fact) bool {
	return !slices.ContainsFunc(kinds, func(k account.Fact) bool { return !slices.Contains(s.reads(rule), k) })
}

func (s *simulation) reads(rule string) []account.Fact {
	return s.rules[slices.IndexFunc(s.rules, func(r scanner.Rule) bool { return r.ID == rule })].Reads
}

// harmless: what a look could not see, it does not resolve.
func (s *simulation) harmless(report scanner.Report, c ledger.Changes) {
	type question struct{ rule, resource string }
	missing := map[question]bool{}
	for _, g := range report.Gaps {
		switch {
		case g.Resource != nil:
			missing[question{g.Rule, g.Resource.Key()}] = true
		case s.apart(g.Rule, g.Fact):
			missing[question{g.Rule, string(g.Fact)}] = true
		case slices.Contains(s.reads(g.Rule), g.Fact): // else only some needed it
			missing[question{g.Rule, ""}] = true
		}
	}
	exists := map[string]bool{identity.RootARN(): true}
	for ref := range s.truth.Resources() {
		exists[ref.Key()] = true
	}
	for _, r := range c.Puts {
		key := r.Resource.Key()
		switch {
		case r.State != ledger.Resolved || !r.ResolvedAt.Equal(s.now):
		case r.Rule == scanner.BlindnessID:
			if s.denied[account.Fact(r.Part)] || c.Kind != ledger.Digest {
				s.t.Fatalf("resolved, and still not seen: %s", line(r.How, r))
			}
		case r.How != ledger.Deleted && (missing[question{r.Rule, ""}] || missing[question{r.Rule, key}] || missing[question{r.Rule, string(r.Resource.Kind) + "s"}]):
			s.t.Fatalf("resolved by a gap: %s", line(r.How, r))
		case exists[key] != (r.How != ledger.Deleted):
			s.t.Fatalf("exists: %v, but resolved as %s", exists[key], line(r.How, r))
		}
	}
}
