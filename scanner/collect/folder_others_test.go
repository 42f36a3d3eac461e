package collect_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"iamvigil/scanner/account"
)

// The raw outputs of the AWS CLI's lists. An empty list is known to be empty.
func TestFolderOthers(t *testing.T) {
	s := folder(t, map[string]string{
		"server-certificates.json": `{"ServerCertificateMetadataList": [{"Path": "/web/", "ServerCertificateName": "shop", "ServerCertificateId": "ASCASHOP",
			"Arn": "arn:aws-cn:iam::111122223333:server-certificate/web/shop", "UploadDate": "2025-01-01T00:00:00+00:00", "Expiration": "2026-01-01T00:00:00Z"}]}`,
		"saml-providers.json": `{"SAMLProviderList": [
			{"Arn": "arn:aws-cn:iam::111122223333:saml-provider/b", "CreateDate": "2024-01-01T00:00:00+00:00"},
			{"Arn": "arn:aws-cn:iam::111122223333:saml-provider/a", "ValidUntil": "2030-01-01T00:00:00+00:00", "CreateDate": "2024-01-01T00:00:00+00:00"}]}`,
		"open-id-connect-providers.json": `{"OpenIDConnectProviderList": []}`,
	})
	if s.Account.ID != "111122223333" || s.Account.Partition != "aws-cn" {
		t.Errorf("account %+v", s.Account)
	}
	certificates := []account.ServerCertificate{{ARN: "arn:aws-cn:iam::111122223333:server-certificate/web/shop", ID: "ASCASHOP", Name: "shop",
		Uploaded: day("2025-01-01T00:00:00Z"), Expires: day("2026-01-01T00:00:00Z")}}
	if diff := cmp.Diff(certificates, s.ServerCertificates); diff != "" {
		t.Error(diff)
	}
	saml := []account.SAMLProvider{
		{ARN: "arn:aws-cn:iam::111122223333:saml-provider/a", Created: day("2024-01-01T00:00:00Z"), ValidUntil: day("2030-01-01T00:00:00Z")},
		{ARN: "arn:aws-cn:iam::111122223333:saml-provider/b", Created: day("2024-01-01T00:00:00Z")},
	}
	if diff := cmp.Diff(saml, s.SAMLProviders); diff != "" {
		t.Error(diff)
	}
	for _, f := range []account.Fact{account.ServerCertificates, account.SAMLProviders, account.OIDCProviders} {
		if seen := s.Seen[f]; !seen.Known() || !seen.At.Equal(at) {
			t.Errorf("%s: %+v", f, seen)
		}
	}
	if seen := s.Seen[account.ServiceCredentials]; !strings.Contains(seen.Missing, "service-specific-credentials.json is not in the folder") {
		t.Errorf("service credentials: %+v", seen)
	}
}

// list-service-specific-credentials has IsTruncated and Marker of its own, which the
// AWS CLI does not join: pages follow one another.
func TestFolderServiceCredentials(t *testing.T) {
	const (
		first  = `{"ServiceSpecificCredentials": [{"UserName": "b", "Status": "Active", "ServiceName": "bedrock.amazonaws.com", "CreateDate": "2026-01-01T00:00:00Z", "ExpirationDate": "2027-01-01T00:00:00+00:00", "ServiceSpecificCredentialId": "ACCA2", "ServiceCredentialAlias": "b-at-1"}], "IsTruncated": true, "Marker": "m"}`
		second = `{"ServiceSpecificCredentials": [{"UserName": "b", "Status": "Inactive", "ServiceName": "codecommit.amazonaws.com", "CreateDate": "2025-01-01T00:00:00Z", "ServiceSpecificCredentialId": "ACCA1"}], "IsTruncated": false}`
	)
	s := folder(t, map[string]string{"account-authorization-details.json": twoUsers, "service-specific-credentials.json": first + second})
	want := []account.ServiceCredential{
		{ID: "ACCA1", Service: "codecommit.amazonaws.com", Status: account.Inactive, Created: day("2025-01-01T00:00:00Z")},
		{ID: "ACCA2", Service: "bedrock.amazonaws.com", Status: account.Active, Created: day("2026-01-01T00:00:00Z"), Expires: day("2027-01-01T00:00:00Z")},
	}
	if diff := cmp.Diff(want, s.Users[1].ServiceCredentials); diff != "" {
		t.Error(diff)
	}
	if s.Users[0].ServiceCredentials != nil || !s.Seen[account.ServiceCredentials].Known() || !s.Seen[account.Users].Known() {
		t.Errorf("%+v, %+v", s.Users[0], s.Seen)
	}
}

