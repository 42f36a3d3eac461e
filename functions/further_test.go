package functions_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
	"iamvigil/scanner/rules"
)

// everyRule is a configuration in which all rules are on.
func everyRule(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("version: 1\nrules:\n")
	for _, r := range rules.All() {
		switch {
		case r.List.Needed && r.List.Accounts:
			b.WriteString("  " + r.ID + `: {list: ["444455556666"]}` + "\n")
		case r.List.Needed:
			b.WriteString("  " + r.ID + ": {list: [x]}\n")
		case r.OptIn:
			b.WriteString("  " + r.ID + ": {enabled: true}\n")
		}
	}
	file := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// management is a management account with one of all that further rules read.
func management() *account.Snapshot {
	a := acme()
	a.Summary["GlobalEndpointTokenVersion"] = 2
	a.Users[0].SSHKeys = []account.SSHKey{{ID: "APKAANN", Status: account.Active, Uploaded: a.Users[0].Created}}
	a.OIDCProviders = []account.OIDCProvider{{ARN: "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", Clients: []string{"sts.amazonaws.com"}, Created: a.Users[0].Created}}
	a.Regions = []string{"eu-central-1", "us-east-1"}
	a.Organization = &account.Organization{ID: "o-acme000000", Management: "111122223333", AllFeatures: true, PolicyTypes: []string{"SERVICE_CONTROL_POLICY"},
		Policies: []account.OrganizationPolicy{{ID: "p-regions0", Name: "regions", Type: "SERVICE_CONTROL_POLICY", Targets: 1,
			Document: policy.Parse(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}`)}}}
	return a
}

// TestFurtherReads: with the parameter the role lets opt-in rules read all that they
// want and is granted nothing else; without it they say which permission is wanting,
// and the others are answered all the same.
func TestFurtherReads(t *testing.T) {
	t.Parallel()
	s := deployWith(t, parameters{"FurtherReads": "true"}, management())
	s.config = everyRule(t)
	s.exact(t, "AuditRole", func() {
		if c := s.audit(); c.Gaps > 0 {
			t.Errorf("%d gaps", c.Gaps)
		}
		s.aws.Change(func(a *account.Snapshot) {
			a.Users[0].MFA = true
			a.Users[1].Name, a.Users[1].ARN = "benjamin", "arn:aws:iam::111122223333:user/bot/benjamin"
		})
		s.aws.ExpireReport()
		s.audit()
	})

	s = deployWith(t, nil, management())
	s.config = everyRule(t)
	s.aws.Become(s.template.role(t, "AuditRole")...)
	gaps := s.audit().Gaps
	further := slices.DeleteFunc(rules.All(), func(r scanner.Rule) bool {
		return !slices.ContainsFunc(r.Reads, func(f account.Fact) bool { return slices.Contains(account.Optional(), f) })
	})
	if gaps < len(further) {
		t.Errorf("%d gaps of %d rules that read further", gaps, len(further))
	}
}
