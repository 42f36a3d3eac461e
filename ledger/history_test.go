package ledger_test

import (
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"iamvigil/ledger"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

// TestHistories lives through random histories: faults come and go, get worse
// and milder, users are made, renamed and deleted, reports are stale, facts
// denied for a night or many, rules, limits and exemptions set otherwise,
// findings acknowledged, audits and watches interleaved, saves lost in part.
// Whatever happens: nobody is told twice without a lost save, a gap resolves
// nothing, and after all is quiet again people believe what is.
func TestHistories(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := &history{story: newStory(t), t: t, people: newPeople(t)}
		h.create("alice", "p").console = true
		t.Repeat(map[string]func(*rapid.T){
			"user":   h.user,
			"change": h.change,
			"rename": h.rename,
			"report": func(*rapid.T) { h.makeReport() },
			"deny":   h.deny,
			"switch": h.toggle,
			"set":    h.set,
			"time":   h.wait,
			"ack":    h.acknowledge,
			"audit":  func(*rapid.T) { h.step(account.Scope{Whole: true}, ledger.Digest) },
			"watch":  func(t *rapid.T) { h.step(touched(name(t)+" "+name(t)), ledger.Event) },
			"":       func(*rapid.T) {},
		})
		h.end()
	})
}

// history is a story, and people who hear what is told of it.
type history struct {
	*story
	t      *rapid.T
	people *people
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
	switch rapid.SampledFrom([]string{"policies", "console", "mfa", "admin", "idle"}).Draw(t, "change") {
	case "policies":
		u.policies = rapid.SampledFrom([][]string{nil, {"p"}, {"q"}, {"p", "q"}}).Draw(t, "policies")
	case "console":
		u.console = !u.console
	case "mfa":
		u.mfa = !u.mfa
	case "admin":
		u.admin = !u.admin
	case "idle":
		u.idle = rapid.SampledFrom([]int{0, 50, 100}).Draw(t, "idle")
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
	rule := rapid.SampledFrom(ruleNames).Draw(t, "rule")
	which := rapid.SampledFrom([]map[string]bool{h.off, h.exempt}).Draw(t, "off or exempt")
	which[rule] = !which[rule]
	h.expires[rule] = h.now.Add(rapid.SampledFrom([]time.Duration{-hour, hour, 2 * day, 10 * day, 300 * day}).Draw(t, "expires"))
}

var ruleNames = []string{"admin", "inline", "mfa", "late", "idle"}

// set sets a severity or the limit otherwise.
func (h *history) set(t *rapid.T) {
	if rapid.Bool().Draw(t, "limit") {
		h.limit["idle"] = rapid.SampledFrom([]scanner.Limit{{}, limit(90, 0), limit(45, 90), limit(120, 60)}).Draw(t, "limit")
		return
	}
	rule := rapid.SampledFrom(ruleNames).Draw(t, "rule")
	h.severity[rule] = rapid.SampledFrom([]scanner.Severity{"", scanner.Critical, scanner.Low}).Draw(t, "severity")
}

func limit(value, withoutPassword int) scanner.Limit {
	return scanner.Limit{Value: value, Unit: "days", PerPassword: true, WithoutPassword: withoutPassword}
}

// acknowledge takes note of a finding that the ledger has.
func (h *history) acknowledge(t *rapid.T) {
	known := h.memory.load()
	if len(known.Records) == 0 {
		return
	}
	r := rapid.SampledFrom(known.Records).Draw(t, "finding")
	last := rapid.SampledFrom([]time.Duration{hour, day, ledger.AckMost}).Draw(t, "last")
	c, err := ledger.Acknowledge(known, r.ID, ledger.Ack{By: boss, Reason: "on it", Until: h.now.Add(last)}, h.now)
	refused := r.State == ledger.Resolved || r.Status == scanner.Exempt && r.Ack == nil && !r.Exempt.Expired(h.now)
	if err == nil && refused || err != nil && !refused && r.Ack == nil {
		t.Fatalf("acknowledge %s: %v", line(string(r.State), r), err)
	}
	h.tell(c)
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
	h.tell(c)
}

func (h *history) tell(c ledger.Changes) {
	h.people.hear(&c)
	if rapid.IntRange(0, 9).Draw(h.t, "loss") > 0 {
		h.memory.save(c)
		h.people.saved(&c)
		return
	}
	// A store that fails in between has saved some of the records.
	remembered := map[string]bool{}
	for _, r := range c.Puts {
		if rapid.Bool().Draw(h.t, "saved") {
			h.memory.put(r)
			remembered[r.ID] = true
		}
	}
	h.people.vain(&c, remembered)
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
		i := slices.IndexFunc(h.users, func(u *person) bool { return u.id == r.Resource.ID })
		switch {
		case r.State != ledger.Resolved || !r.ResolvedAt.Equal(h.now):
		case r.Rule == scanner.BlindnessID:
			if c.Kind != ledger.Digest || h.denied[account.Fact(r.Part)] {
				h.t.Fatalf("resolved, and still not seen: %s", line(r.How, r))
			}
		case h.denied[account.Users]:
			h.t.Fatalf("resolved although no user could be seen: %s", line(r.How, r))
		case r.How != ledger.Deleted && (missing[r.Rule] || missing[r.Rule+r.Resource.ID]):
			h.t.Fatalf("resolved by a gap: %s", line(r.How, r))
		case (i >= 0) != (r.How != ledger.Deleted):
			h.t.Fatalf("user exists: %v, but resolved as %s", i >= 0, line(r.How, r))
		case !report.Scope.Covers(r.Resource):
			h.t.Fatalf("resolved out of scope: %s", line(r.How, r))
		case r.Rule == "idle" && r.How == ledger.Mended && r.WithoutPassword+h.limit["idle"].WithoutPassword == 0 && h.users[i].idle > r.Limit:
			h.t.Fatalf("not mended, idle for %d days with a limit of %d: %s", h.users[i].idle, r.Limit, line(r.How, r))
		}
	}
}

// end lets three good nights pass when whatever was to expire has, after which
// people believe what is, and a fourth look has nothing to say or to save: gaps
// are known for two days after their end.
func (h *history) end() {
	clear(h.denied)
	h.later(40 * day)
	for range 3 {
		h.later(25 * hour)
		h.makeReport()
		_, c := h.look(account.Scope{Whole: true}, ledger.Digest)
		h.people.hear(&c)
		h.memory.save(c)
		h.people.saved(&c)
	}
	h.later(25 * hour)
	h.makeReport()
	report, c := h.look(account.Scope{Whole: true}, ledger.Digest)
	if !c.Quiet() {
		h.t.Fatalf("not quiet in the end: %v", told(c))
	}
	h.story.t = h.t
	h.unsaved(c)
	h.people.agree(&report)
}
