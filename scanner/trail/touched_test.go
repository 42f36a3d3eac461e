package trail_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"iamvigil/scanner/account"
	"iamvigil/scanner/trail"
)

const deploy = "arn:aws:iam::111122223333:policy/team/deploy"

var (
	whole = account.Ref{Kind: account.KindAccount, Name: "111122223333"}
	root  = account.Ref{Kind: account.KindAccount, Name: account.RootName}
)

func user(name string) account.Ref  { return account.Ref{Kind: account.KindUser, Name: name} }
func group(name string) account.Ref { return account.Ref{Kind: account.KindGroup, Name: name} }
func members(name string) account.Ref {
	return account.Ref{Kind: account.KindMembers, Name: name}
}
func role(name string) account.Ref { return account.Ref{Kind: account.KindRole, Name: name} }

// Every call that can change a rule's answer, given as its API and CloudTrail
// spell it, and what it touches.
func TestTouched(t *testing.T) {
	type req = map[string]any
	alice := req{"userName": "alice"}
	aboutRole := req{"roleName": "deploy"}
	aboutGroup := req{"groupName": "ops"}
	aboutPolicy := req{"policyArn": deploy}
	policy := account.Ref{Kind: account.KindPolicy, ARN: deploy, Name: "deploy"}
	used := account.Ref{Kind: account.KindPolicy, Name: "deploy"}
	tests := []struct {
		source, names string
		request       req
		want          []account.Ref
	}{
		{"iam", "CreateUser DeleteUser", alice, []account.Ref{user("alice")}},
		{"iam", "UpdateUser", req{"userName": "alice", "newUserName": "alice.b"}, []account.Ref{user("alice"), user("alice.b")}},
		{"iam", "UpdateUser", req{"userName": "alice", "newPath": "/staff/"}, []account.Ref{user("alice")}},
		{"iam", "CreateLoginProfile UpdateLoginProfile DeleteLoginProfile", alice, []account.Ref{user("alice")}},
		{"iam", "CreateAccessKey UpdateAccessKey DeleteAccessKey", alice, []account.Ref{user("alice")}},
		{"iam", "EnableMFADevice DeactivateMFADevice ResyncMFADevice", alice, []account.Ref{user("alice")}},
		{"iam", "CreateVirtualMFADevice", req{"virtualMFADeviceName": "alice"}, []account.Ref{whole}},
		{"iam", "DeleteVirtualMFADevice", req{"serialNumber": "arn:aws:iam::111122223333:mfa/staff/alice"}, []account.Ref{whole, user("alice")}},
		{"iam", "DeleteVirtualMFADevice", req{"serialNumber": "arn:aws:iam::111122223333:mfa/root-account-mfa-device"}, []account.Ref{whole, root}},
		{"iam", "UploadSigningCertificate UpdateSigningCertificate DeleteSigningCertificate", alice, []account.Ref{user("alice")}},
		{"iam", "UploadSSHPublicKey UpdateSSHPublicKey DeleteSSHPublicKey", alice, []account.Ref{user("alice")}},
		{"iam", "CreateServiceSpecificCredential UpdateServiceSpecificCredential ResetServiceSpecificCredential DeleteServiceSpecificCredential", alice, []account.Ref{user("alice")}},
		{"iam", "AttachUserPolicy DetachUserPolicy", req{"userName": "alice", "policyArn": deploy}, []account.Ref{user("alice"), used}},
		{"iam", "AttachUserPolicy DetachUserPolicy", req{"userName": "alice", "policyArn": "arn:aws-cn:iam::aws:policy/ReadOnlyAccess"}, []account.Ref{user("alice")}},
		{"iam", "PutUserPolicy DeleteUserPolicy", req{"userName": "alice", "policyName": "more"}, []account.Ref{user("alice")}},
		{"iam", "PutUserPermissionsBoundary DeleteUserPermissionsBoundary TagUser UntagUser", alice, []account.Ref{user("alice")}},
		{"iam", "AddUserToGroup RemoveUserFromGroup", req{"userName": "alice", "groupName": "ops"}, []account.Ref{group("ops"), user("alice")}},
		{"iam", "CreateGroup DeleteGroup", aboutGroup, []account.Ref{group("ops")}},
		{"iam", "PutGroupPolicy DeleteGroupPolicy", aboutGroup, []account.Ref{group("ops"), members("ops")}},
		{"iam", "UpdateGroup", req{"groupName": "ops", "newGroupName": "operations"}, []account.Ref{group("ops"), group("operations")}},
		{"iam", "AttachGroupPolicy DetachGroupPolicy", req{"groupName": "ops", "policyArn": deploy}, []account.Ref{group("ops"), members("ops"), used}},
		{"iam", "CreateRole DeleteRole UpdateRole UpdateAssumeRolePolicy TagRole UntagRole", aboutRole, []account.Ref{role("deploy")}},
		{"iam", "AttachRolePolicy DetachRolePolicy", req{"roleName": "deploy", "policyArn": deploy}, []account.Ref{role("deploy"), used}},
		{"iam", "PutRolePolicy DeleteRolePolicy PutRolePermissionsBoundary DeleteRolePermissionsBoundary", aboutRole, []account.Ref{role("deploy")}},
		{"iam", "AddRoleToInstanceProfile RemoveRoleFromInstanceProfile", req{"roleName": "deploy", "instanceProfileName": "web"}, []account.Ref{role("deploy")}},
		{"iam", "CreateInstanceProfile DeleteInstanceProfile TagInstanceProfile UntagInstanceProfile", req{"instanceProfileName": "web"}, []account.Ref{whole}},
		{"iam", "CreatePolicyVersion SetDefaultPolicyVersion DeletePolicyVersion DeletePolicy TagPolicy UntagPolicy", aboutPolicy, []account.Ref{policy}},
		{"iam", "CreatePolicy", req{"policyName": "deploy"}, []account.Ref{used}},
		{"iam", "UpdateAccountPasswordPolicy DeleteAccountPasswordPolicy SetSecurityTokenServicePreferences", nil, []account.Ref{whole}},
		{"iam", "CreateSAMLProvider UpdateSAMLProvider DeleteSAMLProvider TagSAMLProvider UntagSAMLProvider", nil, []account.Ref{whole}},
		{"iam", "CreateOpenIDConnectProvider DeleteOpenIDConnectProvider AddClientIDToOpenIDConnectProvider RemoveClientIDFromOpenIDConnectProvider", nil, []account.Ref{whole}},
		{"iam", "UpdateOpenIDConnectProviderThumbprint TagOpenIDConnectProvider UntagOpenIDConnectProvider TagMFADevice UntagMFADevice", nil, []account.Ref{whole}},
		{"iam", "UploadServerCertificate UpdateServerCertificate DeleteServerCertificate TagServerCertificate UntagServerCertificate", nil, []account.Ref{whole}},
		{"iam", "EnableOrganizationsRootCredentialsManagement DisableOrganizationsRootCredentialsManagement", nil, []account.Ref{whole}},
		{"iam", "EnableOrganizationsRootSessions DisableOrganizationsRootSessions", nil, []account.Ref{whole}},
		{"iam", "EnableOutboundWebIdentityFederation DisableOutboundWebIdentityFederation", nil, []account.Ref{whole}},
		{"iam", "CreateDelegationRequest AssociateDelegationRequest AcceptDelegationRequest RejectDelegationRequest SendDelegationToken", nil, []account.Ref{whole}},
		{"iam", "AcquireRole", aboutRole, []account.Ref{role("deploy")}},
		{"iam", "ChangePassword", nil, []account.Ref{user("mallory")}},
		{"iam", "GenerateCredentialReport GenerateOrganizationsAccessReport GenerateServiceLastAccessedDetails", nil, nil},
		{"iam", "CreateAccountAlias DeleteAccountAlias PutAccountProperties UpdateDelegationRequest", nil, nil},
		{"iam", "UpdateRoleDescription CreateServiceLinkedRole DeleteServiceLinkedRole", aboutRole, nil},
		{"iam", "UpdateAccountName UpdateAccountEmailAddress SetSTSRegionalEndpointStatus", nil, nil},
		{"iam", "UploadCloudFrontPublicKey UpdateCloudFrontPublicKey DeleteCloudFrontPublicKey", nil, nil},
		{"iam", "GetUser ListUsers SimulatePrincipalPolicy GetAccountAuthorizationDetails", alice, nil},
		{"signin", "ConsoleLogin CheckMfa SwitchRole PasswordRecoveryRequested", nil, nil},
		{"signin", "PasswordRecoveryCompleted PasswordUpdated", nil, []account.Ref{whole}},
		{"sts", "AssumeRoot", nil, []account.Ref{whole}},
		{"sts", "AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity DecodeAuthorizationMessage GetFederationToken GetSessionToken", nil, nil},
		{"access-analyzer", "CreateAnalyzer UpdateAnalyzer DeleteAnalyzer", nil, []account.Ref{whole}},
		{"access-analyzer", "StartResourceScan", nil, nil},
		{"cloudtrail", "StopLogging StartLogging CreateTrail DeleteTrail UpdateTrail PutEventSelectors", nil, []account.Ref{whole}},
		{"organizations", "AttachPolicy LeaveOrganization RegisterDelegatedAdministrator", nil, []account.Ref{whole}},
		{"organizations", "DescribeOrganization ListAccounts", nil, nil},
		{"sso", "CreatePermissionSet UpdatePermissionSet DeletePermissionSet ProvisionPermissionSet", nil, []account.Ref{whole}},
		{"sso", "CreateAccountAssignment DeleteAccountAssignment", nil, []account.Ref{whole}},
		{"sso", "AttachManagedPolicyToPermissionSet DetachManagedPolicyFromPermissionSet", nil, []account.Ref{whole}},
		{"sso", "AttachCustomerManagedPolicyReferenceToPermissionSet DetachCustomerManagedPolicyReferenceFromPermissionSet", nil, []account.Ref{whole}},
		{"sso", "PutInlinePolicyToPermissionSet DeleteInlinePolicyFromPermissionSet", nil, []account.Ref{whole}},
		{"sso", "PutPermissionsBoundaryToPermissionSet DeletePermissionsBoundaryFromPermissionSet", nil, []account.Ref{whole}},
		{"sso", "Federate", nil, nil},
		{"events", "DisableRule DeleteRule RemoveTargets PutRule", nil, nil},
		{"lambda", "DeleteFunction20150331 UpdateFunctionCode20150331v2", nil, nil},
		{"sns", "DeleteTopic Unsubscribe", nil, nil},
	}
	tested := map[string]bool{}
	for _, test := range tests {
		for name := range strings.FieldsSeq(test.names) {
			tested[test.source+name] = true
			e := parse(t, event{Source: test.source, Name: name, Request: test.request})
			if d := cmp.Diff(test.want, e.Touched, cmpopts.EquateEmpty()); d != "" {
				t.Errorf("%s %v (-want +got):\n%s", name, test.request, d)
			}
			if e.Unnamed || !e.Known {
				t.Errorf("%s: unnamed %v, known %v", name, e.Unnamed, e.Known)
			}
			failed := parse(t, event{Source: test.source, Name: name, Request: test.request, ErrorCode: "AccessDenied"})
			if !failed.Failed || len(failed.Touched) > 0 || failed.Unnamed {
				t.Errorf("%s: failed, yet touches %v", name, failed.Touched)
			}
		}
	}
	for _, service := range []string{"iam", "sts", "access-analyzer", "sso"} {
		for _, name := range trail.Calls(service) {
			if name != "*" && !tested[service+name] {
				t.Errorf("%s of %s is in the table, but not in this test", name, service)
			}
		}
	}
}

