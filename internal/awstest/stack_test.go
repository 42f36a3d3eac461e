package awstest_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"

	"iamvigil/internal/awstest"
	"iamvigil/scanner/account"
)

func TestTopicAttributes(t *testing.T) {
	const quiet, gone = "arn:aws:sns:us-east-1:111122223333:quiet", "arn:aws:sns:us-east-1:111122223333:gone"
	a := awstest.Serve(t, small(), awstest.Topics(topicARN), awstest.Subscriptions(quiet, 0, 2),
		role(`{"Effect":"Allow","Action":"sns:GetTopicAttributes","Resource":"arn:aws:sns:us-east-1:111122223333:*"}`))
	client := sns.NewFromConfig(a.Config())
	for arn, want := range map[string][2]string{topicARN: {"1", "0"}, quiet: {"0", "2"}} {
		out, err := client.GetTopicAttributes(t.Context(), &sns.GetTopicAttributesInput{TopicArn: aws.String(arn)})
		if err != nil {
			t.Fatal(err)
		}
		got := [2]string{out.Attributes["SubscriptionsConfirmed"], out.Attributes["SubscriptionsPending"]}
		if got != want || out.Attributes["TopicArn"] != arn {
			t.Errorf("%v, want %v", out.Attributes, want)
		}
	}
	_, err := client.GetTopicAttributes(t.Context(), &sns.GetTopicAttributesInput{TopicArn: aws.String(gone)})
	if got := codeOf(t, err); got != "NotFound" {
		t.Errorf("code %s", got)
	}
	a.Become()
	_, err = client.GetTopicAttributes(t.Context(), &sns.GetTopicAttributesInput{TopicArn: aws.String(quiet)})
	if got := codeOf(t, err); got != "AuthorizationError" {
		t.Errorf("code %s", got)
	}
}

func TestEventRules(t *testing.T) {
	a := awstest.Serve(t, small(), awstest.EventRule("hears", "ENABLED"), awstest.EventRule("deaf", "DISABLED"),
		role(`{"Effect":"Allow","Action":"events:DescribeRule","Resource":"arn:aws:events:us-east-1:111122223333:rule/*"}`))
	client := eventbridge.NewFromConfig(a.Config())
	state := func(name string) (string, string) {
		out, err := client.DescribeRule(t.Context(), &eventbridge.DescribeRuleInput{Name: aws.String(name)})
		if err != nil {
			return "", codeOf(t, err)
		}
		return string(out.State), ""
	}
	for name, want := range map[string][2]string{"hears": {"ENABLED", ""}, "deaf": {"DISABLED", ""}, "none": {"", "ResourceNotFoundException"}} {
		if got, code := state(name); got != want[0] || code != want[1] {
			t.Errorf("%s: %q %q, want %v", name, got, code, want)
		}
	}
	a.Change(func(s *account.Snapshot) { s.Stack.EventRules[0].State = "DISABLED" })
	if got, _ := state("hears"); got != "DISABLED" {
		t.Errorf("after the change: %q", got)
	}
	a.Become()
	if _, code := state("hears"); code != "AccessDeniedException" {
		t.Errorf("code %q", code)
	}
}

func TestQueues(t *testing.T) {
	const url = "https://sqs.us-east-1.amazonaws.com/111122223333/failed"
	a := awstest.Serve(t, small(), awstest.Queue(url, 3),
		role(`{"Effect":"Allow","Action":"sqs:GetQueueAttributes","Resource":"arn:aws:sqs:us-east-1:111122223333:*"}`))
	client := sqs.NewFromConfig(a.Config())
	ask := func(url string, names ...sqstypes.QueueAttributeName) (map[string]string, string) {
		out, err := client.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: aws.String(url), AttributeNames: names})
		if err != nil {
			return nil, codeOf(t, err)
		}
		return out.Attributes, ""
	}
	got, code := ask(url, sqstypes.QueueAttributeNameApproximateNumberOfMessages)
	if diff := cmp.Diff(map[string]string{"ApproximateNumberOfMessages": "3"}, got); diff != "" || code != "" {
		t.Errorf("%s %s", code, diff)
	}
	if got, _ := ask(url, sqstypes.QueueAttributeNameAll); got["QueueArn"] != "arn:aws:sqs:us-east-1:111122223333:failed" {
		t.Errorf("all: %v", got)
	}
	if _, code := ask(url + "2"); code != "QueueDoesNotExist" {
		t.Errorf("code %q", code)
	}
	a.Become()
	if _, code := ask(url); code != "AccessDeniedException" {
		t.Errorf("code %q", code)
	}
}

