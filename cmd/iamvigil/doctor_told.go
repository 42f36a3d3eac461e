package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/sns"
)

// number reads a count that AWS gives as text.
func number[K ~string](attributes map[K]string, name K) (int, error) {
	n, err := strconv.Atoi(attributes[name])
	if err != nil {
		return 0, fmt.Errorf("AWS tells %q for %s, which is no number", attributes[name], name)
	}
	return n, nil
}

// topics checks that somebody listens. A topic that nobody ever subscribed to is
// a choice, as long as not all of those for people are such.
func (p *patient) topics(ctx context.Context) []check {
	client := sns.NewFromConfig(p.aws)
	people, seen := 0, true
	var all []check
	for _, topic := range []struct {
		name, output string
		people       bool
	}{{"email topic", outEmail, true}, {"chat topic", outChat, true}, {"findings topic", outFindings, false}} {
		c, confirmed := p.topic(ctx, client, topic.name, topic.output)
		if topic.people {
			people += confirmed
			seen = seen && c.State != unsure
		}
		all = append(all, c)
	}
	if seen && people == 0 {
		all = append(all, bad("people", "nobody is told by email or chat",
			"deploy with NotificationEmail or a Slack channel, and confirm the subscription"))
	}
	return all
}

func (p *patient) topic(ctx context.Context, client *sns.Client, name, output string) (c check, confirmed int) {
	arn, err := p.stack.need(output)
	if err != nil {
		return outdated(name, err), 0
	}
	out, err := client.GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: &arn})
	if err != nil {
		return unseen(name, "sns:GetTopicAttributes", err), 0
	}
	confirmed, err = number(out.Attributes, "SubscriptionsConfirmed")
	if err != nil {
		return unseen(name, "sns:GetTopicAttributes", err), 0
	}
	pending, err := number(out.Attributes, "SubscriptionsPending")
	if err != nil {
		return unseen(name, "sns:GetTopicAttributes", err), 0
	}
	what := fmt.Sprintf("%s confirmed, %d pending", plural(confirmed, "subscription"), pending)
	if pending > 0 {
		return bad(name, what, "whoever owns the address follows the link in AWS's mail; until then nothing reaches it"), confirmed
	}
	return good(name, what), confirmed
}
