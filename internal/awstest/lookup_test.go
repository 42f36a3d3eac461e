package awstest_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/google/go-cmp/cmp"

	"iamvigil/internal/awstest"
)

// happened is the record of a call about a user some hours before the clock.
func happened(hoursAgo int, name, user string) string {
	return fmt.Sprintf(`{"eventID":"%s%d","eventName":%q,"eventSource":"iam.amazonaws.com","awsRegion":"us-east-1","eventTime":%q,
		"readOnly":false,"userIdentity":{"userName":"eve","accessKeyId":"AKIAEVE"},"requestParameters":{"userName":%q},
		"responseElements":{"accessKey":{"accessKeyId":"AKIANEW%d"}}}`,
		name, hoursAgo, name, awstest.Epoch().Add(-time.Duration(hoursAgo)*time.Hour).Format(time.RFC3339), user, hoursAgo)
}

func by(key types.LookupAttributeKey, value string) []types.LookupAttribute {
	return []types.LookupAttribute{{AttributeKey: key, AttributeValue: aws.String(value)}}
}

// found reads all pages of one lookup.
func found(t *testing.T, a *awstest.AWS, in cloudtrail.LookupEventsInput) []string {
	t.Helper()
	var ids []string
	for pages := cloudtrail.NewLookupEventsPaginator(cloudtrail.NewFromConfig(a.Config()), &in); pages.HasMorePages(); {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Events {
			ids = append(ids, aws.ToString(e.EventId))
		}
	}
	return ids
}

// LookupEvents: one attribute, newest first, of the last 90 days of the Region.
func TestLookup(t *testing.T) {
	records := []string{
		happened(3, "CreateAccessKey", "ann"), happened(1, "TagUser", "ann"), happened(2, "CreateAccessKey", "ben"),
		happened(91*24, "CreateUser", "ann"),
		`{"eventID":"elsewhere","eventName":"TagUser","awsRegion":"eu-west-1","eventTime":"2026-11-01T11:00:00Z"}`,
	}
	for _, opt := range []awstest.Option{awstest.SmallPages(0), awstest.SmallPages(1), awstest.SmallPages(2)} {
		a := awstest.Serve(t, small(), awstest.Events(records[:2]...), opt)
		a.Happen(records[2:]...)
		for name, test := range map[string]struct {
			in   cloudtrail.LookupEventsInput
			want []string
		}{
			"all":        {cloudtrail.LookupEventsInput{}, []string{"TagUser1", "CreateAccessKey2", "CreateAccessKey3"}},
			"resource":   {cloudtrail.LookupEventsInput{LookupAttributes: by("ResourceName", "ann")}, []string{"TagUser1", "CreateAccessKey3"}},
			"key":        {cloudtrail.LookupEventsInput{LookupAttributes: by("ResourceName", "AKIANEW2")}, []string{"CreateAccessKey2"}},
			"name":       {cloudtrail.LookupEventsInput{LookupAttributes: by("EventName", "CreateAccessKey")}, []string{"CreateAccessKey2", "CreateAccessKey3"}},
			"caller":     {cloudtrail.LookupEventsInput{LookupAttributes: by("Username", "ann")}, nil},
			"caller key": {cloudtrail.LookupEventsInput{LookupAttributes: by("AccessKeyId", "AKIAEVE"), MaxResults: aws.Int32(1)}, []string{"TagUser1", "CreateAccessKey2", "CreateAccessKey3"}},
			"since":      {cloudtrail.LookupEventsInput{StartTime: aws.Time(awstest.Epoch().Add(-2 * time.Hour))}, []string{"TagUser1", "CreateAccessKey2"}},
			"until":      {cloudtrail.LookupEventsInput{EndTime: aws.Time(awstest.Epoch().Add(-2 * time.Hour))}, []string{"CreateAccessKey2", "CreateAccessKey3"}},
		} {
			if diff := cmp.Diff(test.want, found(t, a, test.in)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
	}
}

func TestLookupEvent(t *testing.T) {
	record := happened(1, "CreateAccessKey", "ann")
	a := awstest.Serve(t, small(), awstest.Events(record, "", "{broken"))
	out, err := cloudtrail.NewFromConfig(a.Config()).LookupEvents(t.Context(), &cloudtrail.LookupEventsInput{})
	if err != nil || len(out.Events) != 3 {
		t.Fatalf("%+v, %v", out, err)
	}
	if e := out.Events[0]; e.CloudTrailEvent != nil {
		t.Errorf("the event without a record has %q", *e.CloudTrailEvent)
	}
	if e := out.Events[1]; aws.ToString(e.CloudTrailEvent) != "{broken" {
		t.Errorf("the broken record is %v", e.CloudTrailEvent)
	}
	e := out.Events[2]
	if *e.CloudTrailEvent != record || *e.EventName != "CreateAccessKey" || !e.EventTime.Equal(awstest.Epoch().Add(-time.Hour)) ||
		*e.Username != "eve" || *e.ReadOnly != "false" || *e.AccessKeyId != "AKIAEVE" || len(e.Resources) != 2 {
		t.Errorf("%+v", e)
	}
}

func TestLookupRefuses(t *testing.T) {
	a := awstest.Serve(t, small(), awstest.Events(happened(1, "TagUser", "ann"), happened(2, "TagUser", "ann")))
	client := cloudtrail.NewFromConfig(a.Config())
	first, err := client.LookupEvents(t.Context(), &cloudtrail.LookupEventsInput{MaxResults: aws.Int32(1)})
	if err != nil || first.NextToken == nil {
		t.Fatalf("%+v, %v", first, err)
	}
	for want, in := range map[string]cloudtrail.LookupEventsInput{
		"InvalidLookupAttributesException": {LookupAttributes: append(by("EventName", "a"), by("EventId", "b")...)},
		"InvalidTimeRangeException":        {StartTime: aws.Time(awstest.Epoch()), EndTime: aws.Time(awstest.Epoch().Add(-time.Hour))},
		"InvalidMaxResultsException":       {MaxResults: aws.Int32(51)},
		// A token goes with the parameters of its own request.
		"InvalidNextTokenException": {NextToken: first.NextToken, LookupAttributes: by("EventName", "TagUser")},
	} {
		_, err := client.LookupEvents(t.Context(), &in)
		if got := codeOf(t, err); got != want {
			t.Errorf("code %q, want %q", got, want)
		}
	}
}
