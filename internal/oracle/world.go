package oracle

import "slices"

// subject is a service with what is asked of it. Its actions take the resources,
// as AWS's service authorization reference has it.
type subject struct {
	service                          string
	actions, resources               []string
	actionPatterns, resourcePatterns []string
}

var subjects = []subject{
	{
		"iam",
		[]string{"iam:DeleteUser", "iam:CreateAccessKey", "iam:AttachUserPolicy", "iam:GetUser"},
		[]string{User, "arn:aws:iam::123456789012:user/bob", "arn:aws:iam::123456789012:user/ops/carol-1"},
		[]string{"*", "iam:*", "IAM:*user", "iam:CreateUser", "iam:?reate*", "iam:Delete*", "iam:Get*", "iam:*AccessKey", "iam:*User*", "s3:*"},
		[]string{
			"*", "arn:aws:iam::123456789012:user/*", "arn:aws:iam::*:user/*", User, "arn:aws:iam::123456789012:user/${aws:username}",
			"arn:aws:iam::123456789012:user/*/${aws:username}", "arn:aws:iam::123456789012:user/b?b", "arn:*:iam::*:*", "arn:aws:iam::123456789012:user/${aws:PrincipalTag/team, 'ops'}/*",
			"arn:aws:iam::999988887777:*", "arn:aws:iam::123456789012:role/*", "arn:aws:iam::123456789012:user/ops/*",
		},
	},
	{
		"iam-tags",
		[]string{"iam:CreateUser", "iam:TagUser"},
		[]string{"arn:aws:iam::123456789012:user/bob", "arn:aws:iam::123456789012:user/ops/carol-1"},
		[]string{"*", "iam:*", "iam:Tag*", "iam:CreateUser", "iam:*User"},
		[]string{"*", "arn:aws:iam::123456789012:user/*", "arn:aws:iam::123456789012:user/ops/*", "arn:aws:iam::*:user/bob"},
	},
	{
		"iam-roles",
		[]string{"iam:PassRole"},
		[]string{"arn:aws:iam::123456789012:role/admin", "arn:aws:iam::123456789012:role/ops/runner"},
		[]string{"*", "iam:PassRole", "iam:Pass*", "iam:*", "IAM:PASSROLE", "iam:Get*"},
		[]string{"*", "arn:aws:iam::123456789012:role/*", "arn:aws:iam::123456789012:role/ops/*", "arn:aws:iam::123456789012:role/admin", "arn:aws:iam::*:role/${aws:PrincipalTag/team}/*"},
	},
	{
		"s3",
		[]string{"s3:GetObject", "s3:PutObject", "s3:DeleteObject"},
		[]string{"arn:aws:s3:::logs/2026/11/23", "arn:aws:s3:::home/alice/notes.txt", "arn:aws:s3:::home/bob/notes.txt"},
		[]string{"*", "s3:*", "s3:Get*", "s3:PutObject", "s3:*Object", "S3:g?tobject", "ec2:*"},
		[]string{
			"*", "arn:aws:s3:::*", "arn:aws:s3:::logs/*", "arn:aws:s3:::home/${aws:username}/*", "arn:aws:s3:::home/*/notes.txt", "arn:aws:s3:::logs", "arn:aws:s3:::home/?o?/*",
			"arn:aws:s3:::h*s.txt", "arn:aws:s3:::LOGS/*", "arn:aws:s3:::home/${aws:PrincipalTag/team}/*",
		},
	},
	{
		"s3-list",
		[]string{"s3:ListBucket"},
		[]string{"arn:aws:s3:::logs", "arn:aws:s3:::home"},
		[]string{"s3:List*", "s3:ListBucket", "s3:*", "*", "s3:Get*"},
		[]string{"*", "arn:aws:s3:::logs", "arn:aws:s3:::ho*", "arn:aws:s3:::logs/*", "arn:aws:s3:::?ogs"},
	},
	{
		"ec2",
		[]string{"ec2:DescribeInstances", "ec2:DescribeImages", "iam:ListUsers", "s3:ListAllMyBuckets"},
		[]string{"*"},
		[]string{"ec2:*", "ec2:Describe*", "*", "iam:List*", "s3:ListAllMyBuckets"},
		[]string{"*", "*", "*", "arn:aws:ec2:*:*:instance/*"},
	},
}

// Kinds of keys, by which operators compare them.
const (
	text = iota
	number
	date
	boolean
	address
	arn
)

