package awstest

import (
	"encoding/xml"
	"fmt"
	"strings"
	"time"

	"iamvigil/scanner/account"
)

// Credential is a credential of a user's that no snapshot has: a service-specific
// one, or a public key for SSH.
type Credential struct {
	ID string
	// Service is that of a service-specific one, such as bedrock.amazonaws.com.
	Service string
	Status  string // Active or Inactive
	Created time.Time
}

// ServiceSpecific gives a user service-specific credentials.
func ServiceSpecific(user string, credentials ...Credential) Option {
	return func(a *AWS) { a.specific[strings.ToLower(user)] = credentials }
}

// SSHKeys gives a user public keys for SSH.
func SSHKeys(user string, keys ...Credential) Option {
	return func(a *AWS) { a.sshKeys[strings.ToLower(user)] = keys }
}

type serviceSpecific struct {
	XMLName     xml.Name `xml:"member"`
	UserName    string
	ID          string `xml:"ServiceSpecificCredentialId"`
	ServiceName string
	Status      string
	CreateDate  string
}

func (a *AWS) listServiceSpecificCredentials(c *call) (any, *failure) {
	if c.form.Has("AllUsers") {
		f := invalid("awstest lists the service-specific credentials of one user only")
		f.unknown = c.action() + ": AllUsers"
		return nil, f
	}
	u, fail := a.named(c)
	if fail != nil {
		return nil, fail
	}
	service := c.form.Get("ServiceName")
	var list []member
	for i, one := range a.specific[strings.ToLower(u.Name)] {
		if service == "" || service == one.Service {
			list = append(list, member{list: "ServiceSpecificCredentials", key: fmt.Sprintf("%03d", i),
				xml: inXML(serviceSpecific{UserName: u.Name, ID: one.ID, ServiceName: one.Service, Status: one.Status, CreateDate: stamp(one.Created)})})
		}
	}
	return a.page(c, list, "ServiceSpecificCredentials")
}

type sshKey struct {
	XMLName    xml.Name `xml:"member"`
	UserName   string
	ID         string `xml:"SSHPublicKeyId"`
	Status     string
	UploadDate string
}

func (a *AWS) listSSHPublicKeys(c *call) (any, *failure) {
	u, fail := a.named(c)
	if fail != nil {
		return nil, fail
	}
	var list []member
	for i, one := range a.sshKeys[strings.ToLower(u.Name)] {
		list = append(list, member{list: "SSHPublicKeys", key: fmt.Sprintf("%03d", i),
			xml: inXML(sshKey{UserName: u.Name, ID: one.ID, Status: one.Status, UploadDate: stamp(one.Created)})})
	}
	return a.page(c, list, "SSHPublicKeys")
}

type signingCertificate struct {
	XMLName         xml.Name `xml:"member"`
	UserName        string
	ID              string `xml:"CertificateId"`
	CertificateBody string
	Status          string
	UploadDate      string `xml:",omitempty"`
}

// listSigningCertificates lists those of the snapshot, which knows no ids.
func (a *AWS) listSigningCertificates(c *call) (any, *failure) {
	u, fail := a.named(c)
	if fail != nil {
		return nil, fail
	}
	var list []member
	for i, one := range u.Certificates {
		status := account.Inactive
		if one.Active {
			status = account.Active
		}
		list = append(list, member{list: "Certificates", key: fmt.Sprintf("%03d", i),
			xml: inXML(signingCertificate{UserName: u.Name, ID: fmt.Sprintf("AWSTEST%017d", i), CertificateBody: "awstest", Status: status, UploadDate: stamp(one.Uploaded)})})
	}
	return a.page(c, list, "Certificates")
}
