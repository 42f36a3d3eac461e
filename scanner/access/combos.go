package access

import "slices"

// Tier is how much a [Combo] takes beside its actions. The lesser is the graver.
type Tier uint8

const (
	// Self takes nothing but somebody, or something, to write to.
	Self Tier = iota + 1
	// PassRole takes a role that trusts the service to which it is passed.
	PassRole
	// ExistingCompute takes something that runs as such a role already, which a
	// snapshot of IAM does not show.
	ExistingCompute
	// Partial gives another's permissions of single services or for single tasks, or
	// takes something outside of the account.
	Partial
)

// String is the tier's name: self, pass-role, existing-compute or partial.
func (t Tier) String() string {
	return [...]string{"", "self", "pass-role", "existing-compute", "partial"}[min(t, Partial)]
}

// Combo is a way to become more than one is: all of its actions together.
type Combo struct {
	Name    string
	Tier    Tier
	Actions []string // two of them, iam:* and iam:Put*, are patterns: all that they match
	// services are those of which one must be trusted by the role that is passed, or as
	// which runs what there is.
	services []string
}

// Combos are all that [View.Escalations] looks for. None but those of patterns and of
// sts:AssumeRole has all the actions of another that is as grave. Left out are ways that
// rest on what no snapshot shows, a known secret (iam:UpdateAccessKey) or how others'
// policies use tags and paths (iam:TagUser, iam:UpdateUser), and those that only undo
// what limits others (organizations:DetachPolicy).
func Combos() []Combo { return slices.Clone(combos) }

