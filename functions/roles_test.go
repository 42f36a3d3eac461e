package functions_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// stacks are the parameters of all that remediation can be: each mode with each
// combination of cures.
func stacks() []parameters {
	var all []parameters
	for _, mode := range []string{"off", "dry-run", "enforce"} {
		for set := range 8 {
			all = append(all, parameters{"RemediationMode": mode, "DeactivateKeys": fmt.Sprint(set&1 > 0),
				"ContainConsole": fmt.Sprint(set&2 > 0), "Quarantine": fmt.Sprint(set&4 > 0)})
		}
	}
	return all
}

// onBehalf are permissions that AWS's services use in the role's name: Lambda
// to log, to take the events and to keep what failed.
var onBehalf = []string{
	"logs:CreateLogStream", "logs:PutLogEvents",
	"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:SendMessage",
}

// within holds what a role does to its policies: nothing may be refused. What is
// granted and was not needed is given back.
func (s *stack) within(t *testing.T, name string, work func()) (idle []string) {
	t.Helper()
	s.t = t
	before := s.aws.Exercised()
	role := s.template.role(t, name)
	s.aws.Become(role...)
	work()
	if refused := s.aws.Refused(); len(refused) > 0 {
		t.Errorf("refused: %v", refused)
	}
	after := s.aws.Exercised()
	return slices.DeleteFunc(granted(role), func(action string) bool {
		return after[action] > before[action] || slices.Contains(onBehalf, action)
	})
}

func (s *stack) exact(t *testing.T, name string, work func()) {
	t.Helper()
	if idle := s.within(t, name, work); len(idle) > 0 {
		t.Errorf("granted and never needed: %v", idle)
	}
}

// Each function, held to its role of template.yaml, does all it has to; and it
// needs all that it is granted. So it is with and without remediation.
func TestRolesAreExact(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"off", "dry-run", "enforce"} {
		s := deployWith(t, parameters{"RemediationMode": mode}, acme())
		t.Run(mode+", audit", func(t *testing.T) {
			s.exact(t, "AuditRole", func() {
				s.audit()
				s.aws.Change(func(a *account.Snapshot) {
					a.Users[0].MFA = true
					a.Users[1].Name, a.Users[1].ARN = "benjamin", "arn:aws:iam::111122223333:user/bot/benjamin"
				})
				s.aws.ExpireReport()
				s.audit()
			})
		})
		t.Run(mode+", watch", func(t *testing.T) {
			s.exact(t, "WatchRole", func() {
				s.aws.Change(func(a *account.Snapshot) {
					a.Users[1].Name, a.Users[1].ARN = "benny", "arn:aws:iam::111122223333:user/bot/benny"
				})
				s.watch(event("e1", "UpdateUser", map[string]any{"userName": "benjamin", "newUserName": "benny"}),
					event("e2", "UpdateAccountPasswordPolicy", nil),
					event("e3", "CreateAccessKey", map[string]any{"userName": "benny"}),
					event("e5", "UpdateAssumeRolePolicy", map[string]any{"roleName": "app"}),
					eventOf(map[string]any{"eventSource": "signin.amazonaws.com", "eventName": "ConsoleLogin", "eventID": "e4", "eventType": "AwsConsoleSignIn",
						"userIdentity": map[string]any{"type": "Root", "accountId": "111122223333"}, "responseElements": map[string]any{"ConsoleLogin": "Success"}}))
			})
		})
	}
}

// granted are the actions that the documents allow somewhere.
func granted(role []policy.Document) []string {
	var actions []string
	for _, d := range role {
		for _, s := range d.Statements {
			if s.Allows() {
				actions = append(actions, s.Actions...)
			}
		}
	}
	slices.Sort(actions)
	return slices.Compact(actions)
}

func writesIAM(role []policy.Document) []string {
	return slices.DeleteFunc(granted(role), func(action string) bool {
		verb, isIAM := strings.CutPrefix(action, "iam:")
		reads := strings.HasPrefix(verb, "Get") || strings.HasPrefix(verb, "List") || verb == "GenerateCredentialReport"
		return (!isIAM || reads) && !strings.Contains(action, "*")
	})
}

// No function but remediate can write to IAM, whatever is granted some day; and
// remediate can as far as its cures that are on need, where they are enforced.
func TestRolesCannotWriteIAM(t *testing.T) {
	for _, given := range stacks() {
		tm := readTemplate(t, given)
		for _, name := range []string{"AuditRole", "WatchRole", "ScheduleRole"} {
			if writes := writesIAM(tm.role(t, name)); len(writes) > 0 {
				t.Errorf("%v: %s may %v", given, name, writes)
			}
		}
		if given["RemediationMode"] == "off" {
			if tm.has(t, "RemediateRole") || tm.has(t, "RemediateFunction") {
				t.Errorf("%v: the role is there", given)
			}
			continue
		}
		var want []string
		if given["RemediationMode"] == "enforce" {
			if given["ContainConsole"] == "true" || given["Quarantine"] == "true" {
				want = append(want, "iam:AttachUserPolicy")
			}
			if given["DeactivateKeys"] == "true" || given["Quarantine"] == "true" {
				want = append(want, "iam:UpdateAccessKey")
			}
		}
		if diff := cmp.Diff(want, writesIAM(tm.role(t, "RemediateRole")), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%v: %s", given, diff)
		}
	}
}

