package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

// putBack is what to do about a part of the stack that is not as it was deployed.
const putBack = `put it back: docs/operations.md, "Putting back what was changed by hand"`

// trails checks that one trail does, and tells where it writes.
func (p *patient) trails(ctx context.Context, e *evidence) check {
	const name = "trails"
	if c, ok := e.unanswered(name, ruleTrail); ok {
		return c
	}
	where := p.places(ctx)
	var all []string
	for i := range e.Trails {
		t := &e.Trails[i]
		what := "is stopped"
		if seen := e.Of(t.Seen, account.Trails); !seen.Known() {
			what = "is not known: " + seen.Missing
		} else if t.Logging {
			what = fmt.Sprintf("is logging management events (%s)%s", cmp.Or(t.Management, account.RecordsNone), where[t.ARN])
		}
		all = append(all, fmt.Sprintf("%q %s", t.Name, what))
	}
	return e.judged(name, ruleTrail, "", strings.Join(all, "; "))
}

// places are where trails write, by their ARNs, as far as that can be seen: it is
// told and not judged.
func (p *patient) places(ctx context.Context) map[string]string {
	out, err := cloudtrail.NewFromConfig(p.aws).DescribeTrails(ctx, &cloudtrail.DescribeTrailsInput{})
	if err != nil {
		return nil
	}
	where := map[string]string{}
	for _, t := range out.TrailList {
		where[aws.ToString(t.TrailARN)] = place(&t)
	}
	return where
}

func place(t *types.Trail) string {
	text := fmt.Sprintf(" to bucket %q", aws.ToString(t.S3BucketName))
	// arn:aws:logs:us-east-1:111122223333:log-group:NAME:*
	if _, group, has := strings.Cut(aws.ToString(t.CloudWatchLogsLogGroupArn), ":log-group:"); has {
		text += fmt.Sprintf(" and log group %q", strings.TrimSuffix(group, ":*"))
	}
	return text
}

// permissions checks that the credentials at hand see what audit reads: what they
// may not see is a matter of them, and not of audit's role.
func (p *patient) permissions(s *account.Snapshot) check {
	const name = "permissions"
	var missing, grants []string
	for _, f := range account.Facts() {
		if seen := s.Seen[f]; !seen.Known() {
			missing = append(missing, string(f)+": "+seen.Missing)
			if seen.Permission != "" {
				grants = append(grants, seen.Permission)
			}
		}
	}
	if len(missing) == 0 {
		return good(name, "all that audit reads was read, with the credentials of "+p.caller)
	}
	do := "try again"
	if len(grants) > 0 {
		slices.Sort(grants)
		do = "grant them " + strings.Join(slices.Compact(grants), ", ") + "; audit's own role is another"
	}
	return unclear(name, fmt.Sprintf("the credentials of %s do not see %s", p.caller, strings.Join(missing, "; ")), do)
}

// readsRule is the rule, as the template calls it and so a part of its name, that
// wants events of reads too. To enable it is to have it hear of none.
const readsRule = "-AssumeRootRule-"

func (p *patient) rules(e *evidence) []check {
	if c, ok := e.unanswered("event rules", ruleEvents); ok {
		return []check{c}
	}
	var all []check
	for _, r := range e.Stack.EventRules {
		c := e.judged("event rule "+r.Name, ruleEvents, r.Name, r.State)
		switch {
		case c.State == well:
		case r.State == "" || strings.Contains(r.Name, readsRule):
			c.Do, c.Run = putBack, []string{}
		default:
			c.Do = "find out who disabled it, and enable it"
		}
		all = append(all, c)
	}
	return all
}

// backlog is from how many waiting events on watch does not keep up: ten of its
// batches.
const backlog = 500

// busy checks that what waits for watch is no more than it keeps up with.
func busy(messages int) check {
	const name = "events queue"
	what := plural(messages, "message") + " waiting"
	if messages > backlog {
		return bad(name, what, "watch does not keep up: look for WatchErrors and WatchThrottled among the alarms")
	}
	return good(name, what)
}

func (p *patient) queues(e *evidence) []check {
	if c, ok := e.unanswered("queues", ruleQueue); ok {
		return []check{c}
	}
	waiting := map[string]int{}
	for _, q := range e.Stack.Queues {
		waiting[q.URL] = q.Messages
	}
	var all []check
	if n, told := waiting[p.stack.outputs[outEvents]]; told {
		all = append(all, busy(n))
	}
	for _, q := range []struct{ name, output, do string }{
		{"events given up", outEventsFailed, "look for the cause in watch's log and mend it; then have them tried again"},
		{"audits given up", outAuditFailed, "look for the cause in audit's log and mend it; run an audit, then purge the queue"},
		{"remediations given up", outRemediateFailed, "look for the cause in remediate's log and mend it; start a run, then purge the queue"},
		{"undelivered events", outUndelivered,
			`the messages' attributes tell the rule and the error; mend that, then replay them: docs/operations.md, "Replaying a dead-letter queue"`},
	} {
		url := p.stack.outputs[q.output]
		n, told := waiting[url]
		if !told {
			continue
		}
		c := e.judged(q.name, ruleQueue, account.NameOf(url), plural(n, "message")+" waiting")
		if c.State != well {
			c.Do = q.do
			if q.output == outEventsFailed {
				c.Run = []string{p.redrive(url)}
			}
		}
		all = append(all, c)
	}
	return all
}

// redrive is the command that sends a dead-letter queue's messages back to where
// they came from.
func (p *patient) redrive(url string) string {
	arn := fmt.Sprintf("arn:%s:sqs:%s:%s:%s", p.account.Partition, p.aws.Region, p.account.ID, account.NameOf(url))
	return scanner.Command("sqs", "start-message-move-task", "--region", p.aws.Region, "--source-arn", arn)
}

// topics checks that somebody listens. A topic that nobody ever subscribed to is
// a choice, as long as not all of those for people are such.
func (p *patient) topics(e *evidence) []check {
	if c, ok := e.unanswered("topics", ruleTopic); ok {
		return []check{c}
	}
	if len(e.Stack.Topics) == 0 {
		return nil
	}
	var all []check
	people := 0
	for _, t := range e.Stack.Topics {
		name := "findings topic"
		switch t.ARN {
		case p.stack.outputs[outEmail]:
			name, people = "email topic", people+t.Confirmed
		case p.stack.outputs[outChat]:
			name, people = "chat topic", people+t.Confirmed
		}
		what := fmt.Sprintf("%s confirmed, %d pending", plural(t.Confirmed, "subscription"), t.Pending)
		all = append(all, e.judged(name, ruleTopic, account.NameOf(t.ARN), what))
	}
	if people == 0 {
		all = append(all, bad("people", "nobody is told by email or chat",
			"deploy with NotificationEmail or a Slack channel, and confirm the subscription"))
	}
	return all
}