func TestStacks(t *testing.T) {
	a := awstest.Serve(t, small(), awstest.StackOutputs("vigil", map[string]string{"Table": "t", "Audit": "a"}),
		awstest.StackResource("vigil", "EmailTopic", "AWS::SNS::Topic", topicARN),
		role(`{"Effect":"Allow","Action":"cloudformation:*","Resource":"arn:aws:cloudformation:us-east-1:111122223333:stack/*"}`))
	client := cloudformation.NewFromConfig(a.Config())
	out, err := client.DescribeStacks(t.Context(), &cloudformation.DescribeStacksInput{StackName: aws.String("vigil")})
	if err != nil {
		t.Fatal(err)
	}
	if s := out.Stacks[0]; *s.StackName != "vigil" || len(s.Outputs) != 2 || *s.Outputs[1].OutputKey != "Table" || *s.Outputs[1].OutputValue != "t" {
		t.Errorf("%+v", s)
	}
	list, err := client.ListStackResources(t.Context(), &cloudformation.ListStackResourcesInput{StackName: aws.String("vigil")})
	if err != nil {
		t.Fatal(err)
	}
	if r := list.StackResourceSummaries; len(r) != 1 || *r[0].LogicalResourceId != "EmailTopic" || *r[0].PhysicalResourceId != topicARN || *r[0].ResourceType != "AWS::SNS::Topic" {
		t.Errorf("%+v", r)
	}
	_, err = client.DescribeStacks(t.Context(), &cloudformation.DescribeStacksInput{StackName: aws.String("none")})
	if got := codeOf(t, err); got != "ValidationError" {
		t.Errorf("code %s", got)
	}
}

func TestSchedule(t *testing.T) {
	a := awstest.Serve(t, small(), awstest.Schedule("nightly", "ENABLED", "cron(0 3 * * ? *)"),
		role(`{"Effect":"Allow","Action":"scheduler:GetSchedule","Resource":"arn:aws:scheduler:us-east-1:111122223333:schedule/default/*"}`))
	client := scheduler.NewFromConfig(a.Config())
	out, err := client.GetSchedule(t.Context(), &scheduler.GetScheduleInput{Name: aws.String("nightly")})
	if err != nil || out.State != "ENABLED" || *out.ScheduleExpression != "cron(0 3 * * ? *)" {
		t.Errorf("%+v, %v", out, err)
	}
	_, err = client.GetSchedule(t.Context(), &scheduler.GetScheduleInput{Name: aws.String("none")})
	if got := codeOf(t, err); got != "ResourceNotFoundException" {
		t.Errorf("code %s", got)
	}
	a.Become()
	_, err = client.GetSchedule(t.Context(), &scheduler.GetScheduleInput{Name: aws.String("nightly")})
	if got := codeOf(t, err); got != "AccessDeniedException" {
		t.Errorf("code %s", got)
	}
}

// A hook can let CloudTrail tell of the tag, as AWS does minutes later.
func TestRoleTags(t *testing.T) {
	s := small()
	a := awstest.Serve(t, s)
	client := iamOf(a)
	_, err := client.TagRole(t.Context(), &iam.TagRoleInput{RoleName: aws.String("fn"),
		Tags: []iamtypes.Tag{{Key: aws.String("a"), Value: aws.String("1")}, {Key: aws.String("b"), Value: aws.String("")}}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.UntagRole(t.Context(), &iam.UntagRoleInput{RoleName: aws.String("fn"), TagKeys: []string{"a"}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"b": ""}, s.Roles[0].Tags); diff != "" {
		t.Error(diff)
	}
	_, err = client.UntagRole(t.Context(), &iam.UntagRoleInput{RoleName: aws.String("none"), TagKeys: []string{"a"}})
	if got := codeOf(t, err); got != "NoSuchEntity" {
		t.Errorf("code %s", got)
	}
}

// PublishBatch can take some messages and not others.
func TestEntriesFail(t *testing.T) {
	a := awstest.Serve(t, small(), awstest.Topics(topicARN), awstest.FailEntry(2, 1))
	client := sns.NewFromConfig(a.Config())
	for _, taken := range []int{1, 3} {
		out, err := client.PublishBatch(t.Context(), &sns.PublishBatchInput{TopicArn: aws.String(topicARN),
			PublishBatchRequestEntries: []snstypes.PublishBatchRequestEntry{
				{Id: aws.String("one"), Message: aws.String("first")}, {Id: aws.String("two"), Message: aws.String("second")}}})
		if err != nil {
			t.Fatal(err)
		}
		if len(a.Published(topicARN)) != taken || len(out.Successful)+len(out.Failed) != 2 {
			t.Errorf("%d messages taken, want %d: %+v", len(a.Published(topicARN)), taken, out.Failed)
		}
		if taken == 1 && (*out.Failed[0].Id != "two" || *out.Failed[0].Code != "InternalError" || out.Failed[0].SenderFault) {
			t.Errorf("%+v", out.Failed)
		}
	}
}
