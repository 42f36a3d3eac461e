package dynamo

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"iamvigil/ledger"
)

// What a transaction takes. DynamoDB's limit in bytes is 4 MB; sizes here are
// estimates.
const (
	mostActions = 100
	mostBytes   = 3_500_000
)

// errNoRoom: DynamoDB had no capacity however often it was asked.
var errNoRoom = errors.New("throttled for too long")

// Save remembers the changes in transactions of up to a hundred actions, each
// record under the condition that it is as it was loaded. The error is
// [ledger.ErrRaced] if some were not; all others are saved.
//
// Bursts come first: they hold what is yet to be told, and without them nothing
// else is saved. Then comes what was found; the looks, the rules asked, the
// events told and the bursts that are over come after it. If saving ends in
// between, what is lost is that it was told, so that it is told again, and never
// the finding. Mostly all of it has room in one transaction, and nothing is in
// between.
func (s *Store) Save(ctx context.Context, accountID string, c ledger.Changes) error {
	p := &plan{table: s.table, pk: accountID, changes: &c, now: s.now()}
	stages, err := p.stages()
	var raced bool
	if err == nil {
		raced, err = s.carryOut(ctx, stages)
	}
	switch {
	case err != nil:
		return s.failed("save the ledger", err)
	case raced:
		return fmt.Errorf("save the ledger of table %s: %w", s.table, ledger.ErrRaced)
	}
	return nil
}

// carryOut commits one stage after the other, and reports whether some writes
// were raced. What must be first and is raced has nothing follow it.
func (s *Store) carryOut(ctx context.Context, stages [][]write) (raced bool, err error) {
	for _, writes := range stages {
		lost, err := s.commit(ctx, writes)
		raced = raced || lost
		if err != nil || lost && writes[0].first {
			return raced, err
		}
	}
	return raced, nil
}

// commit carries out the writes and reports whether some were raced. One that
// fails does not stop the others: the more is saved, the less is repeated, and
// of one that is broken off nobody knows what came.
func (s *Store) commit(ctx context.Context, writes []write) (raced bool, err error) {
	chunks := chunked(writes)
	lost := make([]bool, len(chunks))
	var g errgroup.Group
	g.SetLimit(atOnce)
	for i, chunk := range chunks {
		g.Go(func() (err error) {
			lost[i], err = s.transact(ctx, chunk)
			return err
		})
	}
	err = g.Wait()
	for _, l := range lost {
		raced = raced || l
	}
	return raced, err
}

func chunked(writes []write) (chunks [][]write) {
	start, actions, bytes := 0, 0, 0
	for i, w := range writes {
		if i > start && (actions+len(w.actions) > mostActions || bytes+w.size > mostBytes) {
			chunks = append(chunks, writes[start:i])
			start, actions, bytes = i, 0, 0
		}
		actions += len(w.actions)
		bytes += w.size
	}
	if start < len(writes) {
		chunks = append(chunks, writes[start:])
	}
	return chunks
}

// transact carries out one transaction. One raced write would undo its
// neighbours, so it is left out and the others are tried again.
func (s *Store) transact(ctx context.Context, chunk []write) (raced bool, err error) {
	for attempt := 0; len(chunk) > 0; {
		in := transactInput{ClientRequestToken: rand.Text()}
		for _, w := range chunk {
			in.TransactItems = append(in.TransactItems, w.actions...)
		}
		err := s.client.Call(ctx, transactWrite, in, &struct{}{})
		reasons, canceled := reasonsOf(err)
		if !canceled {
			return raced, err
		}
		kept, lost := unraced(chunk, reasons)
		switch {
		case len(kept) < len(chunk):
			raced, chunk = raced || lost, kept
		case !throttled(reasons):
			return raced, err
		case attempt == patience:
			return raced, fmt.Errorf("%w: %w", errNoRoom, err)
		default:
			if err := pause(ctx, attempt); err != nil {
				return raced, err
			}
			attempt++
		}
	}
	return raced, nil
}

// unraced are the writes none of whose actions met another's; lost tells whether
// some of the others are missed. What must be first and is not saved leaves only
// its like. The reasons are in the order of the actions.
func unraced(chunk []write, reasons []reason) (kept []write, lost bool) {
	alone := false
	for _, w := range chunk {
		n := min(len(w.actions), len(reasons))
		if !anyReason(reasons[:n], "ConditionalCheckFailed", "TransactionConflict") {
			kept = append(kept, w)
		} else {
			lost, alone = lost || !w.yields, alone || w.first
		}
		reasons = reasons[n:]
	}
	if alone {
		kept = slices.DeleteFunc(kept, func(w write) bool { return !w.first })
	}
	return kept, lost
}

func throttled(reasons []reason) bool {
	return anyReason(reasons, "ThrottlingError", "ProvisionedThroughputExceeded")
}

func anyReason(reasons []reason, codes ...string) bool {
	for _, r := range reasons {
		for _, code := range codes {
			if r.Code == code {
				return true
			}
		}
	}
	return false
}
