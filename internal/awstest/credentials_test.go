package awstest_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/google/go-cmp/cmp"

	"iamvigil/internal/awstest"
	"iamvigil/scanner/account"
)

// Credentials beside passwords and access keys, each from its own listing.
func TestOtherCredentials(t *testing.T) {
	s, at := small(), awstest.Epoch()
	s.Users[0].Certificates = []account.Certificate{{Active: true, Uploaded: at}, {Uploaded: at}}
	a := awstest.Serve(t, s,
		awstest.ServiceSpecific("ann", awstest.Credential{ID: "ACCAANN1", Service: "bedrock.amazonaws.com", Status: "Active", Created: at},
			awstest.Credential{ID: "ACCAANN2", Service: "codecommit.amazonaws.com", Status: "Inactive", Created: at}),
		awstest.SSHKeys("Ann", awstest.Credential{ID: "APKAANN1", Status: "Inactive", Created: at}))
	client, ctx := iamOf(a), t.Context()
	got := map[string]types.StatusType{}
	specific, err := client.ListServiceSpecificCredentials(ctx, &iam.ListServiceSpecificCredentialsInput{UserName: aws.String("ANN")})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range specific.ServiceSpecificCredentials {
		got[*c.ServiceSpecificCredentialId+" of "+*c.ServiceName] = c.Status
	}
	keys, err := client.ListSSHPublicKeys(ctx, &iam.ListSSHPublicKeysInput{UserName: aws.String("ANN")})
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range keys.SSHPublicKeys {
		got[*k.SSHPublicKeyId] = k.Status
	}
	certificates, err := client.ListSigningCertificates(ctx, &iam.ListSigningCertificatesInput{UserName: aws.String("ANN")})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range certificates.Certificates {
		got[*c.CertificateId] = c.Status
	}
	want := map[string]types.StatusType{
		"ACCAANN1 of bedrock.amazonaws.com": "Active", "ACCAANN2 of codecommit.amazonaws.com": "Inactive", "APKAANN1": "Inactive",
		"AWSTEST00000000000000000": "Active", "AWSTEST00000000000000001": "Inactive",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	one, err := client.ListServiceSpecificCredentials(ctx, &iam.ListServiceSpecificCredentialsInput{UserName: aws.String("Ann"), ServiceName: aws.String("bedrock.amazonaws.com")})
	if err != nil || len(one.ServiceSpecificCredentials) != 1 {
		t.Errorf("of one service: %+v, %v", one, err)
	}
	others, err := client.ListSSHPublicKeys(ctx, &iam.ListSSHPublicKeysInput{UserName: aws.String("bot,1")})
	if err != nil || len(others.SSHPublicKeys) != 0 {
		t.Errorf("of somebody else: %+v, %v", others, err)
	}
	_, err = client.ListSigningCertificates(ctx, &iam.ListSigningCertificatesInput{UserName: aws.String("nobody")})
	if code := codeOf(t, err); code != "NoSuchEntity" {
		t.Errorf("of nobody: %q", code)
	}
}
