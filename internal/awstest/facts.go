package awstest

import (
	"encoding/xml"
	"maps"
	"slices"

	"iamvigil/scanner/account"
)

type summaryAnswer struct {
	Entries []summaryEntry `xml:"SummaryMap>entry"`
}

type summaryEntry struct {
	Key   string `xml:"key"`
	Value int    `xml:"value"`
}

func (a *AWS) getAccountSummary(*call) (any, *failure) {
	var out summaryAnswer
	for _, name := range slices.Sorted(maps.Keys(a.account.Summary)) {
		out.Entries = append(out.Entries, summaryEntry{name, a.account.Summary[name]})
	}
	return out, nil
}

type passwordPolicyAnswer struct {
	PasswordPolicy struct {
		MinimumPasswordLength      int
		RequireSymbols             bool
		RequireNumbers             bool
		RequireUppercaseCharacters bool
		RequireLowercaseCharacters bool
		AllowUsersToChangePassword bool
		ExpirePasswords            bool
		MaxPasswordAge             int `xml:",omitempty"`
		PasswordReusePrevention    int `xml:",omitempty"`
	}
}

func (a *AWS) getAccountPasswordPolicy(*call) (any, *failure) {
	p := a.account.PasswordPolicy
	if p == nil {
		return nil, noSuchEntity("The Password Policy with domain name %s cannot be found.", a.account.Account.ID)
	}
	var answer passwordPolicyAnswer
	out := &answer.PasswordPolicy
	out.MinimumPasswordLength = p.MinimumLength
	out.RequireSymbols, out.RequireNumbers = p.Symbols, p.Numbers
	out.RequireUppercaseCharacters, out.RequireLowercaseCharacters = p.Uppercase, p.Lowercase
	out.AllowUsersToChangePassword = true
	out.ExpirePasswords = p.MaxAge > 0
	out.MaxPasswordAge, out.PasswordReusePrevention = p.MaxAge, p.Reuse
	return answer, nil
}

type aliasesAnswer struct {
	AccountAliases []string `xml:"AccountAliases>member"`
	IsTruncated    bool
}

func (a *AWS) listAccountAliases(*call) (any, *failure) {
	var out aliasesAnswer
	if name := a.account.Account.Name; name != "" {
		out.AccountAliases = []string{name}
	}
	return out, nil
}

type virtualMFADevice struct {
	XMLName      xml.Name `xml:"member"`
	SerialNumber string
	EnableDate   string   `xml:",omitempty"`
	User         *iamUser `xml:",omitempty"`
}

func (a *AWS) listVirtualMFADevices(c *call) (any, *failure) {
	status := c.form.Get("AssignmentStatus")
	var list []member
	for _, d := range a.account.VirtualMFA {
		if status == "Assigned" && d.User == "" || status == "Unassigned" && d.User != "" {
			continue
		}
		device := virtualMFADevice{SerialNumber: d.Serial, User: a.owner(d)}
		if device.User != nil {
			device.EnableDate = device.User.CreateDate
		}
		list = append(list, member{list: "VirtualMFADevices", key: shuffle(d.Serial), xml: inXML(device)})
	}
	sortMembers(list)
	return a.page(c, list, "VirtualMFADevices")
}

// owner is whom a device is assigned to. Root has no user name, and its id is
// the account's.
func (a *AWS) owner(d account.VirtualMFADevice) *iamUser {
	if d.User == "" {
		return nil
	}
	for i := range a.account.Users {
		if u := &a.account.Users[i]; u.ARN == d.User {
			return &iamUser{Path: pathOf(u.ARN), UserName: u.Name, UserID: u.ID, ARN: u.ARN, CreateDate: stamp(u.Created)}
		}
	}
	return &iamUser{UserID: a.account.Account.ID, ARN: d.User, CreateDate: stamp(Epoch())}
}
