package remediate_test

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"iamvigil/scanner/account"
)

// Credentials beside password and access keys, which a snapshot does not have: a
// user's tags tell the fake of one by its kind, with its status as the value. It
// is on the second page of two, behind one that is inactive.
const (
	otherService     = "fake:service-specific"
	otherSSH         = "fake:ssh"
	otherCertificate = "fake:certificate"
)

// others calls, and gives the status of the one credential of a page, if any.
func (f *fakeIAM) others(ctx context.Context, operation, kind string, user, marker *string, give func(types.StatusType)) (next *string, err error) {
	return next, f.read(ctx, operation, user, func(u *account.User) error {
		switch status, has := u.Tags[kind]; {
		case has && marker == nil:
			next = aws.String("page 2")
			give(types.StatusTypeInactive)
		case has:
			give(types.StatusType(status))
		}
		return nil
	})
}

func (f *fakeIAM) ListServiceSpecificCredentials(ctx context.Context, in *iam.ListServiceSpecificCredentialsInput, _ ...func(*iam.Options)) (*iam.ListServiceSpecificCredentialsOutput, error) {
	out := &iam.ListServiceSpecificCredentialsOutput{}
	next, err := f.others(ctx, "ListServiceSpecificCredentials", otherService, in.UserName, in.Marker, func(s types.StatusType) {
		out.ServiceSpecificCredentials = []types.ServiceSpecificCredentialMetadata{{
			UserName: in.UserName, ServiceName: aws.String("bedrock.amazonaws.com"), ServiceSpecificCredentialId: aws.String("ACCA1"), Status: s,
		}}
	})
	out.Marker, out.IsTruncated = next, next != nil
	return out, err
}

func (f *fakeIAM) ListSSHPublicKeys(ctx context.Context, in *iam.ListSSHPublicKeysInput, _ ...func(*iam.Options)) (*iam.ListSSHPublicKeysOutput, error) {
	out := &iam.ListSSHPublicKeysOutput{}
	next, err := f.others(ctx, "ListSSHPublicKeys", otherSSH, in.UserName, in.Marker, func(s types.StatusType) {
		out.SSHPublicKeys = []types.SSHPublicKeyMetadata{{UserName: in.UserName, SSHPublicKeyId: aws.String("APKA1"), Status: s}}
	})
	out.Marker, out.IsTruncated = next, next != nil
	return out, err
}

func (f *fakeIAM) ListSigningCertificates(ctx context.Context, in *iam.ListSigningCertificatesInput, _ ...func(*iam.Options)) (*iam.ListSigningCertificatesOutput, error) {
	out := &iam.ListSigningCertificatesOutput{}
	next, err := f.others(ctx, "ListSigningCertificates", otherCertificate, in.UserName, in.Marker, func(s types.StatusType) {
		out.Certificates = []types.SigningCertificate{{UserName: in.UserName, CertificateId: aws.String("CERT1"), Status: s}}
	})
	out.Marker, out.IsTruncated = next, next != nil
	return out, err
}
