package account

import "strings"

// AccountOf is the account field of an ARN: an account's id, "aws" for what is
// AWS's own, or empty where the text is no ARN.
func AccountOf(arn string) string {
	if parts := strings.SplitN(arn, ":", 6); len(parts) == 6 {
		return parts[4]
	}
	return ""
}

// NameOf is the name at the end of an ARN or of a name with a path: what follows
// the last slash or colon.
func NameOf(arn string) string { return arn[strings.LastIndexAny(arn, "/:")+1:] }

// AWSManaged reports whether a policy's ARN is of one of AWS's own, which can be
// detached but not edited.
func AWSManaged(policyARN string) bool { return AccountOf(policyARN) == "aws" }
