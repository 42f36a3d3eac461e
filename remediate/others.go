package remediate

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// usesOther begins the reason for which a user with a credential that neither the
// report nor a rule knows is left to a person.
const usesOther = "AWS does not tell when the user last used its "

// readOther says which active credential the user has beside password and access
// keys; empty: none. AWS tells of none of them when it was used.
func readOther(ctx context.Context, api IAM, user string) (string, error) {
	for _, read := range []func(context.Context, IAM, string) (string, error){readServiceSpecific, readSSHKeys, readCertificates} {
		if has, err := read(ctx, api, user); err != nil || has != "" {
			return has, err
		}
	}
	return "", nil
}

// readServiceSpecific reads the passwords of CodeCommit and Keyspaces, and the API
// keys of Bedrock.
func readServiceSpecific(ctx context.Context, api IAM, user string) (string, error) {
	in := &iam.ListServiceSpecificCredentialsInput{UserName: &user}
	for {
		page, err := api.ListServiceSpecificCredentials(ctx, in)
		if err != nil {
			return "", fmt.Errorf("list service-specific credentials of %q: %w", user, err)
		}
		for _, c := range page.ServiceSpecificCredentials {
			if c.Status == types.StatusTypeActive {
				return fmt.Sprintf("credential %s of %s", aws.ToString(c.ServiceSpecificCredentialId), aws.ToString(c.ServiceName)), nil
			}
		}
		if !page.IsTruncated {
			return "", nil
		}
		if aws.ToString(page.Marker) == aws.ToString(in.Marker) {
			return "", fmt.Errorf("list service-specific credentials of %q: AWS's answer does not tell where it goes on", user)
		}
		in.Marker = page.Marker
	}
}

func readSSHKeys(ctx context.Context, api IAM, user string) (string, error) {
	for pages := iam.NewListSSHPublicKeysPaginator(api, &iam.ListSSHPublicKeysInput{UserName: &user}); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return "", fmt.Errorf("list SSH public keys of %q: %w", user, err)
		}
		for _, k := range page.SSHPublicKeys {
			if k.Status == types.StatusTypeActive {
				return "SSH public key " + aws.ToString(k.SSHPublicKeyId), nil
			}
		}
	}
	return "", nil
}

func readCertificates(ctx context.Context, api IAM, user string) (string, error) {
	for pages := iam.NewListSigningCertificatesPaginator(api, &iam.ListSigningCertificatesInput{UserName: &user}); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return "", fmt.Errorf("list signing certificates of %q: %w", user, err)
		}
		for _, c := range page.Certificates {
			if c.Status == types.StatusTypeActive {
				return "signing certificate " + aws.ToString(c.CertificateId), nil
			}
		}
	}
	return "", nil
}
