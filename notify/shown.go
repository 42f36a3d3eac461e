package notify

import (
	"cmp"
	"slices"

	"iamvigil/internal/order"
	"iamvigil/ledger"
	"iamvigil/scanner"
)

// shown is the part of the changes that a person is told in full, worst first,
// and the count by rule of what is left.
type shown struct {
	alerts                            []scanner.Alert
	new, resolved, reranked, silenced []ledger.Record
	// Rest counts what is left, most first.
	restAlerts, restNew, restResolved, restReranked, restSilenced []ledger.RuleCount
}

// choose takes at most so many items: alerts, then records of all lists, the
// worst first. A quarter is for records, however many alerts there are. It is
// for those before all others that are bad and silenced, or bad only now:
// whoever wants them not to be seen can make many others.
func choose(c *ledger.Telling, most int) shown {
	reranked, silenced, fresh, resolved := pile{of: c.Reranked}, pile{of: c.Silenced}, pile{of: c.New}, pile{of: c.Resolved}
	all := []*pile{&reranked, &silenced, &fresh, &resolved}
	kept := min((most+3)/4, len(c.Reranked)+len(c.Silenced)+len(c.New)+len(c.Resolved))
	dug := dig(all[:2], kept, scanner.High)
	var s shown
	alerts := slices.Clone(c.Alerts)
	order.Stable(alerts, func(a, b scanner.Alert) int { return cmp.Compare(a.Severity.Rank(), b.Severity.Rank()) })
	s.alerts = alerts[:min(len(alerts), most-kept)]
	dig(all, most-len(s.alerts)-dug, "")
	s.restAlerts = ruleCounts(alerts[len(s.alerts):], func(a *scanner.Alert) (string, scanner.Severity) { return a.Rule, a.Severity })
	s.new, s.restNew = fresh.parted()
	s.resolved, s.restResolved = resolved.parted()
	s.reranked, s.restReranked = reranked.parted()
	s.silenced, s.restSilenced = silenced.parted()
	return s
}

// pile is records, the worst on top, of which some are taken.
type pile struct {
	of    []ledger.Record
	taken int
}

func (p *pile) top() int { return p.of[p.taken].Severity.Rank() }

func (p *pile) parted() (taken []ledger.Record, left []ledger.RuleCount) {
	return slices.Clone(p.of[:p.taken]), countRecords(p.of[p.taken:])
}

// dig takes the worst of all piles until it has so many, or all that are at
// least as bad as the severity; of equally bad ones those of the first pile. It
// tells how many it took.
func dig(piles []*pile, most int, atLeast scanner.Severity) int {
	for n := range most {
		var worst *pile
		for _, p := range piles {
			if p.taken < len(p.of) && p.top() <= atLeast.Rank() && (worst == nil || p.top() < worst.top()) {
				worst = p
			}
		}
		if worst == nil {
			return n
		}
		worst.taken++
	}
	return most
}

// ruleCounts counts items by rule, the most frequent first.
func ruleCounts[T any](all []T, about func(*T) (rule string, severity scanner.Severity)) []ledger.RuleCount {
	place := map[string]int{}
	var counts []ledger.RuleCount
	for i := range all {
		rule, severity := about(&all[i])
		at, known := place[rule]
		if !known {
			at = len(counts)
			place[rule] = at
			counts = append(counts, ledger.RuleCount{Rule: rule, Severity: severity})
		}
		counts[at].Findings++
	}
	order.By(counts, func(a, b ledger.RuleCount) int {
		return cmp.Or(cmp.Compare(b.Findings, a.Findings), cmp.Compare(a.Rule, b.Rule))
	})
	return counts
}

func countRecords(all []ledger.Record) []ledger.RuleCount {
	return ruleCounts(all, func(r *ledger.Record) (string, scanner.Severity) { return r.Rule, r.Severity })
}

// worstFirst are counts by how bad their rules are.
func worstFirst(of []ledger.RuleCount) []ledger.RuleCount {
	of = slices.Clone(of)
	order.Stable(of, func(a, b ledger.RuleCount) int { return cmp.Compare(a.Severity.Rank(), b.Severity.Rank()) })
	return of
}

// runs splits sorted items where the key changes.
func runs[T any, K comparable](all []T, key func(T) K) [][]T {
	var out [][]T
	for from := 0; from < len(all); {
		to := from + 1
		for to < len(all) && key(all[to]) == key(all[from]) {
			to++
		}
		out = append(out, slices.Clip(all[from:to]))
		from = to
	}
	return out
}

// strayName is how many events came by a name that the scanner does not know.
type strayName struct {
	Name  string `json:"name"`
	Count int    `json:"count"`
}

// unknown are the unknown event names, the most frequent first.
func unknown(c *ledger.Telling) []strayName {
	all := make([]strayName, 0, len(c.Unknown))
	for name, n := range c.Unknown {
		all = append(all, strayName{name, n})
	}
	order.By(all, func(a, b strayName) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Name, b.Name))
	})
	return all
}

func total(by []ledger.RuleCount) int {
	sum := 0
	for _, n := range by {
		sum += n.Findings
	}
	return sum
}
