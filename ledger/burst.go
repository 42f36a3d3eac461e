package ledger

import (
	"cmp"
	"encoding/json"
	"iter"
	"slices"
	"time"

	"iamvigil/internal/order"
	"iamvigil/scanner"
	"iamvigil/scanner/trail"
)

// BurstLasts is for how long after its first telling a burst is open. A longer run
// is several.
const BurstLasts = 10 * time.Minute

// Burst is a part of what one actor does within ten minutes: what came of one
// batch of events. The first part is told to all and opens the burst; of the
// later ones email is held, and told in one summary when the burst is over.
//
// A part is never changed once it is saved, so that two batches of one actor
// that are dealt with at once do not race.
type Burst struct {
	// ID is the part's own. Thread is the ID of the part that opened the burst,
	// and so what all of its parts have in common; it is the chat thread.
	ID     string      `json:"id"`
	Thread string      `json:"thread"`
	Actor  trail.Actor `json:"actor"`
	// Opened is when the burst was opened, At when this part was told.
	Opened time.Time `json:"opened"`
	At     time.Time `json:"at"`
	// Sessions are the names of the role's sessions that it was done in, sorted;
	// none of an actor who has but one.
	Sessions []string `json:"sessions,omitempty"`
	// Worst is the worst severity that this part told to all, Critical the rules of
	// what was critical in that; empty: all of it is held, or nothing in it has a
	// severity.
	Worst    scanner.Severity `json:"worst,omitempty"`
	Critical []string         `json:"critical,omitempty"`
	// Events counts its events.
	Events int `json:"events"`
	// What email has not told yet, as much as has room, the worst first. Rest
	// counts the others by rule.
	Held   []HeldRecord    `json:"held,omitempty"`
	Alerts []scanner.Alert `json:"alerts,omitempty"`
	Rest   []RuleCount     `json:"rest,omitempty"`
	// Revision counts the saves, as that of a [Record].
	Revision int `json:"revision"`
}

// HeldRecord is a record that email has not told.
type HeldRecord struct {
	ID       string           `json:"id"` // of the finding
	Rule     string           `json:"rule"`
	Severity scanner.Severity `json:"severity"`
	// As is what would have been told: that it is new, resolved, silenced or
	// reranked.
	As string `json:"as"`
}

// What a record is held as.
const (
	heldNew      = "new"
	heldResolved = "resolved"
	heldSilenced = "silenced"
	heldReranked = "reranked"
)

// What a burst holds of each severity and of what is worse, so that the worst
// always has room. A record takes some 130 bytes of the 400 KB that DynamoDB
// takes in one item; alerts, all but their number, are bounded in bytes.
const (
	mostHeld   = 1000
	mostAlerts = 40
	alertBytes = 150_000
)

// Due reports whether the burst is over.
func (b *Burst) Due(now time.Time) bool { return !now.Before(b.Opened.Add(BurstLasts)) }

// DueBursts reports whether some burst is over. To close it takes all that is
// known of the account.
func DueBursts(known Known, now time.Time) bool {
	return slices.ContainsFunc(known.Bursts, func(b Burst) bool { return b.Due(now) })
}

// burst is all that is known of one burst: its parts in the order in which they
// were told.
type burst []Burst

// bursts puts parts together, the bursts in the order in which they were opened.
func bursts(parts []Burst) []burst {
	parts = slices.SortedFunc(slices.Values(parts), func(a, b Burst) int {
		return cmp.Or(a.Opened.Compare(b.Opened), cmp.Compare(a.Thread, b.Thread), a.At.Compare(b.At), cmp.Compare(a.ID, b.ID))
	})
	var all []burst
	for i := range parts {
		if n := len(all); n > 0 && all[n-1][0].Thread == parts[i].Thread {
			all[n-1] = append(all[n-1], parts[i])
		} else {
			all = append(all, burst{parts[i]})
		}
	}
	return all
}

// worst is the worst severity that was told to all.
func (b burst) worst() scanner.Severity {
	var worst scanner.Severity
	for i := range b {
		worst = worse(worst, b[i].Worst)
	}
	return worst
}

func worse(a, b scanner.Severity) scanner.Severity {
	if b.Rank() < a.Rank() {
		return b
	}
	return a
}

