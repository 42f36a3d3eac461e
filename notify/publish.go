package notify

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"iamvigil/ledger"
)

// Publisher publishes each audience's messages to its topic.
type Publisher struct {
	SNS interface {
		Publish(context.Context, *sns.PublishInput, ...func(*sns.Options)) (*sns.PublishOutput, error)
	}
	// The ARNs of the topics. One that is empty is not published to.
	EmailTopic, ChatTopic, FindingsTopic string
}

// Publish tells the changes to all audiences at once; quiet ones it tells to
// nobody. A message that is refused keeps none of the others from being sent.
// The error joins all that failed; whoever repeats the call repeats every
// message, since to hear a thing twice is better than never.
func (p *Publisher) Publish(ctx context.Context, c *ledger.Changes) error {
	audiences := []struct {
		topic    string
		messages func(*ledger.Changes) []Message
	}{{p.EmailTopic, Emails}, {p.ChatTopic, Chats}, {p.FindingsTopic, Programs}}
	failed := make([]error, len(audiences))
	var wg sync.WaitGroup
	for i, audience := range audiences {
		if audience.topic != "" {
			wg.Go(func() { failed[i] = p.send(ctx, audience.topic, audience.messages(c)) })
		}
	}
	wg.Wait()
	return errors.Join(failed...)
}

func (p *Publisher) send(ctx context.Context, topic string, messages []Message) error {
	var failed []error
	for _, m := range messages {
		if _, err := p.SNS.Publish(ctx, m.input(topic)); err != nil {
			failed = append(failed, fmt.Errorf("publish to %s: %w", topic, err))
		}
	}
	return errors.Join(failed...)
}

func (m Message) input(topic string) *sns.PublishInput {
	in := &sns.PublishInput{TopicArn: &topic, Message: &m.Body, MessageAttributes: map[string]types.MessageAttributeValue{}}
	if m.Subject != "" {
		in.Subject = &m.Subject
	}
	for _, a := range m.typed() {
		in.MessageAttributes[a.name] = types.MessageAttributeValue{DataType: &a.kind, StringValue: &a.value}
	}
	return in
}
