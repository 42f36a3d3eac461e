package rules

import (
	"slices"
	"strings"

	"iamvigil/scanner"
	"iamvigil/scanner/actions"
	"iamvigil/scanner/policy"
)

var mismatches = []scanner.Rule{
	{
		About: scanner.About{
			ID: "policy-resource-mismatch", Title: "A statement names resources that none of its actions can be about", Severity: scanner.Low,
			Why:    "What it is to allow is not allowed, and what it is to deny stays open: s3:GetObject on a bucket's ARN is about no object in it. Told only where it is sure: of services whose ARNs are plain, and if no action has to do with any resource.",
			Fix:    `Name what the actions are about: objects as arn:aws:s3:::bucket/*, and "*" for what AWS lets nobody narrow, such as ec2:DescribeInstances.`,
			Causes: written, Cures: rewritten,
		},
		Reads: owners,
		Check: inBoundaries(policyResourceMismatch),
	},
}

func policyResourceMismatch(p *scanner.Pass, in place, d *policy.Document) bool {
	known := knownTo(p)
	var wrong []string
	for i := range d.Statements {
		if s := &d.Statements[i]; known.inVain(s) {
			wrong = append(wrong, quoted(s.Actions)+" on "+quoted(s.Resources))
		}
	}
	if len(wrong) == 0 {
		return false
	}
	wrong = distinct(wrong)
	p.Fail(in.part(), in.evidence(), "%s has %s of no effect: %s", in, counted(len(wrong), "statement"), strings.Join(wrong[:min(len(wrong), most)], "; ")).
		Mend(in.show())
	return true
}

// inVain tells whether none of a statement's actions can be about any of its resources.
func (k *knownActions) inVain(s *policy.Statement) bool {
	if len(s.Actions) == 0 || len(s.Resources) == 0 || s.NotActions != nil || s.NotResources != nil {
		return false
	}
	return !slices.ContainsFunc(s.Actions, func(pattern string) bool {
		return slices.ContainsFunc(s.Resources, func(resource string) bool { return k.mayBeAbout(pattern, resource) })
	})
}

// targets are what the actions that a pattern matches can be about.
type targets struct {
	service string
	plain   bool   // whether that is one of the plain
	some    target // of the actions together; zero: whatever
}

// target is a set of kinds of resources.
type target uint8

const (
	collections target = 1 << iota // "*" alone
	buckets
	objects
	others

	anything = collections | buckets | objects | others
)

// collective are services that ask, for an action that is on no resource, whether it is
// allowed on "*". Some others have an ARN with a wildcard in it, which AWS's list does
// not tell.
var collective = []string{"cloudwatch", "ec2", "ecr", "kms"}

// plain are services whose actions are about ARNs of their own alone.
var plain = []string{
	"athena", "cloudformation", "cloudtrail", "cloudwatch", "codebuild", "codecommit", "codepipeline", "dynamodb", "ecr", "ecs", "eks",
	"elasticache", "elasticfilesystem", "execute-api", "firehose", "glue", "iam", "kms", "lambda", "logs", "rds", "redshift", "s3",
	"secretsmanager", "sns", "sqs", "states",
}

// mayBeAbout is true wherever it is not sure.
func (k *knownActions) mayBeAbout(pattern, resource string) bool {
	of := k.targetsOf(pattern)
	if of.some == 0 || !of.plain && of.some == anything || !strings.HasPrefix(resource, "arn:") {
		return true
	}
	_, rest, _ := strings.Cut(resource[len("arn:"):], ":")
	service, rest, colon := strings.Cut(rest, ":")
	if !colon || strings.ContainsAny(service, "*?$") {
		return true
	}
	if of.plain && service != of.service && !(of.service == "s3" && strings.HasPrefix(service, "s3-")) {
		return false
	}
	return of.some == anything || of.some&kindsOf(service, rest) != 0
}

