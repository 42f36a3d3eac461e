package awstest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"iamvigil/internal/awstest"
)

// ignored is what the SDK keeps in its values beside theirs.
var ignored = cmpopts.IgnoreUnexported(types.AttributeValueMemberS{}, types.AttributeValueMemberN{}, types.AttributeValueMemberB{},
	types.AttributeValueMemberBOOL{}, types.AttributeValueMemberNULL{}, types.AttributeValueMemberL{}, types.AttributeValueMemberM{},
	types.AttributeValueMemberSS{})

func query(condition string, values attributes) *dynamodb.QueryInput {
	return &dynamodb.QueryInput{TableName: aws.String("ledger"), KeyConditionExpression: aws.String(condition), ExpressionAttributeValues: values}
}

// find reads all pages with the SDK's paginator: the sort keys, and how many
// pages they came in.
func find(t *testing.T, db *dynamodb.Client, in *dynamodb.QueryInput) (sks []string, pages int) {
	t.Helper()
	for p := dynamodb.NewQueryPaginator(db, in); p.HasMorePages(); pages++ {
		page, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range page.Items {
			sks = append(sks, i["sk"].(*types.AttributeValueMemberS).Value)
		}
	}
	return sks, pages
}

func TestQuery(t *testing.T) {
	db := ledger(t)
	for i := range 5 {
		put(t, db, with("a", fmt.Sprintf("user#%d", i), "n", num(fmt.Sprint(i))), key("b", fmt.Sprintf("user#%d", i)))
	}
	put(t, db, key("a", "role#1"))
	a, prefix := attributes{":p": str("a")}, attributes{":p": str("a"), ":s": str("user#")}
	users := []string{"user#0", "user#1", "user#2", "user#3", "user#4"}
	for _, test := range []struct {
		name  string
		in    *dynamodb.QueryInput
		want  []string
		pages int
	}{
		{"partition", query("pk = :p", a), append([]string{"role#1"}, users...), 1},
		{"prefix", query("pk = :p AND begins_with(sk, :s)", prefix), users, 1},
		{"range", query("pk = :p AND sk > :s", attributes{":p": str("a"), ":s": str("user#2")}), users[3:], 1},
		{"between", query("sk BETWEEN :s AND :t AND pk = :p", attributes{":p": str("a"), ":s": str("user#1"), ":t": str("user#2")}), users[1:3], 1},
		{"limit", limited(query("pk = :p AND begins_with(sk, :s)", prefix), 2), users, 3},
		// Having reached its limit a query does not know that nothing follows.
		{"limit at the end", limited(query("pk = :p AND begins_with(sk, :s)", prefix), 5), users, 2},
	} {
		got, pages := find(t, db, test.in)
		if diff := cmp.Diff(test.want, got); diff != "" || pages != test.pages {
			t.Errorf("%s: %d pages; %s", test.name, pages, diff)
		}
	}
	backwards := limited(query("pk = :p AND begins_with(sk, :s)", prefix), 2)
	backwards.ScanIndexForward = aws.Bool(false)
	got, _ := find(t, db, backwards)
	slices.Reverse(got)
	if diff := cmp.Diff(users, got); diff != "" {
		t.Error(diff)
	}
	filtered := limited(query("pk = :p AND begins_with(sk, :s)", attributes{":p": str("a"), ":s": str("user#"), ":n": num("3")}), 2)
	filtered.FilterExpression = aws.String("n >= :n")
	if got, pages := find(t, db, filtered); !slices.Equal(got, users[3:]) || pages != 3 {
		t.Errorf("filtered after the limit: %v in %d pages", got, pages)
	}
}

func limited(in *dynamodb.QueryInput, n int32) *dynamodb.QueryInput {
	in.Limit = aws.Int32(n)
	return in
}

// A page ends when 1 MB has been read.
func TestQueryPagesOfOneMegabyte(t *testing.T) {
	db := ledger(t)
	for i := range 7 {
		put(t, db, with("a", fmt.Sprint(i), "x", str(strings.Repeat("x", 300<<10))))
	}
	got, pages := find(t, db, query("pk = :p", attributes{":p": str("a")}))
	if len(got) != 7 || pages != 2 {
		t.Errorf("%d items in %d pages", len(got), pages)
	}
}

func TestQuerySmallPages(t *testing.T) {
	db := ledger(t, awstest.SmallPages(2))
	put(t, db, key("a", "1"), key("a", "2"), key("a", "3"))
	if got, pages := find(t, db, query("pk = :p", attributes{":p": str("a")})); len(got) != 3 || pages != 2 {
		t.Errorf("%v in %d pages", got, pages)
	}
}

func TestQueriesThatAreNone(t *testing.T) {
	for _, condition := range []string{"sk = :p", "pk > :p", "pk = :p OR sk = :p", "pk = :p AND n = :p", "NOT pk = :p",
		"pk = :p AND sk <> :p", "pk = :p AND attribute_exists(sk)", "pk = :p AND pk = :p", "pk = :p AND begins_with(sk, n)"} {
		_, err := ledger(t).Query(t.Context(), query(condition, attributes{":p": str("a")}))
		if got := codeOf(t, err); got != "ValidationException" {
			t.Errorf("%q: code %q", condition, got)
		}
	}
}
