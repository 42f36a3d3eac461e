package collect_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"iamvigil/internal/awstest"
	"iamvigil/scanner/account"
	"iamvigil/scanner/collect"
	"iamvigil/scanner/policy"
)

var identity = account.Identity{ID: "111122223333", Partition: "aws"}

// acme is a small account with something of everything.
func acme() *account.Snapshot {
	admin := policy.Parse(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["*"],"Resource":["*"]}]}`)
	trust := policy.Parse(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":["lambda.amazonaws.com"]},"Action":["sts:AssumeRole"]}]}`)
	born := day("2024-01-01T00:00:00Z")
	return &account.Snapshot{
		Version: account.Version,
		Account: account.Identity{ID: "111122223333", Name: "acme", Partition: "aws"},
		Summary: map[string]int{"AccountMFAEnabled": 1, "AccountPasswordPresent": 1, "AccountAccessKeysPresent": 0, "AccountSigningCertificatesPresent": 0},
		Root:    account.Root{Password: "yes", MFA: true},
		Users: []account.User{
			{ARN: "arn:aws:iam::111122223333:user/ann", ID: "AIDAANN", Name: "ann", Created: born, Groups: []string{"admins"},
				Login: &account.Login{Changed: born, LastUsed: day("2026-10-01T10:00:00Z")}, MFA: true},
			{ARN: "arn:aws:iam::111122223333:user/bot/ben", ID: "AIDABEN", Name: "ben", Created: born,
				Keys: []account.AccessKey{
					{ID: "AKIABEN1", Slot: 1, Status: account.Active, Created: day("2024-02-01T00:00:00Z"), LastUsed: day("2026-10-01T10:00:00Z"), LastUsedRegion: "us-east-1", LastUsedService: "s3"},
					{ID: "AKIABEN2", Slot: 2, Status: account.Inactive, Created: day("2024-03-01T00:00:00Z")},
				},
				ServiceCredentials: []account.ServiceCredential{{ID: "ACCABEN1", Service: "bedrock.amazonaws.com", Status: account.Active, Created: born, Expires: day("2027-01-01T00:00:00Z")}},
				SSHKeys:            []account.SSHKey{{ID: "APKABEN1", Status: account.Active, Uploaded: born}}},
		},
		Groups: []account.Group{{ARN: "arn:aws:iam::111122223333:group/admins", ID: "AGPAADM", Name: "admins", Created: born,
			Attached: []account.Attachment{{ARN: "arn:aws:iam::111122223333:policy/all", Name: "all"}}}},
		Roles: []account.Role{{ARN: "arn:aws:iam::111122223333:role/fn", ID: "AROAFN", Name: "fn", Created: born, Trust: trust}},
		Policies: []account.Policy{{ARN: "arn:aws:iam::111122223333:policy/all", ID: "ANPAALL", Name: "all", Created: born, Updated: born, Attachments: 1,
			Versions: []account.PolicyVersion{{ID: "v1", Default: true, Created: born, Document: admin}}}},
		Trails:        []account.Trail{{ARN: "arn:aws:cloudtrail:us-east-1:111122223333:trail/all", Name: "all", Global: true, Logging: true, Management: account.RecordsAll}},
		SAMLProviders: []account.SAMLProvider{{ARN: "arn:aws:iam::111122223333:saml-provider/sso", Created: born, ValidUntil: day("2030-01-01T00:00:00Z")}},
		OIDCProviders: []account.OIDCProvider{{ARN: "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", Created: born,
			Clients: []string{"sts.amazonaws.com"}, Tags: map[string]string{"owner": "platform"}}},
		ServerCertificates: []account.ServerCertificate{{ARN: "arn:aws:iam::111122223333:server-certificate/web/old", ID: "ASCAOLD", Name: "old", Uploaded: born, Expires: day("2026-01-01T00:00:00Z")}},
		OutboundFederation: true,
		Organization:       &account.Organization{ID: "o-acme000000", Management: "111122223333", AllFeatures: true, Features: []string{"RootCredentialsManagement"}},
	}
}

func collector(t *testing.T, s *account.Snapshot, opts ...awstest.Option) (*collect.Collector, *awstest.AWS) {
	t.Helper()
	aws := awstest.Serve(t, s, append(opts, awstest.Clock(clock))...)
	return collect.New(aws.Config(), account.Identity{}, clock), aws
}

func clock() time.Time { return at }

