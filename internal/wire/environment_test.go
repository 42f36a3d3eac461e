package wire_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/google/go-cmp/cmp"

	"iamvigil/internal/wire"
)

// lambda sets what the Lambda runtime sets, and takes away all else.
func lambda(t *testing.T) {
	t.Helper()
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": "ASIATEST", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "token", "AWS_REGION": "us-east-1",
		"AWS_DEFAULT_REGION": "", "AWS_ENDPOINT_URL": "", "AWS_RETRY_MODE": "", "AWS_MAX_ATTEMPTS": "", "AWS_ACCOUNT_ID": "",
	} {
		t.Setenv(name, value)
	}
}

// addressed is what the clients made of the environment.
type addressed struct {
	Region, IAM, SNS, DynamoDB string
	FIPS, DualStack            bool
	Mode                       aws.RetryMode
	Attempts                   int
}

// Every client honours the SDK's standard variables as the SDK's own loader has it.
func TestEnvironment(t *testing.T) {
	for name, c := range map[string]struct {
		set  [][2]string
		want addressed
	}{
		"Lambda's":  {nil, addressed{Region: "us-east-1", Mode: aws.RetryModeAdaptive, Attempts: 8}},
		"no Region": {[][2]string{{"AWS_REGION", ""}}, addressed{Region: "us-east-1", Mode: aws.RetryModeAdaptive, Attempts: 8}},
		"a default Region": {
			[][2]string{{"AWS_REGION", ""}, {"AWS_DEFAULT_REGION", "us-gov-west-1"}},
			addressed{Region: "us-gov-west-1", Mode: aws.RetryModeAdaptive, Attempts: 8},
		},
		"endpoints": {
			[][2]string{{"AWS_ENDPOINT_URL", "http://all"}, {"AWS_ENDPOINT_URL_SNS", "http://sns"}},
			addressed{Region: "us-east-1", IAM: "http://all", SNS: "http://sns", DynamoDB: "http://all", Mode: aws.RetryModeAdaptive, Attempts: 8},
		},
		"a service's endpoint": {
			[][2]string{{"AWS_ENDPOINT_URL_DYNAMODB", "http://dynamodb"}},
			addressed{Region: "us-east-1", DynamoDB: "http://dynamodb", Mode: aws.RetryModeAdaptive, Attempts: 8},
		},
		"endpoints that do not count": {
			[][2]string{{"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"}, {"AWS_ENDPOINT_URL", "http://all"}, {"AWS_ENDPOINT_URL_SNS", "http://sns"}},
			addressed{Region: "us-east-1", Mode: aws.RetryModeAdaptive, Attempts: 8},
		},
		"hosts": {
			[][2]string{{"AWS_USE_FIPS_ENDPOINT", "true"}, {"AWS_USE_DUALSTACK_ENDPOINT", "True"}},
			addressed{Region: "us-east-1", FIPS: true, DualStack: true, Mode: aws.RetryModeAdaptive, Attempts: 8},
		},
		"retries": {
			[][2]string{{"AWS_RETRY_MODE", "standard"}, {"AWS_MAX_ATTEMPTS", "3"}},
			addressed{Region: "us-east-1", Mode: aws.RetryModeStandard, Attempts: 3},
		},
	} {
		t.Run(name, func(t *testing.T) {
			lambda(t)
			for _, v := range c.set {
				t.Setenv(v[0], v[1])
			}
			cfg, err := wire.AWSConfig()
			if err != nil {
				t.Fatal(err)
			}
			i, s, d := iam.NewFromConfig(cfg).Options(), sns.NewFromConfig(cfg).Options(), dynamodb.NewFromConfig(cfg).Options()
			got := addressed{
				Region: i.Region, IAM: aws.ToString(i.BaseEndpoint), SNS: aws.ToString(s.BaseEndpoint), DynamoDB: aws.ToString(d.BaseEndpoint),
				FIPS:      i.EndpointOptions.UseFIPSEndpoint == aws.FIPSEndpointStateEnabled,
				DualStack: s.EndpointOptions.UseDualStackEndpoint == aws.DualStackEndpointStateEnabled,
				Mode:      i.RetryMode, Attempts: i.RetryMaxAttempts,
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			value, err := cfg.Credentials.Retrieve(t.Context())
			if err != nil || value.AccessKeyID != "ASIATEST" || value.SecretAccessKey != "secret" || value.SessionToken != "token" {
				t.Errorf("%v, %v", value, err)
			}
		})
	}
}

func TestEnvironmentAtFault(t *testing.T) {
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_RETRY_MODE": "never", "AWS_MAX_ATTEMPTS": "many", "AWS_USE_FIPS_ENDPOINT": "maybe",
	} {
		t.Run(name, func(t *testing.T) {
			lambda(t)
			t.Setenv(name, value)
			if _, err := wire.AWSConfig(); err == nil || !strings.Contains(err.Error(), "read ") {
				t.Errorf("%v", err)
			}
		})
	}
}
