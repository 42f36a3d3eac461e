package collect_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"iamvigil/internal/awstest"
	"iamvigil/scanner/account"
	"iamvigil/scanner/collect"
)

// wanted are the optional facts that IAM tells.
func wanted() []account.Fact {
	return []account.Fact{account.SSHKeys, account.OIDCClients, account.OutboundFederation, account.RootManagement}
}

// everythingOf is a whole look that reads the optional facts too.
func everythingOf(t *testing.T, s *account.Snapshot, opts ...awstest.Option) (*account.Snapshot, map[string]int) {
	t.Helper()
	c, fake := collector(t, s, opts...)
	c.Wanted = wanted()
	got, err := c.Whole(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return got, fake.Calls()
}

// Optional facts are not asked for where nobody wants them.
func TestOptionalFactsOnlyWhereWanted(t *testing.T) {
	s := whole(t, acme())
	for _, f := range account.Optional() {
		if s.Seen[f].Asked() {
			t.Errorf("%s: %+v", f, s.Seen[f])
		}
	}
	if s.Users[1].SSHKeys != nil || s.OIDCProviders[0].Clients != nil || s.OutboundFederation || s.Organization.Features != nil {
		t.Errorf("%+v, %+v, %v, %+v", s.Users[1].SSHKeys, s.OIDCProviders[0], s.OutboundFederation, s.Organization)
	}
	if diff := cmp.Diff(acme().Users[1].ServiceCredentials, s.Users[1].ServiceCredentials); diff != "" {
		t.Error(diff)
	}
}

func TestOptionalFactsInFewCalls(t *testing.T) {
	s, calls := everythingOf(t, acme())
	for action, want := range map[string]int{
		"iam:ListSSHPublicKeys": len(s.Users), "iam:GetOpenIDConnectProvider": 1,
		"iam:GetOutboundWebIdentityFederationInfo": 1, "iam:ListOrganizationsFeatures": 1,
	} {
		if calls[action] != want {
			t.Errorf("%d calls of %s, want %d", calls[action], action, want)
		}
	}
	want := acme()
	if diff := cmp.Diff(want.Users[1].SSHKeys, s.Users[1].SSHKeys); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want.OIDCProviders, s.OIDCProviders); diff != "" {
		t.Error(diff)
	}
	if !s.OutboundFederation || !slices.Equal(s.Organization.Features, want.Organization.Features) {
		t.Errorf("outbound federation %v, organization %+v", s.OutboundFederation, s.Organization)
	}
}

