package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
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
	// skew is how far AWS's clock is ahead of this computer's, to the second; zero
	// also where AWS did not say.
	skew time.Duration
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
	skew, _ := awsmiddleware.GetAttemptSkew(out.ResultMetadata)
	return session{
		aws:     cfg,
		account: account.Identity{ID: aws.ToString(out.Account), Partition: caller.Partition},
		caller:  aws.ToString(out.Arn),
		skew:    skew,
	}, nil
}

// mostSkew is how far this computer's clock may be from AWS's where it decides
// what is due, and what another run is still at.
const mostSkew = 5 * time.Minute

// timely refuses where the clock cannot be gone by.
func (s *session) timely() error {
	off, how := s.skew.Abs(), "behind"
	if s.skew < 0 {
		how = "ahead of"
	}
	if off <= mostSkew {
		return nil
	}
	return fmt.Errorf("this computer's clock is %s %s AWS's, so nothing is done by it: set it right, then try again", lasted(off.Round(time.Minute)), how)
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
