package rules

import (
	"slices"
	"strings"

	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// takeovers are the actions of which one is enough for more permissions than whoever
// calls it has, if it may be done to an identity or policy of their choice.
var takeovers = []struct {
	to      string // the type of resource
	actions []string
}{
	{"user", []string{
		"iam:AttachUserPolicy", "iam:PutUserPolicy", "iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile",
		"iam:PutUserPermissionsBoundary", "iam:DeleteUserPermissionsBoundary",
	}},
	{"group", []string{"iam:AttachGroupPolicy", "iam:PutGroupPolicy", "iam:AddUserToGroup"}},
	{"role", []string{
		"iam:AttachRolePolicy", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy",
		"iam:PutRolePermissionsBoundary", "iam:DeleteRolePermissionsBoundary",
	}},
	{"policy", []string{"iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion"}},
}

// ofPermissionSets are such actions of IAM Identity Center. They do something only in
// the account that manages it, so that who names them is taken at their word, and who
// only does not leave them out is not.
var ofPermissionSets = []string{
	"sso:AttachManagedPolicyToPermissionSet", "sso:AttachCustomerManagedPolicyReferenceToPermissionSet", "sso:PutInlinePolicyToPermissionSet",
}

func escalating(w *survey, s *policy.Statement) []string {
	var found []string
	for _, t := range takeovers {
		found = append(found, w.granted(s, w.arn("iam", "", t.to+"/"), t.actions...)...)
	}
	if slices.ContainsFunc(s.Conditions, toPolicies) {
		found = slices.DeleteFunc(found, func(action string) bool { return slices.Contains(attaching, action) })
	}
	if s.NotActions != nil {
		return found
	}
	set := "arn:" + w.own.Partition + ":sso:::permissionSet/" + unnamed + "/" + unnamed
	return append(found, w.granted(s, set, ofPermissionSets...)...)
}

// attaching are those that attach a managed policy, which a condition can name.
var attaching = []string{"iam:AttachUserPolicy", "iam:AttachGroupPolicy", "iam:AttachRolePolicy"}

// toPolicies: the condition names the policies that may be attached, each of the
// account's own. What those allow is told of themselves.
func toPolicies(c policy.Condition) bool {
	if !strings.EqualFold(c.Key, "iam:PolicyARN") || len(c.Values) == 0 {
		return false
	}
	switch strings.TrimPrefix(strings.ToLower(c.Operator), "foranyvalue:") {
	case "arnequals", "arnlike", "stringequals", "stringlike":
		return !slices.ContainsFunc(c.Values, func(v string) bool { return !fixed(v) || account.AWSManaged(v) })
	}
	return false
}

// passing lets a statement be that names the services which the role may be passed to.
func passing(w *survey, s *policy.Statement) []string {
	if s.NotActions != nil || slices.ContainsFunc(s.Conditions, toSome("iam:PassedToService")) {
		return nil
	}
	return w.granted(s, w.arn("iam", "", "role/"), "iam:PassRole")
}

// toSome tells whether a condition holds for some values of a key alone, each named.
func toSome(key string) func(policy.Condition) bool {
	return func(c policy.Condition) bool { return strings.EqualFold(c.Key, key) && namesSome(c) }
}

func namesSome(c policy.Condition) bool {
	if len(c.Values) == 0 {
		return false
	}
	switch strings.TrimPrefix(strings.ToLower(c.Operator), "foranyvalue:") {
	case "stringequals", "stringequalsignorecase", "stringlike":
		return !slices.ContainsFunc(c.Values, func(v string) bool { return !fixed(v) })
	}
	return false
}

func assuming(w *survey, s *policy.Statement) []string {
	if s.NotActions != nil {
		return nil
	}
	if all := w.granted(s, w.arn("iam", "", "role/"), "sts:AssumeRole"); len(all) > 0 {
		return all
	}
	for _, pattern := range everywhereNamed(s) {
		if found := w.granted(s, strings.NewReplacer("*", unnamed, "?", unnamed).Replace(pattern), "sts:AssumeRole"); len(found) > 0 {
			return found
		}
	}
	return nil
}

// everywhereNamed are the patterns of roles whose names begin in some way, in whatever
// account: none if a condition says in which. One name in every account is how an
// organization gets about, and role/cdk-* what AWS's CDK has its users allow.
func everywhereNamed(s *policy.Statement) []string {
	var found []string
	for _, pattern := range s.Resources {
		fields := strings.SplitN(pattern, ":", 6)
		if len(fields) < 6 || fields[2] != "iam" || !stars(fields[4]) {
			continue
		}
		name, ok := strings.CutPrefix(fields[5], "role/")
		if ok && strings.ContainsAny(name, "*?") && !strings.HasPrefix(name, "cdk-") {
			found = append(found, pattern)
		}
	}
	if len(found) > 0 && slices.ContainsFunc(s.Conditions, ofSomeAccounts) {
		return nil
	}
	return found
}

func ofSomeAccounts(c policy.Condition) bool {
	return slices.ContainsFunc([]string{"aws:ResourceAccount", "aws:ResourceOrgID", "aws:ResourceOrgPaths"},
		func(key string) bool { return strings.EqualFold(c.Key, key) })
}

// trailActions are those that stop a trail, or what it records.
var trailActions = []string{"cloudtrail:StopLogging", "cloudtrail:DeleteTrail", "cloudtrail:UpdateTrail", "cloudtrail:PutEventSelectors"}

func blinding(w *survey, s *policy.Statement) []string {
	if s.NotActions != nil {
		return nil
	}
	return w.granted(s, w.arn("cloudtrail", unnamed, "trail/"), trailActions...)
}

// keyActions are those that read what a key was used to write.
var keyActions = []string{"kms:Decrypt", "kms:ReEncryptFrom"}

func decrypting(w *survey, s *policy.Statement) []string {
	if s.NotActions != nil {
		return nil
	}
	return w.granted(s, w.arn("kms", unnamed, "key/"), keyActions...)
}

// readable are the actions that read data, by the beginning of an ARN of theirs.
var readable = []struct {
	service, to string
	actions     []string
}{
	{"secretsmanager", "secret:", []string{"secretsmanager:GetSecretValue"}},
	{"ssm", "parameter/", []string{"ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"}},
	{"s3", "", []string{"s3:GetObject"}},
}

// reading leaves what all actions of a service can read to policy-service-wildcard.
func reading(w *survey, s *policy.Statement) []string {
	var found []string
	for _, r := range readable {
		resource := w.arn(r.service, unnamed, r.to)
		if r.service == "s3" { // whose ARNs have neither Region nor account
			resource = "arn:" + w.own.Partition + ":s3:::" + unnamed + "/" + unnamed
		}
		found = append(found, w.granted(s, resource, r.actions...)...)
	}
	return slices.DeleteFunc(found, func(action string) bool { return !explicit(s, action) })
}

// credentials are the actions that answer with credentials, but for those of which
// other rules tell, and those that AWS lets nobody narrow to some resources, such as
// ecr:GetAuthorizationToken.
var credentials = []string{
	"airflow:CreateCliToken",
	"airflow:CreateWebLoginToken",
	"cloud9:CreateEnvironmentToken",
	"codeartifact:GetAuthorizationToken",
	"codepipeline:PollForJobs",
	"cognito-identity:GetOpenIdTokenForDeveloperIdentity",
	"connect:GetFederationToken",
	"deadline:AssumeFleetRoleForRead",
	"deadline:AssumeQueueRoleForRead",
	"deadline:AssumeQueueRoleForUser",
	"dsql:DbConnectAdmin",
	"ec2:GetPasswordData",
	"elasticmapreduce:GetClusterSessionCredentials",
	"emr-containers:GetManagedEndpointSessionCredentials",
	"gamelift:GetComputeAuthToken",
	"gamelift:GetInstanceAccess",
	"gamelift:RequestUploadCredentials",
	"grafana:CreateWorkspaceApiKey",
	"iam:CreateServiceSpecificCredential",
	"iam:ResetServiceSpecificCredential",
	"lightsail:CreateBucketAccessKey",
	"lightsail:GetInstanceAccessDetails",
	"lightsail:GetRelationalDatabaseMasterUserPassword",
	"mediapackage:RotateChannelCredentials",
	"mediapackage:RotateIngestEndpointCredentials",
	"rds-db:connect",
	"redshift-serverless:GetCredentials",
	"redshift:GetClusterCredentials",
	"redshift:GetClusterCredentialsWithIAM",
	"s3:GetDataAccess",
	"storagegateway:DescribeChapCredentials",
	"sts:AssumeRoot",
	"sts:GetFederationToken",
}

func issuing(w *survey, s *policy.Statement) []string {
	var found []string
	for _, action := range credentials {
		if explicit(s, action) && w.ofService(s, action) {
			found = append(found, action)
		}
	}
	return found
}

// ofService tells whether a statement is about all resources of an action's service,
// and none beside it denies the action there.
func (w *survey) ofService(s *policy.Statement, action string) bool {
	service, _, _ := strings.Cut(action, ":")
	return w.everywhere(s, service) && !w.denied(action, w.arn(service, unnamed, ""))
}

// exposing leaves IAM and IAM Identity Center to the other rules, and all actions of a
// service to policy-service-wildcard.
func exposing(w *survey, s *policy.Statement) []string {
	var found []string
	for _, pattern := range s.Actions {
		service, whole := wholeService(pattern)
		if whole || service == "*" || service == "iam" || service == "sso" {
			continue
		}
		for _, action := range w.known.shares(pattern) {
			if w.ofService(s, action) && !slices.Contains(found, action) && !forServices(s, action) {
				found = append(found, action)
			}
		}
	}
	return found
}

// forServices: the grants are for services of AWS that use the key on the caller's behalf,
// which is how AWS's documentation would have kms:CreateGrant allowed.
func forServices(s *policy.Statement, action string) bool {
	return action == "kms:CreateGrant" && slices.ContainsFunc(s.Conditions, func(c policy.Condition) bool {
		return strings.EqualFold(c.Key, "kms:GrantIsForAWSResource") && strings.EqualFold(c.Operator, "Bool") &&
			len(c.Values) == 1 && strings.EqualFold(c.Values[0], "true")
	})
}

// subscribing lets a statement be that names the products. AWS has no resources for
// it, so that only the resource "*" allows it.
func subscribing(w *survey, s *policy.Statement) []string {
	if s.NotActions != nil || slices.ContainsFunc(s.Conditions, toSome("aws-marketplace:ProductId")) {
		return nil
	}
	return w.granted(s, "*", "aws-marketplace:Subscribe")
}

// modifying gives the patterns that have among them what changes something, and could
// be allowed on some resources alone.
func modifying(w *survey, s *policy.Statement) []string {
	if s.NotActions != nil {
		return nil
	}
	var found []string
	for _, pattern := range s.Actions {
		service, _ := wholeService(pattern)
		if service == "*" {
			service = unnamed
		}
		if w.known.changes(pattern) && w.everywhere(s, service) && !w.denied(service+":"+unnamed, w.arn(service, unnamed, "")) {
			found = append(found, pattern)
		}
	}
	return found
}

// gives leaves out what AWS counts as management of permissions but only reads them,
// takes them away or has little to do with them.
func gives(action string) bool {
	_, name, _ := strings.Cut(action, ":")
	return slices.ContainsFunc(giving, func(verb string) bool { return strings.HasPrefix(name, verb) }) &&
		slices.ContainsFunc(given, func(what string) bool { return strings.Contains(name, what) })
}

var (
	giving = []string{"Add", "Authorize", "BatchGrant", "Create", "Grant", "Modify", "Put", "Set", "Share", "Update"}
	given  = []string{"Access", "Acl", "Attribute", "Grant", "Permission", "Policy", "Share"}
)
