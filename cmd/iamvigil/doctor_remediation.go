package main

import (
	"context"
	"fmt"
	"strings"

	"iamvigil/internal/wire"
	"iamvigil/ledger"
	"iamvigil/remediate"
)

// remediation checks what is armed, and whether it is at work. That it is off is
// no ill.
func (p *patient) remediation(ctx context.Context) []check {
	const name = "remediation"
	mode := p.stack.outputs[outMode]
	if mode == "" {
		return nil // the stack is an older one, which its own check tells
	}
	parts, err := partsOf(&p.session, &p.stack)
	if err != nil {
		return []check{unclear(name, answer(err), "deploy it anew with this version (make deploy)")}
	}
	if mode == string(remediate.Off) {
		return []check{p.disarmed(parts)}
	}
	r := wire.Unconfigured(parts, p.now)
	return append([]check{p.agreed(parts), p.killSwitch(ctx, r)}, p.rounds(ctx, r)...)
}

// said is what stack and configuration say of remediation.
func (p *patient) said(parts wire.RemediatorParts) (remediate.Settings, error) {
	parts.ConfigFile = p.config
	r, err := wire.RemediatorFrom(parts, p.now)
	if err != nil {
		return remediate.Settings{}, err
	}
	return r.Settings(p.now())
}

// disarmed tells what is switched on although the mode is off. A configuration
// with a fault is its own check's.
func (p *patient) disarmed(parts wire.RemediatorParts) check {
	what := "off"
	if s, err := p.said(parts); err == nil {
		if both := curesOf(&s); len(both) > 0 {
			what += "; switched on all the same, in the stack and in config.yaml: " + joined(both)
		}
		if one := oneSided(&s); len(one) > 0 {
			what += "; switched on " + strings.Join(one, "; ")
		}
	}
	return good("remediation", what)
}

// agreed checks that stack and configuration arm the same.
func (p *patient) agreed(parts wire.RemediatorParts) check {
	const name = "remediation"
	s, err := p.said(parts)
	if err != nil {
		return bad(name, answer(err), "mend the configuration: iamvigil config check")
	}
	what := "mode " + string(s.Mode) + ", " + armedCures(&s)
	if one := oneSided(&s); len(one) > 0 {
		return bad(name, what+"; switched on "+strings.Join(one, "; "), "have the stack's parameter and config.yaml agree")
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
