package awstest

import (
	"encoding/json"
	"maps"
	"slices"
)

type batchInput struct {
	RequestItems           map[string]batchKeys
	ReturnConsumedCapacity string
}

type batchKeys struct {
	reading
	Keys []item
}

// theTables demands the permission on what of each table is in a batch.
func theTables(a *AWS, c *call) []demand {
	var in batchInput
	if json.Unmarshal(c.body, &in) != nil {
		return nil // said again when the call is answered
	}
	var demands []demand
	for _, name := range slices.Sorted(maps.Keys(in.RequestItems)) {
		var partitions []string
		for _, key := range in.RequestItems[name].Keys {
			partitions = append(partitions, key["pk"].text)
		}
		demands = append(demands, a.tableDemand(c, c.action(), name, distinct(partitions)...))
	}
	return demands
}

type batchGetAnswer struct {
	Responses       map[string][]item
	UnprocessedKeys map[string]map[string]any
}

// batchGetItem gives the items that exist, in no order, up to 16 MB of them;
// the keys of what is over are unprocessed.
func (a *AWS) batchGetItem(c *call) (any, *failure) {
	var in batchInput
	if fail := c.decode(&in); fail != nil {
		return nil, fail
	}
	total := 0
	for _, request := range in.RequestItems {
		total += len(request.Keys)
	}
	if total < 1 || total > 100 {
		return nil, invalid("Too many items requested for the BatchGetItem call, or none")
	}
	out := batchGetAnswer{map[string][]item{}, map[string]map[string]any{}}
	room := batchRoom{items: a.limit(nil), bytes: maxBatchBytes}
	for _, name := range slices.Sorted(maps.Keys(in.RequestItems)) {
		if fail := a.batchTable(name, in.RequestItems[name], &room, out); fail != nil {
			return nil, fail
		}
	}
	return out, nil
}

// batchRoom is how much more a batch may give; zero items: any number.
type batchRoom struct{ items, taken, bytes int }

func (r *batchRoom) take(bytes int) bool {
	if r.bytes < bytes || r.items > 0 && r.taken == r.items {
		return false
	}
	r.taken++
	r.bytes -= bytes
	return true
}

func (a *AWS) batchTable(name string, request batchKeys, room *batchRoom, out batchGetAnswer) *failure {
	t, fail := a.table(name)
	if fail != nil {
		return fail
	}
	project, fail := request.projection()
	if fail != nil {
		return fail
	}
	seen := map[primary]bool{}
	var left []item
	out.Responses[name] = []item{}
	for _, wanted := range backwards(request.Keys) {
		key, fail := wanted.key(true)
		switch {
		case fail != nil:
			return fail
		case seen[key]:
			return invalid("Provided list of item keys contains duplicates")
		}
		seen[key] = true
		found := a.seen(t, request.ConsistentRead)[key]
		switch {
		case !room.take(found.size()):
			left = append(left, wanted)
		case found != nil:
			out.Responses[name] = append(out.Responses[name], project(found))
		}
	}
	if left != nil {
		out.UnprocessedKeys[name] = request.with(left)
	}
	return nil
}

// with is the request for other keys, as it came.
func (b batchKeys) with(keys []item) map[string]any {
	again := map[string]any{"Keys": keys, "ConsistentRead": b.ConsistentRead}
	if b.ProjectionExpression != "" {
		again["ProjectionExpression"] = b.ProjectionExpression
	}
	if b.ExpressionAttributeNames != nil {
		again["ExpressionAttributeNames"] = b.ExpressionAttributeNames
	}
	return again
}
