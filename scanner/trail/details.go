package trail

// details are the fields of requests, responses and sign-ins that tell a reader
// what a call was about. Listed one by one, since the others hold documents,
// session tokens and whatever AWS adds next.
func (r *record) details() map[string]string {
	var told map[string]string
	tell := func(key string, object fields, path string) {
		if told[key] != "" {
			return
		}
		if value := object.scalar(path); value != "" {
			if told == nil {
				told = map[string]string{}
			}
			told[key] = clip(value, maxText)
		}
	}
	for _, key := range requestDetails {
		tell(key, r.RequestParameters, key)
	}
	for _, d := range nestedDetails {
		object, path := r.within(d.path)
		tell(d.key, object, path)
	}
	for _, key := range signInDetails {
		tell(key, r.AdditionalEventData, key)
	}
	return told
}

// requestDetails are members of IAM's, CloudTrail's, STS's, Organizations' and
// EventBridge's requests.
var requestDetails = []string{
	"userName", "newUserName", "groupName", "newGroupName", "roleName",
	"path", "newPath", "permissionsBoundary", "instanceProfileName",
	"policyArn", "policyName", "versionId", "setAsDefault",
	"accessKeyId", "status", "serialNumber", "virtualMFADeviceName", "passwordResetRequired",
	"certificateId", "sSHPublicKeyId", "serviceSpecificCredentialId", "serviceName", "credentialAgeDays",
	"minimumPasswordLength", "maxPasswordAge", "passwordReusePrevention", "hardExpiry",
	"requireUppercaseCharacters", "requireLowercaseCharacters", "requireNumbers", "requireSymbols",
	"allowUsersToChangePassword",
	"sAMLProviderArn", "openIDConnectProviderArn", "clientID", "url", "name",
	"serverCertificateName", "newServerCertificateName",
	"globalEndpointTokenVersion", "delegationRequestId", "ownerAccountId", "templateArn", "aWSServiceName",
	"roleArn", "roleSessionName", "sourceIdentity", "targetPrincipal",
	"trailName", "isMultiRegionTrail", "includeGlobalServiceEvents",
	"analyzerName", "type", "policyId", "targetId", "accountId",
	"permissionSetArn", "principalId", "principalType",
	"rule", "functionName", "topicArn", "subscriptionArn",
}

// nestedDetails are told where the request does not name the same.
var nestedDetails = []struct{ key, path string }{
	{"userName", "response.accessKey.userName"},
	{"userName", "response.user.userName"},
	{"roleName", "response.role.roleName"},
	{"policyArn", "response.policy.arn"},
	{"versionId", "response.policyVersion.versionId"},
	{"accessKeyId", "response.accessKey.accessKeyId"},
	{"status", "response.accessKey.status"},
	{"serialNumber", "response.virtualMFADevice.serialNumber"},
	{"certificateId", "response.certificate.certificateId"},
	{"sSHPublicKeyId", "response.sSHPublicKey.sSHPublicKeyId"},
	{"serviceSpecificCredentialId", "response.serviceSpecificCredential.serviceSpecificCredentialId"},
	{"sAMLProviderArn", "response.sAMLProviderArn"},
	{"openIDConnectProviderArn", "response.openIDConnectProviderArn"},
	{"taskPolicyArn", "request.taskPolicyArn.arn"},
	{"ConsoleLogin", "response.ConsoleLogin"},
	{"CheckMfa", "response.CheckMfa"},
	{"SwitchRole", "response.SwitchRole"},
}

// signInDetails are members of additionalEventData.
var signInDetails = []string{
	"MFAUsed", "MFAIdentifier", "LoginTo", "MobileVersion", "SamlProviderArn", "SwitchFrom",
	"UserName", "CredentialType", "MfaType",
}
