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

func putting(i attributes, condition string, values attributes) types.TransactWriteItem {
	p := &types.Put{TableName: aws.String("ledger"), Item: i, ExpressionAttributeValues: values}
	if condition != "" {
		p.ConditionExpression = aws.String(condition)
	}
	return types.TransactWriteItem{Put: p}
}

func deleting(k attributes) types.TransactWriteItem {
	return types.TransactWriteItem{Delete: &types.Delete{TableName: aws.String("ledger"), Key: k}}
}

func checking(k attributes, condition string, values attributes) types.TransactWriteItem {
	return types.TransactWriteItem{ConditionCheck: &types.ConditionCheck{TableName: aws.String("ledger"), Key: k,
		ConditionExpression: aws.String(condition), ExpressionAttributeValues: values,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld}}
}

func transact(t *testing.T, db *dynamodb.Client, items ...types.TransactWriteItem) error {
	t.Helper()
	_, err := db.TransactWriteItems(t.Context(), &dynamodb.TransactWriteItemsInput{TransactItems: items})
	return err
}

func stored(t *testing.T, db *dynamodb.Client) []string {
	t.Helper()
	sks, _ := find(t, db, query("pk = :p", attributes{":p": str("a")}))
	return sks
}

func TestTransaction(t *testing.T) {
	db := ledger(t)
	put(t, db, key("a", "1"), with("a", "version", "v", num("7")))
	err := transact(t, db,
		putting(key("a", "2"), "attribute_not_exists(pk)", nil),
		deleting(key("a", "1")),
		checking(key("a", "version"), "v = :v", attributes{":v": num("7")}))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"2", "version"}, stored(t, db)); diff != "" {
		t.Error(diff)
	}
}

// One condition that fails undoes all; the reasons are in the order of the
// actions.
func TestTransactionCancelled(t *testing.T) {
	db := ledger(t)
	put(t, db, with("a", "version", "v", num("8")))
	err := transact(t, db,
		putting(key("a", "2"), "attribute_not_exists(pk)", nil),
		checking(key("a", "version"), "attribute_not_exists(pk) OR v < :v", attributes{":v": num("8")}),
		putting(with("a", "3", "x", str(strings.Repeat("x", 400<<10))), "", nil))
	var cancelled *types.TransactionCanceledException
	if !errors.As(err, &cancelled) {
		t.Fatal(err)
	}
	var codes []string
	for _, reason := range cancelled.CancellationReasons {
		codes = append(codes, *reason.Code)
	}
	if diff := cmp.Diff([]string{"None", "ConditionalCheckFailed", "ValidationError"}, codes); diff != "" {
		t.Error(diff)
	}
	if len(cancelled.CancellationReasons[1].Item) != 3 || !strings.Contains(cancelled.ErrorMessage(), "[None, ConditionalCheckFailed, ValidationError]") {
		t.Errorf("%+v", cancelled)
	}
	if diff := cmp.Diff([]string{"version"}, stored(t, db)); diff != "" {
		t.Error(diff)
	}
}

// TransactWriteItems: 1 to 100 actions, no two on one item.
func TestTransactionLimits(t *testing.T) {
	var many []types.TransactWriteItem
	for i := range 101 {
		many = append(many, putting(key("a", fmt.Sprintf("%03d", i)), "", nil))
	}
	if err := transact(t, ledger(t), many[:100]...); err != nil {
		t.Errorf("100 actions: %v", err)
	}
	for name, items := range map[string][]types.TransactWriteItem{
		"101": many, "none": {}, "one item twice": {putting(key("a", "1"), "", nil), checking(key("a", "1"), "attribute_exists(pk)", nil)},
		"two in one": {{Put: many[0].Put, Delete: deleting(key("a", "1")).Delete}},
	} {
		if got := codeOf(t, transact(t, ledger(t), items...)); got != "ValidationException" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// The SDK repeats a transaction whose answer was lost under the same
// ClientRequestToken: it is not carried out twice.
func TestTransactionRepeated(t *testing.T) {
	a := awstest.Serve(t, small(), awstest.Tables("ledger"), awstest.Lose("dynamodb:TransactWriteItems", 1))
	db := dynamodb.NewFromConfig(a.Config())
	if err := transact(t, db, putting(key("a", "1"), "attribute_not_exists(pk)", nil)); err != nil {
		t.Errorf("repeated: %v", err)
	}
	if n := a.Calls()["dynamodb:TransactWriteItems"]; n != 2 {
		t.Errorf("%d calls", n)
	}
	token := func(i attributes) error {
		_, err := db.TransactWriteItems(t.Context(), &dynamodb.TransactWriteItemsInput{
			ClientRequestToken: aws.String("same"), TransactItems: []types.TransactWriteItem{putting(i, "", nil)}})
		return err
	}
	if err := token(key("a", "2")); err != nil {
		t.Fatal(err)
	}
	if got := codeOf(t, token(key("a", "3"))); got != "IdempotentParameterMismatchException" {
		t.Errorf("another transaction under the same token: %q", got)
	}
}

func TestTransactionConflict(t *testing.T) {
	db := ledger(t, awstest.Conflict(1))
	items := []types.TransactWriteItem{putting(key("a", "1"), "", nil), putting(key("a", "2"), "", nil)}
	var cancelled *types.TransactionCanceledException
	if err := transact(t, db, items...); !errors.As(err, &cancelled) || *cancelled.CancellationReasons[0].Code != "TransactionConflict" || len(cancelled.CancellationReasons) != 2 {
		t.Errorf("%v", err)
	}
	if err := transact(t, db, items...); err != nil {
		t.Errorf("again: %v", err)
	}
}

// A transaction needs the permissions of its actions, not one of its own.
func TestTransactionPermissions(t *testing.T) {
	table := `"Resource":"arn:aws:dynamodb:us-east-1:111122223333:table/ledger"`
	for actions, want := range map[string]string{
		`"dynamodb:PutItem"`: "AccessDeniedException",
		`["dynamodb:PutItem","dynamodb:ConditionCheckItem"]`: "",
	} {
		a := awstest.Serve(t, small(), awstest.Tables("ledger"), role(`{"Effect":"Allow","Action":`+actions+`,`+table+`}`))
		err := transact(t, dynamodb.NewFromConfig(a.Config()), putting(key("a", "1"), "", nil), checking(key("a", "2"), "attribute_not_exists(pk)", nil))
		if got := codeOf(t, err); got != want {
			t.Errorf("%s: %q, want %q", actions, got, want)
		}
		if want == "" && a.Exercised()["dynamodb:ConditionCheckItem"] != 1 {
			t.Errorf("exercised: %v", a.Exercised())
		}
	}
}
