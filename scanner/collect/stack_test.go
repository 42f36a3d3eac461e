package collect_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"iamvigil/internal/awstest"
	"iamvigil/scanner/account"
	"iamvigil/scanner/collect"
)

const (
	emailARN  = "arn:aws:sns:us-east-1:111122223333:email"
	chatARN   = "arn:aws:sns:us-east-1:111122223333:chat"
	eventsURL = "https://sqs.us-east-1.amazonaws.com/111122223333/events-failures"
	auditsURL = "https://sqs.us-east-1.amazonaws.com/111122223333/audit-failures"
)

var names = collect.Stack{
	Topics:     []string{emailARN, chatARN},
	EventRules: []string{"iam", "root", "gone"},
	Queues:     []string{eventsURL, auditsURL},
}

func standing() []awstest.Option {
	return []awstest.Option{
		awstest.Topics(emailARN), awstest.Subscriptions(chatARN, 0, 2),
		awstest.EventRule("iam", "ENABLED"), awstest.EventRule("root", "DISABLED"),
		awstest.Queue(eventsURL, 7), awstest.Queue(auditsURL, 0),
	}
}

func wholeWithStack(t *testing.T, opts ...awstest.Option) (*account.Snapshot, *awstest.AWS) {
	t.Helper()
	c, aws := collector(t, acme(), append(standing(), opts...)...)
	c.Stack = names
	s, err := c.Whole(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s, aws
}

func TestStack(t *testing.T) {
	s, aws := wholeWithStack(t)
	want := account.Stack{
		Topics:     []account.Topic{{ARN: emailARN, Confirmed: 1}, {ARN: chatARN, Pending: 2}},
		EventRules: []account.EventRule{{Name: "iam", State: "ENABLED"}, {Name: "root", State: "DISABLED"}, {Name: "gone"}},
		Queues:     []account.Queue{{URL: eventsURL, Messages: 7}, {URL: auditsURL}},
	}
	if diff := cmp.Diff(want, s.Stack); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, fact := range account.StackFacts() {
		if !s.Seen[fact].At.Equal(at) {
			t.Errorf("%s: %+v", fact, s.Seen[fact])
		}
	}
	for action, n := range map[string]int{"sns:GetTopicAttributes": 2, "events:DescribeRule": 3, "sqs:GetQueueAttributes": 2} {
		if calls := aws.Calls()[action]; calls != n {
			t.Errorf("%d calls of %s, want %d", calls, action, n)
		}
	}
}

// Each call refused, unsupported or failing costs its own fact and no other; and
// the permission is named where its grant would help.
func TestStackWithoutOneCall(t *testing.T) {
	for action, lost := range map[string]account.Fact{
		"sns:GetTopicAttributes": account.Topics, "events:DescribeRule": account.EventRules, "sqs:GetQueueAttributes": account.Queues,
	} {
		for how, opt := range map[string]awstest.Option{
			"denied":      awstest.Deny(action),
			"unsupported": awstest.Unsupported(action),
			"failing":     awstest.Fail(action, awstest.Always, "InternalFailure", 500),
		} {
			t.Run(action+" "+how, func(t *testing.T) {
				s, _ := wholeWithStack(t, opt)
				for _, fact := range slices.Concat(account.Facts(), account.StackFacts()) {
					if seen := s.Seen[fact]; seen.Known() == (fact == lost) {
						t.Errorf("%s: %+v", fact, seen)
					}
				}
				permission := ""
				if how == "denied" {
					permission = action
				}
				if seen := s.Seen[lost]; seen.Permission != permission {
					t.Errorf("%+v, want the permission %q", seen, permission)
				}
			})
		}
	}
}

// A list of which something cannot be read is missing as a whole, for the first
// reason.
func TestStackInPart(t *testing.T) {
	c, _ := collector(t, acme(), standing()...)
	c.Stack = collect.Stack{
		Topics: []string{emailARN, emailARN + "-none"},
		Queues: []string{auditsURL + "-none", auditsURL},
	}
	s, err := c.Whole(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := map[account.Fact]string{}
	for _, fact := range account.StackFacts() {
		got[fact] = s.Seen[fact].Missing
	}
	want := map[account.Fact]string{
		account.Topics:     "sns:GetTopicAttributes failed: NotFound",
		account.Queues:     "sqs:GetQueueAttributes failed: QueueDoesNotExist",
		account.EventRules: "", // which were not asked for
	}
	if diff := cmp.Diff(want, got); diff != "" || s.Seen[account.EventRules].Asked() {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(account.Stack{}, s.Stack); diff != "" {
		t.Errorf("what is missing is half there:\n%s", diff)
	}
}

// A look at what an event touched is not about the stack, and one that knows of
// no stack asks nothing.
func TestStackIsNotAskedFor(t *testing.T) {
	c, aws := collector(t, acme(), standing()...)
	if _, err := c.Whole(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.Stack = names
	s, _, err := c.Only(t.Context(), []account.Ref{acme().Account.Ref(), acme().Users[0].Ref()})
	if err != nil {
		t.Fatal(err)
	}
	for _, fact := range account.StackFacts() {
		if s.Seen[fact].Asked() {
			t.Errorf("%s: %+v", fact, s.Seen[fact])
		}
	}
	for _, action := range []string{"sns:GetTopicAttributes", "events:DescribeRule", "sqs:GetQueueAttributes"} {
		if n := aws.Calls()[action]; n != 0 {
			t.Errorf("%d calls of %s", n, action)
		}
	}
}
