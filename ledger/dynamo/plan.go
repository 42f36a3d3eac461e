package dynamo

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"iamvigil/ledger"
)

// write is what is done together or not at all: one action, or the two of a
// record that moves. Size is what of the transaction's bytes it takes.
type write struct {
	actions []action
	size    int
	// first: without it nothing else is saved. Yields: it is no loss if another's
	// was saved meanwhile.
	first, yields bool
}

// plan turns changes into writes.
type plan struct {
	table   string
	pk      string
	changes *ledger.Changes
	now     time.Time
	writes  []write
}

func (p *plan) add(size int, actions ...action) {
	p.writes = append(p.writes, write{actions: actions, size: size})
}

// stages are the writes that are to be done one after the other: all at once
// where they have room in one transaction.
func (p *plan) stages() ([][]write, error) {
	var stages [][]write
	for _, planned := range []func() ([]write, error){p.bursts, p.findings, p.marks} {
		writes, err := planned()
		if err != nil {
			return nil, err
		}
		if len(writes) > 0 {
			stages = append(stages, writes)
		}
	}
	if all := slices.Concat(stages...); len(chunked(all)) == 1 {
		return [][]write{all}, nil
	}
	return stages, nil
}

// bursts are the writes of what is held.
func (p *plan) bursts() ([]write, error) {
	p.writes = nil
	for i := range p.changes.BurstPuts {
		b := &p.changes.BurstPuts[i]
		it, err := burstItem(p.pk, b)
		if err != nil {
			return nil, err
		}
		p.add(it.size(), p.put(&it, b.Revision))
		p.writes[i].first = true
	}
	return p.writes, nil
}

// findings are the writes of records and gaps, none of which may be lost to
// another save.
func (p *plan) findings() ([]write, error) {
	p.writes = nil
	c := p.changes
	for i := range c.Puts {
		if err := p.record(&c.Puts[i]); err != nil {
			return nil, err
		}
	}
	for i := range c.Deletes {
		p.add(keySize, p.delete(c.Deletes[i].StoredAs, c.Deletes[i].Revision))
	}
	for i := range c.GapPuts {
		it, err := gapItem(p.pk, &c.GapPuts[i])
		if err != nil {
			return nil, err
		}
		p.add(it.size(), p.put(&it, c.GapPuts[i].Revision))
	}
	for i := range c.GapDeletes {
		p.add(keySize, p.delete(gapKey(&c.GapDeletes[i]), c.GapDeletes[i].Revision))
	}
	return p.writes, nil
}

// record puts a record, and takes it from where it was if its name has changed.
func (p *plan) record(r *ledger.Record) error {
	it, err := recordItem(p.pk, r)
	if err != nil {
		return err
	}
	if r.StoredAs == "" || r.StoredAs == it.sk {
		p.add(it.size(), p.put(&it, r.Revision))
	} else {
		p.add(keySize+it.size(), p.delete(r.StoredAs, r.Revision), p.put(&it, 0))
	}
	return nil
}

// marks are the writes of what was looked at, asked and told. Of these only a
// look can be raced, by a later one: what others marked is as true, and a burst
// that another closed is closed.
func (p *plan) marks() ([]write, error) {
	p.writes = nil
	c := p.changes
	for i := range c.BurstDeletes {
		p.forget(burstKey(&c.BurstDeletes[i]), c.BurstDeletes[i].Revision)
	}
	for _, key := range sorted(c.Live) {
		p.newer(item{kind: kindLive, at: c.Live[key].UnixNano(), ttl: seconds(c.Live[key].Add(ledger.LiveKept))}, key)
	}
	for _, rule := range sorted(c.Rules) {
		p.set(item{kind: kindRule, at: c.Rules[rule].UnixNano()}, rule)
	}
	for _, rule := range c.RuleDeletes {
		p.unset(kindRule, rule)
	}
	for _, id := range sorted(c.Noted) {
		p.set(item{kind: kindNoted, doc: c.Noted[id], ttl: seconds(c.Time.Add(ledger.NotedKept))}, id)
	}
	if c.Name != "" {
		p.set(item{kind: kindName, doc: c.Name}, "")
	}
	for _, id := range c.NotedDeletes {
		p.unset(kindNoted, id)
	}
	for _, id := range sorted(c.AlertsTold) {
		p.set(item{kind: kindEvent, doc: strings.Join(c.AlertsTold[id], " "), ttl: seconds(c.Time.Add(ledger.AlertsToldKept))}, id)
	}
	err := errors.Join(p.signs(), p.exemptions())
	return p.writes, err
}

