package dynamo

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"iamvigil/internal/order"
	"iamvigil/ledger"
)

// mostNames is up to how many names are read one by one: beyond, the whole
// account is read in fewer calls.
const mostNames = 64

// Load reads what the query needs, consistently.
func (s *Store) Load(ctx context.Context, accountID string, q ledger.Query) (ledger.Known, error) {
	prefixes := []string{""}
	if names := namePrefixes(q); !q.Whole && len(names) <= mostNames {
		prefixes = append(names, kindGap+"#", kindBurst+"#", kindLive+"#")
	}
	l := &loading{store: s, pk: accountID, now: s.now().Unix()}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	for _, prefix := range prefixes {
		g.Go(func() error { return l.query(ctx, prefix) })
	}
	if prefixes[0] != "" {
		for keys := range slices.Chunk(singleKeys(q), batchSize) {
			g.Go(func() error { return l.get(ctx, keys) })
		}
	}
	if err := g.Wait(); err != nil {
		return ledger.Known{}, s.failed("load the ledger", err)
	}
	known, err := l.known()
	known.Whole = err == nil && prefixes[0] == ""
	return known, err
}

func namePrefixes(q ledger.Query) []string {
	prefixes := make([]string, 0, len(q.Refs))
	for _, ref := range q.Refs {
		prefixes = append(prefixes, ledger.NamePrefix(ref))
	}
	return distinct(prefixes)
}

// singleKeys are the sort keys of what is read by its key alone: the marks that
// every look needs, and those of the events.
func singleKeys(q ledger.Query) []string {
	keys := []string{nameKey, heardKey, unheardKey}
	for _, id := range distinct(q.EventIDs) {
		keys = append(keys, eventKey(id))
	}
	return keys
}

func distinct(list []string) []string {
	sorted := slices.Clone(list)
	slices.Sort(sorted)
	return slices.Compact(sorted)
}

// loading collects items. A name's prefix can begin with another's only where
// that is a whole kind; items that come twice are one in the end.
type loading struct {
	store *Store
	pk    string
	now   int64

	mu    sync.Mutex
	items []item
}

func (l *loading) query(ctx context.Context, prefix string) error {
	return l.read(ctx, l.input(prefix))
}

// input asks for the items of the partition whose sort keys begin so.
func (l *loading) input(prefix string) *queryInput {
	in := &queryInput{
		TableName:                 l.store.table,
		ConsistentRead:            true,
		KeyConditionExpression:    "pk = :pk",
		ExpressionAttributeValues: attributes{":pk": text(l.pk)},
	}
	if prefix != "" {
		in.KeyConditionExpression = "pk = :pk AND begins_with(sk, :sk)"
		in.ExpressionAttributeValues[":sk"] = text(prefix)
	}
	return in
}

// read reads all pages. One that has no list of items is no page: a ledger must
// not be taken for empty.
func (l *loading) read(ctx context.Context, in *queryInput) error {
	for {
		var page queryOutput
		if err := l.store.client.Call(ctx, query, in, &page); err != nil {
			return err
		}
		if page.Items == nil {
			return errors.New("the answer to " + query + " has no Items")
		}
		if err := l.add(page.Items); err != nil {
			return err
		}
		if len(page.LastEvaluatedKey) == 0 {
			return nil
		}
		in.ExclusiveStartKey = page.LastEvaluatedKey
	}
}

// batchSize is how many items BatchGetItem takes.
const batchSize = 100

func (l *loading) get(ctx context.Context, sortKeys []string) error {
	var keys []attributes
	for _, sk := range sortKeys {
		keys = append(keys, attributes{"pk": text(l.pk), "sk": text(sk)})
	}
	for attempt := 0; ; attempt++ {
		left, err := l.some(ctx, keys)
		if err != nil {
			return err
		}
		switch {
		case len(left) == 0:
			return nil
		case len(left) < len(keys):
			attempt = 0
		case attempt == patience:
			return errNoRoom
		}
		if err := pause(ctx, attempt); err != nil {
			return err
		}
		keys = left
	}
}

// some reads those of the keys that DynamoDB has room for, and gives back the
// others.
func (l *loading) some(ctx context.Context, keys []attributes) (left []attributes, err error) {
	table := l.store.table
	in := batchInput{RequestItems: map[string]keysOf{table: {Keys: keys, ConsistentRead: true}}}
	var out batchOutput
	if err := l.store.client.Call(ctx, batchGet, in, &out); err != nil {
		return nil, err
	}
	if out.Responses == nil {
		return nil, errors.New("the answer to " + batchGet + " has no Responses")
	}
	return out.UnprocessedKeys[table].Keys, l.add(out.Responses[table])
}

func (l *loading) add(all []attributes) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, a := range all {
		i, err := readItem(a)
		if err != nil {
			return err
		}
		if i.ttl == 0 || l.now < i.ttl {
			l.items = append(l.items, i)
		}
	}
	return nil
}

func (l *loading) known() (ledger.Known, error) {
	order.By(l.items, func(a, b item) int { return cmp.Compare(a.sk, b.sk) })
	l.items = slices.CompactFunc(l.items, func(a, b item) bool { return a.sk == b.sk })
	k := ledger.Known{Live: map[string]time.Time{}, AlertsTold: map[string][]string{}, Rules: map[string]time.Time{}, Noted: map[string]string{},
		Exemptions: map[string]ledger.ExemptionMark{}}
	for n := range l.items {
		if err := l.items[n].into(&k); err != nil {
			return ledger.Known{}, l.store.failed("load the ledger", err)
		}
	}
	return k, nil
}
