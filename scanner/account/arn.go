package account

import "strings"

// ARN is the fields of an ARN after the word arn. The zero value is that of a
// text that is none.
type ARN struct {
	Partition, Service, Region string
	// Account is an account's id, "aws" for what is AWS's own, or empty.
	Account string
	// Resource is all that follows, colons and slashes among it.
	Resource string
}

// ParseARN parts an ARN into its fields, which may be empty or hold anything: it
// judges none of them.
func ParseARN(text string) ARN {
	var fields [5]string
	for i := range fields {
		var found bool
		if fields[i], text, found = strings.Cut(text, ":"); !found {
			return ARN{}
		}
	}
	if fields[0] != "arn" {
		return ARN{}
	}
	return ARN{fields[1], fields[2], fields[3], fields[4], text}
}

// NameOf is the name at the end of an ARN or of a name with a path: what follows
// the last slash or colon.
func NameOf(arn string) string { return arn[strings.LastIndexAny(arn, "/:")+1:] }

// AWSManaged reports whether a policy's ARN is of one of AWS's own, which can be
// detached but not edited.
func AWSManaged(policyARN string) bool { return ParseARN(policyARN).Account == "aws" }

// GlobalRegion is the Region of a partition in which CloudTrail keeps the events
// of IAM and of root's sign-ins, or empty where that is not known.
func GlobalRegion(partition string) string {
	switch partition {
	case "aws":
		return "us-east-1"
	case "aws-cn":
		return "cn-north-1"
	case "aws-us-gov":
		return "us-gov-west-1"
	case "aws-eusc":
		return "eusc-de-east-1"
	}
	return ""
}
