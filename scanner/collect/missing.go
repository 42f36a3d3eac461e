package collect

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/smithy-go"

	"iamvigil/scanner/account"
)

// seen is the state of a fact that was asked for at a time, with what error.
func seen(at time.Time, err error) account.Seen {
	if err == nil {
		return account.Seen{At: at}
	}
	reason, permission := reasonOf(err)
	return account.Seen{At: at, Missing: reason, Permission: permission}
}

// reasonOf says why a fact is missing. Of a call it names the action and AWS's
// error code, without AWS's prose, which may hold names of the account's
// choosing; the permission is named only where its grant would help.
func reasonOf(err error) (reason, permission string) {
	var op *smithy.OperationError
	if !errors.As(err, &op) {
		return err.Error(), ""
	}
	action := strings.ToLower(op.ServiceID) + ":" + op.OperationName
	var api smithy.APIError
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return action + " did not answer in time", ""
	case errors.Is(err, context.Canceled):
		return action + " was cancelled", ""
	case errors.As(err, &api) && denied(api.ErrorCode()):
		return action + " was refused: " + api.ErrorCode(), action
	case errors.As(err, &api):
		return action + " failed: " + api.ErrorCode(), ""
	}
	return fmt.Sprintf("%s failed: %v", action, op.Err), ""
}

func denied(code string) bool {
	switch code {
	case "AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError":
		return true
	}
	return false
}

// codeOf is AWS's error code, or empty.
func codeOf(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

// gone reports whether the error says that the thing does not exist.
func gone(err error) bool {
	var none *types.NoSuchEntityException
	return errors.As(err, &none)
}
