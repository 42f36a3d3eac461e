package awstest

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

type transactInput struct {
	ClientRequestToken          string
	ReturnConsumedCapacity      string
	ReturnItemCollectionMetrics string
	TransactItems               []transactItem
}

// transactItem is one action of a transaction: exactly one of the three.
type transactItem struct {
	Put, Delete, ConditionCheck *transactWrite
}

type transactWrite struct {
	conditional
	Item, Key item
}

// transaction is one that was carried out, known by its token.
type transaction [sha256.Size]byte

// write gives the action's part and the permission that it needs.
func (t transactItem) write() (*transactWrite, string) {
	switch {
	case t.Put != nil && t.Delete == nil && t.ConditionCheck == nil:
		return t.Put, "dynamodb:PutItem"
	case t.Delete != nil && t.Put == nil && t.ConditionCheck == nil:
		return t.Delete, "dynamodb:DeleteItem"
	case t.ConditionCheck != nil && t.Put == nil && t.Delete == nil && t.ConditionCheck.ConditionExpression != "":
		return t.ConditionCheck, "dynamodb:ConditionCheckItem"
	}
	return nil, ""
}

func (w *transactWrite) key() (primary, *failure) {
	if w.Item != nil {
		return w.Item.key(false)
	}
	return w.Key.key(true)
}

// theWrites demands for each action of a transaction the permission that it
// would need alone.
func theWrites(a *AWS, c *call) []demand {
	var in transactInput
	if json.Unmarshal(c.body, &in) != nil {
		return nil // said again when the call is answered
	}
	var demands []demand
	for _, t := range in.TransactItems {
		if w, permission := t.write(); w != nil {
			demands = append(demands, a.tableDemand(c, permission, w.TableName, cmp.Or(w.Item["pk"].text, w.Key["pk"].text)))
		}
	}
	return demands
}

func (a *AWS) transactWriteItems(c *call) (any, *failure) {
	var in transactInput
	if fail := c.decode(&in); fail != nil {
		return nil, fail
	}
	if fail := in.check(); fail != nil {
		return nil, fail
	}
	sum := transaction(sha256.Sum256(c.body))
	if done, ok := a.tokens[in.ClientRequestToken]; ok {
		if done != sum {
			return nil, &failure{status: http.StatusBadRequest, code: "IdempotentParameterMismatchException",
				message: "The request uses the same client token as a previous, but non-identical request."}
		}
		return map[string]any{}, nil
	}
	if fail := a.judge(in.TransactItems); fail != nil {
		return nil, fail
	}
	a.commit(in.TransactItems)
	if in.ClientRequestToken != "" {
		a.tokens[in.ClientRequestToken] = sum
	}
	return map[string]any{}, nil
}

// check holds a transaction to its form: at most 100 actions, 4 MB, and one
// action on any one item.
func (in *transactInput) check() *failure {
	if len(in.TransactItems) < 1 || len(in.TransactItems) > 100 {
		return invalid("1 validation error detected: Value at 'transactItems' failed to satisfy constraint: Member must have length less than or equal to 100 and at least 1")
	}
	touched := map[string]bool{}
	bytes := 0
	for _, t := range in.TransactItems {
		w, _ := t.write()
		if w == nil {
			return invalid("TransactItems can only contain one of Check, Put, Update or Delete, and a check needs a condition")
		}
		key, fail := w.key()
		if fail != nil {
			return fail
		}
		where := w.TableName + "\x00" + key.pk + "\x00" + key.sk
		if touched[where] {
			return invalid("Transaction request cannot include multiple operations on one item")
		}
		touched[where] = true
		bytes += w.Item.size()
	}
	if bytes > 4<<20 {
		return invalid("Collection size of items in the transaction exceeded the limit of 4 MB")
	}
	return nil
}

// reason is why one action cancels a transaction; the code None: it does not.
type reason struct {
	Code    string
	Message string `json:",omitempty"`
	Item    item   `json:",omitempty"`
}

// judge holds every action against the tables as they are, before any is made.
func (a *AWS) judge(actions []transactItem) *failure {
	reasons := make([]reason, len(actions))
	codes := make([]string, len(actions))
	cancelled := false
	for n, action := range actions {
		w, _ := action.write()
		var fail *failure
		if reasons[n], fail = a.judgeOne(w); fail != nil {
			return fail
		}
		codes[n] = reasons[n].Code
		cancelled = cancelled || codes[n] != "None"
	}
	if !cancelled {
		return nil
	}
	return cancellation(codes, reasons)
}

func cancellation(codes []string, reasons []reason) *failure {
	return &failure{status: http.StatusBadRequest, code: "TransactionCanceledException",
		message: fmt.Sprintf("Transaction cancelled, please refer cancellation reasons for specific reasons [%s]", strings.Join(codes, ", ")),
		fields:  map[string]any{"CancellationReasons": reasons}}
}

func (a *AWS) judgeOne(w *transactWrite) (reason, *failure) {
	t, fail := a.table(w.TableName)
	if fail != nil {
		return reason{}, fail
	}
	key, fail := w.key()
	if fail != nil {
		return reason{}, fail
	}
	old := t.items[key]
	holds, fail := w.check(old)
	switch {
	case fail != nil:
		return reason{}, fail
	case w.Item.size() > maxItem:
		return reason{Code: "ValidationError", Message: "Item size has exceeded the maximum allowed size"}, nil
	case holds:
		return reason{Code: "None"}, nil
	}
	r := reason{Code: "ConditionalCheckFailed", Message: "The conditional request failed"}
	if w.ReturnValuesOnConditionCheckFailure == "ALL_OLD" {
		r.Item = old
	}
	return r, nil
}

func (a *AWS) commit(actions []transactItem) {
	for _, action := range actions {
		w, _ := action.write()
		a.keep(a.tables[w.TableName])
	}
	for _, action := range actions {
		w, _ := action.write()
		if key, fail := w.key(); fail == nil && action.ConditionCheck == nil {
			a.tables[w.TableName].write(key, w.Item)
		}
	}
}

// Conflict cancels the next transactions because others, or single writes, are
// under way on the same item: the reason of the first action is
// TransactionConflict.
func Conflict(times int) Option {
	return faulty("dynamodb:TransactWriteItems", times, func(c *call) *failure {
		var in transactInput
		if fail := c.decode(&in); fail != nil {
			return fail
		}
		reasons := []reason{{Code: "TransactionConflict", Message: "Transaction is ongoing for the item"}}
		codes := []string{"TransactionConflict"}
		for len(codes) < len(in.TransactItems) {
			codes, reasons = append(codes, "None"), append(reasons, reason{Code: "None"})
		}
		return cancellation(codes, reasons)
	})
}
