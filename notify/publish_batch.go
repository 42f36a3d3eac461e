package notify

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
)

// maxBatch is how many messages SNS takes in one call; together they may take
// no more than [MaxSize] bytes.
const maxBatch = 10

// batches splits messages, in their order, into what one call takes.
func batches(all []Message) [][]Message {
	var split [][]Message
	from, size := 0, 0
	for i, m := range all {
		if i > from && (i-from == maxBatch || size+m.Size() > MaxSize) {
			split = append(split, all[from:i])
			from, size = i, 0
		}
		size += m.Size()
	}
	if from < len(all) {
		split = append(split, all[from:])
	}
	return split
}

func (p *Publisher) sendBatches(ctx context.Context, topic string, all []Message) error {
	var failed []error
	for _, batch := range batches(all) {
		failed = append(failed, p.sendBatch(ctx, topic, batch))
	}
	return errors.Join(failed...)
}

// sendBatch fails for each message that SNS does not say it took: the call as a
// whole succeeds even if it took none.
func (p *Publisher) sendBatch(ctx context.Context, topic string, batch []Message) error {
	in := &sns.PublishBatchInput{TopicArn: &topic}
	for i, m := range batch {
		in.PublishBatchRequestEntries = append(in.PublishBatchRequestEntries,
			types.PublishBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), Message: &m.Body, MessageAttributes: m.values()})
	}
	out, err := p.SNS.PublishBatch(ctx, in)
	if err != nil {
		return fmt.Errorf("publish %d messages to %s: %w", len(batch), topic, err)
	}
	var failed []error
	for _, f := range out.Failed {
		failed = append(failed, fmt.Errorf("publish to %s: message %s of %d: %w", topic, aws.ToString(f.Id), len(batch), refusalOf(f)))
	}
	if lost := len(batch) - len(out.Successful) - len(out.Failed); lost > 0 {
		failed = append(failed, fmt.Errorf("publish to %s: SNS does not say what became of %d of %d messages", topic, lost, len(batch)))
	}
	return errors.Join(failed...)
}

// refusalOf is why SNS did not take a message.
func refusalOf(f types.BatchResultErrorEntry) error {
	fault := "a fault of SNS"
	if f.SenderFault {
		fault = "a fault of the message"
	}
	return fmt.Errorf("%s, %s: %s", aws.ToString(f.Code), fault, aws.ToString(f.Message))
}
