package account

import "time"

// Fact names a body of evidence that is read, and can be missing, as a whole.
type Fact string

// The facts. Users, groups, roles and policies are complete listings with
// memberships, attachments and documents; the credential facts are known for
// every user from the credential report, or live for some.
const (
	Users        Fact = "users"
	Groups       Fact = "groups"
	Roles        Fact = "roles"
	Policies     Fact = "policies"
	Logins       Fact = "logins"
	Keys         Fact = "keys"
	MFA          Fact = "mfa"
	Certificates Fact = "certificates"
	// RootUse is root's row of the credential report.
	RootUse    Fact = "root-use"
	Summary    Fact = "summary"
	Passwords  Fact = "password-policy"
	VirtualMFA Fact = "virtual-mfa"
	Trails     Fact = "trails"
)

// The facts of [Stack]. Only the stack's own functions ask for them.
const (
	Topics     Fact = "topics"
	EventRules Fact = "event-rules"
	Queues     Fact = "queues"
)

// StackFacts lists the facts of [Stack].
func StackFacts() []Fact { return []Fact{Topics, EventRules, Queues} }

// OtherRegions is what no look at an account sees: the events of Regions other
// than the one that the events of IAM come to.
const OtherRegions Fact = "other-regions"

// Facts lists every fact of an account once.
func Facts() []Fact {
	return []Fact{Users, Groups, Roles, Policies, Logins, Keys, MFA, Certificates,
		RootUse, Summary, Passwords, VirtualMFA, Trails}
}

// Seen is the state of one fact. The zero value: it was not asked for.
type Seen struct {
	// At is when AWS answered; for the credential report, its GeneratedTime.
	At time.Time `json:"at,omitzero"`
	// Missing is why it was asked for and not seen; empty: it was seen.
	Missing string `json:"missing,omitempty"`
	// Permission is the IAM action whose grant would let it be seen.
	Permission string `json:"permission,omitempty"`
}

// Asked reports whether the fact was asked for at all.
func (s Seen) Asked() bool { return s.Missing != "" || !s.At.IsZero() }

// Known reports whether the fact was seen.
func (s Seen) Known() bool { return s.Missing == "" && !s.At.IsZero() }

// Of is the state of a fact for a resource whose own states are given: the
// resource's where it has one, else the snapshot's.
func (s *Snapshot) Of(own map[Fact]Seen, f Fact) Seen {
	if seen, ok := own[f]; ok {
		return seen
	}
	return s.Seen[f]
}