// escalates reports whether all must hear at once of what would be told in the
// burst's course: of something worse than all that was told to all, and of
// something critical by a rule by which nothing critical was.
func (b burst) escalates(t *Telling) bool {
	if worstNews(t).Rank() < b.worst().Rank() {
		return true
	}
	return slices.ContainsFunc(criticalRules(t), func(rule string) bool {
		return !slices.ContainsFunc(b, func(part Burst) bool { return slices.Contains(part.Critical, rule) })
	})
}

// worstNews is the worst severity of what came or is worse than before. What went is
// never bad.
func worstNews(t *Telling) scanner.Severity {
	var worst scanner.Severity
	for i := range t.New {
		worst = worse(worst, t.New[i].Severity)
	}
	for i := range t.Reranked {
		if r := &t.Reranked[i]; r.Severity.Rank() < r.Was.Rank() {
			worst = worse(worst, r.Severity)
		}
	}
	for i := range t.Alerts {
		worst = worse(worst, t.Alerts[i].Severity)
	}
	return worst
}

// criticalRules are the rules of what is critical in it.
func criticalRules(t *Telling) []string {
	var rules []string
	add := func(rule string, severity scanner.Severity) {
		if severity == scanner.Critical {
			rules = append(rules, rule)
		}
	}
	for i := range t.Alerts {
		add(t.Alerts[i].Rule, t.Alerts[i].Severity)
	}
	for _, list := range [][]Record{t.New, t.Reranked} {
		for i := range list {
			add(list[i].Rule, list[i].Severity)
		}
	}
	slices.Sort(rules)
	return slices.Compact(rules)
}

// hold keeps for the summary what the part tells to all but email.
func (b *Burst) hold(t *Telling, before burst) {
	records, alerts, rest := room{}, room{}, counts{}
	for i := range before {
		for _, r := range before[i].Held {
			records[r.Severity]++
		}
		for j := range before[i].Alerts {
			alerts[before[i].Alerts[j].Severity]++
		}
	}
	for _, r := range held(t) {
		if records.take(r.Severity, mostHeld) {
			b.Held = append(b.Held, r)
		} else {
			rest.add(r.Rule, r.Severity, 1)
		}
	}
	bytes := 0
	for _, a := range slices.SortedStableFunc(slices.Values(t.Alerts), compareAlerts) {
		text, err := json.Marshal(a)
		if err == nil && bytes+len(text) <= alertBytes && alerts.take(a.Severity, mostAlerts) {
			bytes += len(text)
			b.Alerts = append(b.Alerts, a)
		} else {
			rest.add(a.Rule, a.Severity, 1)
		}
	}
	b.Rest = rest.sorted()
}

// held are the records that would be told, the worst first.
func held(t *Telling) []HeldRecord {
	var all []HeldRecord
	for as, list := range t.Records() {
		for i := range *list {
			r := &(*list)[i]
			all = append(all, HeldRecord{ID: r.ID, Rule: r.Rule, Severity: r.Severity, As: as})
		}
	}
	order.Stable(all, func(a, b HeldRecord) int { return cmp.Compare(a.Severity.Rank(), b.Severity.Rank()) })
	return all
}

// Records are the lists of records that are told, by what they are told as: new,
// resolved, silenced and reranked. They may be changed.
func (c *Telling) Records() iter.Seq2[string, *[]Record] {
	return func(yield func(string, *[]Record) bool) {
		for _, as := range []string{heldNew, heldResolved, heldSilenced, heldReranked} {
			if !yield(as, c.list(as)) {
				return
			}
		}
	}
}

func (c *Telling) list(as string) *[]Record {
	switch as {
	case heldResolved:
		return &c.Resolved
	case heldSilenced:
		return &c.Silenced
	case heldReranked:
		return &c.Reranked
	}
	return &c.New
}

func compareAlerts(a, b scanner.Alert) int { return cmp.Compare(a.Severity.Rank(), b.Severity.Rank()) }

// room counts what is held by severity.
type room map[scanner.Severity]int

// take counts one more, unless there are as many that are as bad or worse.
func (n room) take(s scanner.Severity, most int) bool {
	taken := 0
	for other, count := range n {
		if other.Rank() <= s.Rank() {
			taken += count
		}
	}
	if taken >= most {
		return false
	}
	n[s]++
	return true
}
