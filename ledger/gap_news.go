package ledger

// news reports whether people are to hear of a gap that the report has. They
// know of one that stood before or ended lately, and of one that is told by
// another. What is hidden behind a gap of the whole account, for another cause,
// they hear of once that is over.
func (d *diff) news(key string, g *GapRecord) bool {
	if was, known := d.gapsKnown[key]; known && !was.Untold && !d.forgotten(&was) {
		return false
	}
	g.Untold = false
	if d.said(key, g) {
		return false
	}
	cover, covered := d.coverOf(g)
	g.Untold = covered && !cover.sameCause(g)
	return !covered
}

// said reports whether a known gap of the same cause was told: what one grant
// mends is told once. That the whole account is concerned is news to who heard
// of a resource.
func (d *diff) said(key string, g *GapRecord) bool {
	for other, known := range d.gapsKnown {
		if other != key && !known.Untold && !d.forgotten(&known) && known.sameCause(g) && (g.Resource != nil || known.Resource == nil) {
			return true
		}
	}
	return false
}

// coverOf is the gap of the whole account that stands for that of a resource.
// What watch is denied says nothing of what the audit sees.
func (d *diff) coverOf(g *GapRecord) (cover GapRecord, covered bool) {
	covers := func(whole *GapRecord) bool {
		return whole.Resource == nil && whole.Fact == g.Fact && (g.denial() || !whole.denial())
	}
	if g.Resource == nil {
		return GapRecord{}, false
	}
	for _, key := range sortedKeys(d.gapsFound) {
		if whole := d.gapsFound[key]; covers(&whole) {
			return whole, true
		}
	}
	for _, key := range sortedKeys(d.gapsKnown) {
		if whole := d.gapsKnown[key]; covers(&whole) && !whole.Ended() && !d.over(&whole) {
			return whole, true
		}
	}
	return GapRecord{}, false
}

// spread is what is told of a gap: of what watch was denied, every resource that
// it could not see.
func (d *diff) spread(g *GapRecord) []GapRecord {
	if !g.denial() {
		return []GapRecord{*g}
	}
	places := map[string]GapRecord{}
	for i := range d.report.Gaps {
		one := gapRecord(&d.report.Gaps[i], d.kind, d.report.Time)
		if one.Key() == g.Key() {
			one.Rules = union(places[one.place()].Rules, []string{d.report.Gaps[i].Rule})
			one.Revision = g.Revision
			places[one.place()] = one
		}
	}
	all := make([]GapRecord, 0, len(places))
	for _, key := range sortedKeys(places) {
		all = append(all, places[key])
	}
	return all
}
