package awstest

import (
	"cmp"
	"encoding/json"
	"slices"
)

// theQuery demands the permission on the partition that is asked for.
func theQuery(a *AWS, c *call) []demand {
	var in queryInput
	if json.Unmarshal(c.body, &in) != nil {
		return nil // said again when the call is answered
	}
	keys, _, _, fail := in.expressions()
	if fail != nil {
		return nil
	}
	return []demand{a.tableDemand(c, c.action(), in.TableName, keys.partition())}
}

// partition is the value that a key condition, which is sound, has for pk.
func (n *node) partition() string {
	for _, part := range n.parts {
		if pk := part.partition(); pk != "" {
			return pk
		}
	}
	if n.op == "=" && n.of[0].name == "pk" {
		return n.of[1].value.text
	}
	return ""
}

// reading is what the reads have in common.
type reading struct {
	ConsistentRead           bool
	ProjectionExpression     string
	ExpressionAttributeNames map[string]string
	ReturnConsumedCapacity   string
}

func (a *AWS) getItem(c *call) (any, *failure) {
	var in struct {
		reading
		TableName string
		Key       item
	}
	if fail := c.decode(&in); fail != nil {
		return nil, fail
	}
	t, fail := a.table(in.TableName)
	if fail != nil {
		return nil, fail
	}
	key, fail := in.Key.key(true)
	if fail != nil {
		return nil, fail
	}
	project, fail := in.projection()
	if fail != nil {
		return nil, fail
	}
	if found := a.seen(t, in.ConsistentRead)[key]; found != nil {
		return map[string]any{"Item": project(found)}, nil
	}
	return map[string]any{}, nil
}

// projection is for reads that have no other expression.
func (in *reading) projection() (func(item) item, *failure) {
	x := &expressions{in.ExpressionAttributeNames, nil, map[string]bool{}}
	project, fail := x.projection(in.ProjectionExpression)
	if fail != nil {
		return nil, fail
	}
	if why := x.unused(); why != "" {
		return nil, invalid("%s", why)
	}
	return project, nil
}

type queryInput struct {
	reading
	TableName                 string
	KeyConditionExpression    string
	FilterExpression          string
	ExpressionAttributeValues item
	ExclusiveStartKey         item
	Limit                     *int
	ScanIndexForward          *bool
}

type queryAnswer struct {
	Items            []item
	Count            int
	ScannedCount     int
	LastEvaluatedKey item `json:",omitempty"`
}

func (a *AWS) query(c *call) (any, *failure) {
	var in queryInput
	if fail := c.decode(&in); fail != nil {
		return nil, fail
	}
	t, fail := a.table(in.TableName)
	if fail != nil {
		return nil, fail
	}
	keys, filter, project, fail := in.expressions()
	if fail != nil {
		return nil, fail
	}
	if in.Limit != nil && *in.Limit < 1 {
		return nil, invalid("Limit must be greater than or equal to 1")
	}
	found, fail := in.find(a.seen(t, in.ConsistentRead), keys)
	if fail != nil {
		return nil, fail
	}
	out := queryAnswer{Items: []item{}}
	size := 0
	for n, i := range found {
		out.ScannedCount++
		size += i.size()
		if filter == nil || filter.holds(i) {
			out.Items = append(out.Items, project(i))
		}
		// At its limit AWS stops without looking whether more would follow.
		if n+1 == a.limit(in.Limit) || size >= maxPage && n+1 < len(found) {
			out.LastEvaluatedKey = keyOf(i)
			break
		}
	}
	out.Count = len(out.Items)
	return out, nil
}

// limit is how many items a query looks at; zero: as many as there are.
func (a *AWS) limit(asked *int) int {
	limit := a.settings.pageSize
	if asked != nil && (limit == 0 || *asked < limit) {
		limit = *asked
	}
	return limit
}

func (in *queryInput) expressions() (keys, filter *node, project func(item) item, fail *failure) {
	x := &expressions{in.ExpressionAttributeNames, in.ExpressionAttributeValues, map[string]bool{}}
	if keys, fail = x.condition("KeyConditionExpression", in.KeyConditionExpression); fail != nil {
		return nil, nil, nil, fail
	}
	if why := badKeys(keys); why != "" {
		return nil, nil, nil, invalid("Invalid KeyConditionExpression: %s", why)
	}
	if in.FilterExpression != "" {
		if filter, fail = x.condition("FilterExpression", in.FilterExpression); fail != nil {
			return nil, nil, nil, fail
		}
	}
	if project, fail = x.projection(in.ProjectionExpression); fail != nil {
		return nil, nil, nil, fail
	}
	if why := x.unused(); why != "" {
		return nil, nil, nil, invalid("%s", why)
	}
	return keys, filter, project, nil
}

// badKeys says what a key condition must not be: it is pk = :v, alone or with
// one condition on sk.
func badKeys(n *node) string {
	parts := []*node{n}
	if n.op == "AND" {
		parts = n.parts
	}
	seen := map[string]bool{}
	for _, part := range parts {
		switch {
		case len(part.of) < 2 || part.op == "<>":
			return "Invalid operator used in KeyConditionExpression: " + part.op
		case part.of[0].name != "pk" && part.of[0].name != "sk" || part.of[1].name != "":
			return "Query key condition not supported"
		case part.of[0].name == "pk" && part.op != "=":
			return "Query key condition not supported"
		case seen[part.of[0].name]:
			return "KeyConditionExpressions must only contain one condition per key"
		}
		seen[part.of[0].name] = true
	}
	if !seen["pk"] {
		return "Query condition missed key schema element: pk"
	}
	return ""
}

// find gives the items that the key condition holds for, in order, after
// ExclusiveStartKey.
func (in *queryInput) find(items map[primary]item, keys *node) ([]item, *failure) {
	direction := 1
	if in.ScanIndexForward != nil && !*in.ScanIndexForward {
		direction = -1
	}
	var start primary
	if in.ExclusiveStartKey != nil {
		var fail *failure
		if start, fail = in.ExclusiveStartKey.key(true); fail != nil {
			return nil, fail
		}
	}
	var found []item
	for key, i := range items {
		if keys.holds(i) && (start.sk == "" || cmp.Compare(key.sk, start.sk) == direction) {
			found = append(found, i)
		}
	}
	slices.SortFunc(found, func(a, b item) int { return direction * cmp.Compare(a["sk"].text, b["sk"].text) })
	return found, nil
}
