package ledger_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"iamvigil/ledger"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/trail"
)

// TestBurstHistories lives through random doings of two people and a pipeline,
// with ticks and audits between them, saves lost in part and batches that come
// again, after others or without knowing of them. Whatever happens: once all
// bursts are over, email believes what the others were told, has heard every
// alert, and nothing is left. Without a lost save it has heard nothing twice.
func TestBurstHistories(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := &burstHistory{desk: newDesk(t), t: t, stands: map[string]bool{}, heard: map[string]int{}, signs: map[string]scanner.Alert{}, unsure: map[string]bool{}, counted: map[string]bool{}}
		for _, name := range []string{"a", "b", "c", "d"} {
			h.create(name)
		}
		h.audit()
		t.Repeat(map[string]func(*rapid.T){
			"batch": func(*rapid.T) { h.batch(h.acts(), rapid.Bool().Draw(t, "unaware")) },
			"again": func(*rapid.T) { h.again() },
			"tick":  func(*rapid.T) { h.step(h.tick()) },
			"audit": func(*rapid.T) { h.step(h.digest()) },
			"time": func(*rapid.T) {
				h.later(rapid.SampledFrom([]time.Duration{minute, 3 * minute, 9 * minute, hour}).Draw(t, "wait"))
			},
			"terms": func(*rapid.T) { h.terms() },
			"":      func(*rapid.T) {},
		})
		h.end()
	})
}

type burstHistory struct {
	*desk
	t *rapid.T
	// failed are batches that come again; lost counts the saves that were.
	failed [][]trail.Event
	lost   int
	// before are the bursts of which a look knows that does not know of the last.
	before map[string]ledger.Burst
	// stands is what email believes to stand, heard how often it heard alerts
	// about an event; signs are all alerts there were.
	stands map[string]bool
	heard  map[string]int
	signs  map[string]scanner.Alert
	// unsure are findings told in vain, since the save after it was lost, and of
	// which email has heard no more.
	unsure map[string]bool
	// counted are findings that another said when a summary counted what it did not
	// tell in full.
	counted map[string]bool
}

// acts are some changes of one or two actors, some of which are worth an alert.
func (h *burstHistory) acts() (events []trail.Event) {
	for range rapid.IntRange(1, 4).Draw(h.t, "acts") {
		u := rapid.SampledFrom(h.users).Draw(h.t, "user")
		e := h.did(rapid.SampledFrom([]string{"pipeline", "pipeline", "ann", "bob"}).Draw(h.t, "actor"), "TagUser", account.Ref{Kind: account.KindUser, Name: u.name})
		switch rapid.IntRange(0, 4).Draw(h.t, "act") {
		case 0:
			u.admin = !u.admin
		case 1:
			h.signs[e.ID] = sign(e, rapid.SampledFrom([]string{"x", "y"}).Draw(h.t, "rule"), rapid.SampledFrom(scanner.Severities()).Draw(h.t, "severity"))
		default:
			e.Name = "PutUserPolicy"
			u.policies = rapid.SampledFrom([][]string{nil, {"p"}, {"q"}, {"p", "q"}}).Draw(h.t, "policies")
		}
		events = append(events, e)
	}
	return events
}

func (h *burstHistory) terms() {
	if rapid.Bool().Draw(h.t, "exempt") {
		h.exempt["inline"] = !h.exempt["inline"]
		return
	}
	h.severity["inline"] = rapid.SampledFrom(scanner.Severities()).Draw(h.t, "severity")
}

func (h *burstHistory) batch(events []trail.Event, unaware bool) {
	var alerts []scanner.Alert
	for i := range events {
		if a, is := h.signs[events[i].ID]; is {
			alerts = append(alerts, a)
		}
	}
	now := h.held
	if unaware && h.before != nil {
		h.held = h.before
	}
	c, tellings := h.hear(events, alerts...)
	h.held = now
	if !h.step(c, tellings) {
		h.failed = append(h.failed, events)
	}
}

