package history_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"iamvigil/internal/awstest"
	"iamvigil/scanner/account"
	"iamvigil/scanner/history"
)

const opsRole, readRole = "arn:aws:iam::111122223333:role/ops", "arn:aws:iam::111122223333:role/read"

// assumed is a record of a user's AssumeRole some minutes ago.
func assumed(user string, minutesAgo int, role string) string {
	return fmt.Sprintf(`{"eventID":"%s-%d","eventName":"AssumeRole","eventSource":"sts.amazonaws.com","awsRegion":"us-east-1","readOnly":true,
		"eventTime":%q,"recipientAccountId":"111122223333","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/%s","userName":%q},
		"requestParameters":{"roleArn":%q,"roleSessionName":"s"}}`,
		user, minutesAgo, awstest.Epoch().Add(-time.Duration(minutesAgo)*time.Minute).Format(time.RFC3339), user, user, role)
}

func refusedTo(record string) string {
	return strings.Replace(record, `"eventID"`, `"errorCode":"AccessDenied","eventID"`, 1)
}

func TestAssumed(t *testing.T) {
	h, _, d := open(t, awstest.Events(
		assumed("ann", 30, opsRole), assumed("ann", 10, opsRole), assumed("ann", 60, readRole),
		assumed("ann", 13*60, "arn:aws:iam::111122223333:role/yesterday"),
		refusedTo(assumed("ann", 5, "arn:aws:iam::111122223333:role/refused")),
		assumed("ben", 20, opsRole), assumed("ben", 15, opsRole), assumed("ben", 14*60, opsRole),
		record(1, "CreateAccessKey", "userName", "ann"),
	))
	got, err := h.Assumed(t.Context(), account.Ref{Kind: account.KindUser, Name: "ann"}, d.now().Add(-12*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	want := []history.Assumption{
		{Role: opsRole, At: awstest.Epoch().Add(-10 * time.Minute), Others: 2},
		{Role: readRole, At: awstest.Epoch().Add(-60 * time.Minute)},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// What CloudTrail does not tell is not "none".
func TestAssumedIsNotKnown(t *testing.T) {
	h, _, d := open(t, awstest.Events(assumed("ann", 10, opsRole)), awstest.Fail("cloudtrail:LookupEvents", awstest.Always, "AccessDeniedException", 400))
	got, err := h.Assumed(t.Context(), account.Ref{Kind: account.KindUser, Name: "ann"}, d.now().Add(-12*time.Hour))
	if err == nil || got != nil || !strings.Contains(err.Error(), `roles that user "ann" assumed: CloudTrail could not be asked: AccessDeniedException`) {
		t.Errorf("%v, %v", got, err)
	}
	many := make([]string, 0, 200)
	for i := range 200 {
		many = append(many, assumed("ann", i+1, opsRole))
	}
	h, _, d = open(t, awstest.Events(many...))
	if _, err := h.Assumed(t.Context(), account.Ref{Kind: account.KindUser, Name: "ann"}, d.now().Add(-12*time.Hour)); err == nil || !strings.Contains(err.Error(), "not among the latest 150 events") {
		t.Errorf("%v", err)
	}
}