// Each optional call that is refused, unsupported or fails costs its own fact and no
// other: that of the account, or of the one provider.
func TestWholeWithoutOneOptionalCall(t *testing.T) {
	for action, lost := range map[string][]account.Fact{
		"iam:ListSSHPublicKeys":                    {account.SSHKeys},
		"iam:GetOpenIDConnectProvider":             {account.OIDCClients},
		"iam:GetOutboundWebIdentityFederationInfo": {account.OutboundFederation},
		"iam:ListOrganizationsFeatures":            {account.RootManagement},
		"iam:ListOpenIDConnectProviders":           {account.OIDCProviders, account.OIDCClients},
	} {
		for how, opt := range map[string]awstest.Option{
			"denied":      awstest.Deny(action),
			"unsupported": awstest.Unsupported(action),
			"failing":     awstest.Fail(action, awstest.Always, "ServiceFailure", 500),
		} {
			t.Run(action+" "+how, func(t *testing.T) {
				s, _ := everythingOf(t, acme(), opt)
				for _, f := range slices.Concat(account.Facts(), wanted()) {
					seen := s.Seen[f]
					if len(s.OIDCProviders) > 0 {
						seen = s.Of(s.OIDCProviders[0].Seen, f)
					}
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

func TestThrottlingOfOthersIsRetried(t *testing.T) {
	var throttled []awstest.Option
	for _, action := range []string{"iam:ListServiceSpecificCredentials", "iam:ListServerCertificates", "iam:ListSAMLProviders",
		"iam:ListOpenIDConnectProviders", "iam:GetOpenIDConnectProvider", "iam:ListSSHPublicKeys",
		"iam:GetOutboundWebIdentityFederationInfo", "iam:ListOrganizationsFeatures"} {
		throttled = append(throttled, awstest.Throttle(action, 2))
	}
	s, _ := everythingOf(t, acme(), throttled...)
	for _, f := range slices.Concat(account.Facts(), wanted()) {
		if !s.Seen[f].Known() {
			t.Errorf("%s: %+v", f, s.Seen[f])
		}
	}
	if s.Users[1].Seen != nil || s.OIDCProviders[0].Seen != nil {
		t.Errorf("%+v, %+v", s.Users[1].Seen, s.OIDCProviders[0].Seen)
	}
}

// Whom AWS refuses the first user's keys, it is asked for nobody else's. A call that
// fails later costs one user's.
func TestSSHKeysOfSome(t *testing.T) {
	_, calls := everythingOf(t, acme(), awstest.Deny("iam:ListSSHPublicKeys"))
	if n := calls["iam:ListSSHPublicKeys"]; n != 1 {
		t.Errorf("%d calls of ListSSHPublicKeys after one that was refused", n)
	}
	var failing *awstest.AWS
	c, fake := collector(t, acme(), awstest.Hook(func(action string, n int) {
		if action == "iam:ListSSHPublicKeys" && n == 2 {
			failing.Refuse(action)
		}
	}))
	failing, c.Wanted = fake, wanted()
	s, err := c.Whole(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	known, refused := 0, 0
	for i := range s.Users {
		switch seen := s.Of(s.Users[i].Seen, account.SSHKeys); {
		case seen.Known():
			known++
		case seen.Permission == "iam:ListSSHPublicKeys":
			refused++
		}
	}
	if known != 1 || refused != 1 {
		t.Errorf("known of %d users, refused of %d", known, refused)
	}
}

// What is deleted between its listing and the call about it is left out.
func TestOthersDeletedMidway(t *testing.T) {
	var fake *awstest.AWS
	c, served := collector(t, acme(), awstest.Hook(func(action string, n int) {
		switch action {
		case "iam:GetOpenIDConnectProvider":
			fake.Change(func(s *account.Snapshot) { s.OIDCProviders = nil })
		case "iam:ListSSHPublicKeys":
			fake.Change(func(s *account.Snapshot) { s.Users = s.Users[:1] })
		}
	}))
	fake, c.Wanted = served, wanted()
	s, err := c.Whole(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(s.OIDCProviders) != 0 || len(s.Users) != 1 || !s.Seen[account.OIDCClients].Known() || !s.Seen[account.SSHKeys].Known() {
		t.Errorf("%+v, %d users, %+v", s.OIDCProviders, len(s.Users), s.Seen)
	}
}

// The credentials of a user who was deleted before the listing of users make nobody
// up, and nothing missing.
func TestServiceCredentialsOfNobodyListed(t *testing.T) {
	fake := awstest.New(acme(), awstest.Clock(clock))
	deleted := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		switch text := string(body); {
		case strings.Contains(text, "Action=ListServiceSpecificCredentials"):
			fake.ServeHTTP(w, r)
			fake.Change(func(s *account.Snapshot) { s.Users = s.Users[:1] })
			close(deleted)
			return
		case strings.Contains(text, "Action=GetAccountAuthorizationDetails"):
			select {
			case <-deleted:
			case <-r.Context().Done():
			}
		}
		fake.ServeHTTP(w, r)
	}))
	defer server.Close()
	cfg := fake.Config()
	cfg.BaseEndpoint = aws.String(server.URL)
	s, err := collect.New(cfg, identity, clock).Whole(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Users) != 1 || s.Users[0].ServiceCredentials != nil || !s.Seen[account.Users].Known() || !s.Seen[account.ServiceCredentials].Known() {
		t.Errorf("%+v, %+v", s.Users, s.Seen)
	}
}

// ListOrganizationsFeatures answers the management account, or the delegated
// administrator for IAM; without trusted access it answers with an error, as in an
// organization for bills alone.
func TestRootManagement(t *testing.T) {
	const denied = "iam:ListOrganizationsFeatures"
	for name, c := range map[string]struct {
		change  func(*account.Snapshot)
		option  awstest.Option
		known   bool
		missing string
	}{
		"nothing enabled":         {func(s *account.Snapshot) { s.Organization.Features = nil }, nil, true, ""},
		"a member account":        {func(s *account.Snapshot) { s.Organization.Management = "444455556666" }, nil, false, "only the organization's management account"},
		"no organization":         {func(s *account.Snapshot) { s.Organization = nil }, nil, true, ""},
		"none, and refused":       {func(s *account.Snapshot) { s.Organization = nil }, awstest.Deny(denied), true, ""},
		"none that IAM knows of":  {nil, awstest.Fail(denied, awstest.Always, "OrganizationNotFoundException", 409), false, "the account belongs to no organization"},
		"bills alone":             {func(s *account.Snapshot) { s.Organization.AllFeatures = false }, nil, true, ""},
		"no trusted access":       {nil, awstest.Fail(denied, awstest.Always, "ServiceAccessNotEnabledException", 400), true, ""},
		"not its own management":  {nil, awstest.Fail(denied, awstest.Always, "CallerIsNotManagementAccountException", 400), false, "only the organization's management account"},
		"an organization unknown": {nil, awstest.Deny("organizations:DescribeOrganization"), false, "which organization the account belongs to is not known"},
	} {
		t.Run(name, func(t *testing.T) {
			s := acme()
			if c.change != nil {
				c.change(s)
			}
			var opts []awstest.Option
			if c.option != nil {
				opts = append(opts, c.option)
			}
			got, _ := everythingOf(t, s, opts...)
			seen := got.Seen[account.RootManagement]
			if seen.Known() != c.known || !strings.Contains(seen.Missing, c.missing) || seen.Permission != "" {
				t.Errorf("%+v", seen)
			}
			if got.Organization != nil && got.Organization.Features != nil {
				t.Errorf("features: %q", got.Organization.Features)
			}
		})
	}
}

// GetOutboundWebIdentityFederationInfo: FeatureDisabled.
func TestOutboundFederationOff(t *testing.T) {
	s := acme()
	s.OutboundFederation = false
	got, _ := everythingOf(t, s)
	if got.OutboundFederation || !got.Seen[account.OutboundFederation].Known() {
		t.Errorf("%v, %+v", got.OutboundFederation, got.Seen[account.OutboundFederation])
	}
}
