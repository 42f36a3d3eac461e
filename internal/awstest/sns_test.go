package awstest_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"iamvigil/internal/awstest"
)

func text(value string) types.MessageAttributeValue {
	return types.MessageAttributeValue{DataType: aws.String("String"), StringValue: aws.String(value)}
}

func TestPublished(t *testing.T) {
	a := awstest.Serve(t, small(), awstest.Topics(topicARN))
	client := sns.NewFromConfig(a.Config())
	for _, in := range []sns.PublishInput{
		{Message: aws.String("plain"), Subject: aws.String("one finding"), MessageAttributes: map[string]types.MessageAttributeValue{
			"severity": text("high"),
			"rule":     {DataType: aws.String("String.Array"), StringValue: aws.String(`["a","b"]`)},
		}},
		{Message: aws.String(`{"default":"all","https":"chat","n":1}`), MessageStructure: aws.String("json"),
			MessageAttributes: map[string]types.MessageAttributeValue{"severity": text("high")}},
	} {
		in.TopicArn = aws.String(topicARN)
		if _, err := client.Publish(t.Context(), &in); err != nil {
			t.Fatal(err)
		}
	}
	want := []awstest.Message{
		{Subject: "one finding", Body: "plain", Attributes: map[string]awstest.Attribute{
			"severity": {Type: "String", Value: "high"}, "rule": {Type: "String.Array", Value: `["a","b"]`}}},
		{Body: "all", Bodies: map[string]string{"https": "chat"}},
	}
	got := a.Published(topicARN)
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(awstest.Message{}, "ID")); diff != "" {
		t.Error(diff)
	}
	if got[1].For("https") != "chat" || got[1].For("email") != "all" || got[0].ID == got[1].ID {
		t.Errorf("%+v", got)
	}
}

// publishing is a message made by changing a good one, and the code of the
// error that it meets with, if any.
type publishing struct {
	name, want string
	change     func(*sns.PublishInput)
}

// Publish: 262,144 bytes with attributes, and a subject of 1 to 99 characters
// of printable ASCII.
func TestPublishLimits(t *testing.T) {
	const limit = 262_144
	for _, test := range []publishing{
		{"as large as may be", "", func(in *sns.PublishInput) { in.Message = aws.String(strings.Repeat("x", limit)) }},
		{"a byte too large", "InvalidParameter", func(in *sns.PublishInput) { in.Message = aws.String(strings.Repeat("x", limit+1)) }},
		{"bytes, not characters", "InvalidParameter", func(in *sns.PublishInput) { in.Message = aws.String(strings.Repeat("é", limit/2+1)) }},
		{"attributes count", "InvalidParameter", func(in *sns.PublishInput) {
			in.Message = aws.String(strings.Repeat("x", limit-len("kString")))
			in.MessageAttributes = map[string]types.MessageAttributeValue{"k": text("v")}
		}},
		{"empty", "InvalidParameter", func(in *sns.PublishInput) { in.Message = aws.String("") }},
		{"subject of 99", "", func(in *sns.PublishInput) { in.Subject = aws.String(strings.Repeat("s", 99)) }},
		{"subject of 100", "InvalidParameter", func(in *sns.PublishInput) { in.Subject = aws.String(strings.Repeat("s", 100)) }},
		{"subject of two lines", "InvalidParameter", func(in *sns.PublishInput) { in.Subject = aws.String("a\nb") }},
		{"subject beyond ASCII", "InvalidParameter", func(in *sns.PublishInput) { in.Subject = aws.String("é") }},
		{"empty subject", "InvalidParameter", func(in *sns.PublishInput) { in.Subject = aws.String("") }},
		{"subject after a space", "InvalidParameter", func(in *sns.PublishInput) { in.Subject = aws.String(" s") }},
		{"no default", "InvalidParameter", func(in *sns.PublishInput) {
			in.Message, in.MessageStructure = aws.String(`{"https":"x"}`), aws.String("json")
		}},
		{"no JSON", "InvalidParameter", func(in *sns.PublishInput) { in.MessageStructure = aws.String("json") }},
		{"other structure", "InvalidParameter", func(in *sns.PublishInput) { in.MessageStructure = aws.String("xml") }},
		{"no such topic", "NotFound", func(in *sns.PublishInput) { in.TopicArn = aws.String(topicARN + "2") }},
		{"another Region's topic", "InvalidParameter", func(in *sns.PublishInput) {
			in.TopicArn = aws.String(strings.Replace(topicARN, "us-east-1", "eu-west-1", 1))
		}},
	} {
		test.check(t)
	}
}

