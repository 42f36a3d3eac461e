package collect

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"iamvigil/internal/pause"
	"iamvigil/scanner/account"
)

// The credential report is asked after at these intervals while AWS makes it:
// it takes from under a second to minutes, depending on the account.
const (
	firstWait   = 200 * time.Millisecond
	longestWait = 5 * time.Second
)

// credentialFacts are what the credential report tells of everybody.
func credentialFacts() []account.Fact {
	return append(userFacts(), account.RootUse)
}

// report has AWS make the credential report, waits for it until the context
// ends, and reads it. AWS makes one at most every four hours, so it can be that
// old; its facts are as of its GeneratedTime.
func (c *Collector) report(ctx context.Context, l *look) *credentialReport {
	at := c.now()
	out, err := c.fetchReport(ctx)
	if err != nil {
		l.saw(at, err, credentialFacts()...)
		return nil
	}
	generated := aws.ToTime(out.GeneratedTime).UTC()
	report, err := parseReport(out.Content, generated)
	l.saw(generated, err, credentialFacts()...)
	return report
}

func (c *Collector) fetchReport(ctx context.Context) (*iam.GetCredentialReportOutput, error) {
	for wait := firstWait; ; wait = min(2*wait, longestWait) {
		made, refusal := c.iam.GenerateCredentialReport(ctx, &iam.GenerateCredentialReportInput{})
		if refusal == nil && made.State == types.ReportStateTypeComplete || refused(refusal) {
			out, err := c.iam.GetCredentialReport(ctx, &iam.GetCredentialReportInput{})
			switch {
			case err == nil:
				return out, nil
			case refusal != nil: // none is there, and none may be made
				return nil, refusal
			case !unmade(err):
				return nil, err
			}
		} else if refusal != nil && !busy(refusal) {
			return nil, refusal
		}
		if err := pause.For(ctx, wait); err != nil {
			return nil, fmt.Errorf("the credential report was not made in time: %w", err)
		}
	}
}

func refused(err error) bool {
	if err == nil {
		return false
	}
	_, permission := reasonOf(err)
	return permission != ""
}

// unmade reports whether there is no report to be had yet, or no longer.
func unmade(err error) bool {
	var absent *types.CredentialReportNotPresentException
	var expired *types.CredentialReportExpiredException
	var unready *types.CredentialReportNotReadyException
	return errors.As(err, &absent) || errors.As(err, &expired) || errors.As(err, &unready)
}

func busy(err error) bool {
	var limit *types.LimitExceededException
	return errors.As(err, &limit)
}
