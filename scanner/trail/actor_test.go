package trail_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"iamvigil/scanner/account"
	"iamvigil/scanner/trail"
)

// Who is behind a call, for each userIdentity.type of the CloudTrail user guide.
func TestActorName(t *testing.T) {
	type object = map[string]any
	session := object{"sessionIssuer": object{"arn": "arn:aws:iam::111122223333:role/ci/deploy"}}
	sourced := object{"sourceIdentity": "bob", "sessionIssuer": object{"arn": "arn:aws:iam::111122223333:role/ci/deploy"}}
	inRole := "arn:aws:sts::111122223333:assumed-role/deploy/run-9"
	deployed := account.Ref{Kind: account.KindRole, ARN: "arn:aws:iam::111122223333:role/ci/deploy", Name: "deploy"}
	rootARN := "arn:aws:iam::111122223333:root"
	tests := []struct {
		name     string
		identity object
		want     string
		ref      account.Ref
	}{
		{"root", object{"type": "Root", "arn": rootARN, "principalId": "111122223333"}, "", account.Ref{Kind: account.KindAccount, ARN: rootARN, Name: account.RootName}},
		{"root with alias", object{"type": "Root", "arn": rootARN, "userName": "acme"}, "acme", account.Ref{Kind: account.KindAccount, ARN: rootARN, Name: account.RootName}},
		{"user", object{"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/staff/alice", "userName": "alice"}, "alice", account.Ref{Kind: account.KindUser, ARN: "arn:aws:iam::111122223333:user/staff/alice", Name: "alice"}},
		{"user by ARN", object{"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/alice"}, "alice", account.Ref{Kind: account.KindUser, ARN: "arn:aws:iam::111122223333:user/alice", Name: "alice"}},
		{"session", object{"type": "AssumedRole", "arn": inRole, "sessionContext": session}, "run-9", deployed},
		{"session with source identity", object{"type": "AssumedRole", "arn": inRole, "sessionContext": sourced, "onBehalfOf": object{"userId": "5448"}}, "bob", deployed},
		{"session on behalf of a person", object{"type": "AssumedRole", "arn": inRole, "sessionContext": session, "onBehalfOf": object{"userId": "5448"}}, "5448", deployed},
		{"session without ARN", object{"type": "AssumedRole", "principalId": "AROAEXAMPLE:run-9", "sessionContext": session}, "run-9", deployed},
		{"session without issuer", object{"type": "AssumedRole", "arn": inRole}, "run-9", account.Ref{Kind: account.KindRole, Name: "deploy"}},
		{"role", object{"type": "Role", "arn": "arn:aws:iam::111122223333:role/ci/deploy"}, "deploy", deployed},
		{"federated user", object{"type": "FederatedUser", "arn": "arn:aws:sts::111122223333:federated-user/dora"}, "dora", account.Ref{}},
		{"another account", object{"type": "AWSAccount", "principalId": "AROAEXAMPLE:vendor", "accountId": "444455556666"}, "vendor", account.Ref{}},
		{"another account's user", object{"type": "AWSAccount", "principalId": "AIDAEXAMPLE", "accountId": "444455556666"}, "AIDAEXAMPLE", account.Ref{}},
		{"another account's service", object{"type": "AWSAccount", "accountId": "444455556666"}, "444455556666", account.Ref{}},
		{"service", object{"type": "AWSService", "invokedBy": "lambda.amazonaws.com"}, "lambda.amazonaws.com", account.Ref{}},
		{"Identity Center", object{"type": "IdentityCenterUser", "onBehalfOf": object{"userId": "5448"}}, "5448", account.Ref{}},
		{"SAML", object{"type": "SAMLUser", "principalId": "hash=:carol@example.com", "userName": "carol@example.com"}, "carol@example.com", account.Ref{}},
		{"web identity", object{"type": "WebIdentityUser", "principalId": "accounts.google.com:app:1234"}, "1234", account.Ref{}},
		{"directory", object{"type": "Directory", "userName": "erin"}, "erin", account.Ref{}},
		{"unknown name at sign-in", object{"type": "IAMUser", "userName": "HIDDEN_DUE_TO_SECURITY_REASONS"}, "HIDDEN_DUE_TO_SECURITY_REASONS", account.Ref{}},
		{"ARN cut short", object{"type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role"}, "", account.Ref{}},
		{"unknown", object{"type": "Unknown"}, "", account.Ref{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := parse(t, event{Name: "ListUsers", Identity: test.identity}).Actor
			if a.Name != test.want {
				t.Errorf("name %q, want %q", a.Name, test.want)
			}
			ref, ok := a.Ref()
			if d := cmp.Diff(test.ref, ref); d != "" {
				t.Errorf("ref (-want +got):\n%s", d)
			}
			if ok != (test.ref != account.Ref{}) {
				t.Errorf("ref is told as found: %v", ok)
			}
		})
	}
}

