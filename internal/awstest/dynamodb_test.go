package awstest_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"iamvigil/internal/awstest"
)

type attributes = map[string]types.AttributeValue

func str(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
func num(n string) types.AttributeValue { return &types.AttributeValueMemberN{Value: n} }

func key(pk, sk string) attributes { return attributes{"pk": str(pk), "sk": str(sk)} }

// with is an item of a key and one more attribute.
func with(pk, sk, name string, value types.AttributeValue) attributes {
	i := key(pk, sk)
	i[name] = value
	return i
}

func ledger(t *testing.T, opts ...awstest.Option) *dynamodb.Client {
	t.Helper()
	return dynamodb.NewFromConfig(awstest.Serve(t, small(), append(opts, awstest.Tables("ledger"))...).Config())
}

func put(t *testing.T, db *dynamodb.Client, items ...attributes) {
	t.Helper()
	for _, i := range items {
		if _, err := db.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("ledger"), Item: i}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestItems(t *testing.T) {
	db, ctx, table := ledger(t), t.Context(), aws.String("ledger")
	stored := with("a", "1", "all", &types.AttributeValueMemberM{Value: attributes{
		"list": &types.AttributeValueMemberL{Value: []types.AttributeValue{str(""), &types.AttributeValueMemberNULL{Value: true}}},
		"set":  &types.AttributeValueMemberSS{Value: []string{"x", "y"}}, "bytes": &types.AttributeValueMemberB{Value: []byte{0, 255}},
		"yes": &types.AttributeValueMemberBOOL{Value: true}, "n": num("12345678901234567890.5"),
	}})
	put(t, db, stored)
	got, err := db.GetItem(ctx, &dynamodb.GetItemInput{TableName: table, Key: key("a", "1"), ConsistentRead: aws.Bool(true)})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(stored, got.Item, ignored); diff != "" {
		t.Error(diff)
	}
	part, err := db.GetItem(ctx, &dynamodb.GetItemInput{TableName: table, Key: key("a", "1"),
		ProjectionExpression: aws.String("#a, sk"), ExpressionAttributeNames: map[string]string{"#a": "all"}})
	if err != nil || len(part.Item) != 2 || part.Item["pk"] != nil {
		t.Errorf("projection: %v, %v", part, err)
	}
	old, err := db.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: table, Key: key("a", "1"), ReturnValues: types.ReturnValueAllOld})
	if err != nil || old.Attributes["sk"] == nil {
		t.Errorf("delete: %v, %v", old, err)
	}
	none, err := db.GetItem(ctx, &dynamodb.GetItemInput{TableName: table, Key: key("a", "1")})
	if err != nil || none.Item != nil {
		t.Errorf("deleted: %v, %v", none, err)
	}
}

