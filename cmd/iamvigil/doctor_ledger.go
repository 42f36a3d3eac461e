package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"iamvigil/ledger"
)

// What is late: audit and remediate come once a day, an event within minutes.
const (
	lateRun   = 26 * time.Hour
	lateEvent = 30 * time.Minute
)

// ledger checks what the functions left there: when they last worked, and what
// audit was not allowed to see.
func (p *patient) ledger(ctx context.Context) []check {
	const name = "ledger"
	table := p.stack.outputs[outTable]
	if table == "" {
		return nil
	}
	s := p.session
	known, err := s.recall(ctx, s.ledgerOf(table, p.now))
	if err != nil {
		return []check{unseen(name, "dynamodb:Query on the table and kms:Decrypt on its key", err)}
	}
	now := p.now()
	return []check{p.audited(&known, now), heard(&known.Heard, now), p.sight(&known)}
}

func (p *patient) audited(k *ledger.Known, now time.Time) check {
	const name = "last audit"
	what := fmt.Sprintf("%s, %s", minute(k.AuditedAt), ago(k.AuditedAt, now))
	switch {
	case k.AuditedAt.IsZero():
		what = "none yet"
	case now.Sub(k.AuditedAt) <= lateRun:
		return good(name, what)
	}
	c := bad(name, what, "look for the cause in audit's log, then audit")
	if run := p.stack.outputs[outRunAudit]; run != "" {
		c.Run = append(c.Run, run)
	}
	return c
}

// heard checks the newest event. That none came lately is no ill: perhaps
// nobody changed anything.
func heard(h *ledger.Heard, now time.Time) check {
	const name = "last event"
	if h.At.IsZero() {
		return unclear(name, "none yet", "try it: iamvigil smoke")
	}
	delay := h.At.Sub(h.Time)
	what := fmt.Sprintf("%s of %s, %s, dealt with after %s", h.Event, minute(h.Time), ago(h.Time, now), lasted(delay))
	if delay > lateEvent {
		return bad(name, what, "see the events queue and the alarm EventsLate; iamvigil smoke measures anew")
	}
	return good(name, what)
}

// sight lists what the functions' own roles were not allowed to see.
func (p *patient) sight(k *ledger.Known) check {
	var lacking []string
	for i := range k.Gaps {
		g := &k.Gaps[i]
		switch {
		case g.Permission == "" || g.Ended():
		case g.SeenBy == ledger.Event:
			lacking = append(lacking, g.Permission+" (watch)")
		default:
			lacking = append(lacking, g.Permission+" (audit)")
		}
	}
	slices.Sort(lacking)
	lacking = slices.Compact(lacking)
	if len(lacking) == 0 {
		return good("the functions' permissions", "the last looks were refused nothing")
	}
	return bad("the functions' permissions", "the last looks were refused "+strings.Join(lacking, ", "),
		"see what denies it to the function's role: a service control policy, a permissions boundary, or a stack that is older than this")
}
