package ledger_test

import (
	"maps"
	"slices"
	"time"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

// set sets what people configure otherwise, and what the scanner may see.
func (w *world) set() {
	r := pick(w, w.rules)
	switch w.IntN(5) {
	case 0:
		// However many rules there are, one that is off comes on again some day.
		if off := slices.Sorted(maps.Keys(w.off)); len(off) > 0 && w.chance(50) {
			delete(w.off, *pick(w, off))
		} else {
			w.off[r.ID] = true
		}
	case 1:
		r.Severity = scanner.Severities()[w.IntN(4)]
	case 2:
		w.setLimit()
	case 3:
		if len(w.denied) > 0 && w.chance(60) {
			clear(w.denied)
		} else {
			w.denied[*pick(w, account.Facts())] = true
		}
	case 4:
		if len(w.exemptions) > 2 {
			w.exemptions = w.exemptions[1:]
			return
		}
		w.exemptions = append(w.exemptions, scanner.Exemption{Rules: []string{r.ID}, Resource: *pick(w, []string{"*", "n1", "n?"}), Account: "*",
			Reason: "agreed", Expires: w.now.Add(time.Duration(w.IntN(60)) * day)})
	}
}

// setLimit sets the limit of some rule between half and twice what it was.
func (w *world) setLimit() {
	for i := range w.rules {
		if l := &w.rules[i].Limit; l.Unit == "days" && w.chance(30) {
			l.Value = min(max(l.Value*2/(1+w.IntN(4)), l.Min), l.Max)
			l.WithoutPassword = 0
			if l.PerPassword && w.chance(30) {
				l.WithoutPassword = min(l.Value*2, l.Max)
			}
		}
	}
}
