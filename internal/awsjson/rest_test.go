package awsjson_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"

	"iamvigil/internal/awsjson"
	"iamvigil/internal/awstest"
)

var (
	analyzers = awsjson.Service{Name: "access-analyzer", ID: "AccessAnalyzer"}
	contacts  = awsjson.Service{Name: "account", ID: "Account", Global: true}
)

// What a REST-JSON request has on it: the operation's method, path and query, a
// body or none, and no target.
func TestSend(t *testing.T) {
	for name, test := range map[string]struct {
		request       awsjson.Request
		target, media string
		body          string
	}{
		"get": {awsjson.Request{Operation: "ListAnalyzers", Method: http.MethodGet, Path: "/analyzer",
			Query: url.Values{"nextToken": {"a b/="}}}, "/analyzer?nextToken=a%20b%2F%3D", "", ""},
		"get all": {awsjson.Request{Operation: "ListAnalyzers", Method: http.MethodGet, Path: "/analyzer"}, "/analyzer", "", ""},
		"post": {awsjson.Request{Operation: "ListFindingsV2", Method: http.MethodPost, Path: "/findingv2",
			Body: input{"x"}}, "/findingv2", "application/json", `{"Name":"x"}`},
	} {
		t.Run(name, func(t *testing.T) {
			var got *http.Request
			var body string
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				text, _ := io.ReadAll(r.Body)
				got, body = r, string(text)
				_, _ = io.WriteString(w, `{"State":"ACTIVE"}`)
			}))
			defer server.Close()
			var out output
			if err := awsjson.New(config(server.URL), analyzers, awstest.Epoch).Send(t.Context(), test.request, &out); err != nil || out.State != "ACTIVE" {
				t.Fatalf("%+v, %v", out, err)
			}
			if got.RequestURI != test.target || got.Header.Get("Content-Type") != test.media || body != test.body {
				t.Errorf("%s, %q: %s", got.RequestURI, got.Header.Get("Content-Type"), body)
			}
			if got.Header.Get("X-Amz-Target") != "" || !strings.Contains(got.Header.Get("Authorization"), "/us-east-1/access-analyzer/aws4_request") {
				t.Errorf("header %v", got.Header)
			}
		})
	}
}

// A service of one endpoint in a partition is called there, and signed for there:
// endpoint rule sets of Account Management and Organizations.
func TestGlobalEndpoints(t *testing.T) {
	for region, want := range map[string]string{
		"eu-central-1":   "https://account.us-east-1.amazonaws.com/listRegions",
		"us-gov-east-1":  "https://account.us-gov-west-1.amazonaws.com/listRegions",
		"cn-north-1":     "https://account.cn-northwest-1.amazonaws.com.cn/listRegions",
		"us-iso-west-1":  "https://account.us-iso-east-1.c2s.ic.gov/listRegions",
		"us-isob-east-1": "https://account.us-isob-east-1.sc2s.sgov.gov/listRegions",
		"eusc-de-east-1": "https://account.eusc-de-east-1.amazonaws.eu/listRegions",
	} {
		var signed string
		cfg := config("")
		cfg.Region, cfg.BaseEndpoint = region, nil
		cfg.HTTPClient = client(func(r *http.Request) (*http.Response, error) {
			signed = r.Header.Get("Authorization")
			if got := r.URL.String(); got != want {
				t.Errorf("%s: %s, want %s", region, got, want)
			}
			return nil, errors.New("not sent")
		})
		err := awsjson.New(cfg, contacts, awstest.Epoch).Send(t.Context(), awsjson.Request{Operation: "ListRegions", Method: http.MethodPost, Path: "/listRegions"}, &output{})
		home := strings.Split(strings.TrimPrefix(want, "https://account."), ".")[0]
		if err == nil || !strings.Contains(signed, "/"+home+"/account/") {
			t.Errorf("%s: %v, signed %s", region, err, signed)
		}
	}
}

// client is an HTTP client of one function.
type client func(*http.Request) (*http.Response, error)

func (c client) Do(r *http.Request) (*http.Response, error) { return c(r) }

func describe(ctx context.Context, client aws.HTTPClient) error {
	cfg := config("")
	cfg.BaseEndpoint, cfg.HTTPClient = nil, client
	return awsjson.New(cfg, events, awstest.Epoch).Call(ctx, "DescribeRule", input{"iam"}, &output{})
}

// A host that has no address is not asked for again, and the error says what that
// may mean. It names the operation as any other.
func TestNoHost(t *testing.T) {
	calls := 0
	err := describe(t.Context(), client(func(*http.Request) (*http.Response, error) {
		calls++
		return nil, &url.Error{Op: "Post", Err: &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "events.nowhere", IsNotFound: true}}}
	}))
	var op *smithy.OperationError
	if !errors.As(err, &op) || op.Err.Error() != "there is no host events.nowhere: AWS may not have the service there, or its name is not resolved here" {
		t.Error(err)
	}
	if calls != 1 {
		t.Errorf("%d calls", calls)
	}
}

// A host that never answers is given up after two attempts of ten seconds, whether
// before its answer begins or within. The clock is the bubble's.
func TestSlowHost(t *testing.T) {
	for name, answer := range map[string]client{
		"never": func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		},
		"in part": func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(endless{r.Context()})}, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				err := describe(t.Context(), answer)
				if took := time.Since(start).Round(time.Second); !errors.Is(err, context.DeadlineExceeded) || took != 20*time.Second {
					t.Errorf("%v after %s", err, took)
				}
			})
		})
	}
}

// endless is a body that ends when its request does.
type endless struct{ ctx context.Context }

func (b endless) Read([]byte) (int, error) {
	<-b.ctx.Done()
	return 0, b.ctx.Err()
}

// An error repeats nothing of an answer that cannot be decoded, since it may be
// somebody's address, and long.
func TestErrorsKeepSecrets(t *testing.T) {
	const secret = "ann@example.com"
	for name, body := range map[string]string{
		"a string for an object": `"` + secret + `"`,
		"a bad time":             `{"At":"` + secret + `"}`,
		"a huge number":          `{"N":` + strings.Repeat("9", 400) + `}`,
		"no JSON":                secret,
		"more after it":          `{} ` + secret,
		"nested deep":            `{"Deep":` + strings.Repeat("[", 20_000) + secret,
	} {
		t.Run(name, func(t *testing.T) {
			var out struct {
				At   time.Time
				N    int
				Deep any
			}
			err := answering(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) }).
				Call(t.Context(), "DescribeRule", input{"iam"}, &out)
			if err == nil || strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "999") || len(err.Error()) > 200 {
				t.Errorf("%v", err)
			}
			if err != nil && !strings.Contains(err.Error(), "DescribeRule") {
				t.Errorf("%v does not name the operation", err)
			}
		})
	}
}
