package awstest

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"iamvigil/scanner/account"
)

// user finds a user as IAM does, without regard to case; nil where none is.
func (a *AWS) user(name string) *account.User {
	for i := range a.account.Users {
		if u := &a.account.Users[i]; strings.EqualFold(u.Name, name) {
			return u
		}
	}
	return nil
}

// theUser demands the action's permission on the user that the call names.
func theUser(a *AWS, c *call) []demand {
	id := a.account.Account
	arn := "arn:" + id.Partition + ":iam::" + id.ID + ":user/" + c.form.Get("UserName")
	if u := a.user(c.form.Get("UserName")); u != nil {
		arn = u.ARN
	}
	return []demand{on(c.action(), arn)}
}

// named finds the user that the call names. The fake's caller is a role, for
// which AWS cannot tell the user from the caller.
func (a *AWS) named(c *call) (*account.User, *failure) {
	name := c.form.Get("UserName")
	if name == "" {
		return nil, &failure{status: http.StatusBadRequest, code: "ValidationError",
			message: "Must specify userName when calling with non-User credentials"}
	}
	if u := a.user(name); u != nil {
		return u, nil
	}
	return nil, noSuchEntity("The user with name %s cannot be found.", name)
}

type userAnswer struct {
	User iamUser
}

type iamUser struct {
	Path, UserName      string
	UserID              string `xml:"UserId"`
	ARN                 string `xml:"Arn"`
	CreateDate          string `xml:",omitempty"`
	PasswordLastUsed    string `xml:",omitempty"`
	PermissionsBoundary *boundary
	Tags                []tag `xml:"Tags>member"`
}

func (a *AWS) getUser(c *call) (any, *failure) {
	u, fail := a.named(c)
	if fail != nil {
		return nil, fail
	}
	out := iamUser{Path: pathOf(u.ARN), UserName: u.Name, UserID: u.ID, ARN: u.ARN, CreateDate: stamp(u.Created),
		PermissionsBoundary: bounded(u.Boundary), Tags: tagged(u.Tags)}
	if u.Login != nil {
		out.PasswordLastUsed = stamp(u.Login.LastUsed)
	}
	return userAnswer{out}, nil
}

type loginProfileAnswer struct {
	LoginProfile struct {
		UserName, CreateDate  string
		PasswordResetRequired bool
	}
}

func (a *AWS) getLoginProfile(c *call) (any, *failure) {
	u, fail := a.named(c)
	if fail != nil {
		return nil, fail
	}
	if u.Login == nil {
		return nil, noSuchEntity("Login Profile for User %s cannot be found.", u.Name)
	}
	var out loginProfileAnswer
	out.LoginProfile.UserName, out.LoginProfile.CreateDate = u.Name, stamp(u.Login.Changed)
	return out, nil
}

type mfaDevice struct {
	XMLName                            xml.Name `xml:"member"`
	UserName, SerialNumber, EnableDate string
}

// listMFADevices lists the user's virtual devices; a user with MFA and none of
// those has a security key.
func (a *AWS) listMFADevices(c *call) (any, *failure) {
	u, fail := a.named(c)
	if fail != nil {
		return nil, fail
	}
	var serials []string
	for _, d := range a.account.VirtualMFA {
		if d.User == u.ARN {
			serials = append(serials, d.Serial)
		}
	}
	if u.MFA && len(serials) == 0 {
		id := a.account.Account
		serials = []string{"arn:" + id.Partition + ":iam::" + id.ID + ":u2f/user/" + u.Name + "/key-AWSTEST"}
	}
	var list []member
	for i, serial := range serials {
		list = append(list, member{list: "MFADevices", key: fmt.Sprintf("%03d", i),
			xml: inXML(mfaDevice{UserName: u.Name, SerialNumber: serial, EnableDate: stamp(u.Created)})})
	}
	return a.page(c, list, "MFADevices")
}

type accessKeyMetadata struct {
	XMLName     xml.Name `xml:"member"`
	UserName    string
	AccessKeyID string `xml:"AccessKeyId"`
	Status      string
	CreateDate  string `xml:",omitempty"`
}

// listAccessKeys lists the keys that have an ID, the last first.
func (a *AWS) listAccessKeys(c *call) (any, *failure) {
	u, fail := a.named(c)
	if fail != nil {
		return nil, fail
	}
	var list []member
	for i, key := range backwards(u.Keys) {
		if key.ID != "" {
			list = append(list, member{list: "AccessKeyMetadata", key: fmt.Sprintf("%03d", i),
				xml: inXML(accessKeyMetadata{UserName: u.Name, AccessKeyID: key.ID, Status: key.Status, CreateDate: stamp(key.Created)})})
		}
	}
	return a.page(c, list, "AccessKeyMetadata")
}

func (a *AWS) keyOf(id string) (*account.User, *account.AccessKey) {
	for i := range a.account.Users {
		u := &a.account.Users[i]
		if k := slices.IndexFunc(u.Keys, func(k account.AccessKey) bool { return k.ID == id && id != "" }); k >= 0 {
			return u, &u.Keys[k]
		}
	}
	return nil, nil
}

// theKeysUser demands the permission on the user whose key the call names.
func theKeysUser(a *AWS, c *call) []demand {
	if u, _ := a.keyOf(c.form.Get("AccessKeyId")); u != nil {
		return []demand{on(c.action(), u.ARN)}
	}
	return nil
}

type lastUsedAnswer struct {
	UserName          string
	AccessKeyLastUsed struct {
		LastUsedDate        string `xml:",omitempty"`
		ServiceName, Region string
	}
}

// getAccessKeyLastUsed answers for a key that is not there with AccessDenied:
// the API has no NoSuchEntity, since AWS cannot tell whose key it would be.
func (a *AWS) getAccessKeyLastUsed(c *call) (any, *failure) {
	id := c.form.Get("AccessKeyId")
	u, key := a.keyOf(id)
	if u == nil {
		return nil, accessDenied(c, c.action(), "access key "+id, "because no identity-based policy allows the "+c.action()+" action")
	}
	out := lastUsedAnswer{UserName: u.Name}
	out.AccessKeyLastUsed.LastUsedDate = stamp(key.LastUsed)
	out.AccessKeyLastUsed.ServiceName = orNone(key.LastUsedService)
	out.AccessKeyLastUsed.Region = orNone(key.LastUsedRegion)
	return out, nil
}

func orNone(value string) string {
	if value == "" {
		return "N/A"
	}
	return value
}
