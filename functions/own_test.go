package functions_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/collect"
	"iamvigil/scanner/rules"
)

// withStack adds the stack's roles to the account, as IAM has them.
func (tm template) withStack(t *testing.T, s *account.Snapshot, now time.Time) *account.Snapshot {
	t.Helper()
	for _, name := range tm.names(t, "AWS::IAM::Role") {
		properties := tm.properties(t, name)
		role := account.Role{ARN: tm.arn(t, name), ID: "AROA" + strings.ToUpper(name), Name: name, Created: now, LastUsed: now,
			Trust: document(t, properties["AssumeRolePolicyDocument"])}
		policies, _ := properties["Policies"].([]any)
		for i, d := range policies {
			role.Inline = append(role.Inline, account.InlinePolicy{Name: d.(map[string]any)["PolicyName"].(string), Document: tm.role(t, name)[i]})
		}
		s.Roles = append(s.Roles, role)
	}
	return s
}

// taste are opt-in rules for companies that have every role bounded, no policy inline,
// and no role of a function that may change users: the stack cannot know their
// boundaries, SAM has inline policies, and remediation is there to change users.
var taste = []string{"role-boundary-missing", "inline-policy", "policy-infrastructure-modification", "role-compute-assumable"}

// A scanner that its own rules find fault with is not believed: no rule but those has
// anything to say of the stack's roles and policies, whatever is armed and however
// much of it is attached.
func TestOwnPoliciesPassTheRules(t *testing.T) {
	now := time.Now().UTC().Truncate(time.Second)
	for _, given := range stacks() {
		tm := readTemplate(t, given)
		s := deployWith(t, given, tm.withStack(t, acme(), now))
		s.aws.Change(func(a *account.Snapshot) {
			for i := range a.Policies {
				a.Policies[i].Attachments = 1
				a.Users[2].Attached = append(a.Users[2].Attached, account.Attachment{ARN: a.Policies[i].ARN, Name: a.Policies[i].Name})
			}
		})
		collector := collect.New(s.aws.Config(), account.Identity{ID: "111122223333", Partition: "aws"}, s.now)
		collector.Stack.Denies = account.Denies{Console: tm.arn(t, "DenyConsolePolicy"), WithoutMFA: tm.arn(t, "DenyWithoutMFAPolicy"), All: tm.arn(t, "DenyAllPolicy")}
		seen, err := collector.Whole(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		report := scanner.Evaluate(seen, account.Scope{Whole: true}, rules.All(), now)
		(&scanner.Terms{}).Apply(seen, &report)
		if len(report.Findings) == 0 || len(seen.Roles) != len(tm.names(t, "AWS::IAM::Role")) {
			t.Fatalf("%v: %d findings about an account with faults, %d roles", given, len(report.Findings), len(seen.Roles))
		}
		for _, f := range report.Findings {
			if f.Status == scanner.Exempt || slices.Contains(taste, f.Rule) {
				continue // as what the policies are meant to be
			}
			if f.Resource.Kind == account.KindRole || f.Resource.Kind == account.KindPolicy {
				t.Errorf("%v: %s of %s (%s): %s", given, f.Rule, f.Resource.Name, f.Part, f.Message)
			}
		}
	}
}
