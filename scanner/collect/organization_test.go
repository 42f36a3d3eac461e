package collect_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"iamvigil/internal/awstest"
	"iamvigil/scanner/account"
	"iamvigil/scanner/collect"
)

// member makes the account one of somebody else's organization.
func member(s *account.Snapshot) *account.Snapshot {
	s.Organization.Management = "999988887777"
	return s
}

// To a member AWS tells the organization, and nothing of what is in it, whatever its
// permissions; the reason says so and names no permission. Where IAM refuses, it
// names one.
func TestMemberOfAnOrganization(t *testing.T) {
	got, _ := widely(t, member(widest()))
	want := &account.Organization{ID: "o-abcdefghij", Management: "999988887777", AllFeatures: true}
	if diff := cmp.Diff(want, got.Organization); diff != "" {
		t.Error(diff)
	}
	for fact, operation := range map[account.Fact]string{account.DelegatedAdmins: "ListDelegatedAdministrators", account.OrganizationPolicies: "ListRoots"} {
		seen := got.Seen[fact]
		if seen.Missing != "organizations:"+operation+" answers only the organization's management account and its delegated administrators" || seen.Permission != "" {
			t.Errorf("%+v", seen)
		}
	}
	got, _ = widely(t, member(widest()), awstest.Deny("organizations:ListRoots"))
	if seen := got.Seen[account.OrganizationPolicies]; seen.Permission != "organizations:ListRoots" {
		t.Errorf("%+v", seen)
	}
}

// A delegated administrator is told what the management account is.
func TestDelegatedAdministrator(t *testing.T) {
	s := member(widest())
	s.Organization.Delegated = []account.DelegatedAdmin{{ID: s.Account.ID, Name: "self"}}
	got, _ := widely(t, s)
	if diff := cmp.Diff(s.Organization, got.Organization); diff != "" {
		t.Error(diff)
	}
}

// An account of no organization: AWSOrganizationsNotInUseException. It has none of
// what organizations have either, and nothing more is asked.
func TestNoOrganization(t *testing.T) {
	s := acme()
	s.Organization = nil
	got, aws := widely(t, s)
	if got.Organization != nil || len(missing(got)) > 0 {
		t.Errorf("%+v, missing %v", got.Organization, missing(got))
	}
	for _, action := range []string{"organizations:ListRoots", "organizations:ListDelegatedAdministrators"} {
		if n := aws.Calls()[action]; n != 0 {
			t.Errorf("%d calls of %s", n, action)
		}
	}
}

// A policy deleted while the others are read is none: PolicyNotFoundException.
func TestPolicyDeletedMidway(t *testing.T) {
	var aws *awstest.AWS
	aws = awstest.Serve(t, widest(), awstest.Clock(clock), awstest.Hook(func(action string, n int) {
		if action == "organizations:ListTargetsForPolicy" && n == 3 {
			aws.Change(func(s *account.Snapshot) { s.Organization.Policies = s.Organization.Policies[:1] })
		}
	}))
	c := collect.New(aws.Config(), account.Identity{}, clock)
	c.Wanted = wide
	got, err := c.Whole(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !got.Seen[account.OrganizationPolicies].Known() || len(got.Organization.Policies) != 1 || got.Organization.Policies[0].Targets != 30 {
		t.Errorf("%+v, %+v", got.Seen[account.OrganizationPolicies], got.Organization.Policies)
	}
}

func TestFolderOfOrganization(t *testing.T) {
	const file = "organization.json"
	for content, want := range map[string]*account.Organization{
		"{}": nil,
		`{"Organization":{"Id":"o-a","Arn":"arn:aws:organizations::1:organization/o-a","FeatureSet":"ALL","MasterAccountId":"999988887777",
			"MasterAccountEmail":"owner@example.com","AvailablePolicyTypes":[]}}`: {ID: "o-a", Management: "999988887777", AllFeatures: true},
		`{"Organization":{"Id":"o-a","FeatureSet":"CONSOLIDATED_BILLING","MasterAccountId":"999988887777"}}`: {ID: "o-a", Management: "999988887777"},
	} {
		s := folder(t, map[string]string{file: content})
		if diff := cmp.Diff(want, s.Organization); diff != "" || !s.Seen[account.OrganizationMembership].Known() {
			t.Errorf("%s: %s%+v", content, diff, s.Seen[account.OrganizationMembership])
		}
	}
	for _, content := range []string{"null", "[]", `{"Organization":{}}`, `{"Organization":{"Id":7}}`, `{"Organization":null}`, `{"Other":1}`} {
		if _, err := collect.Folder(dir(map[string]string{file: content}), at); err == nil || !strings.HasPrefix(err.Error(), "read "+file+": ") {
			t.Errorf("%s: %v", content, err)
		}
	}
}

func TestFolderOfAnalyzers(t *testing.T) {
	const file = "analyzers.json"
	s := folder(t, map[string]string{file: `{"analyzers":[{"arn":"` + analyzerARN + `","name":"all","type":"ACCOUNT","createdAt":"2024-01-01T01:00:00+01:00",
		"lastResourceAnalyzed":"arn:aws:s3:::b","tags":{"Document":"x"},"status":"ACTIVE"}]}`})
	want := []account.Analyzer{{ARN: analyzerARN, Name: "all", Region: "us-east-1", Type: "ACCOUNT", Status: "ACTIVE",
		Created: day("2024-01-01T00:00:00Z"), Tags: map[string]string{"Document": "x"}}}
	if diff := cmp.Diff(want, s.Analyzers); diff != "" || !s.Seen[account.Analyzers].Known() || s.Account.ID != "111122223333" {
		t.Errorf("%s%+v of %+v", diff, s.Seen[account.Analyzers], s.Account)
	}
	if seen := s.Seen[account.AnalyzerFindings]; seen.Missing != "a folder of AWS CLI outputs does not tell of findings of analyzers" {
		t.Errorf("%+v", seen)
	}
	if s := folder(t, map[string]string{file: `{"analyzers":[]}`}); !s.Seen[account.Analyzers].Known() || len(s.Analyzers) > 0 {
		t.Errorf("%+v", s.Seen[account.Analyzers])
	}
	far := strings.Replace(analyzerARN, "us-east-1", "eu-west-1", 1)
	s = folder(t, map[string]string{file: `{"analyzers":[{"arn":"` + far + `","name":"all"}]}`})
	if seen := s.Seen[account.Analyzers]; !strings.HasPrefix(seen.Missing, `analyzers.json is of "eu-west-1"; save`) || !strings.HasSuffix(seen.Missing, "--region us-east-1") {
		t.Errorf("of another Region: %+v", seen)
	}
	s = folder(t, map[string]string{file: `{"analyzers":[{"arn":"` + far + `"},{"arn":"` + analyzerARN + `"}]}`})
	if !s.Seen[account.Analyzers].Known() || len(s.Analyzers) != 2 {
		t.Errorf("of two Regions: %+v", s.Seen[account.Analyzers])
	}
	for _, content := range []string{"null", "{}", `{"analyzers":[{}]}`, `{"analyzers":[{"arn":"x"}]}`, `{"analyzers":[],"nextToken":"x"}`, `{"analyzers":[{"arn":7}]}`} {
		if _, err := collect.Folder(dir(map[string]string{file: content}), at); err == nil || !strings.HasPrefix(err.Error(), "read "+file+": ") {
			t.Errorf("%s: %v", content, err)
		}
	}
}
