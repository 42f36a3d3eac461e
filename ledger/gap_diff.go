package ledger

import (
	"cmp"
	"slices"

	"iamvigil/internal/order"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

const (
	// gapKept is for how long an ended gap is known.
	gapKept = 2 * day
	// denialKept is for how long watch's role is taken to lack a permission that
	// no event has had it use since.
	denialKept = 14 * day
)

// recallGaps takes in the gaps that are known and those that the report has, as
// they go on from what is known. A gap about a resource that was looked at live
// within a day is let be until the next audit, unless it stands: a user newer
// than the credential report is in the next one.
func (d *diff) recallGaps() {
	d.gapsKnown, d.gapsFound = map[string]GapRecord{}, groupGaps(d.report.Gaps, d.kind, d.report.Time)
	for _, g := range d.known.Gaps {
		d.gapsKnown[g.Key()] = g
	}
	for key, g := range d.gapsFound {
		was, known := d.gapsKnown[key]
		live := d.report.Time.Sub(d.known.Live[g.resource()]) < LiveKept
		if d.kind == Digest && live && (!known || was.Ended()) {
			delete(d.gapsFound, key)
			continue
		}
		if known {
			d.goOn(&g, &was)
		}
		d.gapsFound[key] = g
	}
}

// goOn makes g, as reported now, the next state of the known one.
func (d *diff) goOn(g, was *GapRecord) {
	g.Revision = was.Revision
	if d.forgotten(was) {
		return
	}
	if !was.Ended() || was.Returns > 0 {
		g.FirstSeen = was.FirstSeen
	}
	g.Untold, g.Returns = was.Untold, was.Returns
	if was.Ended() {
		g.Returns++
	}
	if d.kind == Event { // it may have asked fewer rules
		g.Rules = union(g.Rules, was.Rules)
	}
	if g.denial() {
		g.Resource, g.Reason = was.Resource, was.Reason
		if g.MetAt.Sub(was.MetAt) < day {
			g.MetAt = was.MetAt
		}
	}
}

// forgotten: it ended too long ago for what comes now to be its return.
func (d *diff) forgotten(g *GapRecord) bool {
	return g.Ended() && d.report.Time.Sub(g.EndedAt) >= gapKept
}

// gaps compares the report's gaps with the known ones. A new one is told, a
// standing one is silent, and so are the end of one and a return soon after.
func (d *diff) gaps(c *Changes) {
	for key, g := range d.gapsFound {
		told := d.news(key, &g)
		if told {
			c.Gaps = append(c.Gaps, d.spread(&g)...)
		}
		if was, known := d.gapsKnown[key]; told || !known || differs(&g, &was) {
			c.GapPuts = append(c.GapPuts, g)
		}
	}
	for key, g := range d.gapsKnown {
		switch _, stands := d.gapsFound[key]; {
		case stands:
		case d.kind == Digest && d.forgotten(&g):
			c.GapDeletes = append(c.GapDeletes, g)
		case g.Ended() || !d.over(&g):
		case d.kind == Digest && (g.denial() || !d.wanted(&g)): // it was not seen to end
			c.GapDeletes = append(c.GapDeletes, g)
		default:
			g.EndedAt = d.report.Time
			c.GapPuts = append(c.GapPuts, g)
		}
	}
	for _, list := range [][]GapRecord{c.Gaps, c.GapPuts, c.GapDeletes} {
		order.By(list, func(a, b GapRecord) int {
			return cmp.Or(cmp.Compare(a.Key(), b.Key()), cmp.Compare(a.place(), b.place()))
		})
	}
}

// differs reports whether a gap is to be saved anew; a reason that is worded
// otherwise is no matter.
func differs(g, was *GapRecord) bool {
	moved := g.Resource != nil && *g.Resource != *was.Resource
	return moved || g.Ended() != was.Ended() || g.Untold != was.Untold || !g.MetAt.Equal(was.MetAt) ||
		g.Permission != was.Permission || !slices.Equal(g.Rules, was.Rules)
}

// over reports whether a gap that stood and that the report does not have is
// one no more, rather than not looked at. Of a whole account every fact is asked
// for; of a resource, the rules that wanted the fact must have had it.
func (d *diff) over(g *GapRecord) bool {
	switch {
	case g.denial():
		return d.granted(g)
	case g.Resource == nil:
		return d.kind == Digest
	case !d.report.Scope.Covers(*g.Resource):
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

// granted reports whether watch is denied a permission no more. It is shown by
// an event's look at any resource that gave the rules the fact, or that made the
// listing. A digest can only tell that no rule wants the fact, or that watch was
// not denied it for long.
func (d *diff) granted(g *GapRecord) bool {
	if d.kind == Digest {
		return !d.wanted(g) || d.report.Time.Sub(g.MetAt) >= denialKept
	}
	for i := range d.report.Gaps {
		if d.report.Gaps[i].Fact == g.Fact {
			return false
		}
	}
	if kind, is := listed(g.Fact); is {
		_, at := d.report.Gone(account.Ref{Kind: kind})
		return !at.IsZero()
	}
	return d.wanted(g) && !slices.ContainsFunc(g.Rules, func(rule string) bool { return d.on[rule] && !d.answered(rule) })
}

// listed is the kind of resource of which the fact is the listing, if it is one.
func listed(f account.Fact) (kind account.Kind, is bool) {
	switch f {
	case account.Users:
		return account.KindUser, true
	case account.Groups:
		return account.KindGroup, true
	case account.Roles:
		return account.KindRole, true
	case account.Policies:
		return account.KindPolicy, true
	}
	return "", false
}

// wanted reports whether a rule that is on wants the gap's fact.
func (d *diff) wanted(g *GapRecord) bool {
	return slices.ContainsFunc(g.Rules, func(rule string) bool { return d.on[rule] })
}

// answered reports whether the rule answered about anything.
func (d *diff) answered(rule string) bool {
	return d.report.Passed[rule] > 0 || slices.ContainsFunc(d.report.Findings, func(f scanner.Finding) bool {
		if f.Rule != rule {
			return false
		}
		answer, _ := d.report.Answer(rule, f.Resource)
		return answer == scanner.Answered
	})
}
