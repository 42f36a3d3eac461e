package collect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"golang.org/x/sync/errgroup"

	"iamvigil/internal/awsjson"
	"iamvigil/scanner/account"
)

// Stack names what the scanner's own stack rests on, all of it in the
// configuration's Region. What it does not name is not asked for.
type Stack struct {
	Topics     []string // ARNs
	EventRules []string // names of EventBridge rules on the default bus
	Queues     []string // URLs of SQS queues of what was given up
	// Denies are the stack's own policies that contain users. Nothing is asked
	// about them: every look carries them into its snapshot.
	Denies account.Denies
}

// stackClients are of services of the stack alone.
type stackClients struct {
	sns         *sns.Client
	events, sqs *awsjson.Client
}

func newStackClients(cfg aws.Config, now func() time.Time) stackClients {
	return stackClients{
		sns:    sns.NewFromConfig(cfg),
		events: awsjson.New(cfg, awsjson.Service{Name: "events", ID: "EventBridge", Target: "AWSEvents", Version: "1.1"}, now),
		sqs:    awsjson.New(cfg, awsjson.Service{Name: "sqs", ID: "SQS", Target: "AmazonSQS", Version: "1.0"}, now),
	}
}

// stackFacts reads what is known of the scanner's own stack. A list that is not
// read whole is a missing fact.
func (c *Collector) stackFacts(ctx context.Context, l *look, g *errgroup.Group) {
	of := &l.snapshot.Stack
	for _, fact := range []struct {
		name account.Fact
		n    int
		read func(context.Context, *account.Stack) error
	}{
		{account.Topics, len(c.Stack.Topics), c.topics},
		{account.EventRules, len(c.Stack.EventRules), c.eventRules},
		{account.Queues, len(c.Stack.Queues), c.queues},
	} {
		if fact.n > 0 {
			g.Go(func() error {
				at := c.now()
				l.saw(at, fact.read(ctx, of), fact.name)
				return nil
			})
		}
	}
}

func (c *Collector) topics(ctx context.Context, s *account.Stack) (err error) {
	s.Topics, err = each(c.Stack.Topics, func(arn string) (account.Topic, error) {
		out, err := c.own.sns.GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: aws.String(arn)})
		if err != nil {
			return account.Topic{}, err
		}
		t := account.Topic{ARN: arn}
		if t.Confirmed, err = number("sns:GetTopicAttributes", out.Attributes, "SubscriptionsConfirmed"); err != nil {
			return account.Topic{}, err
		}
		t.Pending, err = number("sns:GetTopicAttributes", out.Attributes, "SubscriptionsPending")
		return t, err
	})
	return err
}

func (c *Collector) eventRules(ctx context.Context, s *account.Stack) (err error) {
	s.EventRules, err = each(c.Stack.EventRules, func(name string) (account.EventRule, error) {
		var out struct{ State string }
		err := c.own.events.Call(ctx, "DescribeRule", map[string]string{"Name": name}, &out)
		switch {
		case codeOf(err) == "ResourceNotFoundException": // it is gone
			return account.EventRule{Name: name}, nil
		case err == nil && out.State == "":
			err = errors.New("events:DescribeRule gives no State")
		}
		return account.EventRule{Name: name, State: out.State}, err
	})
	return err
}

func (c *Collector) queues(ctx context.Context, s *account.Stack) (err error) {
	const wanted = "ApproximateNumberOfMessages"
	s.Queues, err = each(c.Stack.Queues, func(url string) (account.Queue, error) {
		in := map[string]any{"QueueUrl": url, "AttributeNames": []string{wanted}}
		var out struct{ Attributes map[string]string }
		if err := c.own.sqs.Call(ctx, "GetQueueAttributes", in, &out); err != nil {
			return account.Queue{}, err
		}
		n, err := number("sqs:GetQueueAttributes", out.Attributes, wanted)
		return account.Queue{URL: url, Messages: n}, err
	})
	return err
}

// each reads all things of a list at once. The error is that of the first, in
// the list's order, that could not be read; then there are none.
func each[Name, Thing any](names []Name, read func(Name) (Thing, error)) ([]Thing, error) {
	things, errs := make([]Thing, len(names)), make([]error, len(names))
	var wg sync.WaitGroup
	for i := range names {
		wg.Go(func() { things[i], errs[i] = read(names[i]) })
	}
	wg.Wait()
	if err := cmp.Or(errs...); err != nil {
		return nil, err
	}
	return things, nil
}

func number(action string, attributes map[string]string, name string) (int, error) {
	n, err := strconv.Atoi(attributes[name])
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%s gives no number as %s", action, name)
	}
	return n, nil
}
