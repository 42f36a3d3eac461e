package awstest

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"iamvigil/scanner/account"
)

// Subscriptions creates an SNS topic with so many confirmed and pending
// subscriptions. One made by [Topics] has a confirmed one, unless the snapshot
// says otherwise.
func Subscriptions(topicARN string, confirmed, pending int) Option {
	return func(a *AWS) {
		if a.topics[topicARN] == nil {
			a.topics[topicARN] = &topic{}
		}
		of := &a.account.Stack.Topics
		*of = append(slices.DeleteFunc(slices.Clone(*of), func(t account.Topic) bool { return t.ARN == topicARN }),
			account.Topic{ARN: topicARN, Confirmed: confirmed, Pending: pending})
	}
}

// EventRule creates an EventBridge rule of the default bus in a state, such as
// ENABLED.
func EventRule(name, state string) Option {
	return func(a *AWS) {
		of := &a.account.Stack.EventRules
		*of = append(slices.DeleteFunc(slices.Clone(*of), func(r account.EventRule) bool { return r.Name == name }),
			account.EventRule{Name: name, State: state})
	}
}

// Queue creates an SQS queue that says it holds so many messages.
func Queue(queueURL string, messages int) Option {
	return func(a *AWS) {
		of := &a.account.Stack.Queues
		*of = append(slices.DeleteFunc(slices.Clone(*of), func(q account.Queue) bool { return q.URL == queueURL }),
			account.Queue{URL: queueURL, Messages: messages})
	}
}

// theTopicItself demands the action's permission on the topic that the call names.
func theTopicItself(_ *AWS, c *call) []demand {
	return []demand{on(c.action(), c.form.Get("TopicArn"))}
}

type topicAnswer struct {
	Entries []topicAttribute `xml:"Attributes>entry"`
}

type topicAttribute struct {
	Key   string `xml:"key"`
	Value string `xml:"value"`
}

func (a *AWS) getTopicAttributes(c *call) (any, *failure) {
	if _, fail := a.topic(c); fail != nil {
		return nil, fail
	}
	of := account.Topic{ARN: c.form.Get("TopicArn"), Confirmed: 1}
	for _, t := range a.account.Stack.Topics {
		if t.ARN == of.ARN {
			of = t
		}
	}
	return topicAnswer{[]topicAttribute{
		{"TopicArn", of.ARN},
		{"Owner", a.account.Account.ID},
		{"SubscriptionsConfirmed", strconv.Itoa(of.Confirmed)},
		{"SubscriptionsDeleted", "0"},
		{"SubscriptionsPending", strconv.Itoa(of.Pending)},
	}}, nil
}

type ruleInput struct{ Name, EventBusName string }

// arn is of something that the account has in the call's Region.
func (a *AWS) arn(c *call, service, resource string) string {
	id := a.account.Account
	return "arn:" + id.Partition + ":" + service + ":" + c.region + ":" + id.ID + ":" + resource
}

// theEventRule demands the action's permission on the rule that the call names.
func theEventRule(a *AWS, c *call) []demand {
	var in ruleInput
	if fail := c.decode(&in); fail != nil {
		return nil // said again when the call is answered
	}
	return []demand{on(c.action(), a.arn(c, "events", "rule/"+in.Name))}
}

func (a *AWS) describeRule(c *call) (any, *failure) {
	var in ruleInput
	if fail := c.decode(&in); fail != nil {
		return nil, fail
	}
	for _, r := range a.account.Stack.EventRules {
		if r.Name == in.Name && r.State != "" && (in.EventBusName == "" || in.EventBusName == "default") {
			return map[string]string{"Name": r.Name, "Arn": a.arn(c, "events", "rule/"+r.Name), "State": r.State, "EventBusName": "default"}, nil
		}
	}
	return nil, &failure{status: http.StatusBadRequest, code: "ResourceNotFoundException",
		message: "Rule " + in.Name + " does not exist on EventBus default."}
}

type queueInput struct {
	QueueURL       string `json:"QueueUrl"`
	AttributeNames []string
}

// theQueue demands the action's permission on the queue that the call names.
func theQueue(a *AWS, c *call) []demand {
	var in queueInput
	if fail := c.decode(&in); fail != nil {
		return nil // said again when the call is answered
	}
	return []demand{on(c.action(), a.arn(c, "sqs", account.NameOf(in.QueueURL)))}
}

// getQueueAttributes finds a queue by its URL's path, whatever the host.
func (a *AWS) getQueueAttributes(c *call) (any, *failure) {
	var in queueInput
	if fail := c.decode(&in); fail != nil {
		return nil, fail
	}
	for _, q := range a.account.Stack.Queues {
		if pathIn(q.URL) == pathIn(in.QueueURL) {
			return queueAnswer(q, a.arn(c, "sqs", account.NameOf(q.URL)), in.AttributeNames)
		}
	}
	return nil, &failure{status: http.StatusBadRequest, code: "QueueDoesNotExist", message: "The specified queue does not exist."}
}

func pathIn(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return strings.TrimSuffix(u.Path, "/")
}

// queueAnswer has the attributes asked for; of none asked, none.
func queueAnswer(q account.Queue, arn string, names []string) (any, *failure) {
	all := map[string]string{"QueueArn": arn, "ApproximateNumberOfMessages": strconv.Itoa(q.Messages)}
	out := map[string]string{}
	for _, name := range names {
		value, known := all[name]
		switch {
		case name == "All":
			out = all
		case known:
			out[name] = value
		default:
			return nil, &failure{status: http.StatusBadRequest, code: "InvalidAttributeName",
				message: "Unknown Attribute " + name + ".", unknown: "sqs:GetQueueAttributes: attribute " + name}
		}
	}
	return map[string]any{"Attributes": out}, nil
}
