package awstest_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/google/go-cmp/cmp"

	"iamvigil/internal/awstest"
	"iamvigil/scanner/account"
)

const oidcARN = "arn:aws:iam::111122223333:oidc-provider/idp.example/a&b"

// federated is small with what else IAM keeps.
func federated() *account.Snapshot {
	s, at := small(), awstest.Epoch()
	s.SAMLProviders = []account.SAMLProvider{{ARN: "arn:aws:iam::111122223333:saml-provider/sso", Created: at}}
	s.OIDCProviders = []account.OIDCProvider{{ARN: oidcARN, Created: at, Clients: []string{"a", "b"}, Tags: map[string]string{"k": "<v>"}}}
	s.ServerCertificates = []account.ServerCertificate{
		{ARN: "arn:aws:iam::111122223333:server-certificate/web/one", ID: "ASCA1", Name: "one", Uploaded: at, Expires: at.AddDate(1, 0, 0)},
		{ARN: "arn:aws:iam::111122223333:server-certificate/two", ID: "ASCA2", Name: "two", Uploaded: at},
	}
	s.Users[0].ServiceCredentials = []account.ServiceCredential{
		{ID: "ACCA1", Service: "bedrock.amazonaws.com", Status: account.Active, Created: at, Expires: at.AddDate(0, 1, 0)},
		{ID: "ACCA2", Service: "codecommit.amazonaws.com", Status: account.Inactive, Created: at}}
	s.Users[1].ServiceCredentials = []account.ServiceCredential{{ID: "ACCA3", Service: "bedrock.amazonaws.com", Status: account.Active, Created: at}}
	return s
}

// AllUsers of ListServiceSpecificCredentials lists everybody's, in pages, and does
// not go with UserName.
func TestServiceSpecificCredentialsOfAllUsers(t *testing.T) {
	a := awstest.Serve(t, federated())
	client, got := iamOf(a), map[string]string{}
	in := &iam.ListServiceSpecificCredentialsInput{AllUsers: aws.Bool(true), MaxItems: aws.Int32(1)}
	for range 3 {
		page, err := client.ListServiceSpecificCredentials(t.Context(), in)
		if err != nil || len(page.ServiceSpecificCredentials) != 1 {
			t.Fatalf("%+v, %v", page, err)
		}
		one := page.ServiceSpecificCredentials[0]
		got[*one.ServiceSpecificCredentialId] = *one.UserName
		if (one.ExpirationDate != nil) != (*one.ServiceSpecificCredentialId == "ACCA1") {
			t.Errorf("%s expires %v", *one.ServiceSpecificCredentialId, one.ExpirationDate)
		}
		if page.IsTruncated != (len(got) < 3) {
			t.Errorf("truncated %v after %v", page.IsTruncated, got)
		}
		in.Marker = page.Marker
	}
	if diff := cmp.Diff(map[string]string{"ACCA1": "Ann", "ACCA2": "Ann", "ACCA3": "bot,1"}, got); diff != "" {
		t.Error(diff)
	}
	of, err := client.ListServiceSpecificCredentials(t.Context(), &iam.ListServiceSpecificCredentialsInput{AllUsers: aws.Bool(true), ServiceName: aws.String("bedrock.amazonaws.com")})
	if err != nil || len(of.ServiceSpecificCredentials) != 2 {
		t.Errorf("of one service: %+v, %v", of, err)
	}
	_, err = client.ListServiceSpecificCredentials(t.Context(), &iam.ListServiceSpecificCredentialsInput{AllUsers: aws.Bool(true), UserName: aws.String("Ann")})
	if code := codeOf(t, err); code != "ValidationError" {
		t.Errorf("with a user: %q", code)
	}
}

