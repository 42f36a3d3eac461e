package trail

import (
	"slices"
	"strings"
	"time"

	"iamvigil/scanner/account"
)

// Origin is the call that brought something about, as far as CloudTrail tells.
type Origin struct {
	// Event is the eventName, ID CloudTrail's eventID.
	Event string    `json:"event,omitempty"`
	ID    string    `json:"id,omitempty"`
	Time  time.Time `json:"time,omitzero"`
	// Actor is nil where no call is known.
	Actor *Actor `json:"actor"`
	// Missing says why no call is named, such as "not in the last 90 days" or
	// that CloudTrail could not be asked; empty where one is. It is never a guess.
	Missing string `json:"missing,omitempty"`
}

// Origin is the event as an origin.
func (e *Event) Origin() *Origin {
	actor := e.Actor
	return &Origin{Event: e.Name, ID: e.ID, Time: e.Time, Actor: &actor}
}

// Question asks who brought about the state of a resource.
type Question struct {
	Resource account.Ref
	// Part is the finding's: a key id, a policy's ARN or name, or empty.
	Part string
	// Causes are the eventNames of the calls that can have done it; empty: any
	// that touched the resource.
	Causes []string
	// Since is the earliest that it can have been; zero: whenever.
	Since time.Time
}

// Answers reports whether the event may have brought it about: it succeeded, it
// is one of the causes and not too early, and it touched the resource and no other
// part of it.
func (q *Question) Answers(e *Event) bool {
	switch {
	case e.Failed || e.ReadOnly || e.Time.Before(q.Since):
		return false
	case len(q.Causes) > 0 && !slices.Contains(q.Causes, e.Name):
		return false
	case q.elsewhere(e.Details):
		return false
	}
	return slices.ContainsFunc(e.Touched, q.Resource.Same)
}

// Indirect reports whether one of the causes does not name the resource: a call
// at a group reaches its members, one at a policy whoever has it.
func (q *Question) Indirect() bool {
	return slices.ContainsFunc(q.Causes, func(cause string) bool {
		clues, _ := cluesOf("iam", cause)
		return slices.ContainsFunc(clues, clue.reaches) &&
			!slices.ContainsFunc(clues, func(c clue) bool { return c.kind == q.Resource.Kind })
	})
}

// elsewhere reports whether the event names another key or policy than the part
// that is asked about. Names are the same without regard to case, and a detail is
// cut to fewer runes than an ARN can have.
func (q *Question) elsewhere(details map[string]string) bool {
	if q.Part == "" || strings.HasPrefix(q.Part, account.NamelessKey) {
		return false
	}
	for _, key := range []string{"accessKeyId", "policyArn", "policyName"} {
		if named := details[key]; named != "" {
			return !strings.EqualFold(named, clip(q.Part, maxText))
		}
	}
	return false
}

// Identity is the same for all that one actor does, from wherever and with
// whatever program, and in however many sessions of one name: the ARNs of
// sessions and the keys that they sign with differ.
func (a Actor) Identity() string {
	switch {
	case a.Root():
		return a.Type
	case a.Issuer != "":
		return strings.Join([]string{a.Type, a.Issuer, a.Name}, "\x00")
	}
	return strings.Join([]string{a.Type, a.ARN, a.Name}, "\x00")
}

// Principal is the same for all that belongs to one who acts: it is [Actor.Identity],
// but of all sessions of a role, which whoever assumes it can call as they like. In a
// role of Identity Center a session is a person.
func (a Actor) Principal() string {
	identityCenter := strings.HasPrefix(account.ParseARN(a.Issuer).Resource, "role/aws-reserved/sso.amazonaws.com/")
	if a.Type != "AssumedRole" || a.Issuer == "" || identityCenter {
		return a.Identity()
	}
	return a.Type + "\x00" + a.Issuer
}

// Session is what CloudTrail's history knows the actor by, its Username: the name of a
// user, or of a role's session, which a source identity does not replace.
func (a Actor) Session() string {
	switch {
	case a.Root():
		return "root"
	case a.Type == "AssumedRole":
		return a.ARN[strings.LastIndex(a.ARN, "/")+1:]
	}
	return a.Name
}

// Same reports whether both are one actor.
func (a Actor) Same(other Actor) bool { return a.Identity() == other.Identity() }

// Tools that keep resources as they are written down somewhere, so that a
// change by hand is drift.
const (
	CloudFormation = "CloudFormation"
	Terraform      = "Terraform"
	OpenTofu       = "OpenTofu"
	Pulumi         = "Pulumi"
	Crossplane     = "Crossplane"
)

// Tool is the infrastructure-as-code tool that the actor is, by what the call
// says of itself, or empty. CloudFormation calls in its caller's name, the
// others tell by their user agent, which anybody can forge: it is a hint for
// the fix alone.
func (a Actor) Tool() string {
	if a.InvokedBy == "cloudformation.amazonaws.com" || a.Agent == "cloudformation.amazonaws.com" {
		return CloudFormation
	}
	agent := strings.ToLower(a.Agent)
	for _, tool := range []struct{ sign, name string }{
		{"pulumi", Pulumi}, {"crossplane", Crossplane}, {"upbound", Crossplane}, {"opentofu", OpenTofu}, {"terraform", Terraform},
	} {
		if strings.Contains(agent, tool.sign) {
			return tool.name
		}
	}
	return ""
}
