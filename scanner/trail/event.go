// Package trail reads one CloudTrail record, as EventBridge delivers it: who
// did what, whether it succeeded, and which resources it touched.
//
// It knows nothing of rules, of AWS clients or of what is in the account now:
// an event is a hint of where to look, never the evidence itself.
package trail

import (
	"cmp"
	"strings"
	"time"

	"iamvigil/scanner/account"
)

// Event is one CloudTrail record. Its texts are as the record has them, cut to
// a bounded length that ends in "…"; all of them are hostile.
type Event struct {
	// ID is CloudTrail's eventID, the same however often it is delivered, and
	// never empty in what [Parse] gives: a record without one is an error.
	ID     string `json:"id"`
	Name   string `json:"name"`   // eventName, such as CreateAccessKey
	Source string `json:"source"` // eventSource, such as iam.amazonaws.com
	// Type is eventType: AwsApiCall, AwsConsoleSignIn, or AwsServiceEvent for
	// what AWS did of its own accord, whoever the actor is said to be.
	Type string `json:"type,omitempty"`
	// Time is when the call was completed, in UTC. Zero: the record does not say.
	Time   time.Time `json:"time"`
	Region string    `json:"region"`
	// Account is recipientAccountId: the account the event is about.
	Account string `json:"account"`
	Actor   Actor  `json:"actor"`
	// Failed: the call changed nothing. Error is its code, or for a failed
	// sign-in, which has none, its message.
	Failed bool   `json:"failed,omitempty"`
	Error  string `json:"error,omitempty"`
	// ReadOnly is CloudTrail's readOnly.
	ReadOnly bool `json:"read_only,omitempty"`
	// Touched are the resources whose answers can have changed, as far as the
	// record names them: users, groups and roles by name, policies by ARN. A
	// policy by name alone was not itself changed, but attached or detached, so
	// that nobody else who has it is touched. Empty for a failed call.
	Touched []account.Ref `json:"touched,omitempty"`
	// Unnamed: the call also changed something that the record does not name,
	// since CloudTrail omits parameters above 100 KB. Only a look at the whole
	// account can find it.
	Unnamed bool `json:"unnamed,omitempty"`
	// Known: the event's name is in this package's table, it only reads, or its
	// service is not one whose events can change an answer.
	Known bool `json:"known"`
	// RequestID is AWS's of the call, which whoever made it was answered. It is
	// written nowhere.
	RequestID string `json:"-"`
	// Details are the request's telling fields (userName, policyArn,
	// accessKeyId, MFAUsed …), as CloudTrail spells them.
	Details map[string]string `json:"details,omitempty"`
}

// Actor is who made a call.
type Actor struct {
	// Type is CloudTrail's userIdentity.type: Root, IAMUser, AssumedRole,
	// FederatedUser, AWSService, IdentityCenterUser, …
	Type string `json:"type"`
	ARN  string `json:"arn,omitempty"`
	// Name is the person or thing behind it, as far as the record tells: a
	// user's name, or of a role session its source identity, its Identity Center
	// user id or its session name. Someone who signed in with a name that does
	// not exist is HIDDEN_DUE_TO_SECURITY_REASONS.
	Name string `json:"name,omitempty"`
	// Issuer is the ARN of the role whose session it is, or of the user who
	// asked for it if the session is federated.
	Issuer string `json:"issuer,omitempty"`
	IP     string `json:"ip,omitempty"`
	Agent  string `json:"agent,omitempty"`
	// MFA is "yes" or "no", or empty where the record does not say.
	MFA string `json:"mfa,omitempty"`
	// Key is the access key that signed the call, if it is a long-term one.
	Key string `json:"key,omitempty"`
	// InvokedBy is the AWS service that made the call on the actor's behalf.
	InvokedBy string `json:"invoked_by,omitempty"`
}

// Root reports whether the account's root user made the call itself. Decided by
// type: its name may be absent, "AWS ROOT USER" or the account's alias.
func (a Actor) Root() bool { return a.Type == typeRoot && a.InvokedBy == "" }

// SignedIn names the IAM user who signed in to the console by this event, if it is
// such a sign-in and succeeded. Federated users and sessions of roles are none.
func (e *Event) SignedIn() (account.Ref, bool) {
	if e.Name != "ConsoleLogin" || e.Failed || e.Actor.Type != "IAMUser" {
		return account.Ref{}, false
	}
	return e.Actor.Ref()
}

// Ref names the root user, the user, or the role whose session it is. The ARN
// is left out where the record has only the session's. It is false for actors
// that IAM does not keep, such as services. The principal may be of another
// account than the event.
func (a Actor) Ref() (account.Ref, bool) {
	arn := cmp.Or(a.Issuer, a.ARN)
	kind, rest, _ := strings.Cut(account.ParseARN(arn).Resource, "/")
	name := rest[strings.LastIndex(rest, "/")+1:]
	switch {
	case a.Type == typeRoot || kind == "root":
		return account.Ref{Kind: account.KindAccount, ARN: arn, Name: account.RootName}, true
	case kind == "user" && name != "":
		return account.Ref{Kind: account.KindUser, ARN: arn, Name: name}, true
	case kind == "role" && name != "":
		return account.Ref{Kind: account.KindRole, ARN: arn, Name: name}, true
	case kind == "assumed-role" && rest != name:
		name, _, _ = strings.Cut(rest, "/")
		return account.Ref{Kind: account.KindRole, Name: name}, true
	case a.Type == "IAMUser" && a.Name != "" && a.Name != hidden:
		return account.Ref{Kind: account.KindUser, Name: a.Name}, true
	}
	return account.Ref{}, false
}
