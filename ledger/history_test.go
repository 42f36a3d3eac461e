package ledger_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"iamvigil/ledger"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

// TestHistories lives through random histories: faults come and go, users are
// made, renamed and deleted, reports are stale, facts denied, rules and
// exemptions switched, audits and watches interleaved, saves lost in part.
// Whatever happens: nobody is told twice without a lost save, a gap resolves
// nothing, and after all is quiet again people believe what is.
func TestHistories(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := &history{story: newStory(t), t: t, believed: map[string]string{}, unsure: map[string]bool{}}
		h.create("alice", "p").console = true
		t.Repeat(map[string]func(*rapid.T){
			"user":   h.user,
			"change": h.change,
			"rename": h.rename,
			"report": func(*rapid.T) { h.makeReport() },
			"deny":   h.deny,
			"switch": h.toggle,
			"time":   h.wait,
			"audit":  func(*rapid.T) { h.step(account.Scope{Whole: true}, ledger.Digest) },
			"watch":  func(t *rapid.T) { h.step(touched(name(t)+" "+name(t)), ledger.Event) },
			"":       func(*rapid.T) {},
		})
		h.end()
	})
}

// history is a story, and what people believe who heard what was told of it.
type history struct {
	*story
	t *rapid.T
	// believed holds the ids of the findings that people take to stand, with
	// their rules.
	believed map[string]string
	// unsure are findings told in vain: the save after it was lost.
	unsure map[string]bool
}

func name(t *rapid.T) string {
	return rapid.SampledFrom([]string{"alice", "bob", "carol"}).Draw(t, "name")
}

// any is one of the users, or nil.
func (h *history) any(t *rapid.T) *person {
	if len(h.users) == 0 {
		return nil
	}
	return rapid.SampledFrom(h.users).Draw(t, "user")
}

func (h *history) named(name string) bool {
	return slices.ContainsFunc(h.users, func(u *person) bool { return u.name == name })
}

// user deletes the user of a name, or makes one.
func (h *history) user(t *rapid.T) {
	n := name(t)
	if i := slices.IndexFunc(h.users, func(u *person) bool { return u.name == n }); i >= 0 {
		h.delete(h.users[i])
		return
	}
	u := h.create(n, "p")
	if rapid.Bool().Draw(t, "unreported") {
		delete(h.reported, u.id)
	}
}

func (h *history) change(t *rapid.T) {
	u := h.any(t)
	if u == nil {
		return
	}
	switch rapid.SampledFrom([]string{"policies", "console", "mfa", "admin"}).Draw(t, "change") {
	case "policies":
		u.policies = rapid.SampledFrom([][]string{nil, {"p"}, {"q"}, {"p", "q"}}).Draw(t, "policies")
	case "console":
		u.console = !u.console
	case "mfa":
		u.mfa = !u.mfa
	case "admin":
		u.admin = !u.admin
	}
}

func (h *history) rename(t *rapid.T) {
	if u, to := h.any(t), name(t); u != nil && !h.named(to) {
		u.name = to
	}
}

func (h *history) deny(t *rapid.T) {
	f := rapid.SampledFrom([]account.Fact{account.Users, account.MFA, account.Policies}).Draw(t, "fact")
	h.denied[f] = !h.denied[f]
}

func (h *history) toggle(t *rapid.T) {
	rule := rapid.SampledFrom([]string{"admin", "inline", "mfa", "late"}).Draw(t, "rule")
	which := rapid.SampledFrom([]map[string]bool{h.off, h.exempt}).Draw(t, "off or exempt")
	which[rule] = !which[rule]
}

func (h *history) wait(t *rapid.T) {
	h.later(rapid.SampledFrom([]time.Duration{time.Minute, hour, 5 * hour, 13 * hour, 25 * hour}).Draw(t, "wait"))
}

// step looks, tells, and saves, or loses a part of the save.
func (h *history) step(scope account.Scope, kind string) {
	h.later(time.Minute)
	report, c := h.look(scope, kind)
	h.pure(report, c)
	h.harmless(report, c)
	h.hear(c)
	if rapid.IntRange(0, 9).Draw(h.t, "loss") == 0 {
		h.lose(c)
	} else {
		h.memory.save(c)
		h.settled(c)
	}
	h.forget()
}

// pure: the order in which a store gives its records changes nothing.
func (h *history) pure(report scanner.Report, c ledger.Changes) {
	known := h.memory.load()
	slices.Reverse(known.Records)
	slices.Reverse(known.Gaps)
	if diff := gocmp.Diff(c, ledger.Diff(known, report, c.Kind)); diff != "" {
		h.t.Fatalf("the same again is another (-first +second):\n%s", diff)
	}
}

