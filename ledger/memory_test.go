package ledger_test

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"iamvigil/ledger"
)

// memory is a ledger that nobody races for, and that forgets when it is told to.
type memory struct {
	records map[string]ledger.Record
	gaps    map[string]ledger.GapRecord
	live    map[string]time.Time
	told    map[string][]string
	rules   map[string]time.Time
	noted   map[string]string
	marks   map[string]ledger.ExemptionMark
}

func (m *memory) load() ledger.Known {
	k := ledger.Known{Live: maps.Clone(m.live), AlertsTold: maps.Clone(m.told), Rules: maps.Clone(m.rules), Noted: maps.Clone(m.noted), Exemptions: maps.Clone(m.marks)}
	k.Records = make([]ledger.Record, 0, len(m.records))
	for _, key := range slices.Sorted(maps.Keys(m.records)) {
		k.Records = append(k.Records, m.records[key])
	}
	k.Gaps = slices.SortedFunc(maps.Values(m.gaps), func(a, b ledger.GapRecord) int { return cmp.Compare(a.Key(), b.Key()) })
	return k
}

func (m *memory) save(c ledger.Changes) {
	for _, r := range c.Deletes {
		delete(m.records, r.StoredAs)
	}
	for _, r := range c.Puts {
		m.put(r)
	}
	for _, g := range c.GapPuts {
		g.Revision++
		set(&m.gaps, g.Key(), g)
	}
	for _, g := range c.GapDeletes {
		delete(m.gaps, g.Key())
	}
	copyTo(&m.live, c.Live)
	copyTo(&m.told, c.AlertsTold)
	copyTo(&m.rules, c.Rules)
	copyTo(&m.noted, c.Noted)
	copyTo(&m.marks, c.ExemptionPuts)
	for _, rule := range c.RuleDeletes {
		delete(m.rules, rule)
	}
	for _, id := range c.NotedDeletes {
		delete(m.noted, id)
	}
	for _, key := range c.ExemptionDeletes {
		delete(m.marks, key)
	}
}

func (m *memory) put(r ledger.Record) {
	delete(m.records, r.StoredAs)
	r.Revision++
	r.StoredAs = r.SortKey()
	set(&m.records, r.StoredAs, r)
}

func set[V any](in *map[string]V, key string, value V) {
	if *in == nil {
		*in = map[string]V{}
	}
	(*in)[key] = value
}

func copyTo[V any](in *map[string]V, from map[string]V) {
	for key, value := range from {
		set(in, key, value)
	}
}

// forget drops what a store may forget.
func (m *memory) forget(now time.Time) {
	maps.DeleteFunc(m.records, func(_ string, r ledger.Record) bool { return !r.Expires().IsZero() && !now.Before(r.Expires()) })
	maps.DeleteFunc(m.live, func(_ string, at time.Time) bool { return !now.Before(at.Add(ledger.LiveKept)) })
}
