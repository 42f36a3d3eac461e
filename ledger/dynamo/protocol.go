package dynamo

import (
	"encoding/json"
	"errors"

	"iamvigil/internal/awsjson"
)

// The operations of DynamoDB that a store calls. What they take and give is named
// as there.
const (
	query         = "Query"
	batchGet      = "BatchGetItem"
	transactWrite = "TransactWriteItems"
)

type queryInput struct {
	TableName                 string
	ConsistentRead            bool
	KeyConditionExpression    string
	FilterExpression          string            `json:",omitempty"`
	ExpressionAttributeNames  map[string]string `json:",omitempty"`
	ExpressionAttributeValues attributes
	ExclusiveStartKey         attributes `json:",omitempty"`
}

type queryOutput struct {
	Items            []attributes
	LastEvaluatedKey attributes // none: that was the last page
}

// keysOf are the keys of items of one table.
type keysOf struct {
	Keys           []attributes
	ConsistentRead bool
}

type batchInput struct {
	RequestItems map[string]keysOf // by table
}

type batchOutput struct {
	Responses       map[string][]attributes // by table
	UnprocessedKeys map[string]keysOf
}

type transactInput struct {
	TransactItems []action
	// ClientRequestToken is the same whenever the call is repeated, so that one
	// whose answer was lost is not carried out twice.
	ClientRequestToken string
}

// action is one of the two.
type action struct {
	Put    *change `json:",omitempty"`
	Delete *change `json:",omitempty"`
}

// change has an item to put, or the key of one to delete.
type change struct {
	TableName                 string
	Item                      attributes        `json:",omitempty"`
	Key                       attributes        `json:",omitempty"`
	ConditionExpression       string            `json:",omitempty"`
	ExpressionAttributeNames  map[string]string `json:",omitempty"`
	ExpressionAttributeValues attributes        `json:",omitempty"`
}

// reason is why one action had its transaction cancelled; None: it had not.
type reason struct{ Code string }

// reasonsOf are the reasons for which a transaction was cancelled, in the order of
// its actions. Where AWS gives none that can be read, there are none.
func reasonsOf(err error) (reasons []reason, canceled bool) {
	var refused *awsjson.Refusal
	if !errors.As(err, &refused) || refused.Code != "TransactionCanceledException" {
		return nil, false
	}
	var said struct{ CancellationReasons []reason }
	if json.Unmarshal(refused.Body, &said) != nil {
		return nil, true
	}
	return said.CancellationReasons, true
}