// A listing of users that leaves out one who has credentials is not whole.
func TestFolderServiceCredentialsOfTheUnlisted(t *testing.T) {
	s := folder(t, map[string]string{"account-authorization-details.json": twoUsers,
		"service-specific-credentials.json": `{"ServiceSpecificCredentials": [{"UserName": "zed", "ServiceSpecificCredentialId": "ACCAZ"}]}`})
	if seen := s.Seen[account.Users]; !strings.Contains(seen.Missing, "service-specific-credentials.json has 1 users that are not in it") {
		t.Errorf("users: %+v", seen)
	}
}

// Of the versions that are not in force those keep their documents that allow
// everything, however they are worded and encoded: SetDefaultPolicyVersion is all
// that it takes to have them.
func TestVersionsThatAllowEverything(t *testing.T) {
	const star = `{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
	for name, c := range map[string]struct {
		document string
		kept     bool
	}{
		"everything":              {star, true},
		"any action of any":       {`{"Statement":{"Action":["s3:GetObject","*:*"],"Effect":"Allow","Resource":["arn:aws:*"]}}`, true},
		"a question mark":         {`{"Statement":{"Effect":"Allow","Action":"?*","Resource":"*"}}`, true},
		"white space":             {"\n{ \"Statement\" : [ {\r\n\t\"Effect\":\"Allow\", \"Action\"\t: [\n \"*\" ], \"Resource\":\"*\"}]}", true},
		"wrongly cased keys":      {`{"Statement":{"effect":"Allow","ACTION":"*","resource":"*"}}`, true},
		"an escape":               {`{"Statement":{"Effect":"Allow","Action":"\u002a","Resource":"*"}}`, true},
		"an escaped key":          {`{"Statement":{"Effect":"Allow","\u0041ction":"*","Resource":"*"}}`, true},
		"nothing left out":        {`{"Statement":{"Effect":"Allow","NotAction":"none","Resource":"*"}}`, true},
		"no resource left out":    {`{"Statement":{"Effect":"Allow","Action":"*","NotResource":"none"}}`, true},
		"after a quote":           {`{"Id":"a \"quoted\" id","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`, true},
		"one service":             {`{"Statement":{"Effect":"Allow","Action":"iam:*","Resource":"*"}}`, false},
		"one action of resources": {`{"Statement":{"Effect":"Allow","Resource":["*"],"Action":"s3:GetObject"}}`, false},
		"all but one service":     {`{"Statement":{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}}`, false},
		"one resource":            {`{"Statement":{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::a"}}`, false},
		"a condition":             {`{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}}`, false},
		"a key Action elsewhere":  {`{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringLike":{"Action":"*"}}}}`, false},
		"denied":                  {`{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}`, false},
		"nothing":                 {``, false},
	} {
		for form, text := range map[string]string{"plain": c.document, "encoded": percent(c.document), "encoded in lower case": lowerHex(percent(c.document))} {
			t.Run(name+" "+form, func(t *testing.T) {
				s := folder(t, map[string]string{"account-authorization-details.json": `{"Policies": [{"Arn": "arn:aws:iam::111122223333:policy/p", "PolicyVersionList": [
					{"VersionId": "v1", "IsDefaultVersion": false, "Document": ` + quoted(t, text) + `},
					{"VersionId": "v2", "IsDefaultVersion": true, "Document": "{}"}]}]}`})
				v := s.Policies[0].Versions[0]
				if kept := v.Document.Statements != nil; kept != c.kept {
					t.Errorf("%s: kept %v", text, kept)
				}
			})
		}
	}
}

// percent encodes a text as IAM does.
func percent(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }

// lowerHex writes the digits of encoded characters small, as other programs than
// IAM do.
func lowerHex(text string) string {
	parts := strings.Split(text, "%")
	for i := 1; i < len(parts); i++ {
		parts[i] = strings.ToLower(parts[i][:2]) + parts[i][2:]
	}
	return strings.Join(parts, "%")
}

func quoted(t *testing.T, text string) string {
	t.Helper()
	raw, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