// Whose credential it is when the request does not say: the API takes the user
// from the signing key, and root's own calls name nobody, or "AWS ROOT USER",
// or the account's alias.
func TestTouchedByCaller(t *testing.T) {
	type object = map[string]any
	rootWithAlias := object{"type": "Root", "arn": "arn:aws:iam::111122223333:root", "userName": "acme"}
	inRole := object{"type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/ci/1"}
	federated := object{
		"type": "FederatedUser", "arn": "arn:aws:sts::111122223333:federated-user/dora",
		"sessionContext": object{"sessionIssuer": object{"arn": "arn:aws:iam::111122223333:user/broker"}},
	}
	federatedRoot := object{
		"type": "FederatedUser", "arn": "arn:aws:sts::111122223333:federated-user/dora",
		"sessionContext": object{"sessionIssuer": object{"arn": "arn:aws:iam::111122223333:root"}},
	}
	tests := []struct {
		name    string
		event   event
		want    []account.Ref
		unnamed bool
	}{
		{"user, no parameters", event{Name: "CreateAccessKey"}, []account.Ref{user("mallory")}, false},
		{"user, response names", event{Name: "CreateAccessKey", Response: object{"accessKey": object{"userName": "alice"}}}, []account.Ref{user("alice")}, false},
		{"user without ARN", event{Name: "ChangePassword", Identity: object{"type": "IAMUser", "userName": "alice"}}, []account.Ref{user("alice")}, false},
		{"user that does not exist", event{Name: "ChangePassword", Identity: object{"type": "IAMUser", "userName": "HIDDEN_DUE_TO_SECURITY_REASONS"}}, nil, true},
		{"root, no parameters", event{Name: "CreateAccessKey", Identity: rootWithAlias, Response: object{"accessKey": object{"status": "Active"}}}, []account.Ref{root}, false},
		{"root, for a user", event{Name: "CreateAccessKey", Identity: rootWithAlias, Request: object{"userName": "alice"}}, []account.Ref{user("alice")}, false},
		{"root, by its own spelling", event{Name: "EnableMFADevice", Identity: rootWithAlias, Request: object{"userName": "AWS ROOT USER"}}, []account.Ref{root}, false},
		{"root, by the alias, which may be a user's name", event{Name: "EnableMFADevice", Identity: rootWithAlias, Request: object{"userName": "Acme"}}, []account.Ref{user("Acme"), root}, false},
		{"user whose name is the alias", event{Name: "EnableMFADevice", Request: object{"userName": "acme"}}, []account.Ref{user("acme")}, false},
		{"federated", event{Name: "UpdateAccessKey", Identity: federated}, []account.Ref{user("broker")}, false},
		{"federated by root", event{Name: "UpdateAccessKey", Identity: federatedRoot}, []account.Ref{root}, false},
		{"role, which has no credentials", event{Name: "UpdateAccessKey", Identity: inRole}, nil, true},
		{"service", event{Name: "UpdateAccessKey", Identity: object{"type": "AWSService", "invokedBy": "iam.amazonaws.com"}}, nil, true},
		{"nobody", event{Name: "UpdateAccessKey", Identity: object{}}, nil, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e := parse(t, test.event)
			if d := cmp.Diff(test.want, e.Touched, cmpopts.EquateEmpty()); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			if e.Unnamed != test.unnamed {
				t.Errorf("unnamed is %v", e.Unnamed)
			}
		})
	}
}

