package ledger

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"iamvigil/internal/order"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

// GapRecord is a gap over time. Its identity is the fact and the resource; the
// rules that wanted the fact are attributes.
type GapRecord struct {
	Fact       account.Fact `json:"fact"`
	Resource   *account.Ref `json:"resource"` // nil: the whole account
	Reason     string       `json:"reason"`
	Permission string       `json:"permission"`
	Rules      []string     `json:"rules"` // sorted
	FirstSeen  time.Time    `json:"first_seen"`
	// Revision counts the saves, as that of a [Record].
	Revision int `json:"revision"`
}

// Key identifies the gap. A resource that could not be read may have no more
// than a name.
func (g *GapRecord) Key() string {
	switch {
	case g.Resource == nil:
		return string(g.Fact) + "#"
	case g.Resource.Key() == "":
		return string(g.Fact) + "#" + string(g.Resource.Kind) + "#" + strings.ToLower(g.Resource.Name)
	}
	return string(g.Fact) + "#" + g.Resource.Key()
}

// resource is the key of what the gap is about, empty for the whole account.
func (g *GapRecord) resource() string {
	if g.Resource == nil {
		return ""
	}
	return g.Resource.Key()
}

// recallGaps takes in the gaps that are known and those that the report has.
func (d *diff) recallGaps() {
	d.gapsFound, d.gapsKnown = groupGaps(d.report.Gaps, d.report.Time), map[string]GapRecord{}
	for _, g := range d.known.Gaps {
		d.gapsKnown[g.Key()] = g
	}
}

// gaps compares the report's gaps with the known ones. A new one is told, a
// standing one is silent, and so is the end of one. One about a resource that
// was looked at live within a day is let be until the next audit: a user newer
// than the credential report is in the next one.
func (d *diff) gaps(c *Changes) {
	for key, g := range d.gapsFound {
		was, stands := d.gapsKnown[key]
		live := d.report.Time.Sub(d.known.Live[g.resource()]) < LiveKept
		switch {
		case !stands && live && d.kind == Digest:
		case !stands:
			c.Gaps = append(c.Gaps, g)
			c.GapPuts = append(c.GapPuts, g)
		case d.continued(&g, &was):
			c.GapPuts = append(c.GapPuts, g)
		}
	}
	for key, g := range d.gapsKnown {
		if _, stands := d.gapsFound[key]; !stands && d.ended(&g) {
			c.GapDeletes = append(c.GapDeletes, g)
		}
	}
	for _, list := range [][]GapRecord{c.Gaps, c.GapPuts, c.GapDeletes} {
		order.By(list, func(a, b GapRecord) int { return cmp.Compare(a.Key(), b.Key()) })
	}
}

// continued makes g, as reported now, the next state of the known one. It
// reports whether that differs; a reason that is worded otherwise does not.
func (d *diff) continued(g, was *GapRecord) bool {
	g.FirstSeen, g.Revision = was.FirstSeen, was.Revision
	if d.kind == Event { // it may have asked fewer rules
		g.Rules = union(g.Rules, was.Rules)
	}
	moved := g.Resource != nil && *g.Resource != *was.Resource
	return moved || g.Permission != was.Permission || !slices.Equal(g.Rules, was.Rules)
}

// ended reports whether a gap that the report does not have is one no more,
// rather than not looked at. Of a whole account every fact is asked for; of a
// resource, the rules that wanted the fact must have had it.
func (d *diff) ended(g *GapRecord) bool {
	if g.Resource == nil {
		return d.kind == Digest
	}
	if !d.report.Scope.Covers(*g.Resource) {
		return false
	}
	if gone, _ := d.report.Gone(*g.Resource); gone {
		return true
	}
	for _, rule := range g.Rules {
		answer, _ := d.report.Answer(rule, *g.Resource)
		withdrawn := d.kind == Digest && !d.on[rule]
		if answer != scanner.Answered && !withdrawn {
			return false
		}
	}
	return true
}

func groupGaps(gaps []scanner.Gap, now time.Time) map[string]GapRecord {
	grouped := map[string]GapRecord{}
	for _, gap := range gaps {
		g := GapRecord{Fact: gap.Fact, Resource: gap.Resource, FirstSeen: now,
			Reason: cut(gap.Reason, longestText), Permission: gap.Permission}
		if known, ok := grouped[g.Key()]; ok {
			g = known
		}
		g.Rules = union(g.Rules, []string{gap.Rule})
		grouped[g.Key()] = g
	}
	return grouped
}

// union is both lists together, sorted, each name once.
func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}
