// Package dynamo keeps a ledger in a DynamoDB table with the string keys pk
// and sk and the time-to-live attribute ttl.
//
// It knows how things are stored and when a save was raced, never what they
// mean: no rule, no message and no decision is made here.
package dynamo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"iamvigil/internal/awsjson"
)

// Client is how a store calls DynamoDB, as [awsjson.Client.Call] has it. The
// permissions for it are dynamodb:Query, dynamodb:BatchGetItem, dynamodb:PutItem
// and dynamodb:DeleteItem on the table, and no other: a transaction needs those
// of its parts.
type Client interface {
	Call(ctx context.Context, operation string, in, out any) error
}

// mostAnswer bounds an answer: BatchGetItem's 16 MB of items are longer as JSON,
// where each quote in a document is escaped.
const mostAnswer = 48 << 20

// NewClient makes the client of a store, which tries its calls as often as the
// configuration says. Now is the time that they are signed at.
func NewClient(cfg aws.Config, now func() time.Time) *awsjson.Client {
	return awsjson.New(cfg, awsjson.Service{
		Name: "dynamodb", ID: "DynamoDB", Target: "DynamoDB_20120810", Version: "1.0",
		Patient: true, Variants: true, MaxAnswer: mostAnswer,
	}, now)
}

// Store is a ledger in one table. It is safe for concurrent use.
type Store struct {
	client Client
	table  string
	now    func() time.Time
}

// New makes a store over a table, which must exist when the store is used. Now
// is the clock that old items are forgotten by: DynamoDB deletes them days late.
func New(client Client, table string, now func() time.Time) *Store {
	return &Store{client: client, table: table, now: now}
}

// atOnce bounds the calls that a store has under way.
const atOnce = 8

// patience is how often a call is repeated that DynamoDB had no room for, after
// a twentieth of a second and each time twice as long, but at most two seconds.
const patience = 20

// pause waits before the repetition of a call, counted from 0.
func pause(ctx context.Context, attempt int) error {
	wait := min(50*time.Millisecond<<min(attempt, 6), 2*time.Second)
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Store) failed(doing string, err error) error {
	var refused *awsjson.Refusal
	if errors.As(err, &refused) && refused.Code == "ResourceNotFoundException" {
		return fmt.Errorf("%s: table %s not found: %w", doing, s.table, err)
	}
	return fmt.Errorf("%s of table %s: %w", doing, s.table, err)
}
