package awsjson_test

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"iamvigil/internal/awsjson"
	"iamvigil/internal/awstest"
)

// table is a service that is patient, and whose answers are longer than others'.
var table = awsjson.Service{Name: "dynamodb", ID: "DynamoDB", Target: "DynamoDB_20120810", Version: "1.0", Patient: true, Variants: true, MaxAnswer: 2 << 20}

// How often a call is tried that always fails: twice, or where the service is
// patient as often as the configuration says, in its own order.
func TestAttempts(t *testing.T) {
	for name, test := range map[string]struct {
		service awsjson.Service
		change  func(*aws.Config)
		want    int
	}{
		"hasty":                    {events, func(*aws.Config) {}, 2},
		"hasty, eight":             {events, func(cfg *aws.Config) { cfg.RetryMaxAttempts = 8 }, 2},
		"hasty, the environment's": {events, func(cfg *aws.Config) { cfg.Retryer, cfg.RetryMaxAttempts = nil, 8 }, 2},
		"patient":                  {table, func(*aws.Config) {}, 3}, // the retryer's own
		"patient, five":            {table, func(cfg *aws.Config) { cfg.RetryMaxAttempts = 5 }, 5},
		"patient, one":             {table, func(cfg *aws.Config) { cfg.Retryer, cfg.RetryMaxAttempts = nil, 1 }, 1},
		"patient, adaptive": {table, func(cfg *aws.Config) {
			cfg.Retryer, cfg.RetryMode, cfg.RetryMaxAttempts = nil, aws.RetryModeAdaptive, 2
		}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			calls := 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				calls++
				w.WriteHeader(http.StatusInternalServerError)
			}))
			defer server.Close()
			cfg := config(server.URL)
			test.change(&cfg)
			if err := awsjson.New(cfg, test.service, awstest.Epoch).Call(t.Context(), "Query", input{}, &output{}); err == nil || calls != test.want {
				t.Errorf("%d calls, want %d: %v", calls, test.want, err)
			}
		})
	}
}

// A patient call ends with its context all the same.
func TestPatienceEnds(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	cfg := config("")
	cfg.Retryer, cfg.RetryMaxAttempts = nil, 1000
	cfg.HTTPClient = client(func(*http.Request) (*http.Response, error) { return nil, errors.New("reset") })
	err := awsjson.New(cfg, table, awstest.Epoch).Call(ctx, "Query", input{}, &output{})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the deadline", err)
	}
}

// An answer that is not that of its x-amz-crc32 is asked for again, whatever its
// status; one without is taken. It is not compressed on the way.
func TestChecksum(t *testing.T) {
	const whole = `{"State":"ACTIVE"}`
	sum := strconv.FormatUint(uint64(crc32.ChecksumIEEE([]byte(whole))), 10)
	for name, test := range map[string]struct {
		sum    string
		status int
		calls  int
	}{
		"right": {sum, 200, 1}, "none": {"", 200, 1}, "wrong": {"1", 200, 3}, "no number": {"x", 200, 3}, "wrong of an error": {"1", 400, 3}, "right of an error": {sum, 400, 1},
	} {
		t.Run(name, func(t *testing.T) {
			calls := 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				calls++
				if got := r.Header.Get("Accept-Encoding"); got != "identity" {
					t.Errorf("Accept-Encoding %q", got)
				}
				if test.sum != "" {
					w.Header().Set("X-Amz-Crc32", test.sum)
				}
				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, whole)
			}))
			defer server.Close()
			var out output
			err := awsjson.New(config(server.URL), table, awstest.Epoch).Call(t.Context(), "Query", input{}, &out)
			if good := test.calls == 1 && test.status == 200; (err == nil) != good || (out.State == "ACTIVE") != good || calls != test.calls {
				t.Errorf("%+v after %d calls, want %d: %v", out, calls, test.calls, err)
			}
			if test.calls > 1 && !strings.Contains(fmt.Sprint(err), "not that of its checksum") {
				t.Error(err)
			}
		})
	}
}

