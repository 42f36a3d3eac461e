package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

// trails lists the trails of all Regions and where they write. Whether one of
// them does is for the rule to say, see [patient.recorded].
func (p *patient) trails(ctx context.Context) []check {
	const name = "trails"
	client := cloudtrail.NewFromConfig(p.aws)
	out, err := client.DescribeTrails(ctx, &cloudtrail.DescribeTrailsInput{})
	if err != nil {
		return []check{unseen(name, "cloudtrail:DescribeTrails", err)}
	}
	var all []string
	logging, start := false, ""
	for _, t := range out.TrailList {
		if !aws.ToBool(t.IsMultiRegionTrail) {
			continue
		}
		status, err := client.GetTrailStatus(ctx, &cloudtrail.GetTrailStatusInput{Name: t.TrailARN})
		switch {
		case err != nil:
			return []check{unseen(name, "cloudtrail:GetTrailStatus", err)}
		case aws.ToBool(status.IsLogging):
			logging = true
			all = append(all, fmt.Sprintf("%q is logging to bucket %q", aws.ToString(t.Name), aws.ToString(t.S3BucketName)))
		default:
			start = scanner.Command("cloudtrail", "start-logging", "--region", aws.ToString(t.HomeRegion), "--name", aws.ToString(t.TrailARN))
			all = append(all, fmt.Sprintf("%q is stopped", aws.ToString(t.Name)))
		}
	}
	if logging {
		return []check{good(name, strings.Join(all, "; "))}
	}
	c := bad(name, strings.Join(append(all, "none of all Regions is logging"), "; "), "start or create one: without it no event comes")
	c.Run = start
	return []check{c}
}

// rules checks that the EventBridge rules are enabled.
func (p *patient) rules(ctx context.Context) []check {
	if _, err := p.stack.need(outRules); err != nil {
		return []check{outdated("event rules", err)}
	}
	client := eventbridge.NewFromConfig(p.aws)
	var all []check
	for _, rule := range p.stack.list(outRules) {
		all = append(all, p.rule(ctx, client, rule))
	}
	return all
}

func (p *patient) rule(ctx context.Context, client *eventbridge.Client, rule string) check {
	name := "event rule " + rule
	out, err := client.DescribeRule(ctx, &eventbridge.DescribeRuleInput{Name: &rule})
	if err != nil {
		return unseen(name, "events:DescribeRule", err)
	}
	if out.State != types.RuleStateDisabled {
		return good(name, string(out.State))
	}
	c := bad(name, string(out.State), "enable it")
	c.Run = scanner.Command("events", "enable-rule", "--region", p.aws.Region, "--name", rule)
	return c
}

// backlog is from how many waiting events on watch does not keep up: ten of its
// batches.
const backlog = 500

// queue is a queue of the stack, and what is wrong with more than so many
// messages in it.
type queue struct {
	name, output string
	most         int
	do           string
	redrive      bool // what is in it can be tried again
}

// queuesOf are the stack's.
func queuesOf() []queue {
	return []queue{
		{"events queue", outEvents, backlog, "watch does not keep up: look for WatchErrors and WatchThrottled among the alarms", false},
		{"events given up", outEventsFailed, 0, "look for the cause in watch's log, then have them tried again", true},
		{"audits given up", outAuditFailed, 0, "look for the cause in audit's log; when an audit has succeeded, purge the queue", false},
		{"undelivered events", outUndelivered, 0, "the messages' attributes tell the rule and the error; mend that, purge the queue and audit", false},
	}
}

func (p *patient) queues(ctx context.Context) []check {
	client := sqs.NewFromConfig(p.aws)
	var all []check
	for _, q := range queuesOf() {
		all = append(all, p.queue(ctx, client, q))
	}
	return all
}

func (p *patient) queue(ctx context.Context, client *sqs.Client, q queue) check {
	url, err := p.stack.need(q.output)
	if err != nil {
		return outdated(q.name, err)
	}
	const waiting = sqstypes.QueueAttributeNameApproximateNumberOfMessages
	out, err := client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: []sqstypes.QueueAttributeName{waiting}})
	if err != nil {
		return unseen(q.name, "sqs:GetQueueAttributes", err)
	}
	n, err := number(out.Attributes, string(waiting))
	if err != nil {
		return unseen(q.name, "sqs:GetQueueAttributes", err)
	}
	what := plural(n, "message") + " waiting"
	if n <= q.most {
		return good(q.name, what)
	}
	c := bad(q.name, what, q.do)
	if q.redrive {
		arn := fmt.Sprintf("arn:%s:sqs:%s:%s:%s", p.account.Partition, p.aws.Region, p.account.ID, account.NameOf(url))
		c.Run = scanner.Command("sqs", "start-message-move-task", "--region", p.aws.Region, "--source-arn", arn)
	}
	return c
}
