package access

import "strings"

const (
	everyIAM = "iam:*"
	pass     = "iam:PassRole"
	provider = "iam:UpdateSAMLProvider"
	rebind   = "iam:PutUserPermissionsBoundary"
	switches = "iam:SetDefaultPolicyVersion"
	assuming = "AssumeRole" // the combo of assuming a role
)

func isPattern(action string) bool { return strings.HasSuffix(action, "*") }

// hold is what an action does to what it is on.
type hold uint8

const (
	touches hold = iota // nothing that matters here
	writes              // gives it whatever permissions
	takes               // gives whoever acts those that it has
	joins               // so too, if that is a user
	unbinds             // takes its boundary away
)

// target is what an action must be allowed on to be a step of a combo.
type target struct {
	kind string // of the account's resources, as ARNs have it
	hold hold
}

// targets are of the actions that are about IAM's own resources. Others may be on any.
var targets = map[string]target{
	"iam:AddClientIDToOpenIDConnectProvider":    {"oidc-provider", touches},
	"iam:AddRoleToInstanceProfile":              {"instance-profile", touches},
	"iam:AddUserToGroup":                        {"group", joins},
	"iam:AttachGroupPolicy":                     {"group", writes},
	"iam:AttachRolePolicy":                      {"role", writes},
	"iam:AttachUserPolicy":                      {"user", writes},
	"iam:CreateAccessKey":                       {"user", takes},
	"iam:CreateInstanceProfile":                 {"instance-profile", touches},
	"iam:CreateLoginProfile":                    {"user", takes},
	"iam:CreatePolicyVersion":                   {"policy", writes},
	"iam:CreateServiceSpecificCredential":       {"user", takes},
	"iam:DeleteRolePermissionsBoundary":         {"role", unbinds},
	"iam:DeleteUserPermissionsBoundary":         {"user", unbinds},
	pass:                                        {"role", takes},
	"iam:PutGroupPolicy":                        {"group", writes},
	"iam:PutRolePolicy":                         {"role", writes},
	rebind:                                      {"user", unbinds},
	"iam:PutUserPolicy":                         {"user", writes},
	"iam:ResetServiceSpecificCredential":        {"user", takes},
	switches:                                    {"policy", writes},
	"iam:UpdateAssumeRolePolicy":                {"role", takes},
	"iam:UpdateLoginProfile":                    {"user", takes},
	"iam:UpdateOpenIDConnectProviderThumbprint": {"oidc-provider", touches},
	provider:                       {"saml-provider", takes},
	"iam:UploadSigningCertificate": {"user", takes},
	assume:                         {"role", takes},
}

// edge tells whether a combo is a way to be another user, role or member of a group, for
// which that one has to be looked at.
func (c *Combo) edge() bool {
	t := targets[c.Actions[0]]
	return c.Tier == Self && len(c.Actions) == 1 && (t.hold == takes || t.hold == joins)
}