// A service's own bound of its answers.
func TestMaxAnswer(t *testing.T) {
	for length, want := range map[int]bool{1 << 20: true, 2<<20 - 12: true, 2<<20 - 11: false} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"State":"`+strings.Repeat("x", length)+`"}`)
		}))
		var out output
		err := awsjson.New(config(server.URL), table, awstest.Epoch).Call(t.Context(), "Query", input{}, &out)
		server.Close()
		if (err == nil) != want {
			t.Errorf("%d: %v", length, err)
		}
	}
}

// An error of AWS has the request's id, which AWS's support asks for, and the body.
func TestRefusal(t *testing.T) {
	err := answering(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Amzn-RequestId", "id-1")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"__type":"x#Gone","Message":"it is","More":1}`)
	}).Call(t.Context(), "DescribeRule", input{}, &output{})
	var refused *awsjson.Refusal
	if !errors.As(err, &refused) || refused.Code != "Gone" || !strings.Contains(string(refused.Body), `"More":1`) {
		t.Fatal(err)
	}
	if want := "operation error events: DescribeRule, https response error StatusCode: 400, RequestID: id-1, api error Gone: it is"; err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

// states are what a source tells of hosts.
type states struct {
	fips, dualStack bool
	err             error
}

func (s states) GetUseFIPSEndpoint(context.Context) (aws.FIPSEndpointState, bool, error) {
	return aws.FIPSEndpointStateEnabled, s.fips, s.err
}

func (s states) GetUseDualStackEndpoint(context.Context) (aws.DualStackEndpointState, bool, error) {
	return aws.DualStackEndpointStateEnabled, s.dualStack, s.err
}

// none is a source that wants neither.
type none struct{}

func (none) GetUseFIPSEndpoint(context.Context) (aws.FIPSEndpointState, bool, error) {
	return aws.FIPSEndpointStateDisabled, true, nil
}

// FIPS and dual-stack hosts are not to be had of another's address, and the first
// source that knows decides.
func TestVariants(t *testing.T) {
	const other = "a FIPS or dual-stack host is wanted, and an address of another is set"
	for name, test := range map[string]struct {
		service awsjson.Service
		address string
		sources []any
		host    string
		want    string // the error
	}{
		"neither":                     {table, "", []any{states{}}, "dynamodb.us-east-1.amazonaws.com", ""},
		"both":                        {table, "", []any{states{fips: true, dualStack: true}}, "dynamodb-fips.us-east-1.api.aws", ""},
		"the first is silent":         {table, "", []any{states{}, states{fips: true}}, "dynamodb-fips.us-east-1.amazonaws.com", ""},
		"the first does not":          {table, "", []any{none{}, states{fips: true}}, "dynamodb.us-east-1.amazonaws.com", ""},
		"FIPS of all":                 {table, "http://a", []any{states{fips: true}}, "", other},
		"dual-stack of all":           {table, "http://a", []any{states{dualStack: true}}, "", other},
		"an address":                  {table, "http://a", []any{none{}}, "a", ""},
		"unreadable":                  {table, "", []any{states{err: errors.New("maybe")}}, "", "read whether FIPS hosts are wanted: maybe"},
		"a service without such ones": {events, "", []any{states{fips: true}}, "events.us-east-1.amazonaws.com", ""},
	} {
		t.Run(name, func(t *testing.T) {
			var host string
			cfg := config("")
			cfg.BaseEndpoint, cfg.ConfigSources = nil, test.sources
			if test.address != "" {
				cfg.BaseEndpoint = &test.address
			}
			cfg.HTTPClient = client(func(r *http.Request) (*http.Response, error) {
				host = r.URL.Host
				return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(`{}`))}, nil
			})
			err := awsjson.New(cfg, test.service, awstest.Epoch).Call(t.Context(), "Query", input{}, &output{})
			if host != test.host || (err == nil) != (test.want == "") || !strings.Contains(fmt.Sprint(err), test.want) && err != nil {
				t.Errorf("%s, %v; want %s, %q", host, err, test.host, test.want)
			}
		})
	}
}
