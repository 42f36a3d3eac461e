package notify

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"iamvigil/ledger"
)

// Publisher publishes each audience's messages to its topic. Its role needs
// sns:Publish on them and nothing else.
type Publisher struct {
	SNS interface {
		Publish(context.Context, *sns.PublishInput, ...func(*sns.Options)) (*sns.PublishOutput, error)
		PublishBatch(context.Context, *sns.PublishBatchInput, ...func(*sns.Options)) (*sns.PublishBatchOutput, error)
	}
	// The ARNs of the topics. One that is empty is not published to.
	EmailTopic, ChatTopic, FindingsTopic string
	// Pause waits between two chat messages, for less only where the context ends,
	// whose error it returns. That is ten seconds before the publisher's own does:
	// what is left is then sent without a pause. Nil: a timer does.
	Pause func(ctx context.Context, d time.Duration) error
}

// chatPace is the time between two chat messages. Amazon Q Developer loses what
// comes faster than ten a second, for all topics of a channel together; Slack
// itself takes one a second.
const chatPace = time.Second

// chatHurry is how long before the deadline messages are sent without a pause:
// one that comes too fast is perhaps lost, one that is not sent surely is, and
// what was told is still to be saved.
const chatHurry = 10 * time.Second

// Publish tells the tellings to all audiences at once, to each in their order;
// quiet ones it tells to nobody. A message that is refused keeps none of the
// others from being sent. The error joins all that failed; whoever repeats the
// call repeats every message, since to hear a thing twice is better than never.
func (p *Publisher) Publish(ctx context.Context, tellings []*ledger.Telling) error {
	audiences := []struct {
		topic    string
		messages func([]*ledger.Telling) []Message
		send     func(ctx context.Context, topic string, all []Message) error
	}{{p.EmailTopic, ofEach(Emails), p.sendEach}, {p.ChatTopic, conversation, p.sendPaced}, {p.FindingsTopic, ofEach(Programs), p.sendBatches}}
	failed := make([]error, len(audiences))
	var wg sync.WaitGroup
	for i, audience := range audiences {
		if audience.topic == "" {
			continue
		}
		wg.Go(func() {
			failed[i] = audience.send(ctx, audience.topic, audience.messages(tellings))
		})
	}
	wg.Wait()
	return errors.Join(failed...)
}

func ofEach(messages func(*ledger.Telling) []Message) func([]*ledger.Telling) []Message {
	return func(tellings []*ledger.Telling) []Message {
		var all []Message
		for _, c := range tellings {
			all = append(all, messages(c)...)
		}
		return all
	}
}

func (p *Publisher) sendEach(ctx context.Context, topic string, all []Message) error {
	var failed []error
	for _, m := range all {
		failed = append(failed, p.send(ctx, topic, m))
	}
	return errors.Join(failed...)
}

// sendPaced waits between messages, never for the first, nor in a hurry.
func (p *Publisher) sendPaced(ctx context.Context, topic string, all []Message) error {
	pause := p.Pause
	if pause == nil {
		pause = sleep
	}
	calm, cancel := unhurried(ctx)
	defer cancel()
	var failed []error
	for i, m := range all {
		if i > 0 {
			if err := pause(calm, chatPace); err != nil && ctx.Err() != nil {
				failed = append(failed, fmt.Errorf("publish the last %d of %d messages to %s: %w", len(all)-i, len(all), topic, err))
				break
			}
		}
		failed = append(failed, p.send(ctx, topic, m))
	}
	return errors.Join(failed...)
}

// unhurried ends where the hurry begins.
func unhurried(ctx context.Context) (context.Context, context.CancelFunc) {
	if deadline, ok := ctx.Deadline(); ok {
		return context.WithDeadline(ctx, deadline.Add(-chatHurry))
	}
	return context.WithCancel(ctx)
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *Publisher) send(ctx context.Context, topic string, m Message) error {
	in := &sns.PublishInput{TopicArn: &topic, Message: &m.Body, MessageAttributes: m.values()}
	if m.Subject != "" {
		in.Subject = &m.Subject
	}
	if _, err := p.SNS.Publish(ctx, in); err != nil {
		return fmt.Errorf("publish to %s: %w", topic, err)
	}
	return nil
}

// values are all of the message's attributes as the API takes them.
func (m Message) values() map[string]types.MessageAttributeValue {
	values := map[string]types.MessageAttributeValue{}
	for _, a := range m.typed() {
		values[a.name] = types.MessageAttributeValue{DataType: &a.kind, StringValue: &a.value}
	}
	return values
}
