package functions_test

import (
	"slices"
	"strings"
	"testing"

	"iamvigil/scanner/policy"
)

// escalations are the ways from some permissions to any, one a line, as sets of
// actions all of which are needed: what writes identities or makes credentials of
// others, what passes a role to something new, and what uses something that has
// one. Sets that hold another are left out.
const escalations = `
iam:CreatePolicyVersion
iam:SetDefaultPolicyVersion
iam:CreateAccessKey
iam:CreateLoginProfile
iam:UpdateLoginProfile
iam:AttachUserPolicy
iam:AttachGroupPolicy
iam:AttachRolePolicy
iam:PutGroupPolicy
iam:PutRolePolicy
iam:PutUserPolicy
iam:AddUserToGroup
iam:UpdateAssumeRolePolicy
iam:DeleteUserPermissionsBoundary
iam:DeleteRolePermissionsBoundary sts:AssumeRole
sso:AttachManagedPolicyToPermissionSet
sso:PutInlinePolicyToPermissionSet
iam:UpdateAccessKey
iam:AddClientIDToOpenIDConnectProvider
iam:CreateOpenIDConnectProvider
iam:CreateSAMLProvider
iam:CreateServiceSpecificCredential
iam:CreateVirtualMFADevice iam:DeactivateMFADevice iam:EnableMFADevice
iam:PutRolePermissionsBoundary
iam:PutUserPermissionsBoundary
iam:ResetServiceSpecificCredential
iam:TagRole
iam:TagUser
iam:UpdateGroup
iam:UpdateOpenIDConnectProviderThumbprint
iam:UpdateSAMLProvider
iam:UpdateUser
iam:UploadSigningCertificate
organizations:DeletePolicy
organizations:DetachPolicy
sts:AssumeRole
sts:AssumeRoot
sts:TagSession

ec2:RunInstances iam:PassRole
ec2:RequestSpotInstances iam:PassRole
iam:PassRole lambda:CreateFunction lambda:InvokeFunction
iam:PassRole lambda:CreateEventSourceMapping lambda:CreateFunction
iam:PassRole lambda:AddPermission lambda:CreateFunction
glue:CreateDevEndpoint iam:PassRole
glue:CreateJob glue:StartJobRun iam:PassRole
glue:CreateJob glue:CreateTrigger iam:PassRole
glue:StartJobRun glue:UpdateJob iam:PassRole
glue:CreateTrigger glue:UpdateJob iam:PassRole
cloudformation:CreateStack iam:PassRole
cloudformation:CreateStackInstances cloudformation:CreateStackSet iam:PassRole
cloudformation:UpdateStackSet iam:PassRole
datapipeline:ActivatePipeline datapipeline:CreatePipeline datapipeline:PutPipelineDefinition iam:PassRole
codestar:CreateProject iam:PassRole
autoscaling:CreateAutoScalingGroup autoscaling:CreateLaunchConfiguration iam:PassRole
autoscaling:CreateLaunchConfiguration autoscaling:UpdateAutoScalingGroup iam:PassRole
ecs:CreateService ecs:RegisterTaskDefinition iam:PassRole
ecs:RunTask iam:PassRole
iam:PassRole sagemaker:CreateNotebookInstance
iam:PassRole sagemaker:CreateTrainingJob
iam:PassRole sagemaker:CreateProcessingJob
apprunner:CreateService iam:PassRole
braket:CreateJob iam:PassRole
cognito-identity:SetIdentityPoolRoles iam:PassRole
ecs:StartTask iam:PassRole
elasticmapreduce:RunJobFlow iam:PassRole
emr-serverless:CreateApplication emr-serverless:StartJobRun iam:PassRole
gamelift:CreateBuild gamelift:CreateFleet gamelift:RequestUploadCredentials iam:PassRole
glue:CreateSession glue:RunStatement iam:PassRole
iam:PassRole imagebuilder:CreateComponent imagebuilder:CreateImage imagebuilder:CreateImageRecipe imagebuilder:CreateInfrastructureConfiguration
iam:PassRole kinesisanalytics:CreateApplication kinesisanalytics:StartApplication
iam:PassRole omics:CreateWorkflow omics:StartRun s3:GetObject
iam:PassRole scheduler:CreateSchedule
iam:PassRole ssm:CreateDocument ssm:StartAutomationExecution
iam:PassRole states:CreateStateMachine states:StartExecution
autoscaling:CreateAutoScalingGroup
datapipeline:CreatePipeline iam:PassRole
ec2:AssociateIamInstanceProfile iam:PassRole
eks:CreatePodIdentityAssociation iam:PassRole
iam:AddRoleToInstanceProfile iam:CreateInstanceProfile iam:PassRole
iam:PassRole rolesanywhere:CreateProfile rolesanywhere:CreateTrustAnchor

ec2:ModifyInstanceAttribute ec2:StartInstances ec2:StopInstances
ec2:CreateLaunchTemplateVersion ec2:ModifyLaunchTemplate
ec2-instance-connect:SendSSHPublicKey ec2:DescribeInstances
lambda:UpdateFunctionCode
lambda:UpdateFunctionConfiguration
glue:UpdateDevEndpoint
cloudformation:UpdateStack
cloudformation:CreateChangeSet cloudformation:ExecuteChangeSet
codebuild:StartBuild
codebuild:StartBuildBatch
ecs:DescribeTasks ecs:ExecuteCommand
sagemaker:CreatePresignedNotebookInstanceUrl
sagemaker:CreateNotebookInstanceLifecycleConfig sagemaker:StartNotebookInstance sagemaker:StopNotebookInstance sagemaker:UpdateNotebookInstance
ssm:StartSession
ssm:SendCommand
apprunner:UpdateService
bedrock-agentcore:InvokeCodeInterpreter bedrock-agentcore:StartCodeInterpreterSession
bedrock-agentcore:InvokeAgentRuntimeCommand
bedrock-agentcore:ConnectBrowserAutomationStream bedrock-agentcore:StartBrowserSession
batch:SubmitJob
codedeploy:CreateDeployment codedeploy:GetDeploymentConfig codedeploy:RegisterApplicationRevision
states:StartExecution states:UpdateStateMachine
bedrock-agentcore:StartCodeInterpreterSession
codebuild:UpdateProject
ec2-instance-connect:SendSSHPublicKey
eks:CreateAccessEntry
`

