package trail

import (
	"cmp"
	"strings"

	"iamvigil/scanner/account"
)

const (
	typeRoot = "Root"

	// rootUser is how a record spells the user of a call about root's own
	// credentials. No IAM user can be called so: names have no spaces.
	rootUser = "AWS ROOT USER"

	// hidden stands for a user name that does not exist, since people type
	// their password there.
	hidden = "HIDDEN_DUE_TO_SECURITY_REASONS"
)

// identity is the record's userIdentity.
type identity struct {
	Type        string `json:"type"`
	PrincipalID string `json:"principalId"`
	ARN         string `json:"arn"`
	AccountID   string `json:"accountId"`
	AccessKeyID string `json:"accessKeyId"`
	UserName    string `json:"userName"`
	InvokedBy   string `json:"invokedBy"`
	OnBehalfOf  struct {
		UserID string `json:"userId"`
	} `json:"onBehalfOf"`
	Session struct {
		SourceIdentity string `json:"sourceIdentity"`
		Issuer         struct {
			ARN string `json:"arn"`
		} `json:"sessionIssuer"`
		Attributes struct {
			// MFA is the string "true" or "false".
			MFA string `json:"mfaAuthenticated"`
		} `json:"attributes"`
	} `json:"sessionContext"`
}

func (r *record) actor() Actor {
	u := &r.UserIdentity
	a := Actor{
		Type:      clip(u.Type, maxText),
		ARN:       clip(u.ARN, maxARN),
		Name:      clip(u.name(), maxText),
		Issuer:    clip(u.Session.Issuer.ARN, maxARN),
		IP:        clip(r.SourceIPAddress, maxText),
		Agent:     clip(r.UserAgent, maxText),
		MFA:       r.mfa(),
		InvokedBy: clip(u.InvokedBy, maxText),
	}
	if account.IsKeyID(u.AccessKeyID) {
		a.Key = clip(u.AccessKeyID, maxText)
	}
	return a
}

// name is the person or thing behind the call. Root's is whatever the record
// says, since its principal id is only the account's.
func (u *identity) name() string {
	if u.Type == typeRoot {
		return u.UserName
	}
	return cmp.Or(
		u.Session.SourceIdentity,
		u.OnBehalfOf.UserID,
		u.UserName,
		after(u.ARN, "/"),
		after(u.PrincipalID, ":"),
		u.PrincipalID,
		u.InvokedBy,
		u.AccountID,
	)
}

// mfa prefers what a sign-in says of itself: its session is not yet there.
func (r *record) mfa() string {
	said := cmp.Or(r.AdditionalEventData.text("MFAUsed"), r.UserIdentity.Session.Attributes.MFA)
	switch strings.ToLower(said) {
	case "yes", "true":
		return "yes"
	case "no", "false":
		return "no"
	}
	return ""
}

// after is what follows the last separator, or empty where there is none.
func after(text, separator string) string {
	if i := strings.LastIndex(text, separator); i >= 0 {
		return text[i+len(separator):]
	}
	return ""
}
