package ledger

import (
	"maps"
	"slices"
	"time"
)

// known is what the book holds now.
func (b *book) known(now time.Time) Known {
	b.forget(now)
	k := Known{Whole: true, Name: b.Name, Live: maps.Clone(b.Live), AlertsTold: map[string][]string{}, Rules: maps.Clone(b.Rules), Noted: map[string]string{},
		Exemptions: maps.Clone(b.Exemptions), Heard: b.Heard, AuditedAt: b.AuditedAt, Unheard: b.Unheard}
	for _, key := range sortedKeys(b.Records) {
		r := b.Records[key]
		r.StoredAs = key
		k.Records = append(k.Records, r)
	}
	for _, key := range sortedKeys(b.Gaps) {
		k.Gaps = append(k.Gaps, b.Gaps[key])
	}
	for _, id := range sortedKeys(b.Bursts) {
		k.Bursts = append(k.Bursts, b.Bursts[id])
	}
	for id, t := range b.AlertsTold {
		k.AlertsTold[id] = t.Rules
	}
	for id, n := range b.Noted {
		k.Noted[id] = n.Name
	}
	return k
}

// forget drops what is past its time.
func (b *book) forget(now time.Time) {
	past := func(end time.Time) bool { return !end.IsZero() && !now.Before(end) }
	maps.DeleteFunc(b.Records, func(_ string, r Record) bool { return past(r.Expires()) })
	maps.DeleteFunc(b.Streaks, func(_ string, s StreakRecord) bool { return past(s.Until) })
	maps.DeleteFunc(b.Live, func(_ string, at time.Time) bool { return past(at.Add(LiveKept)) })
	maps.DeleteFunc(b.AlertsTold, func(_ string, t told) bool { return past(t.At.Add(AlertsToldKept)) })
	maps.DeleteFunc(b.Noted, func(_ string, n noted) bool { return past(n.At.Add(NotedKept)) })
}

// apply makes the changes, but for those that are raced, which it names.
func (b *book) apply(c *Changes, now time.Time) (raced []string) {
	b.forget(now)
	raced = slices.Concat(b.applyBursts(c), b.applyRecords(c), b.applyGaps(c))
	for key, at := range c.Live {
		if at.After(b.Live[key]) {
			b.Live[key] = at
		} else {
			raced = append(raced, key)
		}
	}
	for id, rules := range c.AlertsTold {
		b.AlertsTold[id] = told{Rules: rules, At: c.Time}
	}
	b.applyMarks(c)
	return raced
}

// applyMarks makes the changes that nobody can race for: what others marked is
// as true.
func (b *book) applyMarks(c *Changes) {
	if c.Name != "" {
		b.Name = c.Name
	}
	if c.Heard != nil && c.Heard.Time.After(b.Heard.Time) {
		b.Heard = *c.Heard
	}
	if c.Audited && c.Time.After(b.AuditedAt) {
		b.AuditedAt = c.Time
	}
	b.Unheard = c.Unheard || b.Unheard && !c.HeardAgain
	maps.Copy(b.Exemptions, c.ExemptionPuts)
	for _, key := range c.ExemptionDeletes {
		delete(b.Exemptions, key)
	}
	maps.Copy(b.Rules, c.Rules)
	for _, rule := range c.RuleDeletes {
		delete(b.Rules, rule)
	}
	for id, name := range c.Noted {
		b.Noted[id] = noted{Name: name, At: c.Time}
	}
	for _, id := range c.NotedDeletes {
		delete(b.Noted, id)
	}
}

func (b *book) applyBursts(c *Changes) (raced []string) {
	for _, burst := range c.BurstPuts {
		if b.Bursts[burst.ID].Revision != burst.Revision {
			raced = append(raced, burst.ID)
			continue
		}
		burst.Revision++
		b.Bursts[burst.ID] = burst
	}
	for _, burst := range c.BurstDeletes {
		if known, there := b.Bursts[burst.ID]; there && known.Revision != burst.Revision {
			raced = append(raced, burst.ID)
			continue
		}
		delete(b.Bursts, burst.ID)
	}
	return raced
}

func (b *book) applyRecords(c *Changes) (raced []string) {
	for _, r := range c.Deletes {
		if b.Records[r.StoredAs].Revision != r.Revision {
			raced = append(raced, r.StoredAs)
			continue
		}
		delete(b.Records, r.StoredAs)
	}
	for _, r := range c.Puts {
		to, from := r.SortKey(), r.StoredAs
		if from == "" {
			from = to
		}
		_, taken := b.Records[to]
		if b.Records[from].Revision != r.Revision || taken && to != from {
			raced = append(raced, from)
			continue
		}
		delete(b.Records, from)
		r.Revision++
		b.Records[to] = r
	}
	return raced
}

func (b *book) applyGaps(c *Changes) (raced []string) {
	for _, g := range c.GapPuts {
		if b.Gaps[g.Key()].Revision != g.Revision {
			raced = append(raced, g.Key())
			continue
		}
		g.Revision++
		b.Gaps[g.Key()] = g
	}
	for _, g := range c.GapDeletes {
		if b.Gaps[g.Key()].Revision != g.Revision {
			raced = append(raced, g.Key())
			continue
		}
		delete(b.Gaps, g.Key())
	}
	return raced
}

// count keeps streaks, but for those that are raced, which it names.
func (b *book) count(streaks []StreakRecord, now time.Time) (raced []string) {
	b.forget(now)
	for _, s := range streaks {
		if b.Streaks[s.Key()].Revision != s.Revision {
			raced = append(raced, s.Key())
			continue
		}
		s.Revision++
		b.Streaks[s.Key()] = s
	}
	return raced
}