// combos are by tier. Their names are those by which other tools know them, where these do.
var combos = []Combo{
	{"OverPermissiveIAM", Self, []string{"iam:*"}, nil},
	{"IAMPut", Self, []string{"iam:Put*"}, nil},
	{"CreatePolicyVersion", Self, []string{"iam:CreatePolicyVersion"}, nil},
	{"SetDefaultPolicyVersion", Self, []string{"iam:SetDefaultPolicyVersion"}, nil},
	{"iam:CreateAccessKey", Self, []string{"iam:CreateAccessKey"}, nil},
	{"iam:CreateLoginProfile", Self, []string{"iam:CreateLoginProfile"}, nil},
	{"iam:UpdateLoginProfile", Self, []string{"iam:UpdateLoginProfile"}, nil},
	{"iam:AttachUserPolicy", Self, []string{"iam:AttachUserPolicy"}, nil},
	{"iam:AttachGroupPolicy", Self, []string{"iam:AttachGroupPolicy"}, nil},
	{"iam:AttachRolePolicy", Self, []string{"iam:AttachRolePolicy"}, nil},
	{"iam:PutGroupPolicy", Self, []string{"iam:PutGroupPolicy"}, nil},
	{"iam:PutRolePolicy", Self, []string{"iam:PutRolePolicy"}, nil},
	{"iam:PutUserPolicy", Self, []string{"iam:PutUserPolicy"}, nil},
	{"iam:AddUserToGroup", Self, []string{"iam:AddUserToGroup"}, nil},
	{"iam:UpdateAssumeRolePolicy", Self, []string{"iam:UpdateAssumeRolePolicy"}, nil},
	{"iam:DeleteUserPermissionsBoundary", Self, []string{"iam:DeleteUserPermissionsBoundary"}, nil},
	{"AssumeRole+DeleteRolePermissionsBoundary", Self, []string{"iam:DeleteRolePermissionsBoundary", "sts:AssumeRole"}, nil},
	{"sso:AttachManagedPolicyToPermissionSet", Self, []string{"sso:AttachManagedPolicyToPermissionSet"}, nil},
	{"sso:PutInlinePolicyToPermissionSet", Self, []string{"sso:PutInlinePolicyToPermissionSet"}, nil},
	{"iam:UpdateSAMLProvider", Self, []string{"iam:UpdateSAMLProvider"}, nil},
	{"iam:PutUserPermissionsBoundary", Self, []string{"iam:PutUserPermissionsBoundary"}, nil},
	{"AssumeRole", Self, []string{"sts:AssumeRole"}, nil},

	{"PassRole+EC2", PassRole, []string{"ec2:RunInstances", "iam:PassRole"}, []string{"ec2.amazonaws.com"}},
	{"PassRole+EC2SpotInstances", PassRole, []string{"ec2:RequestSpotInstances", "iam:PassRole"}, []string{"ec2.amazonaws.com"}},
	{"PassRole+CreateLambda+Invoke", PassRole, []string{"iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"}, []string{"lambda.amazonaws.com"}},
	{"PassRole+CreateLambda+ExistingDynamo", PassRole, []string{"iam:PassRole", "lambda:CreateEventSourceMapping", "lambda:CreateFunction"}, []string{"lambda.amazonaws.com"}},
	{"PassRole+CreateLambda+AddPermission", PassRole, []string{"iam:PassRole", "lambda:AddPermission", "lambda:CreateFunction"}, []string{"lambda.amazonaws.com"}},
	{"PassRole+GlueCreateDevEndpoint", PassRole, []string{"glue:CreateDevEndpoint", "iam:PassRole"}, []string{"glue.amazonaws.com"}},
	{"PassRole+GlueCreateJob+StartJobRun", PassRole, []string{"glue:CreateJob", "glue:StartJobRun", "iam:PassRole"}, []string{"glue.amazonaws.com"}},
	{"PassRole+GlueCreateJob+CreateTrigger", PassRole, []string{"glue:CreateJob", "glue:CreateTrigger", "iam:PassRole"}, []string{"glue.amazonaws.com"}},
	{"PassRole+CloudFormationCreateStack", PassRole, []string{"cloudformation:CreateStack", "iam:PassRole"}, []string{"cloudformation.amazonaws.com"}},
	{"PassRole+CloudFormationCreateStackSet", PassRole, []string{"cloudformation:CreateStackInstances", "cloudformation:CreateStackSet", "iam:PassRole"}, []string{"cloudformation.amazonaws.com"}},
	{"PassRole+DataPipeline", PassRole, []string{"datapipeline:CreatePipeline", "iam:PassRole"}, []string{"datapipeline.amazonaws.com", "elasticmapreduce.amazonaws.com", "ec2.amazonaws.com"}},
	{"PassRole+CodeStar", PassRole, []string{"codestar:CreateProject", "iam:PassRole"}, []string{"codestar.amazonaws.com", "cloudformation.amazonaws.com"}},
	{"PassRole+CodeBuildCreateProject+StartBuild", PassRole, []string{"codebuild:CreateProject", "codebuild:StartBuild", "iam:PassRole"}, []string{"codebuild.amazonaws.com"}},
	{"PassRole+CodeBuildCreateProject+StartBuildBatch", PassRole, []string{"codebuild:CreateProject", "codebuild:StartBuildBatch", "iam:PassRole"}, []string{"codebuild.amazonaws.com"}},
	{"PassRole+CreateAutoScaling", PassRole, []string{"autoscaling:CreateAutoScalingGroup", "autoscaling:CreateLaunchConfiguration", "iam:PassRole"}, []string{"ec2.amazonaws.com"}},
	{"PassRole+ECS+RegisterTaskDef+CreateService", PassRole, []string{"ecs:CreateService", "ecs:RegisterTaskDefinition", "iam:PassRole"}, []string{"ecs-tasks.amazonaws.com"}},
	{"PassRole+ECS+RegisterTaskDef+RunTask", PassRole, []string{"ecs:RegisterTaskDefinition", "ecs:RunTask", "iam:PassRole"}, []string{"ecs-tasks.amazonaws.com"}},
	{"PassRole+SageMakerCreateNotebookInstance", PassRole, []string{"iam:PassRole", "sagemaker:CreateNotebookInstance"}, []string{"sagemaker.amazonaws.com"}},
	{"PassRole+SageMakerCreateTrainingJob", PassRole, []string{"iam:PassRole", "sagemaker:CreateTrainingJob"}, []string{"sagemaker.amazonaws.com"}},
	{"PassRole+SageMakerCreateProcessingJob", PassRole, []string{"iam:PassRole", "sagemaker:CreateProcessingJob"}, []string{"sagemaker.amazonaws.com"}},
	{"PassRole+AppRunnerCreateService", PassRole, []string{"apprunner:CreateService", "iam:PassRole"}, []string{"tasks.apprunner.amazonaws.com"}},
	{"PassRole+AgentCoreCreateInterpreter+InvokeInterpreter", PassRole, []string{"bedrock-agentcore:CreateCodeInterpreter", "bedrock-agentcore:StartCodeInterpreterSession", "iam:PassRole"}, []string{"bedrock-agentcore.amazonaws.com"}},
	{"PassRole+AgentCoreCreateRuntime+InvokeRuntimeCommand", PassRole, []string{"bedrock-agentcore:CreateAgentRuntime", "bedrock-agentcore:CreateAgentRuntimeEndpoint", "bedrock-agentcore:CreateWorkloadIdentity", "bedrock-agentcore:InvokeAgentRuntimeCommand", "iam:PassRole"}, []string{"bedrock-agentcore.amazonaws.com"}},
	{"PassRole+AgentCoreCreateBrowser+ConnectBrowser", PassRole, []string{"bedrock-agentcore:ConnectBrowserAutomationStream", "bedrock-agentcore:CreateBrowser", "bedrock-agentcore:StartBrowserSession", "iam:PassRole"}, []string{"bedrock-agentcore.amazonaws.com"}},
	{"PassRole+BatchRegisterJobDef+SubmitJob", PassRole, []string{"batch:RegisterJobDefinition", "batch:SubmitJob", "iam:PassRole"}, []string{"ecs-tasks.amazonaws.com"}},
	{"PassRole+BraketCreateJob", PassRole, []string{"braket:CreateJob", "iam:PassRole"}, []string{"braket.amazonaws.com"}},
	{"PassRole+CognitoSetIdentityPoolRoles", PassRole, []string{"cognito-identity:SetIdentityPoolRoles", "iam:PassRole"}, []string{"cognito-identity.amazonaws.com"}},
	{"PassRole+ECSStartTaskExistingCluster", PassRole, []string{"ecs:StartTask", "iam:PassRole"}, []string{"ecs-tasks.amazonaws.com"}},
	{"PassRole+EMRRunJobFlow", PassRole, []string{"elasticmapreduce:RunJobFlow", "iam:PassRole"}, []string{"elasticmapreduce.amazonaws.com", "ec2.amazonaws.com"}},
	{"PassRole+EMRServerlessCreateApp+StartJobRun", PassRole, []string{"emr-serverless:CreateApplication", "emr-serverless:StartJobRun", "iam:PassRole"}, []string{"emr-serverless.amazonaws.com"}},
	{"PassRole+GameLiftCreateBuild+CreateFleet", PassRole, []string{"gamelift:CreateBuild", "gamelift:CreateFleet", "gamelift:RequestUploadCredentials", "iam:PassRole"}, []string{"gamelift.amazonaws.com"}},
	{"PassRole+GlueCreateSession+RunStatement", PassRole, []string{"glue:CreateSession", "glue:RunStatement", "iam:PassRole"}, []string{"glue.amazonaws.com"}},
	{"PassRole+ImageBuilderCreateComponent+CreateImage", PassRole, []string{"iam:PassRole", "imagebuilder:CreateComponent", "imagebuilder:CreateImage", "imagebuilder:CreateImageRecipe", "imagebuilder:CreateInfrastructureConfiguration"}, []string{"ec2.amazonaws.com"}},
	{"PassRole+KinesisAnalyticsCreateApp+StartApp", PassRole, []string{"iam:PassRole", "kinesisanalytics:CreateApplication", "kinesisanalytics:StartApplication"}, []string{"kinesisanalytics.amazonaws.com"}},
	{"PassRole+OmicsCreateWorkflow+StartRun", PassRole, []string{"iam:PassRole", "omics:CreateWorkflow", "omics:StartRun", "s3:GetObject"}, []string{"omics.amazonaws.com"}},
	{"PassRole+SchedulerCreateSchedule", PassRole, []string{"iam:PassRole", "scheduler:CreateSchedule"}, []string{"scheduler.amazonaws.com"}},
	{"PassRole+SSMCreateDocument+StartAutomation", PassRole, []string{"iam:PassRole", "ssm:CreateDocument", "ssm:StartAutomationExecution"}, []string{"ssm.amazonaws.com"}},
	{"PassRole+StepFunctionsCreateStateMachine+StartExecution", PassRole, []string{"iam:PassRole", "states:CreateStateMachine", "states:StartExecution"}, []string{"states.amazonaws.com"}},
	{"PassRole+CreateInstanceProfile+AddRoleToInstanceProfile", PassRole, []string{"iam:AddRoleToInstanceProfile", "iam:CreateInstanceProfile", "iam:PassRole"}, []string{"ec2.amazonaws.com"}},
	{"PassRole+AssociateIamInstanceProfile", PassRole, []string{"ec2:AssociateIamInstanceProfile", "iam:PassRole"}, []string{"ec2.amazonaws.com"}},
	{"PassRole+RolesAnywhere", PassRole, []string{"iam:PassRole", "rolesanywhere:CreateProfile", "rolesanywhere:CreateTrustAnchor"}, []string{"rolesanywhere.amazonaws.com"}},
	{"PassRole+CreatePodIdentityAssociation", PassRole, []string{"eks:CreatePodIdentityAssociation", "iam:PassRole"}, []string{"pods.eks.amazonaws.com"}},

	{"EC2ModifyInstanceAttribute", ExistingCompute, []string{"ec2:ModifyInstanceAttribute", "ec2:StartInstances", "ec2:StopInstances"}, []string{"ec2.amazonaws.com"}},
	{"EC2ModifyLaunchTemplate", ExistingCompute, []string{"ec2:CreateLaunchTemplateVersion", "ec2:ModifyLaunchTemplate"}, []string{"ec2.amazonaws.com"}},
	{"EC2InstanceConnect+SendSSHPublicKey", ExistingCompute, []string{"ec2-instance-connect:SendSSHPublicKey"}, []string{"ec2.amazonaws.com"}},
	{"lambda:UpdateFunctionCode", ExistingCompute, []string{"lambda:UpdateFunctionCode"}, []string{"lambda.amazonaws.com"}},
	{"lambda:UpdateFunctionConfiguration", ExistingCompute, []string{"lambda:UpdateFunctionConfiguration"}, []string{"lambda.amazonaws.com"}},
	{"GlueUpdateDevEndpoint", ExistingCompute, []string{"glue:UpdateDevEndpoint"}, []string{"glue.amazonaws.com"}},
	{"PassRole+GlueUpdateJob+StartJobRun", ExistingCompute, []string{"glue:StartJobRun", "glue:UpdateJob", "iam:PassRole"}, []string{"glue.amazonaws.com"}},
	{"PassRole+GlueUpdateJob+CreateTrigger", ExistingCompute, []string{"glue:CreateTrigger", "glue:UpdateJob", "iam:PassRole"}, []string{"glue.amazonaws.com"}},
	{"CloudFormationUpdateStack", ExistingCompute, []string{"cloudformation:UpdateStack"}, []string{"cloudformation.amazonaws.com"}},
	{"PassRole+CloudFormationUpdateStackSet", ExistingCompute, []string{"cloudformation:UpdateStackSet", "iam:PassRole"}, []string{"cloudformation.amazonaws.com"}},
	{"CloudFormationChangeSet", ExistingCompute, []string{"cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet"}, []string{"cloudformation.amazonaws.com"}},
	{"CodeBuildStartBuild", ExistingCompute, []string{"codebuild:StartBuild"}, []string{"codebuild.amazonaws.com"}},
	{"CodeBuildStartBuildBatch", ExistingCompute, []string{"codebuild:StartBuildBatch"}, []string{"codebuild.amazonaws.com"}},
	{"PassRole+UpdateAutoScaling", ExistingCompute, []string{"autoscaling:CreateLaunchConfiguration", "autoscaling:UpdateAutoScalingGroup", "iam:PassRole"}, []string{"ec2.amazonaws.com"}},
	{"PassRole+ECS+RunTask", ExistingCompute, []string{"ecs:RunTask", "iam:PassRole"}, []string{"ecs-tasks.amazonaws.com"}},
	{"ECS+ExecuteCommand", ExistingCompute, []string{"ecs:DescribeTasks", "ecs:ExecuteCommand"}, []string{"ecs-tasks.amazonaws.com"}},
	{"SageMakerCreatePresignedNotebookInstanceUrl", ExistingCompute, []string{"sagemaker:CreatePresignedNotebookInstanceUrl"}, []string{"sagemaker.amazonaws.com"}},
	{"SageMakerNotebookLifecycleConfig", ExistingCompute, []string{"sagemaker:CreateNotebookInstanceLifecycleConfig", "sagemaker:StartNotebookInstance", "sagemaker:StopNotebookInstance", "sagemaker:UpdateNotebookInstance"}, []string{"sagemaker.amazonaws.com"}},
	{"SSMStartSession", ExistingCompute, []string{"ssm:StartSession"}, []string{"ec2.amazonaws.com"}},
	{"SSMSendCommand", ExistingCompute, []string{"ssm:SendCommand"}, []string{"ec2.amazonaws.com"}},
	{"AppRunnerUpdateService", ExistingCompute, []string{"apprunner:UpdateService"}, []string{"tasks.apprunner.amazonaws.com"}},
	{"AgentCoreSessionInvoke", ExistingCompute, []string{"bedrock-agentcore:StartCodeInterpreterSession"}, []string{"bedrock-agentcore.amazonaws.com"}},
	{"AgentCoreInvokeRuntimeCommand", ExistingCompute, []string{"bedrock-agentcore:InvokeAgentRuntimeCommand"}, []string{"bedrock-agentcore.amazonaws.com"}},
	{"AgentCoreBrowserSessionConnect", ExistingCompute, []string{"bedrock-agentcore:ConnectBrowserAutomationStream", "bedrock-agentcore:StartBrowserSession"}, []string{"bedrock-agentcore.amazonaws.com"}},
	{"BatchSubmitJob", ExistingCompute, []string{"batch:SubmitJob"}, []string{"ecs-tasks.amazonaws.com"}},
	{"CodeDeployCreateDeployment", ExistingCompute, []string{"codedeploy:CreateDeployment", "codedeploy:GetDeploymentConfig", "codedeploy:RegisterApplicationRevision"}, []string{"ec2.amazonaws.com", "lambda.amazonaws.com", "ecs-tasks.amazonaws.com", "codedeploy.amazonaws.com"}},
	{"StepFunctionsUpdateStateMachine+StartExecution", ExistingCompute, []string{"states:StartExecution", "states:UpdateStateMachine"}, []string{"states.amazonaws.com"}},
	{"AutoScalingExistingLaunchConfiguration", ExistingCompute, []string{"autoscaling:CreateAutoScalingGroup"}, []string{"ec2.amazonaws.com"}},
	{"CodeBuildUpdateProject", ExistingCompute, []string{"codebuild:UpdateProject"}, []string{"codebuild.amazonaws.com"}},

	{"iam:CreateServiceSpecificCredential", Partial, []string{"iam:CreateServiceSpecificCredential"}, nil},
	{"iam:ResetServiceSpecificCredential", Partial, []string{"iam:ResetServiceSpecificCredential"}, nil},
	{"iam:UploadSigningCertificate", Partial, []string{"iam:UploadSigningCertificate"}, nil},
	{"iam:AddClientIDToOpenIDConnectProvider", Partial, []string{"iam:AddClientIDToOpenIDConnectProvider"}, nil},
	{"iam:UpdateOpenIDConnectProviderThumbprint", Partial, []string{"iam:UpdateOpenIDConnectProviderThumbprint"}, nil},
	{"sts:AssumeRoot", Partial, []string{"sts:AssumeRoot"}, nil},
}

// comboAssume and comboProvider are the places of two that stand out.
var (
	comboAssume   = placeOf(assume)
	comboProvider = placeOf(provider)
)

func placeOf(action string) int32 {
	return int32(slices.IndexFunc(combos, func(c Combo) bool { return slices.Equal(c.Actions, []string{action}) }))
}
