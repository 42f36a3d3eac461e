package remediate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/smithy-go"
	smithymiddleware "github.com/aws/smithy-go/middleware"

	"iamvigil/ledger"
	"iamvigil/scanner/account"
)

// The operations that cures and their undoing call: there are no others.
const (
	updateKey = "UpdateAccessKey"
	attach    = "AttachUserPolicy"
	detach    = "DetachUserPolicy"
)

// What an intent's target can be found to be, beside a key's status.
const (
	isAttached = "attached"
	isDetached = "not attached"
	isGone     = "gone"
)

// proper says what keeps an intent from being carried out, whoever wrote it: it
// names its own user and target, takes away, or gives back if it is an undoing,
// and attaches or detaches nothing but the stack's policies that deny.
func proper(i *ledger.Intent, denies account.Denies) error {
	p := i.Call.Parameters
	known, ours := false, i.Target == denies.Console || i.Target == denies.WithoutMFA || i.Target == denies.All
	switch i.Call.Operation {
	case updateKey:
		status := string(types.StatusTypeInactive)
		if i.Undo {
			status = string(types.StatusTypeActive)
		}
		known = len(p) == 3 && p["AccessKeyId"] == i.Target && p["Status"] == status
	case attach, detach:
		known = len(p) == 2 && p["PolicyArn"] == i.Target && ours && i.Undo == (i.Call.Operation == detach)
	}
	if !known || i.Target == "" || i.Resource.Name == "" || p["UserName"] != i.Resource.Name {
		return fmt.Errorf("the call %s %v is not one of %s about %q of user %q", i.Call.Operation, p, i.Cure, i.Target, i.Resource.Name)
	}
	return nil
}

// call makes the intent's call, and gives AWS's id of the request as far as there
// is one.
func call(ctx context.Context, api IAM, i *ledger.Intent) (request string, err error) {
	user, target := aws.String(i.Resource.Name), aws.String(i.Target)
	switch i.Call.Operation {
	case updateKey:
		status := types.StatusType(i.Call.Parameters["Status"])
		out, err := api.UpdateAccessKey(ctx, &iam.UpdateAccessKeyInput{UserName: user, AccessKeyId: target, Status: status}, unrepeated)
		return requestID(cmp.Or(out, &iam.UpdateAccessKeyOutput{}).ResultMetadata, err), err
	case attach:
		out, err := api.AttachUserPolicy(ctx, &iam.AttachUserPolicyInput{UserName: user, PolicyArn: target}, unrepeated)
		return requestID(cmp.Or(out, &iam.AttachUserPolicyOutput{}).ResultMetadata, err), err
	case detach:
		out, err := api.DetachUserPolicy(ctx, &iam.DetachUserPolicyInput{UserName: user, PolicyArn: target}, unrepeated)
		return requestID(cmp.Or(out, &iam.DetachUserPolicyOutput{}).ResultMetadata, err), err
	}
	return "", fmt.Errorf("%q is no call of a cure", i.Call.Operation)
}

// requestID is that of an answer, or of the error in its place.
func requestID(meta smithymiddleware.Metadata, err error) string {
	if id, answered := middleware.GetRequestIDMetadata(meta); answered && err == nil {
		return id
	}
	var response interface{ ServiceRequestID() string }
	if errors.As(err, &response) {
		return response.ServiceRequestID()
	}
	return ""
}

// unrepeated has the SDK repeat a write only where AWS answered that it was
// throttled, and so not done. One whose answer was lost may be done: it is read
// back, and a second request would be one that the journal does not hold.
func unrepeated(o *iam.Options) {
	o.Retryer = retry.NewStandard(func(s *retry.StandardOptions) {
		s.Retryables = []retry.IsErrorRetryable{retry.RetryableErrorCode{Codes: retry.DefaultThrottleErrorCodes}}
	})
}

// resultOf is what the target is after the call.
func resultOf(c ledger.Call) string {
	switch c.Operation {
	case attach:
		return isAttached
	case detach:
		return isDetached
	}
	return c.Parameters["Status"]
}

// condition reads what an intent's target is now. It is gone where the user is, or
// where its name is another user's.
func condition(ctx context.Context, api IAM, i *ledger.Intent) (string, error) {
	_, _, none, err := readUser(ctx, api, i.Resource)
	if err != nil {
		return "", err
	}
	if none != "" {
		return isGone, nil
	}
	is := ""
	if i.Call.Operation == updateKey {
		is, err = statusOf(ctx, api, i)
	} else {
		is, err = attachmentOf(ctx, api, i)
	}
	if missing(err) {
		return isGone, nil
	}
	return is, err
}

func statusOf(ctx context.Context, api IAM, i *ledger.Intent) (string, error) {
	all, err := readKeys(ctx, api, i.Resource.Name)
	for n := range all {
		if all[n].ID == i.Target {
			return all[n].Status, nil
		}
	}
	return isGone, err
}

func attachmentOf(ctx context.Context, api IAM, i *ledger.Intent) (string, error) {
	all, err := readAttached(ctx, api, i.Resource.Name)
	if all[i.Target] {
		return isAttached, nil
	}
	return isDetached, err
}

// missing: IAM knows no such thing.
func missing(err error) bool {
	var none *types.NoSuchEntityException
	return errors.As(err, &none)
}

// longestError is how many bytes of an error people are told.
const longestError = 400

// short is an error for people: AWS's own words, without those that change with
// each request.
func short(err error) string {
	text := err.Error()
	var answer smithy.APIError
	if errors.As(err, &answer) {
		text = answer.ErrorCode() + ": " + answer.ErrorMessage()
	}
	text = strings.ToValidUTF8(text, "?")
	if len(text) <= longestError {
		return text
	}
	cut := longestError
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}
