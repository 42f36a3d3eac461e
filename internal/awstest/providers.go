package awstest

import (
	"encoding/xml"
	"net/http"
	"slices"
	"strings"

	"iamvigil/scanner/account"
)

type samlProvider struct {
	ARN        string `xml:"Arn"`
	ValidUntil string `xml:",omitempty"`
	CreateDate string `xml:",omitempty"`
}

type samlProvidersAnswer struct {
	List []samlProvider `xml:"SAMLProviderList>member"`
}

func (a *AWS) listSAMLProviders(*call) (any, *failure) {
	var out samlProvidersAnswer
	for _, p := range backwards(a.account.SAMLProviders) {
		out.List = append(out.List, samlProvider{p.ARN, stamp(p.ValidUntil), stamp(p.Created)})
	}
	return out, nil
}

type oidcProvidersAnswer struct {
	List []oidcProvider `xml:"OpenIDConnectProviderList>member"`
}

type oidcProvider struct {
	ARN string `xml:"Arn"`
}

func (a *AWS) listOpenIDConnectProviders(*call) (any, *failure) {
	var out oidcProvidersAnswer
	for _, p := range backwards(a.account.OIDCProviders) {
		out.List = append(out.List, oidcProvider{p.ARN})
	}
	return out, nil
}

// theOIDCProvider demands the permission on the provider that the call names.
func theOIDCProvider(_ *AWS, c *call) []demand {
	return []demand{on(c.action(), c.form.Get("OpenIDConnectProviderArn"))}
}

type oidcProviderAnswer struct {
	URL            string   `xml:"Url"`
	ClientIDList   []string `xml:"ClientIDList>member"`
	ThumbprintList []string `xml:"ThumbprintList>member"`
	CreateDate     string   `xml:",omitempty"`
	Tags           []tag    `xml:"Tags>member"`
}

func (a *AWS) getOpenIDConnectProvider(c *call) (any, *failure) {
	arn := c.form.Get("OpenIDConnectProviderArn")
	i := slices.IndexFunc(a.account.OIDCProviders, func(p account.OIDCProvider) bool { return p.ARN == arn })
	if i < 0 {
		return nil, noSuchEntity("OpenIDConnect Provider not found for arn %s", arn)
	}
	p := &a.account.OIDCProviders[i]
	return oidcProviderAnswer{p.Ref().Name, backwards(p.Clients), backwards(p.Thumbprints), stamp(p.Created), tagged(p.Tags)}, nil
}

type serverCertificate struct {
	XMLName    xml.Name `xml:"member"`
	Path       string
	Name       string `xml:"ServerCertificateName"`
	ID         string `xml:"ServerCertificateId"`
	ARN        string `xml:"Arn"`
	UploadDate string `xml:",omitempty"`
	Expiration string `xml:",omitempty"`
}

func (a *AWS) listServerCertificates(c *call) (any, *failure) {
	var list []member
	for _, one := range a.account.ServerCertificates {
		if strings.HasPrefix(pathOf(one.ARN), c.form.Get("PathPrefix")) {
			list = append(list, member{list: "ServerCertificateMetadataList", key: shuffle(one.ARN),
				xml: inXML(serverCertificate{Path: pathOf(one.ARN), Name: one.Name, ID: one.ID, ARN: one.ARN,
					UploadDate: stamp(one.Uploaded), Expiration: stamp(one.Expires)})})
		}
	}
	sortMembers(list)
	return a.page(c, list, "ServerCertificateMetadataList")
}

type outboundFederationAnswer struct {
	IssuerIdentifier  string
	JwtVendingEnabled bool
}

// getOutboundWebIdentityFederationInfo answers where the feature was never on, or
// is off again, with an error.
func (a *AWS) getOutboundWebIdentityFederationInfo(*call) (any, *failure) {
	if !a.account.OutboundFederation {
		return nil, &failure{status: http.StatusNotFound, code: "FeatureDisabled",
			message: "Outbound web identity federation is disabled for the account."}
	}
	return outboundFederationAnswer{"https://awstest.tokens.sts.global.api.aws", true}, nil
}

type organizationsFeaturesAnswer struct {
	EnabledFeatures []string `xml:"EnabledFeatures>member"`
	OrganizationID  string   `xml:"OrganizationId"`
}

// listOrganizationsFeatures tells the management account alone.
func (a *AWS) listOrganizationsFeatures(*call) (any, *failure) {
	refused := func(code string) (any, *failure) {
		return nil, &failure{status: http.StatusBadRequest, code: code, message: "awstest: " + code}
	}
	switch o := a.account.Organization; {
	case o == nil:
		return refused("OrganizationNotFoundException")
	case o.Management != a.account.Account.ID:
		return refused("AccountNotManagementOrDelegatedAdministratorException")
	case !o.AllFeatures:
		return refused("OrganizationNotInAllFeaturesModeException")
	default:
		return organizationsFeaturesAnswer{backwards(o.Features), o.ID}, nil
	}
}
