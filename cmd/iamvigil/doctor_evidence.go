package main

import (
	"context"
	"slices"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/collect"
	"iamvigil/scanner/rules"
)

// The rules that an audit asks about what it rests on itself.
const (
	ruleTopic  = "scanner-topic-unheard"
	ruleEvents = "scanner-event-rule-off"
	ruleQueue  = "scanner-queue-stuck"
	ruleTrail  = "trail-management-events"
)

// evidence is what an audit would see, and what its rules say of it.
type evidence struct {
	*account.Snapshot
	report scanner.Report
}

// audit makes audit's own calls, with the credentials at hand, and asks its own
// rules.
func (p *patient) audit(ctx context.Context) []check {
	collector := collect.New(p.aws, p.account, p.now)
	collector.Stack = p.stack.rests()
	s, err := collector.Whole(ctx)
	if err != nil {
		return []check{unseen("permissions", "sts:GetCallerIdentity", err)}
	}
	asked := slices.DeleteFunc(rules.All(), func(r scanner.Rule) bool { return r.ID != ruleTrail && !ofStack(&r) })
	e := evidence{s, scanner.Evaluate(s, account.Scope{Whole: true}, asked, p.now())}
	return slices.Concat(
		[]check{p.trails(ctx, &e), p.permissions(s)},
		p.rules(&e), p.queues(&e), p.topics(&e),
	)
}

// rests is what the stack rests on, as far as its outputs tell.
func (s *stack) rests() collect.Stack {
	rests := collect.Stack{EventRules: s.list(outRules)}
	for _, output := range []string{outEmail, outChat, outFindings} {
		rests.Topics = append(rests.Topics, s.list(output)...)
	}
	for _, output := range []string{outEvents, outEventsFailed, outAuditFailed, outRemediateFailed, outUndelivered} {
		rests.Queues = append(rests.Queues, s.list(output)...)
	}
	return rests
}

// judged is the check of one thing by a rule's finding about it; without one,
// what is known of it is well.
func (e *evidence) judged(name, rule, part, what string) check {
	for _, f := range e.report.Findings {
		if f.Rule == rule && f.Part == part {
			return check{Name: name, State: ill, What: f.Message, Do: f.Fix, Run: append([]string{}, f.Commands...)}
		}
	}
	return good(name, what)
}

// unanswered is the check of what a rule could not answer, if there is such.
func (e *evidence) unanswered(name, rule string) (check, bool) {
	for _, g := range e.report.Gaps {
		switch {
		case g.Rule != rule:
		case g.Permission != "":
			return unclear(name, g.Reason, "grant these credentials "+g.Permission), true
		case absent(g.Reason):
			return bad(name, g.Reason, putBack), true
		default:
			return unclear(name, g.Reason, "try again"), true
		}
	}
	return check{}, false
}
