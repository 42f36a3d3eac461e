package collect

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/iam"

	"iamvigil/scanner/account"
)

// serviceCredentials reads answers of list-service-specific-credentials about all
// users. The AWS CLI does not join the pages of that command: several, of which the
// last says that no more follows, are one listing.
func (f *folder) serviceCredentials() error {
	content, ok, err := f.open(serviceCredentialsFile, account.ServiceCredentials)
	if err != nil || !ok {
		return err
	}
	all, more := serviceCredentials{}, false
	err = decodePages(serviceCredentialsFile, content, func(page iam.ListServiceSpecificCredentialsOutput) error {
		if page.ServiceSpecificCredentials == nil {
			return fmt.Errorf("read %s: it has no ServiceSpecificCredentials; save the output of aws iam list-service-specific-credentials --all-users", serviceCredentialsFile)
		}
		all.add(page.ServiceSpecificCredentials)
		more = page.IsTruncated
		return nil
	})
	switch {
	case err != nil:
		return err
	case more:
		return fmt.Errorf("read %s: its last answer has IsTruncated, so it is only a part; save with --max-items 1000, and what follows with --marker", serviceCredentialsFile)
	}
	all.sort()
	if n := all.fill(f.snapshot); n < len(all) {
		f.incomplete(account.Users, fmt.Sprintf("%s has %d users that are not in it", serviceCredentialsFile, len(all)-n))
	}
	return nil
}

func (f *folder) serverCertificates() error {
	var out iam.ListServerCertificatesOutput
	ok, err := f.decode(serverCertificatesFile, &out, account.ServerCertificates)
	if err != nil || !ok {
		return err
	}
	if out.ServerCertificateMetadataList == nil {
		return fmt.Errorf("read %s: it has no ServerCertificateMetadataList; save the output of aws iam list-server-certificates", serverCertificatesFile)
	}
	f.snapshot.ServerCertificates = mapServerCertificates(out.ServerCertificateMetadataList)
	for i := range f.snapshot.ServerCertificates {
		f.arns = append(f.arns, f.snapshot.ServerCertificates[i].ARN)
	}
	return nil
}

func (f *folder) samlProviders() error {
	var out iam.ListSAMLProvidersOutput
	ok, err := f.decode(samlProvidersFile, &out, account.SAMLProviders)
	if err != nil || !ok {
		return err
	}
	if out.SAMLProviderList == nil {
		return fmt.Errorf("read %s: it has no SAMLProviderList; save the output of aws iam list-saml-providers", samlProvidersFile)
	}
	f.snapshot.SAMLProviders = mapSAMLProviders(out.SAMLProviderList)
	for i := range f.snapshot.SAMLProviders {
		f.arns = append(f.arns, f.snapshot.SAMLProviders[i].ARN)
	}
	return nil
}

func (f *folder) oidcProviders() error {
	var out iam.ListOpenIDConnectProvidersOutput
	ok, err := f.decode(oidcProvidersFile, &out, account.OIDCProviders)
	if err != nil || !ok {
		return err
	}
	if out.OpenIDConnectProviderList == nil {
		return fmt.Errorf("read %s: it has no OpenIDConnectProviderList; save the output of aws iam list-open-id-connect-providers", oidcProvidersFile)
	}
	f.snapshot.OIDCProviders = mapOIDCProviders(out.OpenIDConnectProviderList)
	for i := range f.snapshot.OIDCProviders {
		f.arns = append(f.arns, f.snapshot.OIDCProviders[i].ARN)
	}
	return nil
}
