package dynamo

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"iamvigil/ledger"
)

// write is what is done together or not at all: one action, or the two of a
// record that moves. Size is what of the transaction's bytes it takes.
type write struct {
	actions []types.TransactWriteItem
	size    int
}

// plan turns changes into writes.
type plan struct {
	table   string
	pk      string
	changes *ledger.Changes
	now     time.Time
	writes  []write
}

func (p *plan) add(size int, actions ...types.TransactWriteItem) {
	p.writes = append(p.writes, write{actions, size})
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
// look can be raced, by a later one: what others marked is as true.
func (p *plan) marks() []write {
	p.writes = nil
	c := p.changes
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
	return p.writes
}

// put puts an item if the one there is of that revision, or if that is 0 and
// there is none but such as DynamoDB has yet to delete.
func (p *plan) put(it *item, revision int) types.TransactWriteItem {
	put := &types.Put{TableName: &p.table, Item: it.attributes()}
	if revision > 0 {
		put.ConditionExpression = aws.String("rev = :rev")
		put.ExpressionAttributeValues = attributes{":rev": number(int64(revision))}
	} else {
		put.ConditionExpression = aws.String("attribute_not_exists(sk) OR #ttl <= :now")
		put.ExpressionAttributeNames = map[string]string{"#ttl": "ttl"}
		put.ExpressionAttributeValues = attributes{":now": number(p.now.Unix())}
	}
	return types.TransactWriteItem{Put: put}
}

func (p *plan) delete(sk string, revision int) types.TransactWriteItem {
	return types.TransactWriteItem{Delete: &types.Delete{
		TableName:                 &p.table,
		Key:                       p.key(sk),
		ConditionExpression:       aws.String("rev = :rev"),
		ExpressionAttributeValues: attributes{":rev": number(int64(revision))},
	}}
}

// newer puts a look if it is later than the one there.
func (p *plan) newer(it item, name string) {
	it.pk, it.sk = p.pk, it.kind+"#"+name
	p.add(it.size(), types.TransactWriteItem{Put: &types.Put{
		TableName:                 &p.table,
		Item:                      it.attributes(),
		ConditionExpression:       aws.String("attribute_not_exists(sk) OR #at < :at"),
		ExpressionAttributeNames:  map[string]string{"#at": "at"},
		ExpressionAttributeValues: attributes{":at": number(it.at)},
	}})
}

func (p *plan) set(it item, name string) {
	it.pk, it.sk = p.pk, it.kind+"#"+name
	p.add(it.size(), types.TransactWriteItem{Put: &types.Put{TableName: &p.table, Item: it.attributes()}})
}

func (p *plan) unset(kind, name string) {
	p.add(keySize, types.TransactWriteItem{Delete: &types.Delete{TableName: &p.table, Key: p.key(kind + "#" + name)}})
}

func (p *plan) key(sk string) attributes { return attributes{"pk": text(p.pk), "sk": text(sk)} }

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