// Who may list one user's credentials may not list everybody's by that.
func TestServiceSpecificCredentialsOfAllUsersUnderARole(t *testing.T) {
	client := iamOf(awstest.Serve(t, federated(), role(`{"Effect":"Allow","Action":"iam:ListServiceSpecificCredentials","Resource":"arn:aws:iam::*:user/team/*"}`)))
	_, one := client.ListServiceSpecificCredentials(t.Context(), &iam.ListServiceSpecificCredentialsInput{UserName: aws.String("Ann")})
	_, all := client.ListServiceSpecificCredentials(t.Context(), &iam.ListServiceSpecificCredentialsInput{AllUsers: aws.Bool(true)})
	if codeOf(t, one) != "" || codeOf(t, all) != "AccessDenied" {
		t.Errorf("one: %v, all: %v", one, all)
	}
}

func TestProvidersAndCertificates(t *testing.T) {
	client, ctx := iamOf(awstest.Serve(t, federated())), t.Context()
	saml, err := client.ListSAMLProviders(ctx, &iam.ListSAMLProvidersInput{})
	if err != nil || len(saml.SAMLProviderList) != 1 || saml.SAMLProviderList[0].ValidUntil != nil {
		t.Errorf("%+v, %v", saml, err)
	}
	listed, err := client.ListOpenIDConnectProviders(ctx, &iam.ListOpenIDConnectProvidersInput{})
	if err != nil || len(listed.OpenIDConnectProviderList) != 1 || *listed.OpenIDConnectProviderList[0].Arn != oidcARN {
		t.Errorf("%+v, %v", listed, err)
	}
	one, err := client.GetOpenIDConnectProvider(ctx, &iam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: aws.String(oidcARN)})
	if err != nil || *one.Url != "idp.example/a&b" || len(one.ClientIDList) != 2 || *one.Tags[0].Value != "<v>" {
		t.Errorf("%+v, %v", one, err)
	}
	_, err = client.GetOpenIDConnectProvider(ctx, &iam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: aws.String(oidcARN + "c")})
	if code := codeOf(t, err); code != "NoSuchEntity" {
		t.Errorf("a provider that is not there: %q", code)
	}
	for prefix, want := range map[string]int{"": 2, "/": 2, "/web/": 1} {
		in := &iam.ListServerCertificatesInput{}
		if prefix != "" {
			in.PathPrefix = aws.String(prefix)
		}
		out, err := client.ListServerCertificates(ctx, in)
		if err != nil || len(out.ServerCertificateMetadataList) != want {
			t.Errorf("%q: %+v, %v", prefix, out, err)
		}
	}
}

// FeatureDisabled of GetOutboundWebIdentityFederationInfo.
func TestOutboundFederation(t *testing.T) {
	s := small()
	a := awstest.Serve(t, s)
	info := func() (bool, string) {
		out, err := iamOf(a).GetOutboundWebIdentityFederationInfo(t.Context(), &iam.GetOutboundWebIdentityFederationInfoInput{})
		return err == nil && out.JwtVendingEnabled, codeOf(t, err)
	}
	if on, code := info(); on || code != "FeatureDisabled" {
		t.Errorf("%v, %q", on, code)
	}
	a.Change(func(s *account.Snapshot) { s.OutboundFederation = true })
	if on, code := info(); !on || code != "" {
		t.Errorf("%v, %q", on, code)
	}
}

// ListOrganizationsFeatures answers the management account of an organization with
// all features.
func TestOrganizationsFeatures(t *testing.T) {
	for code, o := range map[string]*account.Organization{
		"": {ID: "o-1", Management: "111122223333", AllFeatures: true, Features: []string{"RootSessions"}},
		"OrganizationNotInAllFeaturesModeException":             {ID: "o-1", Management: "111122223333"},
		"AccountNotManagementOrDelegatedAdministratorException": {ID: "o-1", Management: "444455556666", AllFeatures: true},
		"OrganizationNotFoundException":                         nil,
	} {
		s := small()
		s.Organization = o
		out, err := iamOf(awstest.Serve(t, s)).ListOrganizationsFeatures(t.Context(), &iam.ListOrganizationsFeaturesInput{})
		if got := codeOf(t, err); got != code {
			t.Errorf("code %q, want %q", got, code)
		}
		if code == "" && (err != nil || len(out.EnabledFeatures) != 1 || *out.OrganizationId != "o-1") {
			t.Errorf("%+v, %v", out, err)
		}
	}
}
