package main

import (
	"bufio"
	"context"
	"io"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

// It serves until its standard input is closed, and tells then what was asked.
func TestServe(t *testing.T) {
	stdin, stop := io.Pipe()
	out, stdout := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- run([]string{"-users", "3", "-roles", "1", "-call", "0"}, stdin, stdout) }()
	lines := bufio.NewReader(out)
	url, err := lines.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	client := iam.New(iam.Options{Region: "us-east-1", BaseEndpoint: aws.String(strings.TrimSpace(url)),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "key", SecretAccessKey: "secret"}, nil
		})})
	summary, err := client.GetAccountSummary(t.Context(), &iam.GetAccountSummaryInput{})
	if err != nil || summary.SummaryMap["Users"] != 3 {
		t.Errorf("%v, %v", summary, err)
	}
	if err := stop.Close(); err != nil {
		t.Fatal(err)
	}
	if calls, err := lines.ReadString('\n'); err != nil || calls != `{"iam:GetAccountSummary":1}`+"\n" {
		t.Errorf("calls: %q, %v", calls, err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestBadFlag(t *testing.T) {
	if err := run([]string{"-latency", "1s"}, strings.NewReader(""), io.Discard); err == nil {
		t.Error("an unknown flag is taken")
	}
}