// MessageAttributes: names, data types and values.
func TestAttributeLimits(t *testing.T) {
	for _, test := range []publishing{
		{"empty attribute", "ParameterValueInvalid", attribute("k", text(""))},
		{"attribute with an emoji", "ParameterValueInvalid", attribute("k", text("😀"))},
		{"reserved attribute", "ParameterValueInvalid", attribute("AWS.k", text("v"))},
		{"attribute of a strange name", "ParameterValueInvalid", attribute("a b", text("v"))},
		{"no array", "ParameterValueInvalid", attribute("k", types.MessageAttributeValue{DataType: aws.String("String.Array"), StringValue: aws.String("a")})},
		{"no number", "ParameterValueInvalid", attribute("k", types.MessageAttributeValue{DataType: aws.String("Number"), StringValue: aws.String("a")})},
		{"binary", "", attribute("k", types.MessageAttributeValue{DataType: aws.String("Binary"), BinaryValue: []byte{0, 1}})},
	} {
		test.check(t)
	}
}

func (p publishing) check(t *testing.T) {
	t.Helper()
	a := awstest.Serve(t, small(), awstest.Topics(topicARN))
	in := &sns.PublishInput{TopicArn: aws.String(topicARN), Message: aws.String("m")}
	p.change(in)
	_, err := sns.NewFromConfig(a.Config()).Publish(t.Context(), in)
	if got := codeOf(t, err); got != p.want {
		t.Errorf("%s: code %q, want %q: %v", p.name, got, p.want, err)
	}
	if published := len(a.Published(topicARN)) == 1; published != (p.want == "") {
		t.Errorf("%s: published: %v", p.name, published)
	}
}

func attribute(name string, value types.MessageAttributeValue) func(*sns.PublishInput) {
	return func(in *sns.PublishInput) {
		in.MessageAttributes = map[string]types.MessageAttributeValue{name: value}
	}
}

// PublishBatch: one bad entry does not hold up the others; ten at most.
func TestPublishBatch(t *testing.T) {
	a := awstest.Serve(t, small(), awstest.Topics(topicARN))
	client := sns.NewFromConfig(a.Config())
	batch := func(ids ...string) []types.PublishBatchRequestEntry {
		var entries []types.PublishBatchRequestEntry
		for _, id := range ids {
			entries = append(entries, types.PublishBatchRequestEntry{Id: aws.String(id), Message: aws.String(id)})
		}
		return entries
	}
	entries := batch("a", "b")
	entries[1].Subject = aws.String("a\nb")
	out, err := client.PublishBatch(t.Context(), &sns.PublishBatchInput{TopicArn: aws.String(topicARN), PublishBatchRequestEntries: entries})
	if err != nil || len(out.Successful) != 1 || len(out.Failed) != 1 || *out.Failed[0].Id != "b" || len(a.Published(topicARN)) != 1 {
		t.Errorf("%+v, %v", out, err)
	}
	huge := batch("a", "b")
	huge[0].Message, huge[1].Message = aws.String(strings.Repeat("x", 140_000)), aws.String(strings.Repeat("x", 140_000))
	got := map[string]string{}
	for name, entries := range map[string][]types.PublishBatchRequestEntry{
		"none": {}, "eleven": batch("1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"), "twice": batch("1", "1"), "too long": huge,
	} {
		_, err := client.PublishBatch(t.Context(), &sns.PublishBatchInput{TopicArn: aws.String(topicARN), PublishBatchRequestEntries: entries})
		got[name] = codeOf(t, err)
	}
	want := map[string]string{"none": "EmptyBatchRequest", "eleven": "TooManyEntriesInBatchRequest",
		"twice": "BatchEntryIdsNotDistinct", "too long": "BatchRequestTooLong"}
	if !maps.Equal(want, got) {
		t.Error(cmp.Diff(want, got))
	}
}
