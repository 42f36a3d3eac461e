package access

import (
	"slices"

	"iamvigil/scanner/policy"
)

// guarded are services of which every action counts but for the harmless ones,
// those not known yet among them: the ones that say who may do what.
var guarded = []struct {
	prefix   string
	harmless []string // patterns, with no wildcard but *
}{
	// ChangePassword is about the caller's own password alone.
	{"iam:", []string{"iam:ChangePassword", "iam:Generate*", "iam:Get*", "iam:List*", "iam:Simulate*"}},
	{"identitystore:", []string{"identitystore:Describe*", "identitystore:Get*", "identitystore:IsMemberInGroups", "identitystore:List*"}},
	{"organizations:", []string{"organizations:Describe*", "organizations:List*"}},
	{"rolesanywhere:", []string{"rolesanywhere:Get*", "rolesanywhere:List*"}},
	{"sso:", []string{"sso:Describe*", "sso:Get*", "sso:List*", "sso:Search*"}},
	{"sso-directory:", []string{"sso-directory:Describe*", "sso-directory:Get*", "sso-directory:List*", "sso-directory:Search*"}},
}

// escalations are the actions of other services by which one can act as another
// principal without passing it a role: by assuming one, or by having code run
// where one already is. Actions that need iam:PassRole beside them are left out,
// because iam:PassRole counts.
var escalations = []string{
	"apprunner:UpdateService",
	"autoscaling:CreateAutoScalingGroup",
	"autoscaling:UpdateAutoScalingGroup",
	"batch:SubmitJob",
	"bedrock-agentcore:ConnectBrowserAutomationStream",
	"bedrock-agentcore:InvokeAgentRuntimeCommand",
	"bedrock-agentcore:InvokeCodeInterpreter",
	"bedrock-agentcore:StartBrowserSession",
	"bedrock-agentcore:StartCodeInterpreterSession",
	"cloudformation:CreateChangeSet",
	"cloudformation:CreateStackInstances",
	"cloudformation:CreateStackSet",
	"cloudformation:ExecuteChangeSet",
	"cloudformation:UpdateStack",
	"cloudformation:UpdateStackInstances",
	"cloudformation:UpdateStackSet",
	"codebuild:StartBuild",
	"codebuild:StartBuildBatch",
	"codebuild:UpdateProject",
	"codedeploy:CreateDeployment",
	"ec2-instance-connect:SendSSHPublicKey",
	"ec2-instance-connect:SendSerialConsoleSSHPublicKey",
	"ec2:CreateLaunchTemplateVersion",
	"ec2:ModifyInstanceAttribute",
	"ec2:ModifyLaunchTemplate",
	"ecs:ExecuteCommand",
	"ecs:RunTask",
	"ecs:StartTask",
	"eks:AssociateAccessPolicy",
	"eks:CreateAccessEntry",
	"eks:CreatePodIdentityAssociation",
	"eks:UpdateAccessEntry",
	"eks:UpdatePodIdentityAssociation",
	"elasticmapreduce:AddJobFlowSteps",
	"glue:RunStatement",
	"glue:StartJobRun",
	"glue:UpdateDevEndpoint",
	"glue:UpdateJob",
	"lambda:UpdateFunctionCode",
	"lambda:UpdateFunctionConfiguration",
	"sagemaker:CreateNotebookInstanceLifecycleConfig",
	"sagemaker:CreatePresignedDomainUrl",
	"sagemaker:CreatePresignedNotebookInstanceUrl",
	"sagemaker:UpdateNotebookInstance",
	"sagemaker:UpdateNotebookInstanceLifecycleConfig",
	"ssm:CreateAssociation",
	"ssm:CreateAssociationBatch",
	"ssm:ResumeSession",
	"ssm:SendCommand",
	"ssm:StartAutomationExecution",
	"ssm:StartSession",
	"ssm:UpdateAssociation",
	"ssm:UpdateDocument",
	"states:UpdateStateMachine",
	"sts:AssumeRole",
	"sts:AssumeRoleWithSAML",
	"sts:AssumeRoleWithWebIdentity",
	"sts:AssumeRoot",
	"sts:GetFederationToken",
	"sts:SetSourceIdentity",
	"sts:TagSession",
}

// mayEscalate tells whether a statement that allows may do so for any such
// action, on whatever resource and under whatever condition.
func mayEscalate(s policy.Statement) bool {
	return slices.ContainsFunc(s.Actions, escalating) || s.NotActions != nil && !sparesAll(s.NotActions)
}

// escalating tells whether a pattern of actions can match any such action.
func escalating(pattern string) bool {
	for _, g := range guarded {
		// Taking the wildcards of pattern for the characters is right here: only *
		// can be in their place.
		covered := func(harmless string) bool { return policy.MatchAction(harmless, pattern) }
		if mayBegin(pattern, g.prefix) && !slices.ContainsFunc(g.harmless, covered) {
			return true
		}
	}
	return slices.ContainsFunc(escalations, func(action string) bool { return policy.MatchAction(pattern, action) })
}

// sparesAll tells whether the patterns of a NotAction surely match every such
// action.
func sparesAll(not []string) bool {
	for _, g := range guarded {
		if !slices.ContainsFunc(not, func(p string) bool { return coversAll(p, g.prefix) }) {
			return false
		}
	}
	for _, action := range escalations {
		if !slices.ContainsFunc(not, func(p string) bool { return policy.MatchAction(p, action) }) {
			return false
		}
	}
	return true
}
