// Package awsjson makes single calls of AWS services that speak the JSON
// protocols 1.0 and 1.1, or REST-JSON, on nothing but the SDK's core: its
// configuration, credentials, signer, HTTP client and retryer.
//
// It is for services of which a Lambda needs a few calls. The SDK's client of
// DynamoDB would make each bootstrap 0.85 MiB larger, that of EventBridge 0.38,
// that of SQS 0.32, and with them they would be over their 12 MiB.
//
// It knows no service, and corrects no clock: AWS refuses what is signed at
// another time than its own.
package awsjson

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
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
	// Patient: a call is tried as often and at such intervals as the configuration
	// says, and an attempt may take a minute. Without, it is tried twice, for ten
	// seconds at most.
	Patient bool
	// Variants: the service has FIPS and dual-stack hosts by the common names, and
	// where the configuration wants such they are called.
	Variants bool
	// MaxAnswer is the most bytes of an answer; zero: 1 MiB.
	MaxAnswer int64
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
	attempt *retry.Attempt
	now     func() time.Time
}

// New makes a client. The configuration's region, credentials, endpoint, HTTP
// client and retryer are used; now is the time that calls are signed at.
func New(cfg aws.Config, service Service, now func() time.Time) *Client {
	if service.Global && cfg.Region != "" {
		cfg.Region = partitionOf(cfg.Region).home
	}
	if service.MaxAnswer == 0 {
		service.MaxAnswer = 1 << 20
	}
	c := &Client{service: service, cfg: cfg, http: cfg.HTTPClient, signer: v4.NewSigner(), attempt: attemptOf(&cfg, &service), now: now}
	if c.http == nil {
		c.http = awshttp.NewBuildableClient()
	}
	return c
}

// Call makes one call, and makes it again where it was throttled or failed on
// AWS's side. What AWS answers is decoded into out. The error is, as the SDK's
// are, a [smithy.OperationError], whose service is the one of IAM's actions; where
// AWS refused, it holds a [Refusal]. But for that it repeats nothing of what AWS
// answered.
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