// harmless: what a look could not see or was not about, it does not resolve.
func (h *history) harmless(report scanner.Report, c ledger.Changes) {
	missing := map[string]bool{}
	for _, g := range report.Gaps {
		if g.Resource != nil {
			missing[g.Rule+g.Resource.ID] = true
		} else if c.Kind == ledger.Digest {
			missing[g.Rule] = true
		}
	}
	for _, r := range c.Puts {
		exists := slices.ContainsFunc(h.users, func(u *person) bool { return u.id == r.Resource.ID })
		switch {
		case r.State != ledger.Resolved || !r.ResolvedAt.Equal(h.now):
		case h.denied[account.Users]:
			h.t.Fatalf("resolved although no user could be seen: %s", line(r.How, r))
		case r.How == ledger.Mended && (missing[r.Rule] || missing[r.Rule+r.Resource.ID]):
			h.t.Fatalf("resolved by a gap: %s", line(r.How, r))
		case exists != (r.How == ledger.Mended):
			h.t.Fatalf("user exists: %v, but resolved as %s", exists, line(r.How, r))
		case !report.Scope.Covers(r.Resource):
			h.t.Fatalf("resolved out of scope: %s", line(r.How, r))
		}
	}
}

// hear changes what people believe, and fails if it was said before.
func (h *history) hear(c ledger.Changes) {
	for _, r := range c.New {
		if h.believed[r.ID] != "" && !h.unsure[r.ID] {
			h.t.Fatalf("told twice: %s", line("new", r))
		}
		h.believed[r.ID] = r.Rule
	}
	for _, r := range c.Resolved {
		if h.believed[r.ID] == "" && !h.unsure[r.ID] {
			h.t.Fatalf("told twice, or never told to stand: %s", line(r.How, r))
		}
		delete(h.believed, r.ID)
	}
	h.count(c)
}

// count hears of findings that new rules have by their number: they are those
// that are saved as told.
func (h *history) count(c ledger.Changes) {
	counted := map[string]int{}
	for _, n := range c.NewRules {
		counted[n.Rule] = n.Findings
	}
	for _, r := range c.Puts {
		fresh := !slices.ContainsFunc(c.New, func(n ledger.Record) bool { return n.ID == r.ID })
		if r.State == ledger.Open && r.Told == ledger.Open && fresh && h.believed[r.ID] == "" && !h.unsure[r.ID] {
			counted[r.Rule]--
			h.believed[r.ID] = r.Rule
		}
	}
	for rule, n := range counted {
		if n != 0 && len(h.unsure) == 0 {
			h.t.Fatalf("rule %s is counted %d too many", rule, n)
		}
	}
}

// lose saves some of the records, as a store does that fails in between: what
// was told of the others is not remembered.
func (h *history) lose(c ledger.Changes) {
	for _, r := range c.Puts {
		if rapid.Bool().Draw(h.t, "saved") {
			h.memory.put(r)
		} else if r.Told != "" {
			h.unsure[r.ID] = true
		}
	}
}

// settled: what was told and saved is no longer unsure.
func (h *history) settled(c ledger.Changes) {
	for _, r := range slices.Concat(c.New, c.Resolved) {
		delete(h.unsure, r.ID)
	}
}

// forget drops beliefs about rules that are off once they are withdrawn.
func (h *history) forget() {
	held := map[string]bool{}
	for _, r := range h.memory.records {
		held[r.ID] = true
	}
	for id, rule := range h.believed {
		if h.off[rule] && !held[id] {
			delete(h.believed, id)
		}
	}
}

// end lets two good nights pass, after which people believe what is, and a
// third look has nothing to say or to save.
func (h *history) end() {
	clear(h.denied)
	for range 2 {
		h.later(25 * hour)
		h.makeReport()
		_, c := h.look(account.Scope{Whole: true}, ledger.Digest)
		h.hear(c)
		h.memory.save(c)
		h.forget()
	}
	h.later(25 * hour)
	h.makeReport()
	report, c := h.look(account.Scope{Whole: true}, ledger.Digest)
	if !c.Quiet() {
		h.t.Fatalf("not quiet in the end: %v", told(c))
	}
	h.story.t = h.t
	h.unsaved(c)
	h.truth(report)
}

func (h *history) truth(report scanner.Report) {
	standing := map[string]bool{}
	for _, f := range report.Findings {
		standing[f.ID] = true
		if f.Status == scanner.Open && f.CoveredBy == "" && h.believed[f.ID] == "" && !h.unsure[f.ID] {
			h.t.Fatalf("stands untold: %s %s %s", f.Rule, f.Resource.Name, f.Part)
		}
	}
	for _, id := range slices.SortedFunc(maps.Keys(h.believed), cmp.Compare) {
		if !standing[id] && !h.unsure[id] {
			h.t.Fatalf("believed to stand: %s", fmt.Sprint(h.record(id)))
		}
	}
}

func (h *history) record(id string) ledger.Record {
	for _, r := range h.memory.records {
		if r.ID == id {
			return r
		}
	}
	return ledger.Record{}
}
