package awstest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// Limits of DynamoDB, in bytes.
const (
	maxItem       = 400 << 10
	maxPage       = 1 << 20
	maxBatchBytes = 16 << 20
	maxPartition  = 2048
	maxSort       = 1024
)

// table is a table whose primary key is the strings pk and sk. Stored items are
// never changed, only replaced.
type table struct {
	items map[primary]item
	// before is the items as they were before the last write.
	before map[primary]item
}

type primary struct{ pk, sk string }

func newTable() *table {
	return &table{items: map[primary]item{}, before: map[primary]item{}}
}

// write stores the item under the key, or deletes what is there if it is nil.
// The caller has called keep.
func (t *table) write(key primary, i item) {
	if i == nil {
		delete(t.items, key)
		return
	}
	t.items[key] = i
}

// keep remembers the table as it is for reads that may be stale.
func (a *AWS) keep(t *table) {
	if a.settings.stale {
		t.before = maps.Clone(t.items)
	}
}

// seen is what a read sees.
func (a *AWS) seen(t *table, consistent bool) map[primary]item {
	if a.settings.stale && !consistent {
		return t.before
	}
	return t.items
}

func (a *AWS) table(name string) (*table, *failure) {
	if t := a.tables[name]; t != nil {
		return t, nil
	}
	return nil, &failure{status: http.StatusBadRequest, code: "ResourceNotFoundException", message: "Requested resource not found"}
}

// key reads the primary key of an item. Exact: it must hold nothing else.
func (i item) key(exact bool) (primary, *failure) {
	pk, sk := i["pk"], i["sk"]
	switch {
	case exact && len(i) != 2, pk.kind != "S", sk.kind != "S":
		return primary{}, invalid("The provided key element does not match the schema")
	case pk.text == "" || sk.text == "":
		return primary{}, invalid("One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value.")
	case len(pk.text) > maxPartition:
		return primary{}, invalid("One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of %d bytes", maxPartition)
	case len(sk.text) > maxSort:
		return primary{}, invalid("One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of %d bytes", maxSort)
	}
	return primary{pk.text, sk.text}, nil
}

func keyOf(i item) item { return item{"pk": i["pk"], "sk": i["sk"]} }

// tableDemand is a permission on the items of a table that are in the
// partitions.
func (a *AWS) tableDemand(c *call, permission, table string, partitions ...string) demand {
	return on(permission, a.arn(c, "dynamodb", "table/"+table)).with("dynamodb:LeadingKeys", partitions...)
}

// theItem demands the action's permission on the item that the call names.
func theItem(a *AWS, c *call) []demand {
	var in struct {
		TableName string
		Item, Key item
	}
	if json.Unmarshal(c.body, &in) != nil {
		return nil // said again when the call is answered
	}
	return []demand{a.tableDemand(c, c.action(), in.TableName, cmp.Or(in.Item["pk"].text, in.Key["pk"].text))}
}

// conditional is what the writes of one item have in common.
type conditional struct {
	TableName                           string
	ConditionExpression                 string
	ExpressionAttributeNames            map[string]string
	ExpressionAttributeValues           item
	ReturnValues                        string
	ReturnValuesOnConditionCheckFailure string
	ReturnConsumedCapacity              string
	ReturnItemCollectionMetrics         string
}

// check judges the condition on an item that may not exist.
func (in *conditional) check(i item) (bool, *failure) {
	x := expressions{in.ExpressionAttributeNames, in.ExpressionAttributeValues, map[string]bool{}}
	holds := true
	if in.ConditionExpression != "" {
		n, fail := x.condition("ConditionExpression", in.ConditionExpression)
		if fail != nil {
			return false, fail
		}
		holds = n.holds(i)
	}
	if why := x.unused(); why != "" {
		return false, invalid("%s", why)
	}
	return holds, nil
}

func (x *expressions) condition(parameter, text string) (*node, *failure) {
	n, err := x.parse(text)
	if err == nil {
		return n, nil
	}
	return nil, expressionFailure(parameter, text, err)
}

func expressionFailure(parameter, text string, err *syntaxError) *failure {
	fail := invalid("Invalid %s: %s", parameter, err.message)
	if err.unknown {
		fail.unknown = fmt.Sprintf("%s %q: %s", parameter, text, err.message)
	}
	return fail
}

// apply makes one conditional write of an item, or of none to delete it. It
// gives back what was there.
func (a *AWS) apply(in *conditional, key primary, i item) (any, *failure) {
	t, fail := a.table(in.TableName)
	if fail != nil {
		return nil, fail
	}
	if i.size() > maxItem {
		return nil, invalid("Item size has exceeded the maximum allowed size")
	}
	old := t.items[key]
	holds, fail := in.check(old)
	switch {
	case fail != nil:
		return nil, fail
	case !holds:
		fail := &failure{status: http.StatusBadRequest, code: "ConditionalCheckFailedException", message: "The conditional request failed"}
		if in.ReturnValuesOnConditionCheckFailure == "ALL_OLD" && old != nil {
			fail.fields = map[string]any{"Item": old}
		}
		return nil, fail
	}
	a.keep(t)
	t.write(key, i)
	if in.ReturnValues == "ALL_OLD" && old != nil {
		return map[string]any{"Attributes": old}, nil
	}
	return map[string]any{}, nil
}

func (a *AWS) putItem(c *call) (any, *failure) {
	var in struct {
		conditional
		Item item
	}
	if fail := c.decode(&in); fail != nil {
		return nil, fail
	}
	key, fail := in.Item.key(false)
	if fail != nil {
		return nil, fail
	}
	return a.apply(&in.conditional, key, in.Item)
}

func (a *AWS) deleteItem(c *call) (any, *failure) {
	var in struct {
		conditional
		Key item
	}
	if fail := c.decode(&in); fail != nil {
		return nil, fail
	}
	key, fail := in.Key.key(true)
	if fail != nil {
		return nil, fail
	}
	return a.apply(&in.conditional, key, nil)
}

// projection cuts items down to the attributes named; nil: to none.
func (x *expressions) projection(text string) (func(item) item, *failure) {
	if text == "" {
		return func(i item) item { return i }, nil
	}
	var names []string
	for _, token := range strings.Split(text, ",") {
		name, err := x.attribute(strings.TrimSpace(token))
		if err != nil {
			return nil, expressionFailure("ProjectionExpression", text, err)
		}
		names = append(names, name)
	}
	return func(i item) item {
		out := item{}
		for name, value := range i {
			if slices.Contains(names, name) {
				out[name] = value
			}
		}
		return out
	}, nil
}
