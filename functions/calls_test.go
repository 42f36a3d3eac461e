package functions_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"iamvigil/internal/awstest"
	"iamvigil/scanner/account"
)

// The budget of docs/design.md: what an audit reads, whatever the number of users.
func TestAuditReads(t *testing.T) {
	const most, aTrail, furtherEvents = 25, 2, 2
	remediating := parameters{"RemediationMode": "enforce", "DeactivateKeys": "true", "ContainConsole": "true", "Quarantine": "true"}
	further := maps.Clone(remediating)
	further["FurtherEvents"] = "true"
	tests := map[string]struct {
		given   parameters
		account *account.Snapshot
		most    int
	}{
		"as it is deployed":   {nil, acme(), most},
		"remediating":         {remediating, acme(), most},
		"with further events": {further, acme(), most + furtherEvents},
		"two trails":          {remediating, trailed(acme()), most + aTrail},
		"many users":          {remediating, crowded(acme()), most},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// An answer that overtakes its request has the SDK ask again.
			s := deployWith(t, test.given, test.account, awstest.Latency(time.Millisecond, 0))
			for range 2 {
				before := s.fixed()
				if c := s.audit(); c.Gaps > 0 {
					t.Errorf("%d gaps", c.Gaps)
				}
				made := s.fixed()
				for action, n := range before {
					made[action] -= n
				}
				// AWS makes the credential report while it is asked after it.
				made["iam:GenerateCredentialReport"] = min(made["iam:GenerateCredentialReport"], 1)
				if n := total(made); n > test.most {
					t.Errorf("%d reads that are not pages of a listing, the budget is %d: %v", n, test.most, made)
				}
				s.passDays(1)
				s.aws.ExpireReport()
			}
		})
	}
}

// fixed counts by action the calls that only read, but for pages of listings and those
// with a budget of their own, which go by what is found.
func (s *stack) fixed() map[string]int {
	calls := maps.Clone(s.aws.Calls())
	maps.DeleteFunc(calls, func(action string, _ int) bool {
		switch action {
		case "iam:GetAccountAuthorizationDetails", "iam:ListVirtualMFADevices", "iam:ListServerCertificates", "iam:ListServiceSpecificCredentials",
			"access-analyzer:ListAnalyzers", "access-analyzer:ListFindingsV2", "dynamodb:Query": // pages
			return true
		case "iam:ListAccessKeys", "iam:GetAccessKeyLastUsed", "cloudtrail:LookupEvents": // by what is found
			return true
		}
		return strings.HasPrefix(action, "sns:Publish") || action == "dynamodb:TransactWriteItems"
	})
	return calls
}

func total(calls map[string]int) int {
	sum := 0
	for _, n := range calls {
		sum += n
	}
	return sum
}

func trailed(s *account.Snapshot) *account.Snapshot {
	second := s.Trails[0]
	second.ARN, second.Name = second.ARN+"2", second.Name+"2"
	s.Trails = append(s.Trails, second)
	return s
}

// crowded has more users than a page of the authorizations holds, with whom nothing is
// wrong.
func crowded(s *account.Snapshot) *account.Snapshot {
	now := time.Now().UTC().Truncate(time.Second)
	s.Groups = append(s.Groups, account.Group{ARN: "arn:aws:iam::111122223333:group/staff", ID: "AGPASTAFF", Name: "staff", Created: now})
	for i := range 1200 {
		name := fmt.Sprint("user", i)
		s.Users = append(s.Users, account.User{ARN: "arn:aws:iam::111122223333:user/" + name, ID: fmt.Sprint("AIDAUSER", i), Name: name,
			Created: now, Groups: []string{"staff"}})
	}
	return s
}
