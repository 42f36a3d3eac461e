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

// choose takes at most so many items: alerts, then what is new, resolved, of
// another severity and silenced, of each the worst first.
func choose(c *ledger.Changes, most int) shown {
	var s shown
	s.alerts, s.restAlerts = take(c.Alerts, most, func(a scanner.Alert) (scanner.Severity, string) { return a.Severity, a.Rule })
	most -= len(s.alerts)
	for _, list := range []struct {
		of    []ledger.Record
		shown *[]ledger.Record
		rest  *[]ledger.RuleCount
	}{
		{c.New, &s.new, &s.restNew},
		{c.Resolved, &s.resolved, &s.restResolved},
		{c.Reranked, &s.reranked, &s.restReranked},
		{c.Silenced, &s.silenced, &s.restSilenced},
	} {
		*list.shown, *list.rest = take(list.of, most, func(r ledger.Record) (scanner.Severity, string) { return r.Severity, r.Rule })
		most -= len(*list.shown)
	}
	return s
}

func take[T any](all []T, most int, about func(T) (scanner.Severity, string)) ([]T, []ledger.RuleCount) {
	sorted := slices.Clone(all)
	order.Stable(sorted, func(a, b T) int {
		as, ar := about(a)
		bs, br := about(b)
		return cmp.Or(cmp.Compare(as.Rank(), bs.Rank()), cmp.Compare(ar, br))
	})
	most = min(most, len(sorted))
	counts := map[string]*ledger.RuleCount{}
	for _, item := range sorted[most:] {
		severity, rule := about(item)
		if counts[rule] == nil {
			counts[rule] = &ledger.RuleCount{Rule: rule, Severity: severity}
		}
		counts[rule].Findings++
	}
	var rest []ledger.RuleCount
	for _, n := range counts {
		rest = append(rest, *n)
	}
	order.By(rest, func(a, b ledger.RuleCount) int {
		return cmp.Or(cmp.Compare(b.Findings, a.Findings), cmp.Compare(a.Rule, b.Rule))
	})
	return sorted[:most], rest
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
func unknown(c *ledger.Changes) []strayName {
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
