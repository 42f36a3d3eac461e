package rules_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/actions"
	"iamvigil/scanner/policy"
	"iamvigil/scanner/rules"
)

// TestOneStatementOneLine: of the rules that see one statement, the gravest tells it.
func TestOneStatementOneLine(t *testing.T) {
	const office = `, "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}`
	tests := map[string]struct {
		statements string
		told       []string
	}{
		"everything":                    {`{"Effect": "Allow", "Action": "*", "Resource": "*"}`, []string{"policy-admin"}},
		"everything, under a condition": {`{"Effect": "Allow", "Action": "*", "Resource": "*"` + office + `}`, []string{"policy-privilege-escalation"}},
		"all of IAM":                    {`{"Effect": "Allow", "Action": "iam:*", "Resource": "*"}`, []string{"policy-privilege-escalation"}},
		"all of KMS":                    {`{"Effect": "Allow", "Action": "kms:*", "Resource": "*"}`, []string{"policy-kms-decrypt-all"}},
		"all of STS":                    {`{"Effect": "Allow", "Action": "sts:*", "Resource": "*"}`, []string{"policy-assume-role-star"}},
		"all of S3":                     {`{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}`, []string{"policy-service-wildcard"}},
		"all of S3 but a bucket":        {`{"Effect": "Allow", "Action": "s3:*", "NotResource": "arn:aws:s3:::b/*"}`, []string{"policy-not-resource"}},
		"all but IAM":                   {`{"Effect": "Allow", "NotAction": ["iam:*"], "Resource": "*"}`, []string{"policy-not-action"}},
		"all but S3":                    {`{"Effect": "Allow", "NotAction": ["s3:*"], "Resource": "*"}`, []string{"policy-privilege-escalation"}},
		"two faults": {
			`{"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}, {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"}`,
			[]string{"policy-kms-decrypt-all", "policy-pass-role-star"},
		},
		"nothing wide": {`{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::b/*"}`, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			told, _ := lines(sound(attached(`{"Version": "2012-10-17", "Statement": [`+test.statements+`]}`)), func(r scanner.Rule) bool { return !r.OptIn && strings.HasPrefix(r.ID, "policy-") })
			if diff := cmp.Diff(test.told, told); diff != "" {
				t.Errorf("told (-want +got):\n%s", diff)
			}
		})
	}
}

// attached is an account with one policy, which somebody has.
func attached(document string) account.Snapshot {
	return account.Snapshot{Policies: []account.Policy{{
		ARN: "arn:aws:iam::111122223333:policy/p", ID: "ANPAP", Name: "p", Attachments: 1, Created: clock,
		Versions: []account.PolicyVersion{{ID: "v1", Default: true, Document: policy.Parse(document)}},
	}}}
}

// TestListedActions: a slip in a list of actions would be a hole in its rule. What AWS
// lets nobody narrow to some resources is nobody's fault.
func TestListedActions(t *testing.T) {
	listed := rules.ListedActions()
	if len(listed) < 50 {
		t.Fatalf("%d actions: too few to be all", len(listed))
	}
	for _, action := range listed {
		spelled, known := actions.Spelled(action)
		onResources, _ := actions.OnResources(action)
		if !known || spelled != action || !onResources {
			t.Errorf("%s: known %v as %q, on resources %v", action, known, spelled, onResources)
		}
	}
}

// TestEveryPartition: the account's partition is in the ARNs that its policies name.
func TestEveryPartition(t *testing.T) {
	for _, partition := range []string{"aws", "aws-cn", "aws-us-gov"} {
		s := attached(fmt.Sprintf(`{"Version": "2012-10-17", "Statement": [
			{"Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:%s:iam::*:role/*"},
			{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:%[1]s:s3:::*"},
			{"Effect": "Allow", "Action": "redshift:GetClusterCredentials", "Resource": "arn:%[1]s:redshift:*:*:dbuser:*"}]}`, partition))
		s.Account = account.Identity{ID: "111122223333", Partition: partition}
		for _, id := range []string{"policy-pass-role-star", "policy-data-exfiltration", "policy-credentials-exposure"} {
			if len(asked(t, &s, id).Findings) != 1 {
				t.Errorf("%s finds nothing in %s", id, partition)
			}
		}
	}
}

// TestHostileTexts: findings stay short and printable whatever a document holds, and
// patterns that are dear to look for, in such numbers as would take minutes, are a gap.
func TestHostileTexts(t *testing.T) {
	const sep = `", "`
	var patterns []string
	for i := range 5000 {
		patterns = append(patterns, fmt.Sprintf("ec2:*%x*", i))
	}
	s := attached(`{"Version": "2012-10-17", "Statement": [{"Sid": "\u202e\u0007", "Effect": "Allow", "Resource": "*",
		"Action": ["x:\u001b[2J` + strings.Repeat("a", 5000) + sep + strings.Join(patterns, sep) + `"],
		"Condition": {"` + strings.Repeat("b", 5000) + `": {"c": "d"}}}]}`)
	for _, id := range []string{"policy-unknown-action", "policy-resource-exposure"} {
		report := asked(t, &s, id)
		for _, f := range report.Findings {
			if len(f.Message) > 1000 || strings.ContainsAny(f.Message, "\u202e\u0007\u001b") {
				t.Errorf("%s: %q", id, f.Message)
			}
		}
		if len(report.Gaps) != 1 {
			t.Errorf("%s: gaps %v", id, report.Gaps)
		}
	}
}

// asked is what one rule answers.
func asked(t *testing.T, s *account.Snapshot, id string) scanner.Report {
	t.Helper()
	if s.Account.ID == "" {
		s.Account = account.Identity{ID: "111122223333", Partition: "aws"}
	}
	s.Seen = map[account.Fact]account.Seen{}
	for _, fact := range account.Facts() {
		s.Seen[fact] = account.Seen{At: clock}
	}
	return scanner.Evaluate(s, account.Scope{Whole: true}, []scanner.Rule{mustRule(t, id)}, clock)
}
