package notify

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
	"time"

	"iamvigil/ledger"
)

// identity is 32 hexadecimal digits of a hash over all that is told, the events
// it came of or the burst it sums up, and the day it is told on: a repetition after a failed run has the
// same. The time of day and the thread are left out, since a repetition may
// have others.
func identity(c *ledger.Telling) string {
	parts := []string{c.Kind, c.Account.ID, day(c.Time)}
	if c.Burst != nil {
		parts = append(parts, c.Burst.Thread)
	}
	for i := range c.Events {
		parts = append(parts, c.Events[i].ID)
	}
	parts = append(parts, "alerts")
	for i := range c.Alerts {
		parts = append(parts, c.Alerts[i].Rule, c.Alerts[i].Event.ID)
	}
	for _, records := range [][]ledger.Record{c.New, c.Resolved, c.Silenced, c.Reranked} {
		parts = append(parts, "records")
		for i := range records {
			parts = append(parts, records[i].ID)
		}
	}
	for i := range c.Gaps {
		parts = append(parts, c.Gaps[i].Key())
	}
	for _, counts := range [][]ledger.RuleCount{c.NewRules, c.Withdrawn, c.Rest} {
		parts = append(parts, "rules")
		for _, n := range counts {
			parts = append(parts, n.Rule)
		}
	}
	for i := range c.Exemptions {
		parts = append(parts, c.Exemptions[i].Why, c.Exemptions[i].Key())
	}
	for i := range c.Steps {
		parts = append(parts, c.Steps[i].Action, c.Steps[i].What, c.Steps[i].Deadline.UTC().String(), c.Steps[i].Reason)
	}
	for _, n := range c.Notices {
		parts = append(parts, n.Kind)
	}
	return hash(append(parts, slices.Sorted(maps.Keys(c.Unknown))...)...)
}

// thread groups messages in a channel: what has none of its own is told in that
// of the account's day. No thread lasts: what hangs below last year's message is
// not read.
func thread(c *ledger.Telling) string {
	kind := ledger.Digest
	if c.Kind == ledger.Remediation {
		kind = c.Kind
	}
	return cmp.Or(c.Thread, kind+"-"+c.Account.ID+"-"+day(c.Time))
}

func hash(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:16])
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }
