package awstest_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"iamvigil/internal/awstest"
)

// The answer comes after the time for the call and that for its bytes, and not
// before. The clock is the bubble's.
func TestLatency(t *testing.T) {
	const call, kilobyte = 30 * time.Millisecond, time.Millisecond
	form := "Action=GetAccountSummary&Version=2010-05-08"
	synctest.Test(t, func(t *testing.T) {
		a := awstest.New(small(), awstest.Latency(call, kilobyte))
		for _, test := range []struct {
			patience time.Duration
			answered bool
		}{{call, false}, {call + kilobyte + 1, true}} {
			ctx, cancel := context.WithTimeout(t.Context(), test.patience)
			r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/", strings.NewReader(form))
			r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=K/20261101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0")
			w := httptest.NewRecorder()
			a.ServeHTTP(w, r)
			if answered := strings.Contains(w.Body.String(), "AccountMFAEnabled"); answered != test.answered {
				t.Errorf("within %v: %q", test.patience, w.Body.String())
			}
			cancel()
		}
	})
}

func TestUnsignedIsRefused(t *testing.T) {
	w := httptest.NewRecorder()
	awstest.New(small()).ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", strings.NewReader("Action=GetUser")))
	if w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "MissingAuthenticationToken") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