// What remediate's role may attach is the policies of the cures that are on, and
// these do nothing but deny. Below the protected path it may not even that.
func TestRemediateAttachesWhatDenies(t *testing.T) {
	cures := map[string]string{"DenyConsolePolicy": "ContainConsole", "DenyWithoutMFAPolicy": "ContainConsole", "DenyAllPolicy": "Quarantine"}
	for _, given := range stacks() {
		if given["RemediationMode"] == "off" {
			continue
		}
		tm := readTemplate(t, given)
		role := tm.role(t, "RemediateRole")
		for _, name := range tm.names(t, "AWS::IAM::ManagedPolicy") {
			for _, s := range document(t, tm.properties(t, name)["PolicyDocument"]).Statements {
				if s.Effect != policy.Deny {
					t.Errorf("%s has a statement that is no Deny", name)
				}
			}
			attach := policy.Request{Action: "iam:AttachUserPolicy", Resource: ann, Context: map[string][]string{"iam:PolicyARN": {tm.arn(t, name)}}}
			may := decide(role, attach) == policy.Allowed
			if want := given["RemediationMode"] == "enforce" && given[cures[name]] == "true"; may != want {
				t.Errorf("%v: attaching %s: %v", given, name, may)
			}
			attach.Resource = "arn:aws:iam::111122223333:user/break-glass/ops/eve"
			if got := decide(role, attach); got != policy.ExplicitDeny {
				t.Errorf("%v: attaching %s to a protected user: %s", given, name, got)
			}
			attach.Action, attach.Context = "iam:DetachUserPolicy", map[string][]string{"iam:PolicyARN": {tm.arn(t, name)}}
			attach.Resource = ann
			if got := decide(role, attach); got == policy.Allowed {
				t.Errorf("%v: may detach %s, which is a person's", given, name)
			}
		}
		key := policy.Request{Action: "iam:UpdateAccessKey", Resource: "arn:aws:iam::111122223333:user/break-glass/eve"}
		if got := decide(role, key); got != policy.ExplicitDeny {
			t.Errorf("%v: a protected user's key: %s", given, got)
		}
	}
}

// The path is a parameter; what only begins like it is not protected by it.
func TestProtectedPathIsChosen(t *testing.T) {
	role := readTemplate(t, parameters{"RemediationMode": "enforce", "DeactivateKeys": "true", "ProtectedPath": "ops/emergency/"}).role(t, "RemediateRole")
	for path, want := range map[string]policy.Decision{
		"ops/emergency/": policy.ExplicitDeny, "ops/emergency/eu/": policy.ExplicitDeny,
		"ops/emergency-drill/": policy.Allowed, "ops/": policy.Allowed, "break-glass/": policy.Allowed, "": policy.Allowed,
	} {
		r := policy.Request{Action: "iam:UpdateAccessKey", Resource: "arn:aws:iam::111122223333:user/" + path + "eve"}
		if got := decide(role, r); got != want {
			t.Errorf("%q: %s, want %s", path, got, want)
		}
	}
}

// Nobody writes the part of the ledger that is not its own.
func TestLedgerIsParted(t *testing.T) {
	tm := readTemplate(t, parameters{"RemediationMode": "dry-run"})
	const own, journal, remediation, foreign = "111122223333", "111122223333#journal", "111122223333#remediation", "444455556666"
	for role, want := range map[string]map[string]string{
		"AuditRole":     {own: "PutItem DeleteItem Query", journal: "", remediation: "", foreign: ""},
		"WatchRole":     {own: "PutItem DeleteItem Query BatchGetItem", journal: "Query BatchGetItem", remediation: "", foreign: ""},
		"RemediateRole": {own: "Query BatchGetItem", journal: "PutItem Query BatchGetItem", remediation: "PutItem DeleteItem Query BatchGetItem", foreign: ""},
	} {
		got := map[string]string{}
		for partition := range want {
			var may []string
			for _, action := range []string{"PutItem", "DeleteItem", "UpdateItem", "ConditionCheckItem", "Scan", "Query", "GetItem", "BatchGetItem"} {
				r := policy.Request{Action: "dynamodb:" + action, Resource: tm.arn(t, "LedgerTable"), Context: map[string][]string{"dynamodb:LeadingKeys": {partition}}}
				if decide(tm.role(t, role), r) == policy.Allowed {
					may = append(may, action)
				}
			}
			got[partition] = strings.Join(may, " ")
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", role, diff)
		}
	}
}