// accepted is what may be in the hands of the role all the same, and why.
var accepted = map[string]string{
	"iam:UpdateAccessKey": "a key that was switched off can be switched on again, and IAM has no condition key for the status; who gains by it has its secret, which IAM shows once, when a key is made",
}

const ann = "arn:aws:iam::111122223333:user/ann"

// reachable are one resource of each kind that an escalation could be about, and
// all those that the documents themselves name.
func reachable(role []policy.Document) []string {
	all := []string{"*", ann, "arn:aws:iam::111122223333:role/admin", "arn:aws:iam::111122223333:group/admins",
		"arn:aws:iam::111122223333:policy/admin", "arn:aws:iam::111122223333:saml-provider/idp", "arn:aws:iam::111122223333:instance-profile/p"}
	for _, d := range role {
		for _, s := range d.Statements {
			for _, pattern := range s.Resources {
				all = append(all, strings.ReplaceAll(pattern, "*", "x"))
			}
		}
	}
	return all
}

func decide(role []policy.Document, r policy.Request) policy.Decision {
	var documents []*policy.Document
	for i := range role {
		documents = append(documents, &role[i])
	}
	return policy.Decide(r, documents...).Decision
}

// usable tells whether the role can use an action to its own ends: on some
// resource, with a policy of its choice.
func usable(role []policy.Document, action string) bool {
	for _, chosen := range []string{"arn:aws:iam::aws:policy/AdministratorAccess", "arn:aws:iam::111122223333:policy/admin"} {
		context := map[string][]string{"iam:PolicyARN": {chosen}, "iam:PermissionsBoundary": {chosen}}
		if slices.ContainsFunc(reachable(role), func(resource string) bool {
			return decide(role, policy.Request{Action: action, Resource: resource, Context: context}) == policy.Allowed
		}) {
			return true
		}
	}
	return false
}

// ways are the escalations that the role has.
func ways(role []policy.Document) []string {
	var found []string
	for line := range strings.Lines(escalations) {
		actions := strings.Fields(line)
		if len(actions) > 0 && !slices.ContainsFunc(actions, func(action string) bool { return !usable(role, action) }) {
			found = append(found, strings.Join(actions, " "))
		}
	}
	return found
}

// No combination of cures, and none of the other roles, makes an administrator.
func TestRolesAreNoEscalation(t *testing.T) {
	needed := map[string]bool{}
	for _, given := range stacks() {
		tm := readTemplate(t, given)
		for _, name := range tm.names(t, "AWS::IAM::Role") {
			if tm.properties(t, name)["Policies"] == nil {
				continue
			}
			role := tm.role(t, name)
			for _, action := range granted(role) {
				if strings.ContainsAny(action, "*?") {
					t.Errorf("%v: %s has %s, of which nobody knows what it will be", given, name, action)
				}
			}
			for _, way := range ways(role) {
				if needed[way] = true; accepted[way] == "" || name != "RemediateRole" {
					t.Errorf("%v: %s can escalate by %s", given, name, way)
				}
			}
		}
	}
	for way := range accepted {
		if !needed[way] {
			t.Errorf("%s is accepted and in no role", way)
		}
	}
}

// What proves nothing about the roles is a check that recognises nothing.
func TestEscalationsAreRecognised(t *testing.T) {
	const onUsers = `"Resource":"arn:aws:iam::111122223333:user/*"`
	for name, c := range map[string]struct{ statement, want string }{
		"any policy":       {`{"Effect":"Allow","Action":"iam:AttachUserPolicy",` + onUsers + `}`, "iam:AttachUserPolicy"},
		"a wide pattern":   {`{"Effect":"Allow","Action":"iam:AttachUserPolicy",` + onUsers + `,"Condition":{"ArnLike":{"iam:PolicyARN":"arn:aws:iam::*:policy/*"}}}`, "iam:AttachUserPolicy"},
		"a wrong operator": {`{"Effect":"Allow","Action":"iam:AttachUserPolicy",` + onUsers + `,"Condition":{"ArnEqualsIfExists":{"iam:PolicyArns":"arn:aws:iam::111122223333:policy/Deny"}}}`, "iam:AttachUserPolicy"},
		"two actions":      {`{"Effect":"Allow","Action":["iam:PassRole","ec2:RunInstances"],"Resource":"*"}`, "ec2:RunInstances iam:PassRole"},
		"a policy's text":  {`{"Effect":"Allow","Action":"iam:CreatePolicyVersion","Resource":"arn:aws:iam::111122223333:policy/DenyAllPolicy"}`, "iam:CreatePolicyVersion"},
		"half of it":       {`{"Effect":"Allow","Action":"iam:PassRole","Resource":"*"}`, ""},
		"only denied":      {`{"Effect":"Deny","Action":"*","Resource":"*"}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			role := []policy.Document{policy.Parse(`{"Version":"2012-10-17","Statement":[` + c.statement + `]}`)}
			if got := strings.Join(ways(role), "; "); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}
