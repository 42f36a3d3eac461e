package wire

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/caarlos0/env/v11"
)

// environment are the SDK's own variables that concern a Lambda function. The
// SDK's package that reads them links what signs in to IAM Identity Center, reads
// profiles and asks instances: 0.3 MiB even where its loader, 1.2 MiB, is not used.
type environment struct {
	KeyID   string `env:"AWS_ACCESS_KEY_ID"`
	Secret  string `env:"AWS_SECRET_ACCESS_KEY"`
	Token   string `env:"AWS_SESSION_TOKEN"`
	Account string `env:"AWS_ACCOUNT_ID"`

	Region        string `env:"AWS_REGION"`
	DefaultRegion string `env:"AWS_DEFAULT_REGION"`
	Endpoint      string `env:"AWS_ENDPOINT_URL"`
	// NoEndpoints: neither Endpoint nor a service's own counts.
	NoEndpoints bool `env:"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"`
	FIPS        bool `env:"AWS_USE_FIPS_ENDPOINT"`
	DualStack   bool `env:"AWS_USE_DUALSTACK_ENDPOINT"`

	RetryMode string `env:"AWS_RETRY_MODE"`
	Attempts  int    `env:"AWS_MAX_ATTEMPTS"`
}

// awsConfig is the AWS configuration of a Lambda function, which is all in its
// environment.
func awsConfig() (aws.Config, error) {
	var e environment
	if err := env.Parse(&e); err != nil {
		return aws.Config{}, fmt.Errorf("read the AWS environment: %w", err)
	}
	value := aws.Credentials{AccessKeyID: e.KeyID, SecretAccessKey: e.Secret, SessionToken: e.Token, AccountID: e.Account}
	if !value.HasKeys() {
		return aws.Config{}, errors.New("read the AWS environment: it has no credentials; Lambda sets AWS_ACCESS_KEY_ID and its kin")
	}
	cfg := aws.Config{
		Region:           cmp.Or(e.Region, e.DefaultRegion, "us-east-1"), // where IAM's endpoint and events are
		Credentials:      credentials.StaticCredentialsProvider{Value: value},
		HTTPClient:       awshttp.NewBuildableClient(),
		RetryMaxAttempts: e.Attempts,
		ConfigSources:    []any{&e},
	}
	if e.RetryMode != "" {
		var err error
		if cfg.RetryMode, err = aws.ParseRetryMode(e.RetryMode); err != nil {
			return aws.Config{}, fmt.Errorf("read AWS_RETRY_MODE: %w", err)
		}
	}
	if e.Endpoint != "" && !e.NoEndpoints {
		cfg.BaseEndpoint = aws.String(e.Endpoint)
	}
	Patient(&cfg)
	return cfg, nil
}

// GetServiceBaseEndpoint is a service's own address, such as AWS_ENDPOINT_URL_SNS
// has. This and what follows is what the SDK's clients ask a configuration's sources.
func (e *environment) GetServiceBaseEndpoint(_ context.Context, sdkID string) (address string, found bool, err error) {
	address = os.Getenv("AWS_ENDPOINT_URL_" + strings.ReplaceAll(strings.ToUpper(sdkID), " ", "_"))
	return address, address != "", nil
}

// GetIgnoreConfiguredEndpoints tells whether no address of the environment counts.
func (e *environment) GetIgnoreConfiguredEndpoints(context.Context) (ignore, found bool, err error) {
	return e.NoEndpoints, true, nil
}

// GetUseFIPSEndpoint tells whether hosts have to be FIPS ones.
func (e *environment) GetUseFIPSEndpoint(context.Context) (state aws.FIPSEndpointState, found bool, err error) {
	return aws.FIPSEndpointStateEnabled, e.FIPS, nil
}

// GetUseDualStackEndpoint tells whether hosts have to be dual-stack ones.
func (e *environment) GetUseDualStackEndpoint(context.Context) (state aws.DualStackEndpointState, found bool, err error) {
	return aws.DualStackEndpointStateEnabled, e.DualStack, nil
}
