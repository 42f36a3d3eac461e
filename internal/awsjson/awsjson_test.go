package awsjson_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"

	"iamvigil/internal/awsjson"
	"iamvigil/internal/awstest"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

var events = awsjson.Service{Name: "events", ID: "EventBridge", Target: "AWSEvents", Version: "1.1"}

type input struct{ Name string }

type output struct{ State string }

func serve(t *testing.T, opts ...awstest.Option) (*awsjson.Client, *awstest.AWS) {
	t.Helper()
	fake := awstest.Serve(t, &account.Snapshot{Account: account.Identity{ID: "111122223333", Partition: "aws"}},
		append(opts, awstest.EventRule("iam", "ENABLED"))...)
	return awsjson.New(fake.Config(), events, awstest.Epoch), fake
}

func TestCall(t *testing.T) {
	c, fake := serve(t)
	var out output
	if err := c.Call(t.Context(), "DescribeRule", input{"iam"}, &out); err != nil || out.State != "ENABLED" {
		t.Errorf("%+v, %v", out, err)
	}
	if calls := fake.Calls()["events:DescribeRule"]; calls != 1 {
		t.Errorf("%d calls", calls)
	}
}

// Codes of errors and how often the call was made.
func TestErrors(t *testing.T) {
	const action = "events:DescribeRule"
	for name, test := range map[string]struct {
		opt   awstest.Option
		rule  string
		code  string
		calls int
	}{
		"gone":              {awstest.Hook(func(string, int) {}), "none", "ResourceNotFoundException", 1},
		"denied":            {awstest.Role(policy.Parse(`{}`)), "iam", "AccessDeniedException", 1},
		"throttled once":    {awstest.Throttle(action, 1), "iam", "", 2},
		"throttled":         {awstest.Throttle(action, awstest.Always), "iam", "ThrottlingException", 2},
		"failing once":      {awstest.Fail(action, 1, "InternalException", 500), "iam", "", 2},
		"failing":           {awstest.Fail(action, awstest.Always, "InternalException", 500), "iam", "InternalException", 2},
		"failing on demand": {awstest.Fail(action, 1, "ManagedRuleException", 400), "iam", "ManagedRuleException", 1},
		"unsupported":       {awstest.Unsupported(action), "iam", "UnknownOperationException", 1},
	} {
		t.Run(name, func(t *testing.T) {
			c, fake := serve(t, test.opt)
			var out output
			err := c.Call(t.Context(), "DescribeRule", input{test.rule}, &out)
			if got := codeOf(t, err); got != test.code {
				t.Errorf("code %q, want %q: %v", got, test.code, err)
			}
			if calls := fake.Calls()[action]; calls != test.calls {
				t.Errorf("%d calls, want %d", calls, test.calls)
			}
			var op *smithy.OperationError
			if err != nil && (!errors.As(err, &op) || op.ServiceID != "events" || op.OperationName != "DescribeRule") {
				t.Errorf("%v does not name the action", err)
			}
		})
	}
}

func codeOf(t *testing.T, err error) string {
	t.Helper()
	var api smithy.APIError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &api):
		return api.ErrorCode()
	}
	t.Fatalf("no answer of AWS: %v", err)
	return ""
}

// answering makes a client of a server that answers everything alike.
func answering(t *testing.T, answer http.HandlerFunc) *awsjson.Client {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	return awsjson.New(config(server.URL), events, awstest.Epoch)
}

func config(address string) aws.Config {
	return aws.Config{
		Region: "us-east-1", BaseEndpoint: aws.String(address),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "ASIA", SecretAccessKey: "secret", SessionToken: "token"}, nil
		}),
		Retryer: func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) { o.MaxBackoff = time.Millisecond })
		},
	}
}

// What a request has on it, and that it is signed for the Region and service.
func TestRequest(t *testing.T) {
	var got *http.Request
	var body string
	c := answering(t, func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		got, body = r, string(text)
		_, _ = io.WriteString(w, `{"State":"DISABLED","More":{"ignored":1}}`)
	})
	var out output
	if err := c.Call(t.Context(), "DescribeRule", input{"a<b"}, &out); err != nil || out.State != "DISABLED" {
		t.Fatalf("%+v, %v", out, err)
	}
	for header, want := range map[string]string{
		"X-Amz-Target": "AWSEvents.DescribeRule", "Content-Type": "application/x-amz-json-1.1",
		"X-Amz-Security-Token": "token", "X-Amz-Date": "20261101T120000Z",
	} {
		if value := got.Header.Get(header); value != want {
			t.Errorf("%s is %q, want %q", header, value, want)
		}
	}
	if auth := got.Header.Get("Authorization"); !strings.Contains(auth, "Credential=ASIA/20261101/us-east-1/events/aws4_request") {
		t.Errorf("Authorization is %q", auth)
	}
	if got.Method != http.MethodPost || got.URL.Path != "/" || body != `{"Name":"a\u003cb"}` {
		t.Errorf("%s %s: %s", got.Method, got.URL.Path, body)
	}
}

