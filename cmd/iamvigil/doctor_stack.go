package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"

	"iamvigil/internal/wire"
	"iamvigil/scanner"
)

// stackless is the check of a stack that was not found.
func (p *patient) stackless(err error) check {
	if refused(err) {
		return unseen("stack", "cloudformation:DescribeStacks", err)
	}
	return bad("stack", answer(err), "deploy it (make deploy), in the Region of IAM's events, "+p.aws.Region)
}

// standing checks that the last deployment did not end halfway, and was one of a
// stack that tells all that is looked at.
func (p *patient) standing() check {
	what := fmt.Sprintf("%s in %s, %s", p.stack.name, p.aws.Region, p.stack.status)
	if lacks := p.stack.lacks(); len(lacks) > 0 {
		return bad("stack", fmt.Sprintf("%s; it has no output %s, so that is not looked at", what, strings.Join(lacks, ", ")),
			"deploy it anew with this version (make deploy)")
	}
	if strings.HasSuffix(p.stack.status, "_COMPLETE") {
		return good("stack", what)
	}
	c := bad("stack", what, "see why, and deploy it again")
	c.Run = append(c.Run, scanner.Command("cloudformation", "describe-stack-events", "--region", p.aws.Region, "--stack-name", p.stack.name))
	return c
}

// schedules checks that the daily runs begin.
func (p *patient) schedules(ctx context.Context) []check {
	var all []check
	for _, s := range []struct{ name, output, without string }{
		{"schedule", outSchedule, "no audit begins"},
		{"schedule of remediation", outRemediateSchedule, "nobody is warned and nothing is done"},
	} {
		if schedule := p.stack.outputs[s.output]; schedule != "" {
			all = append(all, p.schedule(ctx, s.name, schedule, s.without))
		}
	}
	return all
}

func (p *patient) schedule(ctx context.Context, name, schedule, without string) check {
	out, err := scheduler.NewFromConfig(p.aws).GetSchedule(ctx, &scheduler.GetScheduleInput{Name: &schedule})
	if err != nil {
		return unseen(name, "scheduler:GetSchedule", err)
	}
	zone := cmp.Or(aws.ToString(out.ScheduleExpressionTimezone), "UTC")
	what := fmt.Sprintf("%s, %s in %s", out.State, aws.ToString(out.ScheduleExpression), zone)
	if out.State == types.ScheduleStateEnabled {
		return good(name, what)
	}
	return bad(name, what, fmt.Sprintf("enable %q in the console of EventBridge Scheduler: without it %s", schedule, without))
}

// exemptions checks those of the configuration at hand, which is the stack's
// where both are of one build.
func (p *patient) exemptions(context.Context) []check {
	const name = "configuration"
	settings, err := wire.Config(p.config, p.now())
	if err != nil {
		return []check{bad(name, err.Error(), "mend it and deploy; iamvigil config check tells each fault on a line")}
	}
	var lapsed []string
	for i := range settings.Terms.Exemptions {
		if x := &settings.Terms.Exemptions[i]; x.Expired(p.now()) {
			lapsed = append(lapsed, described(x))
		}
	}
	if len(lapsed) > 0 {
		return []check{bad(name, plural(len(lapsed), "exemption")+" lapsed: "+strings.Join(lapsed, "; "),
			"take each out of config/config.yaml, or give it a new date; then deploy")}
	}
	return []check{good(name, sound(settings))}
}

func described(x *scanner.Exemption) string {
	return fmt.Sprintf("%s of %q (%s)", strings.Join(x.Rules, ", "), x.Resource, x.Reason)
}