// The condition expressions, on an item of v = 5 and s = "abc", and on none.
func TestConditions(t *testing.T) {
	for _, test := range []struct {
		condition     string
		holds, onNone bool
		values        attributes
		named         bool
	}{
		{condition: "attribute_exists(pk)", holds: true},
		{condition: "attribute_not_exists(pk)", onNone: true},
		{condition: "v = :v", values: attributes{":v": num("5.0")}, holds: true},
		{condition: "v = :v", values: attributes{":v": str("5")}},
		{condition: "v <> :v", values: attributes{":v": num("6")}, holds: true, onNone: true},
		{condition: "v < :v", values: attributes{":v": num("10")}, holds: true},
		{condition: "v <= :v", values: attributes{":v": num("5")}, holds: true},
		{condition: "v > :v", values: attributes{":v": num("5")}},
		{condition: "v >= :v", values: attributes{":v": num("5")}, holds: true},
		{condition: "v < :v", values: attributes{":v": str("z")}},
		{condition: "s BETWEEN :a AND :b", values: attributes{":a": str("ab"), ":b": str("b")}, holds: true},
		{condition: "begins_with(s, :v)", values: attributes{":v": str("ab")}, holds: true},
		{condition: "#v = :v", values: attributes{":v": num("5")}, holds: true, named: true},
		{condition: "attribute_not_exists(pk) OR v < :v", values: attributes{":v": num("6")}, holds: true, onNone: true},
		{condition: "attribute_exists(x) OR attribute_exists(pk) AND v = :v", values: attributes{":v": num("5")}, holds: true},
		{condition: "(attribute_exists(pk) OR attribute_exists(x)) AND NOT v = :v", values: attributes{":v": num("5")}},
		{condition: "not (v = :v) and attribute_exists(s)", values: attributes{":v": num("4")}, holds: true},
	} {
		for _, there := range []bool{true, false} {
			db := ledger(t)
			if there {
				put(t, db, attributes{"pk": str("a"), "sk": str("1"), "v": num("5"), "s": str("abc")})
			}
			in := &dynamodb.PutItemInput{TableName: aws.String("ledger"), Item: key("a", "1"),
				ConditionExpression: aws.String(test.condition), ExpressionAttributeValues: test.values}
			if test.named {
				in.ExpressionAttributeNames = map[string]string{"#v": "v"}
			}
			_, err := db.PutItem(t.Context(), in)
			want := map[bool]string{true: "", false: "ConditionalCheckFailedException"}[there && test.holds || !there && test.onNone]
			if got := codeOf(t, err); got != want {
				t.Errorf("%q, item there %v: %q, want %q: %v", test.condition, there, got, want, err)
			}
		}
	}
}

// What AWS refuses about an expression or an item: ValidationException.
func TestInvalid(t *testing.T) {
	put := func(change func(*dynamodb.PutItemInput)) error {
		in := &dynamodb.PutItemInput{TableName: aws.String("ledger"), Item: key("a", "1")}
		change(in)
		_, err := ledger(t).PutItem(t.Context(), in)
		return err
	}
	condition := func(text string, values attributes) func(*dynamodb.PutItemInput) {
		return func(in *dynamodb.PutItemInput) {
			in.ConditionExpression, in.ExpressionAttributeValues = aws.String(text), values
		}
	}
	item := func(i attributes) func(*dynamodb.PutItemInput) {
		return func(in *dynamodb.PutItemInput) { in.Item = i }
	}
	for says, change := range map[string]func(*dynamodb.PutItemInput){
		"reserved keyword: ttl":              condition("ttl < :v", attributes{":v": num("1")}),
		"not defined; attribute value: :v":   condition("v < :v", nil),
		"unused in expressions: keys: {:w}":  condition("attribute_exists(v)", attributes{":w": num("1")}),
		"Syntax error":                       condition("v == :v", attributes{":v": num("1")}),
		"<EOF>":                              condition("(attribute_exists(v)", nil),
		"Item size has exceeded":             item(with("a", "1", "x", str(strings.Repeat("x", 400<<10)))),
		"Size of hashkey":                    item(key(strings.Repeat("p", 2049), "1")),
		"Aggregated size of all range keys":  item(key("a", strings.Repeat("s", 1025))),
		"empty string value":                 item(key("a", "")),
		"does not match the schema":          item(attributes{"pk": str("a")}),
		"must not be empty":                  item(with("a", "1", "x", &types.AttributeValueMemberSS{Value: []string{}})),
		"not a number that can be stored":    item(with("a", "1", "x", num("1e200"))),
		`SS holds "x" twice`:                 item(with("a", "1", "x", &types.AttributeValueMemberSS{Value: []string{"x", "x"}})),
		"Incorrect operands for operator or": condition("begins_with(v)", nil),
	} {
		err := put(change)
		if got := codeOf(t, err); got != "ValidationException" || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", says, err)
		}
	}
	largest := strings.Repeat("x", 400<<10-len("pk"+"a"+"sk"+"1"+"x"))
	if err := put(item(with("a", "1", "x", str(largest)))); err != nil {
		t.Errorf("an item of 400 KB: %v", err)
	}
	_, err := ledger(t).GetItem(t.Context(), &dynamodb.GetItemInput{TableName: aws.String("other"), Key: key("a", "b")})
	if got := codeOf(t, err); got != "ResourceNotFoundException" {
		t.Errorf("no such table: %q", got)
	}
}

