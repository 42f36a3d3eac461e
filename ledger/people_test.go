package ledger_test

import (
	"maps"
	"slices"

	"iamvigil/ledger"
	"iamvigil/scanner"
)

// people are those who hear what is told. They fail if they hear what they know,
// or what does not follow from it.
type people struct {
	t reporter
	// believed is what they take to stand, by the ids of findings, and what they
	// were told is silenced.
	believed map[string]belief
	// unsure counts, by the ids of findings, what was told in vain since people
	// were last told something that was remembered: each is worth one repetition.
	unsure map[string]int
}

type belief struct {
	rule     string
	severity scanner.Severity
	state    ledger.State
}

func newPeople(t reporter) *people {
	return &people{t: t, believed: map[string]belief{}, unsure: map[string]int{}}
}

// hear changes what people believe.
func (p *people) hear(c *ledger.Changes) {
	p.count(c)
	for _, r := range c.New {
		p.follows(p.believed[r.ID].state != ledger.Open, "told twice, as new", r)
		p.follows(r.Was == "" && r.State == ledger.Open, "new, and something else", r)
		p.believed[r.ID] = belief{r.Rule, r.Severity, ledger.Open}
	}
	for _, r := range c.Reranked {
		was := p.believed[r.ID]
		p.follows(was.state == ledger.Open && was.severity == r.Was && r.Was != r.Severity, "reranked from what it was not", r)
		p.believed[r.ID] = belief{r.Rule, r.Severity, ledger.Open}
	}
	for _, r := range c.Silenced {
		again := r.Ack != nil && r.Ack.At.Equal(c.Time)
		known, fresh := p.believed[r.ID], r.OpenedAt.Equal(c.Time) && r.Severity.Rank() <= scanner.High.Rank()
		p.follows(again || known.state == ledger.Open || known.state == "" && fresh, "silenced, and not believed to stand", r)
		p.believed[r.ID] = belief{r.Rule, r.Severity, ledger.Silenced}
	}
	for _, r := range c.Resolved {
		p.follows(p.believed[r.ID].state == ledger.Open, "resolved twice, or never told to stand", r)
		delete(p.believed, r.ID)
	}
	p.withdraw(c)
}

// follows fails unless it is so, or it may be a repetition.
func (p *people) follows(so bool, wrong string, r ledger.Record) {
	if so {
		return
	}
	if p.unsure[r.ID] == 0 {
		p.t.Fatalf("%s: %s, believed %v", wrong, line(string(r.State), r), p.believed[r.ID])
	}
	if p.unsure[r.ID]--; p.unsure[r.ID] == 0 {
		delete(p.unsure, r.ID)
	}
}

// count hears of findings that new rules have by their number: they are those
// that are saved as told.
func (p *people) count(c *ledger.Changes) {
	counted := map[string]int{}
	for _, n := range c.NewRules {
		counted[n.Rule] = n.Findings
	}
	named := ids(slices.Concat(c.New, c.Reranked))
	for _, r := range c.Puts {
		_, asked := counted[r.Rule]
		if asked && r.State == ledger.Open && r.Told == ledger.Open && !named[r.ID] && (p.believed[r.ID].state != ledger.Open || p.unsure[r.ID] > 0) {
			counted[r.Rule]--
			p.believed[r.ID] = belief{r.Rule, r.Severity, ledger.Open}
		}
	}
	for rule, n := range counted {
		if n != 0 && len(p.unsure) == 0 {
			p.t.Fatalf("rule %s is counted %d too many", rule, n)
		}
	}
}

// withdraw forgets what nobody looks after any more: as many findings as are
// counted were believed to stand.
func (p *people) withdraw(c *ledger.Changes) {
	counted := map[string]int{}
	for _, n := range c.Withdrawn {
		counted[n.Rule] = n.Findings
	}
	for id := range ids(withdrawn(c)) {
		if b := p.believed[id]; b.state == ledger.Open {
			counted[b.rule]--
		}
		delete(p.believed, id)
	}
	for rule, n := range counted {
		if n != 0 && len(p.unsure) == 0 {
			p.t.Fatalf("of rule %s, %d more are withdrawn than people believed in", rule, n)
		}
	}
}

// withdrawn are the records that are deleted for good.
func withdrawn(c *ledger.Changes) []ledger.Record {
	kept := ids(c.Puts)
	return slices.DeleteFunc(slices.Clone(c.Deletes), func(r ledger.Record) bool { return kept[r.ID] })
}

// saved: what was told is remembered.
func (p *people) saved(c *ledger.Changes) {
	for id := range toldOf(c) {
		delete(p.unsure, id)
	}
}

// vain: what was told is not remembered, but for some records.
func (p *people) vain(c *ledger.Changes, remembered map[string]bool) {
	for id := range toldOf(c) {
		if remembered[id] {
			delete(p.unsure, id)
		} else {
			p.unsure[id]++
		}
	}
}

// toldOf are the ids of all findings that are told, one by one or by number.
func toldOf(c *ledger.Changes) map[string]bool {
	all := ids(slices.Concat(c.New, c.Reranked, c.Silenced, c.Resolved, withdrawn(c)))
	fresh := map[string]bool{}
	for _, n := range c.NewRules {
		fresh[n.Rule] = true
	}
	for _, r := range c.Puts {
		if fresh[r.Rule] {
			all[r.ID] = true
		}
	}
	return all
}

// agree fails if what people believe is not what a report has of a quiet account.
func (p *people) agree(report *scanner.Report) {
	standing := map[string]bool{}
	for i := range report.Findings {
		f := &report.Findings[i]
		standing[f.ID] = true
		loud := f.Status == scanner.Open && f.CoveredBy == ""
		switch b := p.believed[f.ID]; {
		case p.unsure[f.ID] > 0:
		case loud && b.state != ledger.Open:
			p.t.Fatalf("stands untold: %s %s %s", f.Rule, f.Resource.Name, f.Part)
		case loud && b.severity != f.Severity:
			p.t.Fatalf("believed to be %s and is %s: %s %s %s", b.severity, f.Severity, f.Rule, f.Resource.Name, f.Part)
		case f.Status == scanner.Exempt && b.state == ledger.Open:
			p.t.Fatalf("silenced and not told: %s %s %s", f.Rule, f.Resource.Name, f.Part)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(p.believed)) {
		if b := p.believed[id]; b.state == ledger.Open && !standing[id] && p.unsure[id] == 0 {
			p.t.Fatalf("believed to stand: %s %s", b.rule, id)
		}
	}
}

func ids(records []ledger.Record) map[string]bool {
	all := map[string]bool{}
	for _, r := range records {
		all[r.ID] = true
	}
	return all
}
