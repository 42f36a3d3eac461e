package access

import "strings"

const (
	everyIAM = "iam:*"
	pass     = "iam:PassRole"
	assuming = "AssumeRole" // the combo of assuming an administrator's role
)

func isPattern(action string) bool { return strings.HasSuffix(action, "*") }

// target is what an action must be allowed on to be a step of a combo.
type target struct {
	kind    string // of the account's resources, as ARNs have it
	others  bool   // but the principal itself
	bounded bool   // the principal itself, if it is a user with a boundary
}

// targets are of the actions that are about IAM's own resources. Others may be on any.
var targets = map[string]target{
	"iam:AddClientIDToOpenIDConnectProvider":    {kind: "oidc-provider"},
	"iam:AddRoleToInstanceProfile":              {kind: "instance-profile"},
	"iam:AddUserToGroup":                        {kind: "group"},
	"iam:AttachGroupPolicy":                     {kind: "group"},
	"iam:AttachRolePolicy":                      {kind: "role"},
	"iam:AttachUserPolicy":                      {kind: "user"},
	"iam:CreateAccessKey":                       {kind: "user", others: true},
	"iam:CreateInstanceProfile":                 {kind: "instance-profile"},
	"iam:CreateLoginProfile":                    {kind: "user", others: true},
	"iam:CreatePolicyVersion":                   {kind: "policy"},
	"iam:CreateServiceSpecificCredential":       {kind: "user", others: true},
	"iam:DeleteRolePermissionsBoundary":         {kind: "role"},
	"iam:DeleteUserPermissionsBoundary":         {kind: "user"},
	pass:                                        {kind: "role"},
	"iam:PutGroupPolicy":                        {kind: "group"},
	"iam:PutRolePolicy":                         {kind: "role"},
	"iam:PutUserPermissionsBoundary":            {kind: "user", bounded: true},
	"iam:PutUserPolicy":                         {kind: "user"},
	"iam:ResetServiceSpecificCredential":        {kind: "user", others: true},
	"iam:SetDefaultPolicyVersion":               {kind: "policy"},
	"iam:UpdateAssumeRolePolicy":                {kind: "role"},
	"iam:UpdateLoginProfile":                    {kind: "user", others: true},
	"iam:UpdateOpenIDConnectProviderThumbprint": {kind: "oidc-provider"},
	"iam:UpdateSAMLProvider":                    {kind: "saml-provider"},
	"iam:UploadSigningCertificate":              {kind: "user", others: true},
	assume:                                      {kind: "role", others: true},
}
