package trail_test

import (
	"strings"
	"testing"

	"iamvigil/scanner/trail"
)

// TestCalled: which calls an UpdateAccessKey event is. CloudTrail begins the names
// of request parameters with a small letter.
func TestCalled(t *testing.T) {
	ev, err := trail.Parse([]byte(`{"detail": {"eventID": "1", "eventName": "UpdateAccessKey", "eventSource": "iam.amazonaws.com", "requestID": "r1",
		"requestParameters": {"userName": "ann", "accessKeyId": "AKIA1", "status": "Inactive"}}}`))
	if err != nil || ev.RequestID != "r1" {
		t.Fatalf("request %q, %v", ev.RequestID, err)
	}
	parameters := func(pairs ...string) map[string]string {
		all := map[string]string{"UserName": "ann", "AccessKeyId": "AKIA1", "Status": "Inactive"}
		for i := 0; i < len(pairs); i += 2 {
			if all[pairs[i]] = pairs[i+1]; pairs[i+1] == "" {
				delete(all, pairs[i])
			}
		}
		return all
	}
	for name, row := range map[string]struct {
		operation  string
		parameters map[string]string
		want       bool
	}{
		"the same":             {"UpdateAccessKey", parameters(), true},
		"another operation":    {"DeleteAccessKey", parameters(), false},
		"another key":          {"UpdateAccessKey", parameters("AccessKeyId", "AKIA2"), false},
		"another status":       {"UpdateAccessKey", parameters("Status", "Active"), false},
		"another user":         {"UpdateAccessKey", parameters("UserName", "Ann"), false},
		"fewer parameters":     {"UpdateAccessKey", parameters("Status", ""), false},
		"more parameters":      {"UpdateAccessKey", parameters("PolicyArn", "p"), false},
		"another name instead": {"UpdateAccessKey", parameters("Status", "", "State", "Inactive"), false},
		"one without a name":   {"UpdateAccessKey", parameters("Status", "", "", "x"), false},
	} {
		if got := ev.Called(row.operation, row.parameters); got != row.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	of := ev
	of.Source = "sts.amazonaws.com"
	if of.Called("UpdateAccessKey", parameters()) {
		t.Error("a call of another service is taken")
	}
	long := "arn:aws:iam::111122223333:policy/" + strings.Repeat("x", 300)
	attach, err := trail.Parse([]byte(`{"detail": {"eventID": "1", "eventName": "AttachUserPolicy", "eventSource": "iam.amazonaws.com",
		"requestParameters": {"userName": "ann", "policyArn": "` + long + `"}}}`))
	if err != nil || !attach.Called("AttachUserPolicy", map[string]string{"UserName": "ann", "PolicyArn": long}) {
		t.Errorf("a long ARN is not recognized: %v", err)
	}
}
