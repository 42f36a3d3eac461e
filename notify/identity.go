package notify

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
	"time"

	"iamvigil/ledger"
)

// identity is 32 hexadecimal digits of a hash over all that is told and the day
// it is told on: a repetition after a failed run has the same.
func identity(c *ledger.Changes) string {
	parts := []string{c.Kind, c.Account.ID, day(c.Time)}
	for i := range c.Alerts {
		parts = append(parts, c.Alerts[i].Rule, c.Alerts[i].Event.ID)
	}
	for i := range c.New {
		parts = append(parts, c.New[i].ID)
	}
	parts = append(parts, "resolved")
	for i := range c.Resolved {
		parts = append(parts, c.Resolved[i].ID)
	}
	for i := range c.Gaps {
		parts = append(parts, c.Gaps[i].Key())
	}
	for _, r := range c.NewRules {
		parts = append(parts, r.Rule)
	}
	return hash(append(parts, slices.Sorted(maps.Keys(c.Unknown))...)...)
}

// thread groups messages in a channel. It never lasts: what hangs below last
// year's message is not read.
func thread(c *ledger.Changes) string {
	if all := slices.Concat(c.New, c.Resolved); len(all) == 1 && len(c.Alerts) == 0 {
		return hash(c.Account.ID, all[0].ID, all[0].FirstSeen.UTC().Format("2006-01-02T15:04:05"))
	}
	if acts := events(c); len(acts) > 0 {
		actor := acts[0].Actor
		return hash(c.Account.ID, actor.Type, actor.ARN, actor.Name, acts[0].Time.UTC().Format("2006-01-02T15"))
	}
	return hash(c.Account.ID, c.Kind, day(c.Time))
}

func hash(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:16])
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }
