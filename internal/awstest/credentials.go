package awstest

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"time"

	"iamvigil/scanner/account"
)

// Credential is a service-specific credential, or a public key for SSH.
type Credential struct {
	ID string
	// Service is that of a service-specific one, such as bedrock.amazonaws.com.
	Service string
	Status  string // Active or Inactive
	Created time.Time
}

// ServiceSpecific gives a user of the snapshot service-specific credentials, in
// place of those that he has there.
func ServiceSpecific(user string, credentials ...Credential) Option {
	return func(a *AWS) {
		if u := a.user(user); u != nil {
			u.ServiceCredentials = nil
			for _, c := range credentials {
				u.ServiceCredentials = append(u.ServiceCredentials, account.ServiceCredential{ID: c.ID, Service: c.Service, Status: c.Status, Created: c.Created})
			}
		}
	}
}

// SSHKeys gives a user of the snapshot public keys for SSH, in place of those that
// he has there.
func SSHKeys(user string, keys ...Credential) Option {
	return func(a *AWS) {
		if u := a.user(user); u != nil {
			u.SSHKeys = nil
			for _, c := range keys {
				u.SSHKeys = append(u.SSHKeys, account.SSHKey{ID: c.ID, Status: c.Status, Uploaded: c.Created})
			}
		}
	}
}

type serviceSpecific struct {
	XMLName        xml.Name `xml:"member"`
	UserName       string
	ID             string `xml:"ServiceSpecificCredentialId"`
	ServiceName    string
	Status         string
	CreateDate     string `xml:",omitempty"`
	ExpirationDate string `xml:",omitempty"`
}

// theUserOrAll demands the permission on the user that the call names, or on all.
func theUserOrAll(a *AWS, c *call) []demand {
	if c.form.Get("AllUsers") == "true" {
		return everything(a, c)
	}
	return theUser(a, c)
}

// listServiceSpecificCredentials lists those of one user, or with AllUsers of
// everybody, in no order.
func (a *AWS) listServiceSpecificCredentials(c *call) (any, *failure) {
	var list []member
	if c.form.Get("AllUsers") == "true" {
		if c.form.Has("UserName") {
			return nil, &failure{status: http.StatusBadRequest, code: "ValidationError",
				message: "Parameters UserName and AllUsers cannot be specified together"}
		}
		for i := range a.account.Users {
			list = append(list, serviceSpecificOf(&a.account.Users[i], c.form.Get("ServiceName"))...)
		}
	} else {
		u, fail := a.named(c)
		if fail != nil {
			return nil, fail
		}
		list = serviceSpecificOf(u, c.form.Get("ServiceName"))
	}
	sortMembers(list)
	return a.page(c, list, "ServiceSpecificCredentials")
}

func serviceSpecificOf(u *account.User, service string) []member {
	var list []member
	for _, one := range u.ServiceCredentials {
		if service == "" || service == one.Service {
			list = append(list, member{list: "ServiceSpecificCredentials", key: shuffle(one.ID),
				xml: inXML(serviceSpecific{UserName: u.Name, ID: one.ID, ServiceName: one.Service, Status: one.Status,
					CreateDate: stamp(one.Created), ExpirationDate: stamp(one.Expires)})})
		}
	}
	return list
}

type sshKey struct {
	XMLName    xml.Name `xml:"member"`
	UserName   string
	ID         string `xml:"SSHPublicKeyId"`
	Status     string
	UploadDate string `xml:",omitempty"`
}

func (a *AWS) listSSHPublicKeys(c *call) (any, *failure) {
	u, fail := a.named(c)
	if fail != nil {
		return nil, fail
	}
	var list []member
	for _, one := range u.SSHKeys {
		list = append(list, member{list: "SSHPublicKeys", key: shuffle(one.ID),
			xml: inXML(sshKey{UserName: u.Name, ID: one.ID, Status: one.Status, UploadDate: stamp(one.Uploaded)})})
	}
	sortMembers(list)
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