// CloudTrail leaves requestParameters out above 100 KB. What the response still
// names is touched; what nothing names is told as unnamed.
func TestTouchedWithoutParameters(t *testing.T) {
	type object = map[string]any
	tests := []struct {
		name     string
		response object
		want     []account.Ref
		unnamed  bool
	}{
		{"CreateUser", object{"user": object{"userName": "alice"}}, []account.Ref{user("alice")}, false},
		{"CreateGroup", object{"group": object{"groupName": "ops"}}, []account.Ref{group("ops")}, false},
		{"CreateRole", object{"role": object{"roleName": "deploy"}}, []account.Ref{role("deploy")}, false},
		{"AcquireRole", object{"role": object{"roleName": "deploy"}}, []account.Ref{role("deploy")}, false},
		{"CreatePolicy", object{"policy": object{"arn": deploy}}, []account.Ref{{Kind: account.KindPolicy, ARN: deploy, Name: "deploy"}}, false},
		{"UploadSSHPublicKey", object{"sSHPublicKey": object{"userName": "alice"}}, []account.Ref{user("alice")}, false},
		{"UploadSigningCertificate", object{"certificate": object{"userName": "alice"}}, []account.Ref{user("alice")}, false},
		{"CreateLoginProfile", object{"loginProfile": object{"userName": "alice"}}, []account.Ref{user("alice")}, false},
		{"CreateServiceSpecificCredential", object{"serviceSpecificCredential": object{"userName": "alice"}}, []account.Ref{user("alice")}, false},
		{"CreateRole", nil, nil, true},
		{"PutRolePolicy", nil, nil, true},
		{"AttachRolePolicy", nil, nil, true},
		{"UpdateUser", nil, nil, true},
		{"AddUserToGroup", nil, nil, true},
		{"CreatePolicyVersion", object{"policyVersion": object{"versionId": "v2"}}, nil, true},
		{"CreateSAMLProvider", nil, []account.Ref{whole}, false},
		{"DeleteVirtualMFADevice", nil, []account.Ref{whole}, false},
	}
	for _, test := range tests {
		e := parse(t, event{Name: test.name, Response: test.response})
		if d := cmp.Diff(test.want, e.Touched, cmpopts.EquateEmpty()); d != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, d)
		}
		if e.Unnamed != test.unnamed {
			t.Errorf("%s: unnamed is %v", test.name, e.Unnamed)
		}
	}
}

// event is what a test says of an event; the rest is as usual: mallory, by
// access key, in account 111122223333.
type event struct {
	Source, Name, ErrorCode     string
	ReadOnly                    bool
	Identity, Request, Response any
}

func (e event) body(t testing.TB) []byte {
	t.Helper()
	if e.Source == "" {
		e.Source = "iam"
	}
	if e.Identity == nil {
		e.Identity = map[string]any{
			"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/staff/mallory",
			"userName": "mallory", "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
		}
	}
	detail := map[string]any{
		"eventID": "0a9b8c7d-0000-4000-8000-000000000001", "eventName": e.Name,
		"eventSource": e.Source + ".amazonaws.com", "recipientAccountId": "111122223333",
		"readOnly": e.ReadOnly, "userIdentity": e.Identity,
		"requestParameters": e.Request, "responseElements": e.Response,
	}
	if e.ErrorCode != "" {
		detail["errorCode"] = e.ErrorCode
	}
	body, err := json.Marshal(map[string]any{"source": "aws." + e.Source, "detail": detail})
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func parse(t testing.TB, e event) trail.Event {
	t.Helper()
	parsed, err := trail.Parse(e.body(t))
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}
