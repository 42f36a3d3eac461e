package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"iamvigil/internal/pipeline"
	"iamvigil/ledger"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/collect"
	"iamvigil/scanner/rules"
)

// What is late: an audit comes once a day, an event within minutes.
const (
	lateAudit = 26 * time.Hour
	lateEvent = 30 * time.Minute
)

// ledger checks what the functions left there: when they last worked, and what
// audit was not allowed to see.
func (p *patient) ledger(ctx context.Context) []check {
	const name = "ledger"
	table, err := p.stack.need(outTable)
	if err != nil {
		return []check{outdated(name, err)}
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
	case now.Sub(k.AuditedAt) <= lateAudit:
		return good(name, what)
	}
	c := bad(name, what, "look for the cause in audit's log, then audit")
	c.Run = p.stack.outputs[outRunAudit]
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

// sight lists what audit's own role was not allowed to see.
func (p *patient) sight(k *ledger.Known) check {
	var lacking []string
	for _, g := range k.Gaps {
		if g.Permission != "" {
			lacking = append(lacking, g.Permission)
		}
	}
	slices.Sort(lacking)
	lacking = slices.Compact(lacking)
	if len(lacking) == 0 {
		return good("the functions' permissions", "the last looks were refused nothing")
	}
	return bad("the functions' permissions", "the last looks were refused "+strings.Join(lacking, ", "),
		"see what denies it: a service control policy, a boundary of "+p.stack.outputs[outAudit]+"'s role, or a stack that is older than this")
}

// permissions makes audit's own calls, with the credentials at hand: what they
// may not see is a matter of them, and not of audit's role. On the way it asks
// the rule that the trails answer.
func (p *patient) permissions(ctx context.Context) []check {
	const name = "permissions"
	collector := collect.New(p.aws, p.account, p.now)
	s, err := collector.Whole(ctx)
	if err != nil {
		return []check{unseen(name, "sts:GetCallerIdentity", err)}
	}
	var missing, grants []string
	for _, f := range account.Facts() {
		if seen := s.Seen[f]; !seen.Known() {
			missing = append(missing, string(f)+": "+seen.Missing)
			if seen.Permission != "" {
				grants = append(grants, seen.Permission)
			}
		}
	}
	all := p.recorded(ctx, collector, s)
	if len(missing) == 0 {
		return append(all, good(name, "all that audit reads was read, with the credentials of "+p.caller))
	}
	do := "try again"
	if len(grants) > 0 {
		slices.Sort(grants)
		do = "grant them " + strings.Join(slices.Compact(grants), ", ") + "; audit's own role is another"
	}
	return append(all, unclear(name, fmt.Sprintf("the credentials of %s do not see %s", p.caller, strings.Join(missing, "; ")), do))
}

// recorded asks whether a trail records the changes of IAM.
func (p *patient) recorded(ctx context.Context, collector *collect.Collector, s *account.Snapshot) []check {
	const id, name = "trail-management-events", "management events"
	all := rules.All()
	asked := slices.DeleteFunc(all, func(r scanner.Rule) bool { return r.ID != id })
	report := pipeline.Evaluate(ctx, collector, s, account.Scope{Whole: true}, asked, p.now())
	switch {
	case len(report.Findings) > 0:
		return []check{bad(name, report.Findings[0].Message, report.Findings[0].Fix)}
	case len(report.Gaps) > 0:
		return []check{unclear(name, report.Gaps[0].Reason, "grant these credentials "+report.Gaps[0].Permission)}
	}
	return []check{good(name, "a trail of all Regions records them")}
}
