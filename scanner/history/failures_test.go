package history_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"iamvigil/internal/awstest"
	"iamvigil/scanner/account"
	"iamvigil/scanner/history"
	"iamvigil/scanner/trail"
)

func TestFailures(t *testing.T) {
	const action = "cloudtrail:LookupEvents"
	found := func(i int) string { return fmt.Sprintf("CreateUser-%d by mallory", i) }
	not := func(code string) string { return "CloudTrail could not be asked: " + code }
	tests := []struct {
		name  string
		opt   awstest.Option
		want  []string
		calls int
	}{
		{"denied", awstest.Deny(action), []string{not("AccessDeniedException"), not("AccessDeniedException"), not("AccessDeniedException")}, 1},
		{"throttled once", awstest.Throttle(action, 1), []string{found(0), found(1), found(2)}, 4},
		{"throttled through one question", awstest.Throttle(action, 2), []string{not("ThrottlingException"), found(1), found(2)}, 4},
		{"throttled", awstest.Throttle(action, awstest.Always), []string{not("ThrottlingException"), not("ThrottlingException"), not("ThrottlingException")}, 4},
		{"expired token", awstest.Fail(action, awstest.Always, "ExpiredTokenException", 400),
			[]string{not("ExpiredTokenException"), not("ExpiredTokenException"), not("ExpiredTokenException")}, 2},
		{"one question refused", awstest.Fail(action, 1, "InvalidLookupAttributesException", 400), []string{not("InvalidLookupAttributesException"), found(1), found(2)}, 3},
		{"range refused", awstest.Fail(action, awstest.Always, "InvalidTimeRangeException", 400),
			[]string{not("InvalidTimeRangeException"), not("InvalidTimeRangeException"), not("InvalidTimeRangeException")}, 2},
		{"an error that is none of AWS's", awstest.Fail(action, 1, "<!channel> aws iam delete-user", 400), []string{not("no answer"), found(1), found(2)}, 3},
		{"not there", awstest.Unsupported(action), []string{not("UnknownOperationException"), not("UnknownOperationException"), not("UnknownOperationException")}, 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var questions []trail.Question
			opts := []awstest.Option{test.opt}
			for i := range 3 {
				questions = append(questions, about(account.KindUser, fmt.Sprint("u", i), "", "CreateUser"))
				opts = append(opts, awstest.Events(record(i, "CreateUser", "userName", fmt.Sprint("u", i))))
			}
			h, fake, _ := open(t, opts...)
			if diff := cmp.Diff(test.want, told(h.Who(t.Context(), questions))); diff != "" {
				t.Error(diff)
			}
			if calls := fake.Calls()[action]; calls != test.calls {
				t.Errorf("%d calls, want %d", calls, test.calls)
			}
		})
	}
}

// What not every cause's lookup tells is not guessed from the others'.
func TestAccountIsNotGuessed(t *testing.T) {
	h, _, _ := open(t, awstest.Events(record(5, "UpdateAccountPasswordPolicy")))
	h.Budget = 1
	got := told(h.Who(t.Context(), []trail.Question{about(account.KindAccount, "", "", "UpdateAccountPasswordPolicy", "DeleteAccountPasswordPolicy")}))
	if diff := cmp.Diff([]string{"not looked up: the budget of 1 calls a run was used up"}, got); diff != "" {
		t.Error(diff)
	}
}

// A run ends by itself, or with the context, and still answers.
func TestNoAnswerInTime(t *testing.T) {
	questions := []trail.Question{about(account.KindUser, "ann", ""), about(account.KindUser, "ben", "")}
	h, fake, _ := open(t)
	h.Within = time.Nanosecond
	want := []string{"CloudTrail could not be asked: no answer in time", "CloudTrail could not be asked: no answer in time"}
	if diff := cmp.Diff(want, told(h.Who(t.Context(), questions))); diff != "" {
		t.Error(diff)
	}
	if fake.Total() != 0 {
		t.Errorf("calls: %v", fake.Calls())
	}
	h, _, _ = open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	want = []string{"CloudTrail could not be asked: the run was cancelled", "CloudTrail could not be asked: the run was cancelled"}
	if diff := cmp.Diff(want, told(h.Who(ctx, questions))); diff != "" {
		t.Error(diff)
	}
}

// hung is an HTTP client whose first call is never answered.
type hung struct{ calls int }

func (c *hung) Do(request *http.Request) (*http.Response, error) {
	if c.calls++; c.calls == 1 {
		<-request.Context().Done()
		return nil, request.Context().Err()
	}
	body := io.NopCloser(strings.NewReader(`{"Events":[]}`))
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: body, Request: request}, nil
}

// A call that hangs costs its own question, and five of the run's thirty seconds.
// The clock is the bubble's.
func TestHungCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		h := history.New(aws.Config{HTTPClient: &hung{}, Credentials: aws.AnonymousCredentials{}}, "aws", time.Now)
		got := told(h.Who(t.Context(), []trail.Question{about(account.KindUser, "ann", ""), about(account.KindUser, "ben", "")}))
		want := []string{"CloudTrail could not be asked: no answer in time", "not in the last 90 days"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if took := time.Since(begun); took != 5*time.Second {
			t.Errorf("it took %v, want 5s", took)
		}
	})
}

// The shipped pause ends with the context.
func TestPauseEndsWithTheContext(t *testing.T) {
	h := history.New(aws.Config{}, "aws", awstest.Epoch)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := h.Pause(ctx, time.Hour); err == nil {
		t.Error("no error after the context was cancelled")
	}
	if err := h.Pause(t.Context(), 0); err != nil {
		t.Error(err)
	}
}

func TestNoQuestions(t *testing.T) {
	h, fake, _ := open(t)
	if got := h.Who(t.Context(), nil); len(got) != 0 || fake.Total() != 0 {
		t.Errorf("%v after %v", got, fake.Calls())
	}
}
