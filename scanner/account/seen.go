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

	// ServiceCredentials are every user's.
	ServiceCredentials Fact = "service-credentials"
	SAMLProviders      Fact = "saml-providers"
	OIDCProviders      Fact = "oidc-providers"
	ServerCertificates Fact = "server-certificates"
	// Analyzers are those of the Region of IAM's events, see [GlobalRegion].
	Analyzers        Fact = "analyzers"
	AnalyzerFindings Fact = "analyzer-findings"
	SecurityContact  Fact = "security-contact"
	// OrganizationMembership is whether the account belongs to an organization, and
	// to which.
	OrganizationMembership Fact = "organization"
)

// The facts that are read only where a rule that is on asks for them, because
// each takes calls beyond the usual ones: see [Optional].
const (
	// SSHKeys takes a call for each user.
	SSHKeys Fact = "ssh-keys"
	// LastAccessed takes two calls or more for each user or role, so that a look
	// reads it of some of them only.
	LastAccessed Fact = "last-accessed"
	// OIDCClients takes a call for each provider.
	OIDCClients Fact = "oidc-clients"
	// RegionalAnalyzers are those of every enabled Region: a call for each.
	RegionalAnalyzers    Fact = "regional-analyzers"
	OutboundFederation   Fact = "outbound-federation"
	AllContacts          Fact = "contacts"
	RootManagement       Fact = "root-management"
	DelegatedAdmins      Fact = "delegated-administrators"
	OrganizationPolicies Fact = "organization-policies"
)

// Optional lists the facts that are read only where they are asked for.
func Optional() []Fact {
	return []Fact{SSHKeys, LastAccessed, OIDCClients, RegionalAnalyzers, OutboundFederation, AllContacts,
		RootManagement, DelegatedAdmins, OrganizationPolicies}
}

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

// FurtherEvents are those that come only where the stack is asked for them.
const FurtherEvents Fact = "further-events"

// Facts lists every fact of an account that is always read, once.
func Facts() []Fact {
	return []Fact{Users, Groups, Roles, Policies, Logins, Keys, MFA, Certificates,
		RootUse, Summary, Passwords, VirtualMFA, Trails,
		ServiceCredentials, SAMLProviders, OIDCProviders, ServerCertificates,
		Analyzers, AnalyzerFindings, SecurityContact, OrganizationMembership}
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
