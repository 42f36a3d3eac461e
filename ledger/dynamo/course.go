package dynamo

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"iamvigil/ledger"
)

// mostEntries is how many entries of an action have room in the order of their
// sort keys.
const mostEntries = 999_999

// What is done about findings is in partitions of its own, which no load of the
// ledger reads.
func journalOf(accountID string) string     { return accountID + "#journal" }
func remediationOf(accountID string) string { return accountID + "#remediation" }

// Course reads all that is known of the account's cures, consistently.
func (s *Store) Course(ctx context.Context, accountID string) (ledger.Course, error) {
	cases := &loading{store: s, pk: remediationOf(accountID), now: s.now().Unix()}
	journal := &loading{store: s, pk: journalOf(accountID), now: cases.now}
	var c ledger.Course
	g, within := errgroup.WithContext(ctx)
	g.Go(func() error { return cases.query(within, "") })
	g.Go(func() error { return journal.query(within, "") })
	err := g.Wait()
	if err == nil {
		err = cases.course(&c)
	}
	if err == nil {
		c.Journal, err = journal.entries()
	}
	if err != nil {
		return ledger.Course{}, s.failed("load the course", err)
	}
	return c, nil
}

// Journal reads, consistently, the entries that were made at that time or later,
// in the order of actions and, of each, of their numbers.
func (s *Store) Journal(ctx context.Context, accountID string, since time.Time) ([]ledger.Entry, error) {
	l := &loading{store: s, pk: journalOf(accountID), now: s.now().Unix()}
	in := l.input("")
	in.FilterExpression = "#at >= :since"
	in.ExpressionAttributeNames = map[string]string{"#at": "at"}
	in.ExpressionAttributeValues[":since"] = number(since.UnixNano())
	err := l.read(ctx, in)
	var entries []ledger.Entry
	if err == nil {
		entries, err = l.entries()
	}
	if err != nil {
		return nil, s.failed("load the journal", err)
	}
	return entries, nil
}

// Append adds an entry to the journal. The error is [ledger.ErrRaced] if one of
// its action and number is there already.
func (s *Store) Append(ctx context.Context, accountID string, e ledger.Entry) error {
	it, err := entryItem(journalOf(accountID), e.Bounded())
	if err != nil {
		return s.failed("append to the journal", err)
	}
	put := &change{TableName: s.table, Item: it.attributes(), ConditionExpression: "attribute_not_exists(sk)"}
	return s.kept(ctx, "append to the journal", []write{{actions: []action{{Put: put}}, size: it.size()}})
}

// Advance saves cases and round, each under the condition that it is as it was
// loaded. The error is [ledger.ErrRaced] if some were not; all others are saved.
func (s *Store) Advance(ctx context.Context, accountID string, a ledger.Advance) error {
	p := &plan{table: s.table, pk: remediationOf(accountID), now: s.now()}
	if err := p.advance(&a); err != nil {
		return s.failed("save the course", err)
	}
	return s.kept(ctx, "save the course", p.writes)
}

// kept carries the writes out, each by itself.
func (s *Store) kept(ctx context.Context, doing string, writes []write) error {
	raced, err := s.commit(ctx, writes)
	switch {
	case err != nil:
		return s.failed(doing, err)
	case raced:
		return fmt.Errorf("%s of table %s: %w", doing, s.table, ledger.ErrRaced)
	}
	return nil
}

func (p *plan) advance(a *ledger.Advance) error {
	if a.Round != nil {
		if err := p.keep(kindRound+"#", kindRound, a.Round.Revision, a.Round.Bounded()); err != nil {
			return err
		}
	}
	for _, c := range a.Puts {
		if err := p.keep(caseKey(&c), kindCase, c.Revision, c.Bounded()); err != nil {
			return err
		}
	}
	for i := range a.Deletes {
		p.add(keySize, p.delete(caseKey(&a.Deletes[i]), a.Deletes[i].Revision))
	}
	return nil
}

// keep puts what is counted by revisions.
func (p *plan) keep(sk, kind string, revision int, v any) error {
	doc, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode item %q: %w", sk, err)
	}
	it := item{pk: p.pk, sk: sk, kind: kind, doc: string(doc), rev: revision + 1}
	p.add(it.size(), p.put(&it, revision))
	return nil
}

func caseKey(c *ledger.Case) string { return kindCase + "#" + c.Finding + "#" + c.Cure }

// entryItem refuses what would not be in the order of its action's entries.
func entryItem(pk string, e ledger.Entry) (item, error) {
	if e.Action == "" || strings.Contains(e.Action, "#") || e.Number < 1 || e.Number > mostEntries {
		return item{}, fmt.Errorf("an entry of action %q cannot have number %d", e.Action, e.Number)
	}
	doc, err := json.Marshal(e)
	if err != nil {
		return item{}, fmt.Errorf("encode entry %d of action %q: %w", e.Number, e.Action, err)
	}
	return item{pk: pk, sk: fmt.Sprintf("%s#%06d", e.Action, e.Number), kind: kindEntry, doc: string(doc), at: e.At.UnixNano()}, nil
}

// course adds cases and round to the course.
func (l *loading) course(c *ledger.Course) error {
	for n := range l.items {
		i := &l.items[n]
		switch i.kind {
		case kindCase:
			var one ledger.Case
			if err := i.decode(&one); err != nil {
				return err
			}
			one.Revision = i.rev
			c.Cases = append(c.Cases, one)
		case kindRound:
			if err := i.decode(&c.Round); err != nil {
				return err
			}
			c.Round.Revision = i.rev
		}
	}
	return nil
}

// entries are what a query of the journal found, which is in the order of the
// sort keys.
func (l *loading) entries() ([]ledger.Entry, error) {
	var all []ledger.Entry
	for n := range l.items {
		if l.items[n].kind != kindEntry {
			continue
		}
		var e ledger.Entry
		if err := l.items[n].decode(&e); err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, nil
}