func (p *plan) exemptions() error {
	c := p.changes
	for _, key := range sorted(c.ExemptionPuts) {
		doc, err := json.Marshal(c.ExemptionPuts[key])
		if err != nil {
			return fmt.Errorf("encode exemption %q: %w", key, err)
		}
		p.set(item{kind: kindExemption, doc: string(doc)}, key)
	}
	for _, key := range c.ExemptionDeletes {
		p.unset(kindExemption, key)
	}
	return nil
}

// signs are the writes of what tells that the program is at work: the newest
// event that came, unless it does not say when it was, the last audit, and that
// nobody hears.
func (p *plan) signs() error {
	c := p.changes
	if c.Audited {
		p.latest(item{kind: kindAudit, at: c.Time.UnixNano()})
	}
	switch {
	case c.Unheard:
		p.set(item{kind: kindUnheard, at: c.Time.UnixNano()}, "")
	case c.HeardAgain:
		p.unset(kindUnheard, "")
	}
	if c.Heard == nil || c.Heard.Time.IsZero() {
		return nil
	}
	doc, err := json.Marshal(c.Heard)
	if err != nil {
		return fmt.Errorf("encode event %q: %w", c.Heard.ID, err)
	}
	p.latest(item{kind: kindHeard, doc: string(doc), at: c.Heard.Time.UnixNano()})
	return nil
}

// put puts an item if the one there is of that revision, or if that is 0 and
// there is none but such as DynamoDB has yet to delete.
func (p *plan) put(it *item, revision int) action {
	put := &change{TableName: p.table, Item: it.attributes()}
	if revision > 0 {
		put.ConditionExpression = "rev = :rev"
		put.ExpressionAttributeValues = attributes{":rev": number(int64(revision))}
	} else {
		put.ConditionExpression = "attribute_not_exists(sk) OR #ttl <= :now"
		put.ExpressionAttributeNames = map[string]string{"#ttl": "ttl"}
		put.ExpressionAttributeValues = attributes{":now": number(p.now.Unix())}
	}
	return action{Put: put}
}

func (p *plan) delete(sk string, revision int) action {
	return action{Delete: &change{
		TableName:                 p.table,
		Key:                       p.key(sk),
		ConditionExpression:       "rev = :rev",
		ExpressionAttributeValues: attributes{":rev": number(int64(revision))},
	}}
}

// forget deletes an item that nobody else may have changed, but deleted.
func (p *plan) forget(sk string, revision int) {
	deletion := p.delete(sk, revision)
	deletion.Delete.ConditionExpression = "attribute_not_exists(sk) OR rev = :rev"
	p.add(keySize, deletion)
}

// newer puts an item if it is later than the one there.
func (p *plan) newer(it item, name string) {
	it.pk, it.sk = p.pk, it.kind+"#"+name
	p.add(it.size(), action{Put: &change{
		TableName:                 p.table,
		Item:                      it.attributes(),
		ConditionExpression:       "attribute_not_exists(sk) OR #at < :at",
		ExpressionAttributeNames:  map[string]string{"#at": "at"},
		ExpressionAttributeValues: attributes{":at": number(it.at)},
	}})
}

// latest puts the one item of its kind if it is later than the one there.
func (p *plan) latest(it item) {
	p.newer(it, "")
	p.writes[len(p.writes)-1].yields = true
}

func (p *plan) set(it item, name string) {
	it.pk, it.sk = p.pk, it.kind+"#"+name
	p.add(it.size(), action{Put: &change{TableName: p.table, Item: it.attributes()}})
}

func (p *plan) unset(kind, name string) {
	p.add(keySize, action{Delete: &change{TableName: p.table, Key: p.key(kind + "#" + name)}})
}

func (p *plan) key(sk string) attributes { return attributes{"pk": text(p.pk), "sk": text(sk)} }

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