func (h *burstHistory) again() {
	if len(h.failed) == 0 {
		return
	}
	i := rapid.IntRange(0, len(h.failed)-1).Draw(h.t, "which")
	events := h.failed[i]
	h.failed = slices.Delete(h.failed, i, i+1)
	h.batch(events, false)
}

func (h *burstHistory) digest() (ledger.Changes, []*ledger.Telling) {
	_, c := h.look(account.Scope{Whole: true}, ledger.Digest)
	return c, ledger.Tellings(h.known(true), &c)
}

// step tells and saves, and reports whether all of it was saved.
func (h *burstHistory) step(c ledger.Changes, tellings []*ledger.Telling) bool {
	for _, telling := range tellings {
		if telling.Quiet() && telling.Kind != ledger.Digest {
			h.t.Fatalf("a %s that tells nothing", telling.Kind)
		}
		if !telling.Held {
			h.email(telling)
		}
		if telling.Kind == ledger.Summary && len(telling.Rest) > 0 {
			h.count(c)
		}
	}
	h.before = maps.Clone(h.held)
	defer h.later(time.Second) // no two looks are at one time
	if rapid.IntRange(0, 4).Draw(h.t, "loss") == 0 {
		h.lost++
		h.lose(c)
		return false
	}
	h.save(c)
	for _, telling := range tellings {
		for _, r := range slices.Concat(telling.New, telling.Resolved, telling.Silenced) {
			if !telling.Held {
				delete(h.unsure, r.ID)
			}
		}
	}
	return true
}

func (h *burstHistory) count(c ledger.Changes) {
	for _, r := range slices.Concat(slices.Collect(maps.Values(h.memory.records)), c.Puts) {
		h.counted[r.ID] = h.counted[r.ID] || r.CoveredBy != ""
	}
}

// lose saves up to some point, as a store does: bursts, records, marks.
func (h *burstHistory) lose(c ledger.Changes) {
	all := rapid.Bool().Draw(h.t, "all")
	if !all {
		h.saveBursts(c)
	}
	for _, r := range c.Puts {
		if all || rapid.Bool().Draw(h.t, "this") {
			h.unsure[r.ID] = true
		} else {
			h.memory.put(r)
		}
	}
}

func (h *burstHistory) email(telling *ledger.Telling) {
	for _, r := range telling.New {
		if h.stands[r.ID] && h.lost == 0 && !r.Flapping && r.Lapsed == nil {
			h.t.Fatalf("told twice: %s", line("new", r))
		}
		h.stands[r.ID] = true
	}
	for _, r := range slices.Concat(telling.Resolved, telling.Silenced) {
		delete(h.stands, r.ID)
	}
	for _, a := range telling.Alerts {
		if h.heard[a.Event.ID]++; h.heard[a.Event.ID] > 1+h.lost {
			h.t.Fatalf("told %d times of event %s, with %d saves lost", h.heard[a.Event.ID], a.Event.ID, h.lost)
		}
	}
}

// end lets all come again that is to come again, and all bursts be over.
func (h *burstHistory) end() {
	for len(h.failed) > 0 {
		h.again()
	}
	for !h.step(h.digest()) {
		h.later(minute)
	}
	h.later(11 * minute)
	for !h.step(h.tick()) {
		h.later(minute)
	}
	if len(h.held) > 0 {
		h.t.Fatalf("%d parts are left", len(h.held))
	}
	for _, r := range h.memory.records {
		if believed := r.Told == ledger.Open; h.stands[r.ID] != believed && !h.unsure[r.ID] && !(believed && h.counted[r.ID]) {
			h.t.Fatalf("email believes %v of %s, others %v", h.stands[r.ID], line("standing", r), believed)
		}
	}
	for id := range h.signs {
		if h.heard[id] == 0 {
			h.t.Fatalf("nobody heard of event %s", id)
		}
	}
}
