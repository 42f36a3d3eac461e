package awstest_test

import (
	"slices"
	"testing"

	"iamvigil/internal/awsjson"
	"iamvigil/internal/awstest"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

func organized() *account.Snapshot {
	s := small()
	s.Organization = &account.Organization{ID: "o-abcdefghij", Management: s.Account.ID, AllFeatures: true,
		Delegated: []account.DelegatedAdmin{{ID: "444455556666", Name: "security"}}, PolicyTypes: []string{"SERVICE_CONTROL_POLICY"},
		Policies: []account.OrganizationPolicy{{ID: "p-FullAWSAccess", Name: "FullAWSAccess", Type: "SERVICE_CONTROL_POLICY", Targets: 25,
			Document: policy.Parse(`{"Version":"2012-10-17","Statement":[]}`)}, {ID: "p-own", Name: "own", Type: "SERVICE_CONTROL_POLICY"}}}
	return s
}

func organization(t *testing.T, a *awstest.AWS, operation string, in map[string]any) (map[string]any, string) {
	t.Helper()
	service := awsjson.Service{Name: "organizations", ID: "Organizations", Target: "AWSOrganizationsV20161128", Version: "1.1", Global: true}
	var out map[string]any
	if in == nil {
		in = map[string]any{}
	}
	err := awsjson.New(a.Config(), service, awstest.Epoch).Call(t.Context(), operation, in, &out)
	return out, codeOf(t, err)
}

// Who is told what: the management account and its delegates everything, a member
// which organization it is in, an account of none that it is in none.
func TestWhoSeesAnOrganization(t *testing.T) {
	inside := []string{"ListDelegatedAdministrators", "ListRoots", "ListPolicies", "ListTargetsForPolicy", "DescribePolicy"}
	for name, c := range map[string]struct {
		change           func(*account.Snapshot)
		describe, others string
	}{
		"management": {func(*account.Snapshot) {}, "", ""},
		"delegate": {func(s *account.Snapshot) {
			s.Organization.Management, s.Organization.Delegated[0].ID = "999988887777", s.Account.ID
		}, "", ""},
		"member":  {func(s *account.Snapshot) { s.Organization.Management = "999988887777" }, "", "AccessDeniedException"},
		"outside": {func(s *account.Snapshot) { s.Organization = nil }, "AWSOrganizationsNotInUseException", "AWSOrganizationsNotInUseException"},
	} {
		t.Run(name, func(t *testing.T) {
			s := organized()
			c.change(s)
			a := awstest.Serve(t, s)
			if _, code := organization(t, a, "DescribeOrganization", nil); code != c.describe {
				t.Errorf("DescribeOrganization: %q", code)
			}
			for _, operation := range inside {
				if _, code := organization(t, a, operation, map[string]any{"PolicyId": "p-own", "Filter": "SERVICE_CONTROL_POLICY"}); code != c.others {
					t.Errorf("%s: %q", operation, code)
				}
			}
		})
	}
}

// Lists of an organization hold 20 at most on a page, and a policy that is not there
// is none.
func TestListsOfAnOrganization(t *testing.T) {
	a := awstest.Serve(t, organized())
	out, _ := organization(t, a, "ListTargetsForPolicy", map[string]any{"PolicyId": "p-FullAWSAccess", "MaxResults": 20})
	first := texts(out, "Targets", "TargetId")
	out, _ = organization(t, a, "ListTargetsForPolicy", map[string]any{"PolicyId": "p-FullAWSAccess", "NextToken": out["NextToken"]})
	if rest := texts(out, "Targets", "TargetId"); len(first) != 20 || len(rest) != 5 || slices.Contains(first, rest[0]) || out["NextToken"] != nil {
		t.Errorf("%v, %v", first, rest)
	}
	if _, code := organization(t, a, "ListRoots", map[string]any{"MaxResults": 21}); code != "InvalidInputException" {
		t.Errorf("%q", code)
	}
	for _, operation := range []string{"ListTargetsForPolicy", "DescribePolicy"} {
		if _, code := organization(t, a, operation, map[string]any{"PolicyId": "p-none"}); code != "PolicyNotFoundException" {
			t.Errorf("%s: %q", operation, code)
		}
	}
	if out, _ := organization(t, a, "ListPolicies", map[string]any{"Filter": "TAG_POLICY"}); out["Policies"] == nil || len(texts(out, "Policies", "Id")) > 0 {
		t.Errorf("%v", out)
	}
}

// The permissions on policies are on each alone, AWS's own among them.
func TestPermissionsOnOrganizationPolicies(t *testing.T) {
	role := policy.Parse(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"organizations:DescribePolicy",
		"Resource":"arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess"}}`)
	a := awstest.Serve(t, organized(), awstest.Role(role))
	for id, want := range map[string]string{"p-FullAWSAccess": "", "p-own": "AccessDeniedException"} {
		if _, code := organization(t, a, "DescribePolicy", map[string]any{"PolicyId": id}); code != want {
			t.Errorf("%s: %q", id, code)
		}
	}
}
