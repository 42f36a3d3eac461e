package words_test

import (
	"strconv"
	"testing"
	"time"

	"iamvigil/internal/words"
	"iamvigil/scanner"
	"iamvigil/scanner/trail"
)

func TestSpan(t *testing.T) {
	const day = 24 * time.Hour
	for d, want := range map[time.Duration]string{
		-time.Hour:                      "0 seconds",
		time.Second:                     "1 second",
		time.Minute:                     "1 minute",
		59*time.Minute + 59*time.Second: "59 minutes",
		time.Hour:                       "1 h 00 min",
		23*time.Hour + 59*time.Minute:   "23 h 59 min",
		day:                             "1 day",
		day + 59*time.Minute:            "1 day",
		day + time.Hour:                 "1 day 1 h",
		2 * day:                         "2 days",
		2*day + 23*time.Hour:            "2 days 23 h",
		3*day + 8*time.Hour:             "3 days",
		400 * day:                       "400 days",
	} {
		if got := words.Span(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}

func TestCounts(t *testing.T) {
	if got, want := words.Plural(1, "key", "keys")+", "+words.Plural(0, "key", "keys"), "1 key, 0 keys"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	counts := map[scanner.Severity]int{scanner.Low: 2, scanner.Critical: 1, scanner.High: 0}
	if got, want := words.BySeverity(counts), "1 critical, 2 low"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := words.BySeverity(nil); got != "" {
		t.Errorf("none are %q", got)
	}
}

func TestMinute(t *testing.T) {
	at := time.Date(2026, 11, 22, 1, 5, 59, 0, time.FixedZone("", 3600))
	if got, want := words.Minute(at), "2026-11-22 00:05 UTC"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestUntil(t *testing.T) {
	const day = 24 * time.Hour
	now := time.Date(2026, 11, 22, 1, 5, 0, 0, time.UTC)
	for left, want := range map[time.Duration]string{
		-time.Hour:              "2026-11-22 00:05 UTC",
		0:                       "2026-11-22 01:05 UTC",
		90 * time.Minute:        "2026-11-22 02:35 UTC, in 1 h 30 min",
		day - time.Minute:       "2026-11-23 01:04 UTC, in 23 h 59 min",
		day:                     "2026-11-23 01:05 UTC, in 1 day",
		day + 13*time.Hour:      "2026-11-23 14:05 UTC, in 2 days",
		7*day - 90*time.Second:  "2026-11-29 01:03 UTC, in 7 days",
		7*day + 11*time.Hour:    "2026-11-29 12:05 UTC, in 7 days",
		365*day + 5*time.Second: "2027-11-22 01:05 UTC, in 365 days",
	} {
		if got := words.Until(now.Add(left), now); got != want {
			t.Errorf("%v ahead is %q, want %q", left, got, want)
		}
	}
}

// The types are CloudTrail's userIdentity.type; a call that a service makes in
// root's name has invokedBy.
func TestWho(t *testing.T) {
	for want, actor := range map[string]trail.Actor{
		`the root user`:                           {Type: "Root", ARN: "arn:aws:iam::123456789012:root"},
		`the root user, by "s3.amazonaws.com"`:    {Type: "Root", InvokedBy: "s3.amazonaws.com"},
		`IAM user "alice"`:                        {Type: "IAMUser", Name: "alice"},
		`AWS service "autoscaling.amazonaws.com"`: {Type: "AWSService", InvokedBy: "autoscaling.amazonaws.com"},
		`role "ci" as "run-1"`:                    {Type: "AssumedRole", Name: "run-1", Issuer: "arn:aws:iam::123456789012:role/path/ci"},
		`actor "arn:x" of type "FederatedUser"`:   {Type: "FederatedUser", ARN: "arn:x"},
		`actor "unknown" of type "unknown"`:       {},
	} {
		if got := words.Who(actor, strconv.Quote); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