// Root is decided by type, and only when it acted itself.
func TestActorRoot(t *testing.T) {
	tests := []struct {
		identity map[string]any
		want     bool
	}{
		{map[string]any{"type": "Root"}, true},
		{map[string]any{"type": "Root", "userName": "acme"}, true},
		{map[string]any{"type": "Root", "invokedBy": "support.amazonaws.com"}, false},
		{map[string]any{"type": "IAMUser", "userName": "AWS ROOT USER"}, false},
		{map[string]any{"type": "IAMUser", "userName": "root"}, false},
	}
	for _, test := range tests {
		if got := parse(t, event{Name: "ListUsers", Identity: test.identity}).Actor.Root(); got != test.want {
			t.Errorf("%v: %v", test.identity, got)
		}
	}
}

// MFA is the string "true" or "false" in a session, "Yes" or "No" at sign-in;
// calls signed by a long-term key say nothing.
func TestActorMFAAndKey(t *testing.T) {
	tests := []struct{ name, identity, extra, mfa, key string }{
		{"long-term key", `{"accessKeyId":"AKIAIOSFODNN7EXAMPLE"}`, `null`, "", "AKIAIOSFODNN7EXAMPLE"},
		{"session with MFA", `{"accessKeyId":"ASIAIOSFODNN7EXAMPLE","sessionContext":{"attributes":{"mfaAuthenticated":"true"}}}`, `null`, "yes", ""},
		{"session without", `{"sessionContext":{"attributes":{"mfaAuthenticated":"false"}}}`, `{}`, "no", ""},
		{"no string", `{"sessionContext":{"attributes":{"mfaAuthenticated":true}}}`, `null`, "", ""},
		{"signed in with MFA", `{"accessKeyId":""}`, `{"MFAUsed":"Yes"}`, "yes", ""},
		{"signed in without", `{}`, `{"MFAUsed":"No"}`, "no", ""},
		{"sign-in goes before the session", `{"sessionContext":{"attributes":{"mfaAuthenticated":"false"}}}`, `{"MFAUsed":"Yes"}`, "yes", ""},
		{"neither yes nor no", `{}`, `{"MFAUsed":"Maybe"}`, "", ""},
		{"text in its place", `{}`, `"MFAUsed: Yes"`, "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e, err := trail.Parse([]byte(`{"detail":{"eventID":"1","eventName":"ConsoleLogin","eventSource":"signin.amazonaws.com",
				"userIdentity":` + test.identity + `,"additionalEventData":` + test.extra + `}}`))
			if err != nil {
				t.Fatal(err)
			}
			if e.Actor.MFA != test.mfa || e.Actor.Key != test.key {
				t.Errorf("MFA %q, key %q", e.Actor.MFA, e.Actor.Key)
			}
		})
	}
}

// A failed sign-in has no errorCode; an empty one is none.
func TestFailure(t *testing.T) {
	tests := []struct {
		name, record string
		failed       bool
		why          string
	}{
		{"denied", `"eventName":"CreateUser","errorCode":"AccessDenied","errorMessage":"no"`, true, "AccessDenied"},
		{"refused by the service", `"eventName":"CreateUser","errorCode":"EntityAlreadyExistsException"`, true, "EntityAlreadyExistsException"},
		{"empty code", `"eventName":"CreateUser","errorCode":""`, false, ""},
		{"null code", `"eventName":"CreateUser","errorCode":null`, false, ""},
		{"message alone", `"eventName":"CreateUser","errorMessage":"odd"`, false, ""},
		{"sign-in", `"eventName":"ConsoleLogin","responseElements":{"ConsoleLogin":"Failure"},"errorMessage":"Failed authentication"`, true, "Failed authentication"},
		{"sign-in without message", `"eventName":"ConsoleLogin","responseElements":{"ConsoleLogin":"Failure"}`, true, "Failure"},
		{"signed in", `"eventName":"ConsoleLogin","responseElements":{"ConsoleLogin":"Success"}`, false, ""},
		{"role not switched", `"eventName":"SwitchRole","responseElements":{"SwitchRole":"Failure"}`, true, "Failure"},
		{"recovery of root's password failed", `"eventName":"PasswordRecoveryCompleted","responseElements":{"PasswordRecoveryCompleted":"Failure"}`, true, "Failure"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e, err := trail.Parse([]byte(`{"detail":{"eventID":"1","eventSource":"signin.amazonaws.com",` + test.record + `}}`))
			if err != nil {
				t.Fatal(err)
			}
			if e.Failed != test.failed || e.Error != test.why {
				t.Errorf("failed %v: %q", e.Failed, e.Error)
			}
			bounded(t, e)
		})
	}
}