// What AWS would take and the fake does not know fails the test.
func TestNotUnderstood(t *testing.T) {
	for _, in := range []dynamodb.PutItemInput{
		{ConditionExpression: aws.String("size(v) > :v"), ExpressionAttributeValues: attributes{":v": num("1")}},
		{ConditionExpression: aws.String("a.b = :v"), ExpressionAttributeValues: attributes{":v": num("1")}},
		{ConditionExpression: aws.String("v IN (:v)"), ExpressionAttributeValues: attributes{":v": num("1")}},
		{Expected: map[string]types.ExpectedAttributeValue{"v": {Exists: aws.Bool(false)}}},
	} {
		var r recorder
		a := awstest.Serve(&r, small(), awstest.Tables("ledger"))
		in.TableName, in.Item = aws.String("ledger"), key("a", "1")
		_, err := dynamodb.NewFromConfig(a.Config()).PutItem(t.Context(), &in)
		if got := codeOf(t, err); got != "ValidationException" || len(a.Unknown()) != 1 {
			t.Errorf("%q, unknown %v", got, a.Unknown())
		}
		for _, cleanup := range r.cleanups {
			cleanup()
		}
	}
}

func TestConditionFailsWithTheItem(t *testing.T) {
	db := ledger(t)
	put(t, db, with("a", "1", "v", num("5")))
	_, err := db.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("ledger"), Item: key("a", "1"),
		ConditionExpression:                 aws.String("attribute_not_exists(pk)"),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld})
	var failed *types.ConditionalCheckFailedException
	if !errors.As(err, &failed) || len(failed.Item) != 3 {
		t.Errorf("%v", err)
	}
}

// A read that is not consistent may miss the last write.
func TestStaleReads(t *testing.T) {
	db := ledger(t, awstest.StaleReads())
	put(t, db, key("a", "1"), key("a", "2"))
	for consistent, want := range map[bool]int{true: 2, false: 1} {
		out, err := db.Query(t.Context(), &dynamodb.QueryInput{TableName: aws.String("ledger"), ConsistentRead: aws.Bool(consistent),
			KeyConditionExpression: aws.String("pk = :p"), ExpressionAttributeValues: attributes{":p": str("a")}})
		if err != nil || len(out.Items) != want {
			t.Errorf("consistent %v: %v, %v", consistent, out, err)
		}
	}
}

func TestBatchGetItem(t *testing.T) {
	batch := func(keys ...attributes) *dynamodb.BatchGetItemInput {
		return &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{"ledger": {Keys: keys, ConsistentRead: aws.Bool(true)}}}
	}
	for limit, wantCalls := range map[int]int{0: 1, 2: 3} {
		db := ledger(t, awstest.SmallPages(limit))
		put(t, db, key("a", "1"), key("a", "2"), key("a", "3"), key("a", "4"))
		in, got, calls := batch(key("a", "1"), key("a", "2"), key("a", "3"), key("a", "4"), key("a", "none")), 0, 0
		for len(in.RequestItems) > 0 {
			out, err := db.BatchGetItem(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			got += len(out.Responses["ledger"])
			calls++
			in.RequestItems = out.UnprocessedKeys
		}
		if got != 4 || calls != wantCalls {
			t.Errorf("limit %d: %d items in %d calls", limit, got, calls)
		}
	}
	many := make([]attributes, 101)
	for i := range many {
		many[i] = key("a", fmt.Sprint(i))
	}
	for name, keys := range map[string][]attributes{"101": many, "twice": {key("a", "1"), key("a", "1")}} {
		if _, err := ledger(t).BatchGetItem(t.Context(), batch(keys...)); codeOf(t, err) != "ValidationException" {
			t.Errorf("%s: %v", name, err)
		}
	}
}
