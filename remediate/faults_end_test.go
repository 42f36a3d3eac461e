package remediate_test

import (
	"slices"
	"strings"

	"iamvigil/ledger"
	"iamvigil/scanner/account"
)

// toldSince is what was told since of a target, or of all.
func (p *play) toldSince(n int, target string) string {
	var all []string
	for _, told := range p.told.told[n:] {
		for _, n := range told.Notices {
			all = append(all, "the notice "+n.Kind)
		}
		for _, s := range told.Steps {
			if target == "" || s.Target == target {
				all = append(all, s.What)
			}
		}
	}
	return listed(all)
}

func listed(all []string) string {
	if len(all) == 0 {
		return "–"
	}
	return strings.Join(slices.Compact(all), ", ")
}

// journalled are the last entries of the stories of a target, or of all.
func (p *play) journalled(target string) string {
	last, order := map[string]string{}, []string{}
	for _, e := range p.ledger.journal {
		if e.Intent != nil && target != "" && e.Intent.Target != target {
			continue
		}
		if _, known := last[e.Action]; !known && e.Intent != nil {
			order = append(order, e.Action)
		}
		last[e.Action] = "intent"
		if e.Intent == nil {
			last[e.Action] = e.Outcome
		}
	}
	var all []string
	for _, action := range order {
		all = append(all, last[action])
	}
	return listed(all)
}

// closed fails the test where the journal leaves something open.
func (p *play) closed() {
	p.Helper()
	last := map[string]string{}
	for _, e := range p.ledger.journal {
		last[e.Action] = e.Outcome
	}
	for action, outcome := range last {
		if outcome == "" || outcome == ledger.Uncertain {
			p.Errorf("what became of %s is never found out: %q", action, p.entries())
		}
	}
}

// taken reports whether it is done, whoever did it.
func (p *play) taken(target string) bool {
	u := p.userOf("ann")
	if k := keyOf(u, target); k != nil {
		return k.Status == account.Inactive
	}
	return attachedTo(u, target)
}

// nothingUntold fails the test where something was changed and the journal does
// not say so, or says so of what was not.
func (p *play) nothingUntold(targets []string) {
	p.Helper()
	for _, target := range targets {
		last := ""
		for _, e := range p.ledger.journal {
			if e.Intent != nil && e.Intent.Target == target {
				last = "intent of " + e.Action
			} else if strings.HasSuffix(last, e.Action) && e.Intent == nil {
				last = e.Outcome + " of " + e.Action
			}
		}
		what, _, _ := strings.Cut(last, " ")
		if p.taken(target) && what != ledger.Done && what != "intent" && what != ledger.Uncertain {
			p.Errorf("%s was changed, and the journal has %q", target, what)
		}
		if !p.taken(target) && what == ledger.Done {
			p.Errorf("%s was not changed, and the journal has it done", target)
		}
	}
}

// finished fails the test where something is not done in the end, written more
// than twice or not told.
func (p *play) finished(targets []string) {
	p.Helper()
	for _, target := range targets {
		if !p.taken(target) {
			p.Errorf("%s is not done in the end; the journal has %q", target, p.entries())
		}
		told := 0
		for _, step := range p.steps() {
			if step == "done ann "+account.NameOf(target) {
				told++
			}
		}
		if told < 1 || told > 2 {
			p.Errorf("%s was told %d times: %q", target, told, p.steps())
		}
	}
	for _, c := range p.ledger.cases {
		if c.Stage != ledger.Acted {
			p.Errorf("the case is %+v", c)
		}
	}
	written := map[string]int{}
	for _, write := range p.iam.writes {
		if written[write]++; written[write] > 2 {
			p.Errorf("%s: written %d times", write, written[write])
		}
	}
}
