// Package awsjson makes single calls of AWS services that speak the JSON
// protocols 1.0 and 1.1, or REST-JSON, on nothing but the SDK's core: its
// configuration, credentials, signer, HTTP client and retryer.
//
// It is for services of which a Lambda needs a few calls. The SDK's client of
// EventBridge would make each bootstrap 0.38 MiB larger, that of SQS 0.32 MiB,
// and with both they would be over their 12 MiB.
//
// It knows no service, and neither FIPS nor dual-stack hosts.
package awsjson

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"iamvigil/internal/pause"
)

const (
	// attempts is how often a call is made that is throttled or fails.
	attempts = 2
	// within is the most time that one attempt may take: a host that takes no
	// connections must not hold up all else.
	within = 10 * time.Second
	// maxAnswer is the most bytes of an answer.
	maxAnswer = 1 << 20
)

// Service is what a client needs to know of a service.
type Service struct {
	// Name is the service's in ARNs, signatures and hosts, such as events.
	Name string
	// ID is the SDK's, such as EventBridge, by which the environment names an
	// endpoint: AWS_ENDPOINT_URL_EVENTBRIDGE.
	ID string
	// Target is the first part of X-Amz-Target, such as AWSEvents; empty where the
	// service speaks REST-JSON, see [Client.Send].
	Target string
	// Version is the protocol's, 1.0 or 1.1; empty where Target is.
	Version string
	// Global: the service has one endpoint in a partition, whatever the Region at
	// hand, and takes what is signed for the Region of that.
	Global bool
}

// Request is a call of a service that speaks REST-JSON.
type Request struct {
	// Operation is its name among the service's, for errors.
	Operation string
	// Method and Path are the operation's, such as POST and /listRegions.
	Method, Path string
	Query        url.Values
	// Body is encoded as JSON; nil: there is none.
	Body any
}

// Client calls one service. It is safe for concurrent use.
type Client struct {
	service Service
	cfg     aws.Config
	http    aws.HTTPClient
	signer  *v4.Signer
	retryer aws.Retryer
	now     func() time.Time
}

// New makes a client. The configuration's region, credentials, endpoint, HTTP
// client and retryer are used; now is the time that calls are signed at.
func New(cfg aws.Config, service Service, now func() time.Time) *Client {
	if service.Global && cfg.Region != "" {
		cfg.Region = partitionOf(cfg.Region).home
	}
	c := &Client{service: service, cfg: cfg, http: cfg.HTTPClient, signer: v4.NewSigner(), now: now}
	if c.http == nil {
		c.http = awshttp.NewBuildableClient()
	}
	if cfg.Retryer != nil {
		c.retryer = cfg.Retryer()
	} else {
		c.retryer = retry.NewStandard(func(o *retry.StandardOptions) { o.MaxBackoff = time.Second })
	}
	return c
}

// Call makes one call, and once more where it was throttled or failed on AWS's
// side. What AWS answers is decoded into out. The error is, as the SDK's are, a
// [smithy.OperationError], whose service is the one of IAM's actions; where AWS
// refused, it holds a [smithy.APIError]. But for that it repeats nothing of what
// AWS answered.
func (c *Client) Call(ctx context.Context, operation string, in, out any) error {
	return c.Send(ctx, Request{Operation: operation, Method: http.MethodPost, Path: "/", Body: in}, out)
}

// Send is [Client.Call] for services that speak REST-JSON.
func (c *Client) Send(ctx context.Context, r Request, out any) error {
	if err := c.send(ctx, r, out); err != nil {
		return &smithy.OperationError{ServiceID: c.service.Name, OperationName: r.Operation, Err: err}
	}
	return nil
}

func (c *Client) send(ctx context.Context, r Request, out any) error {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = json.Marshal(r.Body); err != nil {
			return fmt.Errorf("encode the input: %w", err)
		}
	}
	for attempt := 1; ; attempt++ {
		answer, err := c.try(ctx, r, body)
		switch {
		case err == nil:
			return decode(answer, out)
		case attempt == attempts || !c.retryer.IsErrorRetryable(err):
			return err
		}
		if stopped := c.rest(ctx, attempt, err); stopped != nil {
			return stopped
		}
	}
}

// rest waits as long as the retryer says.
func (c *Client) rest(ctx context.Context, attempt int, failed error) error {
	wait, err := c.retryer.RetryDelay(attempt, failed)
	if err != nil {
		return failed
	}
	return pause.For(ctx, wait)
}

func (c *Client) try(ctx context.Context, r Request, body []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	request, err := c.request(ctx, r, body)
	if err != nil {
		return nil, err
	}
	response, err := c.http.Do(request)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, unsent(err)
	}
	defer func() { _ = response.Body.Close() }() // it has been read as far as it is wanted
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, &smithyhttp.RequestSendError{Err: err}
	case len(answer) > maxAnswer:
		return nil, fmt.Errorf("the answer is longer than %d bytes", maxAnswer)
	case response.StatusCode/100 != 2:
		return nil, &smithyhttp.ResponseError{Response: &smithyhttp.Response{Response: response}, Err: refusal(response, answer)}
	}
	return answer, nil
}

// request is the call, signed.
func (c *Client) request(ctx context.Context, r Request, body []byte) (*http.Request, error) {
	address, err := c.endpoint(ctx)
	if err != nil {
		return nil, err
	}
	address += strings.TrimPrefix(r.Path, "/")
	if len(r.Query) > 0 {
		address += "?" + r.Query.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, r.Method, address, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("address %s: %w", c.service.Name, err)
	}
	switch {
	case c.service.Target != "":
		request.Header.Set("Content-Type", "application/x-amz-json-"+c.service.Version)
		request.Header.Set("X-Amz-Target", c.service.Target+"."+r.Operation)
	case len(body) > 0:
		request.Header.Set("Content-Type", "application/json")
	}
	request.Header.Set("User-Agent", "iamvigil")
	if c.cfg.Credentials == nil {
		return nil, errors.New("there are no credentials")
	}
	credentials, err := c.cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, fmt.Errorf("get credentials: %w", err)
	}
	sum := sha256.Sum256(body)
	err = c.signer.SignHTTP(ctx, credentials, request, hex.EncodeToString(sum[:]), c.service.Name, c.cfg.Region, c.now())
	if err != nil {
		return nil, fmt.Errorf("sign the request: %w", err)
	}
	return request, nil
}
