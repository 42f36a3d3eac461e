package awstest

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"iamvigil/scanner/account"
)

// serviceCredentials draws credentials of single services, in the order of their
// creation. Those of Bedrock and CloudWatch Logs alone can expire.
func (d *draft) serviceCredentials(since time.Time) []account.ServiceCredential {
	var list []account.ServiceCredential
	d.several(3, "service credentials", func() {
		one := account.ServiceCredential{
			ID:      d.id("ACCA"),
			Service: rapid.SampledFrom([]string{"bedrock.amazonaws.com", "logs.amazonaws.com", "codecommit.amazonaws.com", "cassandra.amazonaws.com"}).Draw(d.T, "service"),
			Status:  rapid.SampledFrom([]string{account.Active, account.Inactive, account.Expired}).Draw(d.T, "status"),
			Created: d.past(since, "service credential made"),
		}
		if strings.HasPrefix(one.Service, "bedrock.") || strings.HasPrefix(one.Service, "logs.") {
			one.Expires = d.until(one.Created, "service credential expires")
		}
		list = append(list, one)
	})
	slices.SortFunc(list, func(a, b account.ServiceCredential) int {
		return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID))
	})
	return list
}

func (d *draft) sshKeys(since time.Time) []account.SSHKey {
	var list []account.SSHKey
	d.several(3, "ssh keys", func() {
		list = append(list, account.SSHKey{ID: d.id("APKA"), Uploaded: d.past(since, "ssh key uploaded"),
			Status: rapid.SampledFrom([]string{account.Active, account.Inactive}).Draw(d.T, "status")})
	})
	slices.SortFunc(list, func(a, b account.SSHKey) int {
		return cmp.Or(a.Uploaded.Compare(b.Uploaded), cmp.Compare(a.ID, b.ID))
	})
	return list
}

// until draws a day within some years after a time, past or to come, or none.
func (d *draft) until(since time.Time, what string) time.Time {
	if !d.chance(what) {
		return time.Time{}
	}
	return since.AddDate(0, 0, rapid.IntRange(1, 7300).Draw(d.T, "days"))
}

func (d *draft) providers() {
	id := d.s.Account
	prefix := "arn:" + id.Partition + ":iam::" + id.ID + ":"
	d.several(2, "saml providers", func() {
		created := d.past(beginning(), "created")
		name := rapid.StringMatching(`[A-Za-z0-9_.-]{1,40}`).Filter(d.untaken("saml provider")).Draw(d.T, "saml provider")
		d.s.SAMLProviders = append(d.s.SAMLProviders, account.SAMLProvider{ARN: prefix + "saml-provider/" + name, Created: created,
			ValidUntil: d.until(created, "metadata end")})
	})
	slices.SortFunc(d.s.SAMLProviders, func(a, b account.SAMLProvider) int { return strings.Compare(a.ARN, b.ARN) })
	text := rapid.StringMatching(`[!-~]{1,20}`)
	d.several(2, "oidc providers", func() {
		host := rapid.StringMatching(`[a-z0-9]{1,20}\.example(/[!-.0-~]{1,20}){0,2}`).Filter(d.untaken("oidc provider")).Draw(d.T, "oidc provider")
		p := account.OIDCProvider{ARN: prefix + "oidc-provider/" + host, Created: d.past(beginning(), "created"), Tags: d.tags(),
			Clients:     rapid.SliceOfNDistinct(text, 0, 3, rapid.ID).Draw(d.T, "clients"),
			Thumbprints: rapid.SliceOfNDistinct(rapid.StringMatching(`[0-9a-f]{40}`), 0, 3, rapid.ID).Draw(d.T, "thumbprints")}
		slices.Sort(p.Clients)
		slices.Sort(p.Thumbprints)
		d.s.OIDCProviders = append(d.s.OIDCProviders, p)
	})
	slices.SortFunc(d.s.OIDCProviders, func(a, b account.OIDCProvider) int { return strings.Compare(a.ARN, b.ARN) })
}

// untaken takes a name of the kind that nothing has yet.
func (d *draft) untaken(kind string) func(string) bool {
	return func(name string) bool {
		taken := d.names[kind+name]
		d.names[kind+name] = true
		return !taken
	}
}

func (d *draft) serverCertificates() {
	d.several(3, "server certificates", func() {
		name := d.name("server certificate", 128)
		uploaded := d.past(beginning(), "uploaded")
		d.s.ServerCertificates = append(d.s.ServerCertificates, account.ServerCertificate{
			ARN: d.arn("server-certificate", name), ID: d.id("ASCA"), Name: name, Uploaded: uploaded, Expires: d.until(uploaded, "expires"),
		})
	})
	slices.SortFunc(d.s.ServerCertificates, func(a, b account.ServerCertificate) int { return strings.Compare(a.ARN, b.ARN) })
}

// organization draws one that the account manages, so that it is told everything,
// or none.
func (d *draft) organization() {
	d.s.OutboundFederation = d.chance("outbound federation")
	if !d.chance("organization") {
		return
	}
	o := &account.Organization{ID: "o-" + rapid.StringMatching(`[a-z0-9]{10,32}`).Draw(d.T, "organization"),
		Management: d.s.Account.ID, AllFeatures: d.chance("all features")}
	if o.AllFeatures {
		o.Features = rapid.SampledFrom([][]string{nil, {"RootCredentialsManagement"}, {"RootCredentialsManagement", "RootSessions"}}).Draw(d.T, "features")
	}
	d.s.Organization = o
}