// kindsOf are the kinds of resources that an ARN of a service may stand for, given
// from its Region on.
func kindsOf(service, rest string) target {
	fields := strings.SplitN(rest, ":", 3)
	name := fields[len(fields)-1]
	if len(fields) < 3 || name == "" || strings.ContainsAny(name[:1], "*?$") {
		return anything
	}
	if service != "s3" || fields[0] != "" || fields[1] != "" {
		return others
	}
	bucket, _, slash := strings.Cut(name, "/")
	switch {
	case slash && !strings.ContainsAny(bucket, "*?$"):
		return objects
	case strings.ContainsAny(name, "*?$"):
		return buckets | objects
	}
	return buckets
}

func (k *knownActions) targetsOf(pattern string) targets {
	of, sought := k.about[pattern]
	if !sought && k.look(pattern) {
		of = targetsOf(pattern)
		k.about[pattern] = of
	}
	return of
}

// targetsOf knows nothing of what matches no known action, or those of several services.
func targetsOf(pattern string) targets {
	service, _, colon := strings.Cut(strings.ToLower(pattern), ":")
	if !colon || strings.ContainsAny(service, "*?") {
		return targets{}
	}
	of := targets{service: service, plain: slices.Contains(plain, service)}
	for action := range actions.Matching(pattern) {
		if of.some |= targetOf(service, action); of.some == anything {
			break
		}
	}
	return of
}

func targetOf(service, action string) target {
	onResources, _ := actions.OnResources(action)
	_, name, _ := strings.Cut(action, ":")
	switch {
	case !onResources && (slices.Contains(collective, service) || action == "s3:ListAllMyBuckets"):
		return collections
	case service == "s3" && slices.Contains(ofObjects, name):
		return objects | others
	case service == "s3" && slices.Contains(ofBuckets, name):
		return buckets | others
	}
	return anything
}

// Actions of S3 that are about objects, or about buckets; or, both, about access points.
var (
	ofObjects = []string{
		"AbortMultipartUpload", "BypassGovernanceRetention", "DeleteObject", "DeleteObjectAnnotation", "DeleteObjectTagging",
		"DeleteObjectVersion", "DeleteObjectVersionAnnotation", "DeleteObjectVersionTagging", "GetObject", "GetObjectAcl",
		"GetObjectAnnotation", "GetObjectAttributes", "GetObjectLegalHold", "GetObjectRetention", "GetObjectTagging", "GetObjectTorrent",
		"GetObjectVersion", "GetObjectVersionAcl", "GetObjectVersionAnnotation", "GetObjectVersionAnnotationForReplication",
		"GetObjectVersionAttributes", "GetObjectVersionForReplication", "GetObjectVersionTagging", "GetObjectVersionTorrent",
		"ListMultipartUploadParts", "ListObjectAnnotations", "ListObjectVersionAnnotations", "PutObject", "PutObjectAcl",
		"PutObjectAnnotation", "PutObjectLegalHold", "PutObjectRetention", "PutObjectTagging", "PutObjectVersionAcl",
		"PutObjectVersionAnnotation", "PutObjectVersionTagging", "ReplicateDelete", "ReplicateObject", "ReplicateObjectAnnotation",
		"ReplicateTags", "RestoreObject", "UpdateObjectEncryption",
	}
	ofBuckets = []string{
		"DeleteBucket", "DeleteBucketPolicy", "DeleteBucketWebsite", "GetBucketAcl", "GetBucketCORS", "GetBucketLocation",
		"GetBucketLogging", "GetBucketNotification", "GetBucketPolicy", "GetBucketPolicyStatus", "GetBucketPublicAccessBlock",
		"GetBucketTagging", "GetBucketVersioning", "GetBucketWebsite", "GetEncryptionConfiguration", "GetLifecycleConfiguration",
		"GetReplicationConfiguration", "ListBucket", "ListBucketMultipartUploads", "ListBucketVersions", "PutBucketAcl", "PutBucketCORS",
		"PutBucketLogging", "PutBucketNotification", "PutBucketPolicy", "PutBucketPublicAccessBlock", "PutBucketTagging",
		"PutBucketVersioning", "PutBucketWebsite", "PutEncryptionConfiguration", "PutLifecycleConfiguration", "PutReplicationConfiguration",
	}
)
