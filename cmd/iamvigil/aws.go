package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/logging"

	"iamvigil/internal/wire"
	"iamvigil/scanner/account"
)

// attempts is how often a call is tried at a terminal, where somebody waits.
const attempts = 4

// awsSettings are those of the AWS CLI: its profiles, its environment.
func awsSettings(ctx context.Context) (aws.Config, error) {
	// Without a Region: where IAM's endpoint and events are.
	cfg, err := awsconfig.LoadDefaultConfig(ctx, awsconfig.WithDefaultRegion("us-east-1"), awsconfig.WithLogger(logging.Nop{}))
	if err != nil {
		return aws.Config{}, fmt.Errorf("load the AWS configuration: %w", err)
	}
	cfg.RetryMaxAttempts = cmp.Or(cfg.RetryMaxAttempts, attempts)
	wire.Patient(&cfg)
	return cfg, nil
}

// session is somebody's credentials, in the Region where a stack must be.
type session struct {
	aws     aws.Config
	account account.Identity
	caller  string // ARN
}

// open asks AWS whose credentials the environment holds.
func open(ctx context.Context) (session, error) {
	cfg, err := awsSettings(ctx)
	if err != nil {
		return session{}, err
	}
	out, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return session{}, fmt.Errorf("ask AWS whose credentials these are (sts:GetCallerIdentity): %w; are AWS_PROFILE or other credentials set?", err)
	}
	caller, err := arn.Parse(aws.ToString(out.Arn))
	if err != nil {
		return session{}, fmt.Errorf("read the caller's ARN %q: %w", aws.ToString(out.Arn), err)
	}
	cfg.Region = cmp.Or(account.GlobalRegion(caller.Partition), cfg.Region)
	return session{
		aws:     cfg,
		account: account.Identity{ID: aws.ToString(out.Account), Partition: caller.Partition},
		caller:  aws.ToString(out.Arn),
	}, nil
}

// refused reports whether AWS did not allow a call, in any service's word for
// it.
func refused(err error) bool {
	return hasCode(err, "AccessDenied", "AccessDeniedException", "AuthorizationError", "AuthorizationErrorException")
}

// gone reports whether what a call named is not there, in any service's word
// for it.
func gone(err error) bool {
	return hasCode(err, goneCodes()...)
}

// absent is [gone] by the reason why a fact is missing, which ends in AWS's code.
func absent(reason string) bool {
	return slices.ContainsFunc(goneCodes(), func(code string) bool { return strings.HasSuffix(reason, ": "+code) })
}

func goneCodes() []string {
	return []string{"ResourceNotFoundException", "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", "NotFound", "NotFoundException", "NoSuchEntity"}
}

func hasCode(err error, codes ...string) bool {
	var api smithy.APIError
	return errors.As(err, &api) && slices.Contains(codes, api.ErrorCode())
}

// answer is what AWS said against a call, without the request's id and the
// attempts, which help nobody who reads it.
func answer(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode() + ": " + api.ErrorMessage()
	}
	return err.Error()
}