var operators = [...][]string{
	text:    {"StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike", "StringNotLike"},
	number:  {"NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals"},
	date:    {"DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals"},
	boolean: {"Bool"},
	address: {"IpAddress", "NotIpAddress"},
	arn:     {"ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"},
}

// key is a condition key: what requests have of it, and what policies want.
type key struct {
	name       string
	kind       int
	many       bool
	has, wants []string
	of         []string // services; nil: all
}

func (k key) fits(s subject) bool { return k.of == nil || slices.Contains(k.of, s.service) }

// Address ranges are such as the evaluator reads rightly: to it no IPv4 address is in
// 0.0.0.0/0, and an IPv6 address does not differ from an IPv4 one without a prefix
// length. scanner/policy has tests of its own of these.
var keys = []key{
	{name: "aws:username", kind: text, has: []string{"alice"}, wants: []string{"alice", "ALICE", "a*", "bob", "?????"}},
	{name: "aws:PrincipalTag/team", kind: text, has: []string{"ops", "alice", "Data"}, wants: []string{"ops", "Ops", "*", "d*", "${aws:username}", "data"}},
	{name: "aws:PrincipalOrgID", kind: text, has: []string{"o-1234567890", "o-abcdefghij"}, wants: []string{"o-1234567890", "o-*", "o-other00000"}},
	{name: "aws:RequestedRegion", kind: text, has: []string{"us-east-1", "eu-central-1"}, wants: []string{"us-east-1", "eu-*", "us-*"}},
	{name: "aws:MultiFactorAuthPresent", kind: boolean, has: []string{"true", "false"}, wants: []string{"true", "false"}},
	{name: "aws:SecureTransport", kind: boolean, has: []string{"true", "false"}, wants: []string{"true", "false"}},
	{name: "aws:MultiFactorAuthAge", kind: number, has: []string{"0", "300", "86400"}, wants: []string{"300", "3600", "86400", "0"}},
	{name: "aws:CurrentTime", kind: date, has: []string{"2026-11-23T12:00:00Z"}, wants: []string{"2026-11-23T12:00:00Z", "2026-01-01T00:00:00Z", "2027-12-31T23:59:59Z", "2026-11-23"}},
	{name: "aws:SourceIp", kind: address, has: []string{"192.0.2.7", "203.0.113.200", "2001:db8::1"}, wants: []string{"192.0.2.0/24", "203.0.113.200/32", "128.0.0.0/1", "2001:db8::/32", "198.51.100.0/25"}},
	{name: "aws:SourceArn", kind: arn, has: []string{"arn:aws:sns:us-east-1:123456789012:topic", "arn:aws:s3:::logs"}, wants: []string{"arn:aws:sns:*:123456789012:*", "arn:aws:s3:::logs", "arn:aws:*:*:*:*", "arn:aws:sns:us-east-1:123456789012:t?pic"}},
	{name: "aws:TagKeys", kind: text, many: true, has: []string{"team", "cost", "Owner"}, wants: []string{"team", "cost", "own*", "*", "owner"}, of: []string{"iam-tags"}},
	{name: "iam:PassedToService", kind: text, has: []string{"ec2.amazonaws.com", "lambda.amazonaws.com"}, wants: []string{"ec2.amazonaws.com", "lambda.*", "*"}, of: []string{"iam-roles"}},
	{name: "s3:prefix", kind: text, has: []string{"alice/", "2026/", ""}, wants: []string{"alice/*", "${aws:username}/*", "2026/", ""}, of: []string{"s3-list"}},
	{name: "s3:max-keys", kind: number, has: []string{"10", "1000"}, wants: []string{"10", "100", "1000"}, of: []string{"s3-list"}},
}

// KeyType is the type of a key that cases have, as IAM's policy simulator calls it
// (API type ContextKeyTypeEnum).
func KeyType(name string) string {
	types := [...]string{text: "string", number: "numeric", date: "date", boolean: "boolean", address: "ip", arn: "string"}
	for _, k := range keys {
		if k.name == name && k.many {
			return types[k.kind] + "List"
		}
		if k.name == name {
			return types[k.kind]
		}
	}
	return types[text]
}

// KeyNames are the keys that a case has or has not: all else is in no request.
func KeyNames() []string {
	names := make([]string, 0, len(keys))
	for _, k := range keys {
		names = append(names, k.name)
	}
	return names
}
