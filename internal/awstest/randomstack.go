package awstest

import (
	"pgregory.net/rapid"

	"iamvigil/scanner/account"
)

// RandomStack generates what a scanner's own stack of an account can be found
// as: topics, rules that may be gone, queues, each of which may be none.
func RandomStack(of account.Identity) *rapid.Generator[account.Stack] {
	return rapid.Custom(func(t *rapid.T) account.Stack {
		count := rapid.IntRange(0, 5000)
		name := rapid.StringMatching(`[A-Za-z0-9_-]{1,40}`)
		return account.Stack{
			Topics: rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) account.Topic {
				arn := "arn:" + of.Partition + ":sns:" + Region + ":" + of.ID + ":" + name.Draw(t, "topic")
				return account.Topic{ARN: arn, Confirmed: count.Draw(t, "confirmed"), Pending: count.Draw(t, "pending")}
			}), 0, 3, func(t account.Topic) string { return t.ARN }).Draw(t, "topics"),
			EventRules: rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) account.EventRule {
				state := rapid.SampledFrom([]string{"ENABLED", "DISABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS", ""})
				return account.EventRule{Name: name.Draw(t, "rule"), State: state.Draw(t, "state")}
			}), 0, 3, func(r account.EventRule) string { return r.Name }).Draw(t, "rules"),
			Queues: rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) account.Queue {
				url := "https://sqs." + Region + ".amazonaws.com/" + of.ID + "/" + name.Draw(t, "queue")
				return account.Queue{URL: url, Messages: count.Draw(t, "messages")}
			}), 0, 3, func(q account.Queue) string { return q.URL }).Draw(t, "queues"),
		}
	})
}
