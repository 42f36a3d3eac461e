package rules

import (
	"slices"
	"strings"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

var members = []scanner.Rule{
	{
		About: scanner.About{
			ID: "group-deny-user-action", Title: "A group's policy denies its members what it does not reach", Severity: scanner.Medium,
			Why:    "The ARN of a group stands for the group itself and never for its members. A Deny of what is done to users, with a group for its resource, denies nothing: it only looks as if it did.",
			Fix:    "Deny it on users (arn:aws:iam::<account>:user/*), or on everything: the policy reaches the group's members alone in any case.",
			Causes: []string{"PutGroupPolicy", "AttachGroupPolicy"},
			Cures:  []string{"PutGroupPolicy", "DeleteGroupPolicy", "DetachGroupPolicy"},
		},
		Reads: []account.Fact{account.Groups, account.Policies},
		Check: scanner.Groups(groupDenyUserAction),
	},
}

// Some of IAM's actions on users, and all that change groups: a pattern of the
// former alone has no business with a group.
var (
	userActions = []string{
		"iam:ChangePassword", "iam:CreateAccessKey", "iam:UpdateAccessKey", "iam:DeleteAccessKey", "iam:CreateLoginProfile",
		"iam:UpdateLoginProfile", "iam:DeleteLoginProfile", "iam:EnableMFADevice", "iam:DeactivateMFADevice", "iam:ResyncMFADevice",
		"iam:AttachUserPolicy", "iam:DetachUserPolicy", "iam:PutUserPolicy", "iam:DeleteUserPolicy", "iam:PutUserPermissionsBoundary",
		"iam:DeleteUserPermissionsBoundary", "iam:CreateUser", "iam:UpdateUser", "iam:DeleteUser", "iam:TagUser", "iam:UntagUser",
		"iam:UploadSSHPublicKey", "iam:UploadSigningCertificate", "iam:CreateServiceSpecificCredential",
	}
	groupActions = []string{
		"iam:AddUserToGroup", "iam:RemoveUserFromGroup", "iam:AttachGroupPolicy", "iam:DetachGroupPolicy", "iam:PutGroupPolicy",
		"iam:DeleteGroupPolicy", "iam:CreateGroup", "iam:UpdateGroup", "iam:DeleteGroup",
	}
)

func groupDenyUserAction(p *scanner.Pass, g *account.Group) {
	each := func(from source, document *policy.Document) bool {
		cannotTell(p, from.fact, from.doubt)
		for i := range document.Statements {
			s := &document.Statements[i]
			if action := missed(s, g); action != "" {
				p.Fail(from.kind+" "+from.name, map[string]string{"policy": from.name, "action": action},
					"group %q: %s denies %q on a group, which does not reach its members", g.Name, from, action)
				break
			}
		}
		return true
	}
	documentsOf(p, source{fact: account.Groups}, g.Attached, g.Inline, each)
}

// missed is an action that a statement denies in vain, or empty. What is denied
// on a group and can be done to groups too, such as iam:*, has its effect; but on
// the very group that has the policy it hardly has the one that was meant.
func missed(s *policy.Statement, g *account.Group) string {
	if s.Effect != policy.Deny || len(s.Resources) == 0 || slices.ContainsFunc(s.Resources, notOfGroup) {
		return ""
	}
	itself := slices.ContainsFunc(s.Resources, func(r string) bool { return policy.MatchResource(r, g.ARN) })
	for _, pattern := range s.Actions {
		matches := func(action string) bool { return policy.MatchAction(pattern, action) }
		if slices.ContainsFunc(userActions, matches) && (itself || !slices.ContainsFunc(groupActions, matches)) {
			return pattern
		}
	}
	return ""
}

func notOfGroup(resource string) bool {
	arn := account.ParseARN(resource)
	return arn.Service != "iam" || !strings.HasPrefix(arn.Resource, "group/")
}