// Answers that AWS does not give, or not from the service itself.
func TestOddAnswers(t *testing.T) {
	for name, test := range map[string]struct {
		status       int
		header, body string
		code         string
	}{
		"namespace":         {400, "", `{"__type":"com.amazon.coral.service#AccessDeniedException","Message":"no"}`, "AccessDeniedException"},
		"header":            {400, "ValidationException:http://internal.amazon.com/coral/", `{}`, "ValidationException"},
		"code":              {400, "", `{"code":"Oops"}`, "Oops"},
		"a proxy's page":    {403, "", `<html>no</html>`, "UnknownError"},
		"an empty error":    {400, "", ``, "UnknownError"},
		"an empty answer":   {200, "", ``, ""},
		"no JSON":           {200, "", `<html>hello</html>`, ""},
		"too long":          {200, "", `{"State":"` + strings.Repeat("x", 1<<20) + `"}`, ""},
		"of another type":   {200, "", `{"State":7}`, ""},
		"a page of nowhere": {301, "", `moved`, "UnknownError"},
	} {
		t.Run(name, func(t *testing.T) {
			c := answering(t, func(w http.ResponseWriter, _ *http.Request) {
				if test.header != "" {
					w.Header().Set("X-Amzn-ErrorType", test.header)
				}
				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, test.body)
			})
			var out output
			err := c.Call(t.Context(), "DescribeRule", input{"iam"}, &out)
			if err == nil {
				t.Fatalf("no error, but %+v", out)
			}
			var api smithy.APIError
			if code := ""; errors.As(err, &api) {
				if code = api.ErrorCode(); code != test.code {
					t.Errorf("code %q, want %q", code, test.code)
				}
			} else if test.code != "" {
				t.Errorf("%v has no code, want %q", err, test.code)
			}
		})
	}
}

// A client with no server, no credentials or no time says so.
func TestNoCall(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	closed := httptest.NewServer(nil)
	closed.Close()
	for name, test := range map[string]struct {
		ctx    context.Context
		change func(*aws.Config)
		want   string
	}{
		"nobody there":   {t.Context(), func(*aws.Config) {}, "connection refused"},
		"cancelled":      {cancelled, func(*aws.Config) {}, "context canceled"},
		"no credentials": {t.Context(), func(cfg *aws.Config) { cfg.Credentials = nil }, "there are no credentials"},
		"no Region":      {t.Context(), func(cfg *aws.Config) { cfg.Region, cfg.BaseEndpoint = "", nil }, "no Region is set"},
		"no address":     {t.Context(), func(cfg *aws.Config) { cfg.BaseEndpoint = aws.String("http://[") }, "address events"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := config(closed.URL)
			test.change(&cfg)
			err := awsjson.New(cfg, events, awstest.Epoch).Call(test.ctx, "DescribeRule", input{"iam"}, &output{})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v does not say %q", err, test.want)
			}
		})
	}
}

// source is what of the environment or a profile names endpoints.
type source struct {
	service string
	ignore  bool
}

func (s source) GetServiceBaseEndpoint(_ context.Context, id string) (string, bool, error) {
	return s.service, s.service != "" && id == "EventBridge", nil
}

func (s source) GetIgnoreConfiguredEndpoints(context.Context) (bool, bool, error) {
	return s.ignore, true, nil
}

// spy sees where a request goes, and lets none go.
type spy struct{ address string }

func (s *spy) Do(r *http.Request) (*http.Response, error) {
	s.address = r.URL.String()
	return nil, errors.New("not sent")
}

func TestEndpoints(t *testing.T) {
	for name, test := range map[string]struct {
		cfg  aws.Config
		want string
	}{
		"aws":            {aws.Config{Region: "us-east-1"}, "https://events.us-east-1.amazonaws.com/"},
		"aws-us-gov":     {aws.Config{Region: "us-gov-west-1"}, "https://events.us-gov-west-1.amazonaws.com/"},
		"aws-cn":         {aws.Config{Region: "cn-north-1"}, "https://events.cn-north-1.amazonaws.com.cn/"},
		"aws-eusc":       {aws.Config{Region: "eusc-de-east-1"}, "https://events.eusc-de-east-1.amazonaws.eu/"},
		"aws-iso-b":      {aws.Config{Region: "us-isob-east-1"}, "https://events.us-isob-east-1.sc2s.sgov.gov/"},
		"of all":         {aws.Config{Region: "us-east-1", BaseEndpoint: aws.String("http://127.0.0.1:4566")}, "http://127.0.0.1:4566/"},
		"of the service": {aws.Config{Region: "us-east-1", BaseEndpoint: aws.String("http://a"), ConfigSources: []any{"", source{service: "http://b/"}}}, "http://b/"},
		"of another":     {aws.Config{Region: "us-east-1", BaseEndpoint: aws.String("http://a"), ConfigSources: []any{source{}}}, "http://a/"},
		"ignored":        {aws.Config{Region: "us-east-1", ConfigSources: []any{source{service: "http://b", ignore: true}}}, "https://events.us-east-1.amazonaws.com/"},
	} {
		to := &spy{}
		cfg := config("")
		test.cfg.Credentials, test.cfg.Retryer, test.cfg.HTTPClient = cfg.Credentials, cfg.Retryer, to
		if err := awsjson.New(test.cfg, events, awstest.Epoch).Call(t.Context(), "DescribeRule", input{"iam"}, &output{}); err == nil {
			t.Errorf("%s: no error", name)
		}
		if to.address != test.want {
			t.Errorf("%s: %s, want %s", name, to.address, test.want)
		}
	}
}
