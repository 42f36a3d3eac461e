package dynamo

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"iamvigil/ledger"
)

// Kinds of items, and the beginnings of the sort keys of all but records.
const (
	kindRecord    = "record"
	kindGap       = "gap"
	kindBurst     = "burst"
	kindLive      = "live"
	kindEvent     = "event"
	kindRule      = "rule"
	kindNoted     = "noted"
	kindName      = "name"
	kindExemption = "exemption"
	kindHeard     = "heard"
	kindUnheard   = "unheard"
	kindAudit     = "audit"

	// Of partitions of their own: see [Store.Course].
	kindCase  = "case"
	kindRound = "round"
	kindEntry = "entry" // its sort key begins with the action's id

	kindStreak = "streak" // see [Store.Count]
)

// item is an item of the table. Those of no kind known here are others' own.
type item struct {
	pk, sk string
	kind   string
	doc    string // JSON, or a name
	rev    int    // of records, gaps, bursts, streaks, cases and the round
	at     int64  // of looks, rules, what was heard and entries: nanoseconds since 1970
	// ttl is when DynamoDB may delete it, in seconds since 1970; zero: never.
	ttl int64
}

func (i *item) attributes() attributes {
	all := attributes{"pk": text(i.pk), "sk": text(i.sk), "kind": text(i.kind)}
	if i.doc != "" {
		all["doc"] = text(i.doc)
	}
	for name, value := range map[string]int64{"rev": int64(i.rev), "at": i.at, "ttl": i.ttl} {
		if value != 0 {
			all[name] = number(value)
		}
	}
	return all
}

// keySize is at least what an item without a doc counts for.
const keySize = 2048

// size is how many bytes the item counts for, roughly and never too few.
func (i *item) size() int { return keySize + len(i.doc) }

// kinds are all there are.
func kinds() []string {
	return []string{kindRecord, kindGap, kindBurst, kindLive, kindEvent, kindRule, kindNoted, kindName, kindExemption, kindHeard,
		kindUnheard, kindAudit, kindCase, kindRound, kindEntry, kindStreak}
}

// readItem reads no more than the key of what is others' own.
func readItem(a attributes) (item, error) {
	pk, badPK := a.text("pk")
	sk, badSK := a.text("sk")
	if cmp.Or(badPK, badSK) != nil || pk == "" || sk == "" {
		return item{}, errors.New("an item has no key")
	}
	i := item{pk: pk, sk: sk}
	kind, err := a.text("kind")
	if err != nil || !slices.Contains(kinds(), kind) {
		return i, nil
	}
	i.kind = kind
	if err := i.read(a); err != nil {
		return item{}, fmt.Errorf("item %q: %w", sk, err)
	}
	return i, nil
}

func (i *item) read(a attributes) error {
	var bad [4]error
	var rev int64
	i.doc, bad[0] = a.text("doc")
	rev, bad[1] = a.number("rev")
	i.at, bad[2] = a.number("at")
	i.ttl, bad[3] = a.number("ttl")
	i.rev = int(rev)
	return cmp.Or(bad[:]...)
}

func recordItem(pk string, r *ledger.Record) (item, error) {
	doc, err := json.Marshal(r)
	if err != nil {
		return item{}, fmt.Errorf("encode record %q: %w", r.SortKey(), err)
	}
	return item{pk: pk, sk: r.SortKey(), kind: kindRecord, doc: string(doc), rev: r.Revision + 1, ttl: seconds(r.Expires())}, nil
}

func gapItem(pk string, g *ledger.GapRecord) (item, error) {
	doc, err := json.Marshal(g)
	if err != nil {
		return item{}, fmt.Errorf("encode gap %q: %w", g.Key(), err)
	}
	return item{pk: pk, sk: gapKey(g), kind: kindGap, doc: string(doc), rev: g.Revision + 1}, nil
}

func gapKey(g *ledger.GapRecord) string { return kindGap + "#" + g.Key() }

func burstItem(pk string, b *ledger.Burst) (item, error) {
	doc, err := json.Marshal(b)
	if err != nil {
		return item{}, fmt.Errorf("encode burst %q: %w", b.ID, err)
	}
	return item{pk: pk, sk: burstKey(b), kind: kindBurst, doc: string(doc), rev: b.Revision + 1}, nil
}

func burstKey(b *ledger.Burst) string { return kindBurst + "#" + b.ID }

// Where the account's name, the newest event, and that nobody hears are kept.
const (
	nameKey    = kindName + "#"
	heardKey   = kindHeard + "#"
	unheardKey = kindUnheard + "#"
)

func eventKey(id string) string { return kindEvent + "#" + id }

// into adds what the item says to what is known.
func (i *item) into(k *ledger.Known) error {
	_, name, _ := strings.Cut(i.sk, "#")
	switch i.kind {
	case kindRecord:
		var r ledger.Record
		if err := i.decode(&r); err != nil {
			return err
		}
		r.Revision, r.StoredAs = i.rev, i.sk
		k.Records = append(k.Records, r)
	case kindGap:
		var g ledger.GapRecord
		if err := i.decode(&g); err != nil {
			return err
		}
		g.Revision = i.rev
		k.Gaps = append(k.Gaps, g)
	case kindBurst:
		var b ledger.Burst
		if err := i.decode(&b); err != nil {
			return err
		}
		b.Revision = i.rev
		k.Bursts = append(k.Bursts, b)
	case kindLive:
		k.Live[name] = time.Unix(0, i.at).UTC()
	case kindEvent:
		k.AlertsTold[name] = strings.Fields(i.doc)
	case kindRule:
		k.Rules[name] = time.Unix(0, i.at).UTC()
	case kindName:
		k.Name = i.doc
	case kindNoted:
		k.Noted[name] = i.doc
	case kindExemption:
		var mark ledger.ExemptionMark
		if err := i.decode(&mark); err != nil {
			return err
		}
		k.Exemptions[name] = mark
	case kindHeard:
		return i.decode(&k.Heard)
	case kindUnheard:
		k.Unheard = true
	case kindAudit:
		k.AuditedAt = time.Unix(0, i.at).UTC()
	}
	return nil
}

func (i *item) decode(to any) error {
	if err := json.Unmarshal([]byte(i.doc), to); err != nil {
		return fmt.Errorf("decode item %q: %w", i.sk, err)
	}
	return nil
}

func seconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}
