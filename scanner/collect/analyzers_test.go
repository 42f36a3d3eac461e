package collect_test

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	gocmp "github.com/google/go-cmp/cmp"

	"iamvigil/internal/awstest"
	"iamvigil/scanner/account"
	"iamvigil/scanner/collect"
	"iamvigil/scanner/policy"
)

const analyzerARN = "arn:aws:access-analyzer:us-east-1:111122223333:analyzer/all"

// widest is an account of which everything can be told: it manages an organization
// and has analyzers in two Regions.
func widest() *account.Snapshot {
	s := acme()
	s.Regions = []string{"eu-central-1", "eu-north-1", "us-east-1"}
	born := day("2024-01-01T00:00:00Z")
	s.Analyzers = []account.Analyzer{
		{ARN: "arn:aws:access-analyzer:eu-central-1:111122223333:analyzer/far", Name: "far", Region: "eu-central-1", Type: "ACCOUNT", Status: "ACTIVE", Created: born},
		{ARN: analyzerARN, Name: "all", Region: "us-east-1", Type: "ACCOUNT", Status: "ACTIVE", Created: born, Tags: map[string]string{"Team": "a"},
			Findings: []account.AnalyzerFinding{{ID: "f1", Resource: "arn:aws:s3:::open", ResourceType: "AWS::S3::Bucket", Updated: born}}},
		{ARN: analyzerARN + "-off", Name: "all-off", Region: "us-east-1", Type: "ORGANIZATION", Status: "DISABLED", Created: born},
		{ARN: analyzerARN + "-unused", Name: "all-unused", Region: "us-east-1", Type: "ACCOUNT_UNUSED_ACCESS", Status: "ACTIVE", Created: born},
	}
	s.Contacts = account.Contacts{
		Security: account.Contact{Name: 1, Email: 1, Phone: 1}, Billing: account.Contact{Name: 2, Email: 2, Phone: 2},
		Operations: account.Contact{Name: 1, Email: 1, Phone: 1}, Primary: account.Contact{Name: 2, Phone: 2},
	}
	s.Organization = &account.Organization{ID: "o-abcdefghij", Management: "111122223333", AllFeatures: true,
		Delegated:   []account.DelegatedAdmin{{ID: "444455556666", Name: "security"}},
		PolicyTypes: []string{"SERVICE_CONTROL_POLICY", "TAG_POLICY"},
		Policies: []account.OrganizationPolicy{
			{ID: "p-FullAWSAccess", Name: "FullAWSAccess", Type: "SERVICE_CONTROL_POLICY", Targets: 30,
				Document: policy.Parse(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`)},
			{ID: "p-tags", Name: "tags", Type: "TAG_POLICY", Targets: 1},
		},
	}
	return s
}

// wide are the facts of these services that are read only where they are wanted.
var wide = []account.Fact{account.RegionalAnalyzers, account.AllContacts, account.DelegatedAdmins, account.OrganizationPolicies}

// looked are all facts of these services.
var looked = append([]account.Fact{account.Analyzers, account.AnalyzerFindings, account.SecurityContact, account.OrganizationMembership}, wide...)

func widely(t *testing.T, s *account.Snapshot, opts ...awstest.Option) (*account.Snapshot, *awstest.AWS) {
	t.Helper()
	c, aws := collector(t, s, opts...)
	c.Wanted = wide
	got, err := c.Whole(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return got, aws
}

// missing lists the facts that are, those of single analyzers as their names.
func missing(s *account.Snapshot) []string {
	names := []string{}
	for _, f := range looked {
		if s.Seen[f].Missing != "" {
			names = append(names, string(f))
		}
	}
	for _, a := range s.Analyzers {
		if a.Seen[account.AnalyzerFindings].Missing != "" {
			names = append(names, a.Name)
		}
	}
	return names
}

// calls counts those of these services.
func calls(aws *awstest.AWS) map[string]int {
	of := map[string]int{}
	for action, n := range aws.Calls() {
		if service, _, _ := strings.Cut(action, ":"); service == "access-analyzer" || service == "account" || service == "organizations" {
			of[action] = n
		}
	}
	return of
}

// What every look takes is four calls, and what a wide one takes beside them.
func TestOtherServicesInFewCalls(t *testing.T) {
	c, aws := collector(t, widest())
	if _, err := c.Whole(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := map[string]int{"access-analyzer:ListAnalyzers": 1, "access-analyzer:ListFindingsV2": 1,
		"account:GetAlternateContact": 1, "organizations:DescribeOrganization": 1}
	if diff := gocmp.Diff(want, calls(aws)); diff != "" {
		t.Error(diff)
	}
	_, aws = widely(t, widest())
	want = map[string]int{"access-analyzer:ListAnalyzers": 3, "access-analyzer:ListFindingsV2": 1, "account:ListRegions": 1,
		"account:GetAlternateContact": 3, "account:GetContactInformation": 1, "organizations:DescribeOrganization": 1,
		"organizations:ListDelegatedAdministrators": 1, "organizations:ListRoots": 1, "organizations:ListPolicies": 2,
		"organizations:ListTargetsForPolicy": 3, "organizations:DescribePolicy": 1}
	if diff := gocmp.Diff(want, calls(aws)); diff != "" {
		t.Error(diff)
	}
}

// faulted is what is missing where an operation fails, and the permission that it
// takes where that is not of its name.
var faulted = []struct {
	action, permission string
	missing            []string
}{
	{"access-analyzer:ListAnalyzers", "", []string{"analyzers", "analyzer-findings", "regional-analyzers"}},
	{"access-analyzer:ListFindingsV2", "access-analyzer:ListFindings", []string{"all"}},
	{"account:ListRegions", "", []string{"regional-analyzers"}},
	{"account:GetAlternateContact", "", []string{"security-contact", "contacts"}},
	{"account:GetContactInformation", "", []string{"contacts"}},
	{"organizations:DescribeOrganization", "", []string{"organization", "delegated-administrators", "organization-policies"}},
	{"organizations:ListDelegatedAdministrators", "", []string{"delegated-administrators"}},
	{"organizations:ListRoots", "", []string{"organization-policies"}},
	{"organizations:ListPolicies", "", []string{"organization-policies"}},
	{"organizations:ListTargetsForPolicy", "", []string{"organization-policies"}},
	{"organizations:DescribePolicy", "", []string{"organization-policies"}},
}

// An operation that is denied, not there, failing or throttled costs its own facts
// and no others, and says so; throttled once, it costs nothing.
func TestFaultsOfOtherServices(t *testing.T) {
	for _, c := range faulted {
		permission := cmp.Or(c.permission, c.action)
		for name, test := range map[string]struct {
			option             awstest.Option
			reason, permission string
			missing            []string
		}{
			"denied":         {awstest.Deny(c.action), "was refused: AccessDeniedException", permission, c.missing},
			"unsupported":    {awstest.Unsupported(c.action), "failed: UnknownOperationException", "", c.missing},
			"failing":        {awstest.Fail(c.action, awstest.Always, "InternalServerException", 500), "failed: InternalServerException", "", c.missing},
			"throttled":      {awstest.Throttle(c.action, awstest.Always), "failed: T", "", c.missing},
			"throttled once": {awstest.Throttle(c.action, 1), "", "", []string{}},
		} {
			t.Run(c.action+"/"+name, func(t *testing.T) {
				got, _ := widely(t, widest(), test.option)
				if diff := gocmp.Diff(test.missing, missing(got)); diff != "" {
					t.Error(diff)
				}
				for _, seen := range states(got) {
					if !strings.Contains(seen.Missing, c.action+" "+test.reason) || seen.Permission != test.permission {
						t.Errorf("%+v", seen)
					}
				}
			})
		}
	}
}

// states are those of the facts that are missing.
func states(s *account.Snapshot) []account.Seen {
	var all []account.Seen
	for _, f := range looked {
		all = append(all, s.Seen[f])
	}
	for _, a := range s.Analyzers {
		all = append(all, a.Seen[account.AnalyzerFindings])
	}
	return slices.DeleteFunc(all, func(seen account.Seen) bool { return seen.Missing == "" })
}

// between answers some requests itself and leaves the others to the fake.
func between(t *testing.T, s *account.Snapshot, answer func(http.ResponseWriter, *http.Request) bool) *collect.Collector {
	t.Helper()
	fake := awstest.New(s, awstest.Clock(clock))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !answer(w, r) {
			fake.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(server.Close)
	cfg := fake.Config()
	cfg.BaseEndpoint = aws.String(server.URL)
	c := collect.New(cfg, account.Identity{}, clock)
	c.Wanted = wide
	return c
}

// paths are those of REST operations; all others are told by their target.
var paths = map[string]string{"access-analyzer:ListAnalyzers": "/analyzer", "access-analyzer:ListFindingsV2": "/findingv2",
	"account:ListRegions": "/listRegions", "account:GetAlternateContact": "/getAlternateContact", "account:GetContactInformation": "/getContactInformation"}

func isCall(r *http.Request, action string) bool {
	if path := paths[action]; path != "" {
		return r.URL.Path == path
	}
	_, operation, _ := strings.Cut(action, ":")
	return strings.HasSuffix(r.Header.Get("X-Amz-Target"), "."+operation)
}

// An answer that AWS does not give is a missing fact that names the operation, and
// repeats nothing of it.
func TestHostileAnswers(t *testing.T) {
	odd := map[string]string{
		"nothing": "", "null": "null", "a list": "[]", "a text": `"ann@example.com"`, "a number": "7", "an empty object": "{}",
		"half of it": `{"analyzers":[`, "nested deep": strings.Repeat(`{"a":[`, 50_000), "huge": `{"a":"` + strings.Repeat("x", 2<<20) + `"}`,
		"of other types": `{"analyzers":7,"findings":7,"Regions":7,"AlternateContact":7,"ContactInformation":7,"Organization":7,` +
			`"DelegatedAdministrators":7,"Roots":7,"Policies":7,"Targets":7,"Policy":7}`,
		"with members of other types": `{"analyzers":[{"arn":{}}],"findings":[{"id":{}}],"Regions":[{"RegionName":{}}],"AlternateContact":{"Name":{}},` +
			`"ContactInformation":{"FullName":{}},"Organization":{"Id":{}},"DelegatedAdministrators":[{"Id":{}}],"Roots":[{"PolicyTypes":{}}],` +
			`"Policies":[{"Id":{}}],"Targets":[{"TargetId":{}}],"Policy":{"Content":{}}}`,
		"with empty members": `{"analyzers":[{}],"findings":[{"updatedAt":"ann@example.com"}],"Regions":[{}],"AlternateContact":{},"ContactInformation":{},` +
			`"Organization":{},"DelegatedAdministrators":null,"Roots":[],"Policies":null,"Targets":null,"Policy":{}}`,
		"without an end": `{"analyzers":[],"findings":[],"Regions":[],"AlternateContact":{},"ContactInformation":{},"Organization":{"Id":"o"},` +
			`"DelegatedAdministrators":[],"Roots":[],"Policies":[],"Targets":[],"Policy":{},"nextToken":"again"}`,
	}
	for _, c := range faulted {
		for name, body := range odd {
			t.Run(c.action+"/"+name, func(t *testing.T) {
				collector := between(t, widest(), func(w http.ResponseWriter, r *http.Request) bool {
					if isCall(r, c.action) {
						_, _ = io.WriteString(w, body)
					}
					return isCall(r, c.action)
				})
				got, err := collector.Whole(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if diff := gocmp.Diff(c.missing, missing(got)); diff != "" {
					t.Error(diff)
				}
				for _, seen := range states(got) {
					if !strings.Contains(seen.Missing, c.action+" ") || strings.Contains(seen.Missing, "ann@") || len(seen.Missing) > 200 {
						t.Error(seen.Missing)
					}
				}
			})
		}
	}
}

// Findings of which nobody was asked are not known to be none: those of other
// Regions, of analyzers that are not active and of those of other access.
func TestWhoseFindingsAreAskedFor(t *testing.T) {
	got, _ := widely(t, widest())
	asked := map[string]bool{}
	for _, a := range got.Analyzers {
		asked[a.Name] = got.Of(a.Seen, account.AnalyzerFindings).Asked()
	}
	if diff := gocmp.Diff(map[string]bool{"all": true, "far": false, "all-off": false, "all-unused": false}, asked); diff != "" {
		t.Error(diff)
	}
	s := acme()
	s.Analyzers = nil
	got, _ = widely(t, s)
	if !got.Seen[account.AnalyzerFindings].Known() || !got.Seen[account.RegionalAnalyzers].Known() {
		t.Errorf("an account without analyzers: %+v", missing(got))
	}
}

// The first hundred findings, whatever the size of pages, and whether there are more.
func TestManyFindings(t *testing.T) {
	for _, n := range []int{99, 100, 101, 250} {
		s := widest()
		a := &s.Analyzers[1]
		a.Findings = nil
		for i := range n {
			a.Findings = append(a.Findings, account.AnalyzerFinding{ID: fmt.Sprintf("f%04d", i), ResourceType: "AWS::IAM::Role"})
		}
		for _, opts := range [][]awstest.Option{nil, {awstest.SmallPages(7)}} {
			got, _ := widely(t, s, opts...)
			if a := got.Analyzers[1]; len(a.Findings) != min(n, 100) || a.More != (n > 100) {
				t.Errorf("%d findings: %d, more %v", n, len(a.Findings), a.More)
			}
		}
	}
}

// client is an HTTP client of one function.
type client func(*http.Request) (*http.Response, error)

func (c client) Do(r *http.Request) (*http.Response, error) { return c(r) }

// A partition without a service has no host for it, which is a missing fact after
// one attempt.
func TestServiceThatIsNotThere(t *testing.T) {
	fake := awstest.Serve(t, widest(), awstest.Clock(clock))
	asked := 0
	cfg := fake.Config()
	cfg.HTTPClient = client(func(r *http.Request) (*http.Response, error) {
		if r.URL.Path != "/getAlternateContact" {
			return http.DefaultClient.Do(r)
		}
		asked++
		return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "account.us-gov-west-1.amazonaws.com", IsNotFound: true}}
	})
	got, err := collect.New(cfg, account.Identity{}, clock).Whole(context.WithoutCancel(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	seen := got.Seen[account.SecurityContact]
	if asked != 1 || !strings.HasPrefix(seen.Missing, "account:GetAlternateContact failed: there is no host account.us-gov-west-1.amazonaws.com") {
		t.Errorf("%d attempts: %+v", asked, seen)
	}
}

// Analyzers whose findings were not asked for are so still once read back.
func TestAnalyzersAreReadBack(t *testing.T) {
	got, _ := widely(t, widest())
	var text bytes.Buffer
	if err := account.Write(&text, got); err != nil {
		t.Fatal(err)
	}
	back, err := account.Read(&text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(got.Analyzers, back.Analyzers); diff != "" {
		t.Error(diff)
	}
}

// AWS_ENDPOINT_URL_ and the service's name lead each service elsewhere, and not the
// others.
func TestEndpointsOfOtherServices(t *testing.T) {
	all, own := awstest.Serve(t, widest(), awstest.Clock(clock)), awstest.Serve(t, widest(), awstest.Clock(clock))
	for _, service := range []string{"ACCESSANALYZER", "ACCOUNT", "ORGANIZATIONS"} {
		t.Setenv("AWS_ENDPOINT_URL_"+service, own.URL())
	}
	env, err := config.NewEnvConfig()
	if err != nil {
		t.Fatal(err)
	}
	cfg := all.Config()
	cfg.ConfigSources = []any{env}
	c := collect.New(cfg, account.Identity{}, clock)
	c.Wanted = wide
	if _, err := c.Whole(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(calls(all)) > 0 || len(calls(own)) != len(faulted) || own.Calls()["iam:GetAccountSummary"] > 0 {
		t.Errorf("%v, %v", calls(all), calls(own))
	}
}