func whole(t *testing.T, s *account.Snapshot, opts ...awstest.Option) *account.Snapshot {
	t.Helper()
	c, _ := collector(t, s, opts...)
	got, err := c.Whole(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestWholeInFewCalls(t *testing.T) {
	c, aws := collector(t, acme())
	if _, err := c.Whole(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := map[string]int{
		"iam:GetAccountAuthorizationDetails": 3, "iam:GenerateCredentialReport": 1, "iam:GetCredentialReport": 1,
		"iam:GetAccountSummary": 1, "iam:GetAccountPasswordPolicy": 1, "iam:ListVirtualMFADevices": 1, "iam:ListAccountAliases": 1,
		"iam:ListServiceSpecificCredentials": 1, "iam:ListServerCertificates": 1, "iam:ListSAMLProviders": 1, "iam:ListOpenIDConnectProviders": 1,
		"access-analyzer:ListAnalyzers": 1, "account:GetAlternateContact": 1, "organizations:DescribeOrganization": 1,
		"cloudtrail:DescribeTrails": 1, "cloudtrail:GetTrailStatus": 1, "cloudtrail:GetEventSelectors": 1, "sts:GetCallerIdentity": 1,
	}
	if diff := cmp.Diff(want, aws.Calls()); diff != "" {
		t.Error(diff)
	}
}

// Each call refused, unsupported or failing costs its own facts and no other.
func TestWholeWithoutOneCall(t *testing.T) {
	credentials := []account.Fact{account.Logins, account.Keys, account.MFA, account.Certificates, account.RootUse}
	for action, lost := range map[string][]account.Fact{
		"iam:GetAccountAuthorizationDetails": {account.Users, account.Groups, account.Roles, account.Policies},
		"iam:GetCredentialReport":            credentials,
		"iam:GetAccountSummary":              {account.Summary},
		"iam:GetAccountPasswordPolicy":       {account.Passwords},
		"iam:ListVirtualMFADevices":          {account.VirtualMFA},
		"iam:ListServiceSpecificCredentials": {account.ServiceCredentials},
		"iam:ListServerCertificates":         {account.ServerCertificates},
		"iam:ListSAMLProviders":              {account.SAMLProviders},
		"iam:ListOpenIDConnectProviders":     {account.OIDCProviders},
		"access-analyzer:ListAnalyzers":      {account.Analyzers, account.AnalyzerFindings},
		"account:GetAlternateContact":        {account.SecurityContact},
		"organizations:DescribeOrganization": {account.OrganizationMembership},
		"cloudtrail:DescribeTrails":          {account.Trails},
		"iam:ListAccountAliases":             nil,
	} {
		for how, opt := range map[string]awstest.Option{
			"denied":      awstest.Deny(action),
			"unsupported": awstest.Unsupported(action),
			"failing":     awstest.Fail(action, awstest.Always, "ServiceFailure", 500),
		} {
			t.Run(action+" "+how, func(t *testing.T) {
				s := whole(t, acme(), opt)
				for _, f := range account.Facts() {
					seen := s.Seen[f]
					if missing := !seen.Known(); missing != slices.Contains(lost, f) {
						t.Errorf("%s: missing %v: %q", f, missing, seen.Missing)
					}
					if denied := how == "denied" && slices.Contains(lost, f); (seen.Permission == action) != denied {
						t.Errorf("%s: permission %q", f, seen.Permission)
					}
				}
			})
		}
	}
}

// GenerateCredentialReport may be refused while someone else had a report made.
func TestReportMadeBySomeoneElse(t *testing.T) {
	s := whole(t, acme(), awstest.Deny("iam:GenerateCredentialReport"), awstest.CredentialReport(awstest.Report{Age: 3 * time.Hour}))
	if seen := s.Seen[account.MFA]; !seen.Known() || !seen.At.Equal(at.Add(-3*time.Hour)) {
		t.Errorf("mfa: %+v", seen)
	}
	s = whole(t, acme(), awstest.Deny("iam:GenerateCredentialReport"), awstest.CredentialReport(awstest.Report{Start: awstest.Absent}))
	if seen := s.Seen[account.MFA]; seen.Known() || seen.Permission != "iam:GenerateCredentialReport" {
		t.Errorf("mfa: %+v", seen)
	}
}

// GetCredentialReport: ReportNotPresent, ReportExpired, ReportInProgress.
func TestReportIsMadeAndAwaited(t *testing.T) {
	for _, start := range []awstest.Start{awstest.Absent, awstest.Expired} {
		s := whole(t, acme(), awstest.CredentialReport(awstest.Report{Start: start, Polls: 1}))
		if seen := s.Seen[account.MFA]; !seen.Known() || !seen.At.Equal(at) || !s.Users[0].MFA {
			t.Errorf("start %v: %+v", start, seen)
		}
	}
}

func TestReportAwaitedToTheDeadline(t *testing.T) {
	c, _ := collector(t, acme(), awstest.CredentialReport(awstest.Report{Start: awstest.Absent, Polls: 1 << 20}))
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	s, err := c.Whole(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if seen := s.Seen[account.MFA]; seen.Known() || !s.Seen[account.Users].Known() {
		t.Errorf("mfa: %+v, users: %+v", seen, s.Seen[account.Users])
	}
}

func TestThrottlingIsRetried(t *testing.T) {
	s := whole(t, acme(), awstest.Throttle("iam:GetAccountAuthorizationDetails", 2), awstest.Throttle("iam:GenerateCredentialReport", 1))
	for f, seen := range s.Seen {
		if !seen.Known() {
			t.Errorf("%s: %s", f, seen.Missing)
		}
	}
}

// A listing that breaks off is kept as far as it came, and is not taken for a
// complete one.
func TestListingThatBreaksOff(t *testing.T) {
	s := acme()
	for i := range 20 {
		s.Users = append(s.Users, account.User{ARN: fmt.Sprintf("arn:aws:iam::111122223333:user/u%02d", i), ID: fmt.Sprintf("AIDAU%02d", i), Name: fmt.Sprintf("u%02d", i)})
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	aws := awstest.Serve(t, s, awstest.Clock(clock), awstest.SmallPages(3), awstest.Hook(func(action string, n int) {
		if action == "iam:GetAccountAuthorizationDetails" && n == 6 {
			cancel()
		}
	}))
	got, err := collect.New(aws.Config(), s.Account, clock).Whole(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if got.Seen[account.Users].Known() || len(got.Users) == 0 || len(got.Users) == len(s.Users) {
		t.Errorf("users: %+v, %d of %d after %v", got.Seen[account.Users], len(got.Users), len(s.Users), aws.Calls())
	}
}

func TestNobodysCredentials(t *testing.T) {
	c, _ := collector(t, acme(), awstest.Deny("sts:GetCallerIdentity"))
	if _, err := c.Whole(t.Context()); err == nil {
		t.Error("an account that cannot be told is looked at all the same")
	}
}

func TestNameKeys(t *testing.T) {
	s := acme()
	c, aws := collector(t, s)
	got, err := c.Whole(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c.NameKeys(t.Context(), got, []string{"AIDABEN"})
	if diff := cmp.Diff(acme().Users[1].Keys, got.Users[1].Keys); diff != "" {
		t.Error(diff)
	}
	if n := aws.Calls()["iam:GetAccessKeyLastUsed"]; n != 0 {
		t.Errorf("%d calls of GetAccessKeyLastUsed for keys that the report pairs", n)
	}
}

// Two keys created in one second, both active, are told apart by AWS alone.
func TestNameKeysOfOneSecond(t *testing.T) {
	s := acme()
	keys := s.Users[1].Keys
	keys[1].Status, keys[1].Created = keys[0].Status, keys[0].Created
	keys[1].LastUsed, keys[1].LastUsedService = day("2025-05-05T00:00:00Z"), "ec2"
	c, aws := collector(t, s)
	got, err := c.Whole(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c.NameKeys(t.Context(), got, []string{"AIDABEN"})
	for _, k := range got.Users[1].Keys {
		want := keys[slices.IndexFunc(keys, func(w account.AccessKey) bool { return w.ID == k.ID })]
		if !k.LastUsed.Equal(want.LastUsed) || k.LastUsedService != want.LastUsedService {
			t.Errorf("%+v, want %+v", k, want)
		}
	}
	if n := aws.Calls()["iam:GetAccessKeyLastUsed"]; n != 2 {
		t.Errorf("%d calls of GetAccessKeyLastUsed, want 2", n)
	}
}

// A key deactivated since the report was made, and one made since.
func TestNameKeysSeesNow(t *testing.T) {
	c, aws := collector(t, acme())
	got, err := c.Whole(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	aws.Change(func(s *account.Snapshot) {
		s.Users[1].Keys = []account.AccessKey{
			{ID: "AKIABEN1", Status: account.Inactive, Created: day("2024-02-01T00:00:00Z")},
			{ID: "AKIABEN3", Status: account.Active, Created: day("2026-11-01T11:00:00Z")},
		}
	})
	c.NameKeys(t.Context(), got, []string{"AIDABEN"})
	var now []string
	for _, k := range got.Users[1].Keys {
		now = append(now, k.ID+" "+k.Status)
	}
	if diff := cmp.Diff([]string{"AKIABEN1 Inactive", "AKIABEN3 Active"}, now); diff != "" {
		t.Error(diff)
	}
}

func TestNameKeysOfAUserDeletedMidway(t *testing.T) {
	c, aws := collector(t, acme())
	got, err := c.Whole(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	aws.Change(func(s *account.Snapshot) { s.Users = s.Users[:1] })
	c.NameKeys(t.Context(), got, []string{"AIDABEN", "AIDAANN"})
	if len(got.Users) != 1 || got.Users[0].Name != "ann" {
		t.Errorf("users: %+v", got.Users)
	}
}

func TestNameKeysRefused(t *testing.T) {
	c, _ := collector(t, acme(), awstest.Deny("iam:ListAccessKeys"))
	got, err := c.Whole(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c.NameKeys(t.Context(), got, []string{"AIDABEN"})
	ben := got.Users[1]
	if seen := got.Of(ben.Seen, account.Keys); seen.Known() || seen.Permission != "iam:ListAccessKeys" {
		t.Errorf("keys: %+v", seen)
	}
	if !got.Of(ben.Seen, account.MFA).Known() {
		t.Error("mfa is lost with the keys")
	}
}
