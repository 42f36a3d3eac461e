package scanner

import (
	"fmt"
	"strings"

	"iamvigil/scanner/account"
)

// Console is the address of the page of AWS's console where the resource can be
// looked at, or of its list where it has no page or its name is not one of
// IAM's. Server certificates are on no page at all. It is empty in a partition whose console is not known. Whatever the
// resource is called, it holds only letters, digits and - . _ : / # %.
func Console(about account.Ref) string { return console(account.ParseARN(about.ARN).Partition, about) }

func console(partition string, about account.Ref) string {
	host, known := consoles[partition]
	if !known {
		return ""
	}
	switch about.Kind {
	case account.KindUser:
		return "https://" + host + "/iam/home#/users" + details(about.Name)
	case account.KindGroup:
		return "https://" + host + "/iam/home#/groups" + details(about.Name)
	case account.KindRole:
		return "https://" + host + "/iam/home#/roles" + details(about.Name)
	case account.KindPolicy:
		return "https://" + host + "/iam/home#/policies" + details(about.ARN)
	case account.KindTrail:
		return "https://" + host + "/cloudtrailv2/home#/trails"
	case account.KindProvider:
		return "https://" + host + "/iam/home#/identity_providers"
	case account.KindAnalyzer:
		return "https://" + regional(host, account.ParseARN(about.ARN).Region) + "/access-analyzer/home"
	}
	return "https://" + host + "/iam/home#/home"
}

// regional is the console's host of a Region, or the host as it is where the text
// cannot be a Region's name.
func regional(host, region string) string {
	odd := func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' }
	if region == "" || len(region) > 32 || strings.ContainsFunc(region, odd) || strings.HasPrefix(host, region) {
		return host
	}
	return region + "." + host
}

// consoles are the hosts by partition. That of aws-eusc has none but its one
// Region's.
var consoles = map[string]string{
	"aws":        "console.aws.amazon.com",
	"aws-cn":     "console.amazonaws.cn",
	"aws-us-gov": "console.amazonaws-us-gov.com",
	"aws-eusc":   "eusc-de-east-1.console.amazonaws-eusc.eu",
}

// details leads to a resource's page.
func details(name string) string {
	if name == "" || strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return ""
	}
	var b strings.Builder
	b.WriteString("/details/")
	for i := range len(name) {
		if c := name[i]; unreserved(c) {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// unreserved are the bytes that an address may hold as they are (RFC 3986), but
// for the tilde.
func unreserved(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-_.", c) >= 0
}
