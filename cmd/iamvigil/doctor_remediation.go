package main

import (
	"context"
	"fmt"
	"time"

	"iamvigil/internal/wire"
	"iamvigil/ledger"
	"iamvigil/remediate"
)

// remediation checks what is armed, and whether it is at work. That it is off is
// no ill.
func (p *patient) remediation(ctx context.Context) []check {
	const name = "remediation"
	if p.stack.outputs[outMode] == "" {
		return nil // the stack is an older one, which its own check tells
	}
	if p.stack.outputs[outMode] == string(remediate.Off) {
		return []check{good(name, "off")}
	}
	parts, err := partsOf(&p.session, &p.stack, p.config)
	if err != nil {
		return nil
	}
	r, err := wire.RemediatorFrom(parts, p.now)
	if err != nil {
		return []check{bad(name, answer(err), "mend the configuration: iamvigil config check")}
	}
	s, err := r.Settings(p.now())
	if err != nil {
		return []check{bad(name, answer(err), "mend the configuration: iamvigil config check")}
	}
	return append([]check{agreed(&s), p.killSwitch(ctx, r)}, p.rounds(ctx, r)...)
}

// agreed checks that stack and configuration arm the same.
func agreed(s *remediate.Settings) check {
	const name = "remediation"
	what := "mode " + string(s.Mode) + ", " + armedCures(s)
	if len(s.Disagree) > 0 {
		return bad(name, what+"; only one of stack and configuration switches on "+joined(s.Disagree),
			"have the stack's parameter and config.yaml agree")
	}
	return good(name, what)
}

func (p *patient) killSwitch(ctx context.Context, r *remediate.Runner) check {
	const name = "kill switch"
	on, err := r.Switch.On(ctx)
	parameter := p.stack.outputs[outSwitch]
	switch {
	case err != nil:
		return unseen(name, "ssm:GetParameter", err)
	case !on:
		return bad(name, fmt.Sprintf("parameter %q is not on: nothing is acted on", parameter), "set it to on once that is meant: docs/remediation.md")
	}
	return good(name, fmt.Sprintf("parameter %q is on", parameter))
}

// lateRun is when the daily run is late.
const lateRun = 26 * time.Hour

// rounds checks that the daily run comes, and that nothing holds it.
func (p *patient) rounds(ctx context.Context, r *remediate.Runner) []check {
	const name = "last remediation"
	course, err := r.Ledger.Course(ctx, p.account.ID)
	if err != nil {
		return []check{unseen(name, "dynamodb:Query on the table and kms:Decrypt on its key", err)}
	}
	round, now := &course.Round, p.now()
	if round.EndedAt.IsZero() {
		return []check{unclear(name, "none yet", "it comes half an hour after the audit")}
	}
	what := fmt.Sprintf("%s, %s, %s", minute(round.EndedAt), ago(round.EndedAt, now), plural(len(course.Cases), "case"))
	switch {
	case now.Sub(round.EndedAt) > lateRun:
		return []check{bad(name, what, "look for the cause in remediate's log")}
	case round.Said[ledger.NoticeBreaker] != "":
		return []check{bad(name, what+"; the circuit breaker held it: "+round.Said[ledger.NoticeBreaker], "see that what is due is meant: iamvigil remediate plan")}
	}
	return []check{good(name, what)}
}
