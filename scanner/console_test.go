package scanner_test

import (
	"regexp"
	"testing"

	"pgregory.net/rapid"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/trail"
)

func TestConsole(t *testing.T) {
	arn := func(partition, resource string) string { return "arn:" + partition + ":iam::111122223333:" + resource }
	tests := map[string]struct {
		about account.Ref
		want  string
	}{
		"user":     {account.Ref{Kind: account.KindUser, ARN: arn("aws", "user/alice"), Name: "alice"}, "https://console.aws.amazon.com/iam/home#/users/details/alice"},
		"group":    {account.Ref{Kind: account.KindGroup, ARN: arn("aws", "group/g"), Name: "g"}, "https://console.aws.amazon.com/iam/home#/groups/details/g"},
		"role":     {account.Ref{Kind: account.KindRole, ARN: arn("aws", "role/path/r"), Name: "r"}, "https://console.aws.amazon.com/iam/home#/roles/details/r"},
		"policy":   {account.Ref{Kind: account.KindPolicy, ARN: arn("aws", "policy/path/p"), Name: "p"}, "https://console.aws.amazon.com/iam/home#/policies/details/arn%3Aaws%3Aiam%3A%3A111122223333%3Apolicy%2Fpath%2Fp"},
		"trail":    {account.Ref{Kind: account.KindTrail, ARN: "arn:aws:cloudtrail:us-east-1:111122223333:trail/main", Name: "main"}, "https://console.aws.amazon.com/cloudtrailv2/home#/trails"},
		"provider": {account.Ref{Kind: account.KindProvider, ARN: arn("aws", "saml-provider/adfs"), Name: "adfs"}, "https://console.aws.amazon.com/iam/home#/identity_providers"},
		// The console has no page for server certificates.
		"certificate":                     {account.Ref{Kind: account.KindCertificate, ARN: arn("aws", "server-certificate/www"), ID: "ASCA1", Name: "www"}, "https://console.aws.amazon.com/iam/home#/home"},
		"analyzer":                        {account.Ref{Kind: account.KindAnalyzer, ARN: "arn:aws:access-analyzer:eu-west-1:111122223333:analyzer/main", Name: "main"}, "https://eu-west-1.console.aws.amazon.com/access-analyzer/home"},
		"analyzer of the sovereign cloud": {account.Ref{Kind: account.KindAnalyzer, ARN: "arn:aws-eusc:access-analyzer:eusc-de-east-1:111122223333:analyzer/main", Name: "main"}, "https://eusc-de-east-1.console.amazonaws-eusc.eu/access-analyzer/home"},
		"analyzer of no Region":           {account.Ref{Kind: account.KindAnalyzer, ARN: "arn:aws:access-analyzer:evil.example/:111122223333:analyzer/main"}, "https://console.aws.amazon.com/access-analyzer/home"},
		"root":                            {account.Identity{ID: "111122223333", Partition: "aws"}.RootRef(), "https://console.aws.amazon.com/iam/home#/home"},
		// All that names of IAM hold beside letters and digits.
		"every character": {account.Ref{Kind: account.KindUser, ARN: arn("aws", "user/u"), Name: "_+=,.@-"}, "https://console.aws.amazon.com/iam/home#/users/details/_%2B%3D%2C.%40-"},

		"China":                   {account.Ref{Kind: account.KindUser, ARN: arn("aws-cn", "user/a"), Name: "a"}, "https://console.amazonaws.cn/iam/home#/users/details/a"},
		"GovCloud":                {account.Ref{Kind: account.KindUser, ARN: arn("aws-us-gov", "user/a"), Name: "a"}, "https://console.amazonaws-us-gov.com/iam/home#/users/details/a"},
		"the sovereign cloud":     {account.Ref{Kind: account.KindUser, ARN: arn("aws-eusc", "user/a"), Name: "a"}, "https://eusc-de-east-1.console.amazonaws-eusc.eu/iam/home#/users/details/a"},
		"a partition not known":   {account.Ref{Kind: account.KindUser, ARN: arn("aws-iso", "user/a"), Name: "a"}, ""},
		"nothing but a name":      {account.Ref{Kind: account.KindUser, Name: "a"}, ""},
		"a name that cannot be":   {account.Ref{Kind: account.KindUser, ARN: arn("aws", "user/a"), Name: "a b\u202e"}, "https://console.aws.amazon.com/iam/home#/users"},
		"a policy without a name": {account.Ref{Kind: account.KindPolicy, ARN: arn("aws", "policy/\u202e")}, "https://console.aws.amazon.com/iam/home#/policies"},
	}
	for name, test := range tests {
		if got := scanner.Console(test.about); got != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}

// TestConsoleHoldsNothingElse: whatever a resource is called, a link has nothing
// in it that ends it or means something to a mail or chat client.
func TestConsoleHoldsNothingElse(t *testing.T) {
	plain := regexp.MustCompile(`^https://[A-Za-z0-9.-]+/[A-Za-z0-9%/_.#:-]+$`)
	kinds := []account.Kind{account.KindAccount, account.KindUser, account.KindGroup, account.KindRole, account.KindPolicy, account.KindTrail,
		account.KindProvider, account.KindCertificate, account.KindAnalyzer}
	rapid.Check(t, func(r *rapid.T) {
		about := account.Ref{
			Kind: rapid.SampledFrom(kinds).Draw(r, "kind"),
			ARN:  "arn:aws:iam:" + rapid.String().Draw(r, "region") + ":111122223333:" + rapid.String().Draw(r, "resource"),
			Name: rapid.String().Draw(r, "name"),
		}
		if got := scanner.Console(about); !plain.MatchString(got) {
			r.Fatalf("%q", got)
		}
	})
}

// TestConsoleOfAlert: an event may know a resource by its name alone. Its
// partition is its actor's.
func TestConsoleOfAlert(t *testing.T) {
	rule := scanner.EventRule{Check: func(p *scanner.EventPass, _ trail.Event) {
		p.Alert(account.Ref{Kind: account.KindUser, Name: "bob"}, "told")
	}}
	ev := trail.Event{Actor: trail.Actor{ARN: "arn:aws-us-gov:iam::111122223333:user/alice"}}
	alerts := scanner.Alerts([]trail.Event{ev, {}}, []scanner.EventRule{rule}, nil)
	if got, want := alerts[0].Console, "https://console.amazonaws-us-gov.com/iam/home#/users/details/bob"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := alerts[1].Console; got != "" {
		t.Errorf("of a partition that nobody told: %q", got)
	}
}
