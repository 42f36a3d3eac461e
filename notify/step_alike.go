package notify

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"iamvigil/internal/order"
	"iamvigil/internal/words"
	"iamvigil/ledger"
)

// manner is what steps have in common that are told in the same words.
func manner(s *ledger.Step) string {
	policy := ""
	if !aboutKey(s) {
		policy = s.Target
	}
	return strings.Join([]string{stepName(s, false), stepTitle(s), fate(s, s.Deadline), policy, s.Record.Rule, s.Record.Fix, s.Ask, outlook(s)}, "\x00")
}

// alike groups steps by their manner: in the order of what people should read
// first, then of deadlines and of how bad it is, else in that of the run.
func alike(steps []ledger.Step) [][]*ledger.Step {
	manners, first := map[*ledger.Step]string{}, map[string]int{}
	var all []*ledger.Step
	for i := range steps {
		m := manner(&steps[i])
		if first[m] == 0 {
			first[m] = len(first) + 1
		}
		manners[&steps[i]] = m
		all = append(all, &steps[i])
	}
	order.Stable(all, func(a, b *ledger.Step) int {
		c := cmp.Compare(place(a), place(b))
		if c == 0 && comes(a) {
			c = a.Deadline.Truncate(time.Minute).Compare(b.Deadline.Truncate(time.Minute))
		}
		return cmp.Or(c, cmp.Compare(a.Record.Severity.Rank(), b.Record.Severity.Rank()), cmp.Compare(first[manners[a]], first[manners[b]]))
	})
	return runs(all, func(s *ledger.Step) string { return manners[s] })
}

// place is where a step is told among others: what changed, what did not though
// it should have, what is to come, what is not.
func place(s *ledger.Step) int {
	places := []string{ledger.StepDone, ledger.StepFailed, ledger.StepUncertain, ledger.StepFinal, ledger.StepWarning,
		ledger.StepPostponed, ledger.StepSpared, ledger.StepRefused, ledger.StepUndone}
	if i := slices.Index(places, s.What); i >= 0 {
		return i
	}
	return len(places)
}

// urgency is the place of what a telling tells first.
func urgency(c *ledger.Telling) int {
	first := math.MaxInt
	for i := range c.Steps {
		first = min(first, place(&c.Steps[i]))
	}
	return first
}

// inCommon is what all of the steps have alike, or empty.
func inCommon(same []*ledger.Step, part func(*ledger.Step) string) string {
	first := part(same[0])
	for _, s := range same {
		if part(s) != first {
			return ""
		}
	}
	return first
}

// dry reports whether all that is told is of a dry run.
func dry(c *ledger.Telling) bool {
	for i := range c.Steps {
		if !c.Steps[i].Would {
			return false
		}
	}
	return len(c.Steps) > 0
}

// stepCounts count what is told of steps and runs: "2 deactivated, 1 final
// warning".
func stepCounts(c *ledger.Telling) []string {
	var parts []string
	holding, noted := held(c)
	if len(holding) > 0 {
		parts = append(parts, "acts held"+holders(holding))
	}
	sums := map[string]int{}
	for i := range c.Steps {
		sums[stepName(&c.Steps[i], false)]++
	}
	for _, same := range alike(c.Steps) {
		name := stepName(same[0], false)
		if n := sums[name]; n > 0 {
			parts = append(parts, words.Plural(n, name, stepName(same[0], true)))
			sums[name] = 0 // told
		}
	}
	if len(noted) > 0 {
		parts = append(parts, words.Plural(len(noted), "notice", "notices"))
	}
	return parts
}

// stepLead is what a subject names of a run: whom its first step is about, or what
// there is to look after.
func stepLead(c *ledger.Telling) (in, message string) {
	_, noted := held(c)
	switch {
	case len(c.Steps) == 0 && len(noted) == 0:
		return "", ""
	case len(c.Steps) == 0:
		return ": ", noted[0].Text
	}
	first := alike(c.Steps)[0][0]
	message = thing(first.Record.Resource, strconv.Quote)
	if aboutKey(first) {
		message += ", access key " + first.Target
	}
	if len(c.Steps) > 1 {
		return "; first: ", message
	}
	return ": ", message
}
