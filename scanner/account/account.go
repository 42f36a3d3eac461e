// Package account is an AWS account's IAM as plain data: what a collector
// gathered, when, and what it could not see. Its versioned JSON is at once the
// fixture of a rule, the evidence of an audit and the input of an offline scan.
//
// It knows nothing of AWS clients, of rules or of history.
package account

import (
	"slices"
	"strings"
	"time"

	"iamvigil/scanner/policy"
)

// Version is the version of the JSON that [Write] writes and [Read] accepts.
const Version = 1

// RootName is what the credential report calls the root user. It stands for
// the root user wherever a name is wanted, since root has none of its own.
const RootName = "<root_account>"

// Snapshot is one look at an account. A slice or field is only as good as the
// [Seen] of its fact: an empty Users under a missing fact says nothing at all.
type Snapshot struct {
	Version int      `json:"version"`
	Account Identity `json:"account"`
	// Seen says of each fact when it was seen or why not. A fact that is absent
	// was not asked for. A resource's own Seen goes before it.
	Seen map[Fact]Seen `json:"seen,omitempty"`
	// Summary is GetAccountSummary's SummaryMap: root credentials and quotas.
	Summary map[string]int `json:"summary,omitempty"`
	// PasswordPolicy is nil when the account has none and AWS's default applies.
	PasswordPolicy *PasswordPolicy    `json:"password_policy,omitempty"`
	Root           Root               `json:"root,omitzero"`
	Users          []User             `json:"users,omitempty"`
	Groups         []Group            `json:"groups,omitempty"`
	Roles          []Role             `json:"roles,omitempty"`
	Policies       []Policy           `json:"policies,omitempty"`
	VirtualMFA     []VirtualMFADevice `json:"virtual_mfa,omitempty"`
	Trails         []Trail            `json:"trails,omitempty"`

	SAMLProviders      []SAMLProvider      `json:"saml_providers,omitempty"`
	OIDCProviders      []OIDCProvider      `json:"oidc_providers,omitempty"`
	ServerCertificates []ServerCertificate `json:"server_certificates,omitempty"`
	Analyzers          []Analyzer          `json:"analyzers,omitempty"`
	// Regions are those enabled that answered which analyzers they have; sorted. They
	// are all that there are where the fact [RegionalAnalyzers] is known.
	Regions []string `json:"regions,omitempty"`
	// OutboundFederation: the account can have tokens made for services outside AWS
	// (GetOutboundWebIdentityFederationInfo).
	OutboundFederation bool     `json:"outbound_federation,omitempty"`
	Contacts           Contacts `json:"contacts,omitzero"`
	// Organization is nil where the account belongs to none.
	Organization *Organization `json:"organization,omitempty"`
	// Stack is what the scanner's own stack rests on; zero where nobody asked.
	Stack Stack `json:"stack,omitzero"`
}

// Identity names an account. Name is its alias, or empty.
type Identity struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Partition string `json:"partition"`
}

// RootARN is the ARN of the account's root user, which also stands for the
// account itself.
func (i Identity) RootARN() string {
	return "arn:" + i.Partition + ":iam::" + i.ID + ":root"
}

// Root is the root user's row of the credential report. Whether root has
// credentials now is in Summary, which is live; when they were last used is
// only here.
type Root struct {
	// Password is "yes" or "no", or empty where the report says not_supported.
	Password         string        `json:"password,omitempty"`
	PasswordLastUsed time.Time     `json:"password_last_used,omitzero"`
	MFA              bool          `json:"mfa,omitempty"`
	Keys             []AccessKey   `json:"keys,omitempty"`
	Certificates     []Certificate `json:"certificates,omitempty"`
}

// User is an IAM user.
type User struct {
	ARN      string            `json:"arn"`
	ID       string            `json:"id"`
	Name     string            `json:"name"`
	Created  time.Time         `json:"created,omitzero"`
	Groups   []string          `json:"groups,omitempty"` // names
	Attached []Attachment      `json:"attached,omitempty"`
	Inline   []InlinePolicy    `json:"inline,omitempty"`
	Boundary string            `json:"boundary,omitempty"` // ARN of a policy
	Tags     map[string]string `json:"tags,omitempty"`
	// Login is nil for a user without a console password.
	Login *Login `json:"login,omitempty"`
	// Keys are in the order of the report, or of their creation when read live.
	Keys []AccessKey `json:"keys,omitempty"`
	MFA  bool        `json:"mfa,omitempty"`
	// Certificates are X.509 signing certificates.
	Certificates []Certificate `json:"certificates,omitempty"`
	// ServiceCredentials are those of single services, such as Bedrock's API keys.
	ServiceCredentials []ServiceCredential `json:"service_credentials,omitempty"`
	SSHKeys            []SSHKey            `json:"ssh_keys,omitempty"`
	// Accessed is by service what it was allowed to do.
	Accessed []Access `json:"accessed,omitempty"`
	// Seen holds only what differs from the snapshot's Seen.
	Seen map[Fact]Seen `json:"seen,omitempty"`
}

// Login is a console password.
type Login struct {
	// Changed is when this password was set: the later of the report's
	// password_last_changed and the login profile's CreateDate.
	Changed time.Time `json:"changed,omitzero"`
	// LastUsed survives DeleteLoginProfile, so it can be older than Changed;
	// zero: never, or not since tracking began in October 2014.
	LastUsed time.Time `json:"last_used,omitzero"`
}

// Key statuses (API type statusType).
const (
	Active   = "Active"
	Inactive = "Inactive"
	Expired  = "Expired"
)

// AccessKey is a long-term access key.
type AccessKey struct {
	// ID is empty for a key known only from the credential report.
	ID string `json:"id,omitempty"`
	// Slot is the report's column number, 1 or 2; zero when read live.
	Slot    int       `json:"slot,omitempty"`
	Status  string    `json:"status"`
	Created time.Time `json:"created,omitzero"`
	// LastUsed is zero for a key never used since April 2015. AWS rounds it to
	// a quarter of an hour.
	LastUsed        time.Time `json:"last_used,omitzero"`
	LastUsedRegion  string    `json:"last_used_region,omitempty"`
	LastUsedService string    `json:"last_used_service,omitempty"`
}

// Certificate is an X.509 signing certificate.
type Certificate struct {
	Active   bool      `json:"active"`
	Uploaded time.Time `json:"uploaded,omitzero"`
}

// Attachment is a managed policy attached to a user, group or role.
type Attachment struct {
	ARN  string `json:"arn"`
	Name string `json:"name"`
}

// InlinePolicy is a policy embedded in a user, group or role.
type InlinePolicy struct {
	Name     string          `json:"name"`
	Document policy.Document `json:"document"`
}

// Group is an IAM group. Its members are the users that name it.
type Group struct {
	ARN      string         `json:"arn"`
	ID       string         `json:"id"`
	Name     string         `json:"name"`
	Created  time.Time      `json:"created,omitzero"`
	Attached []Attachment   `json:"attached,omitempty"`
	Inline   []InlinePolicy `json:"inline,omitempty"`
}

// Role is an IAM role.
type Role struct {
	ARN      string            `json:"arn"`
	ID       string            `json:"id"`
	Name     string            `json:"name"`
	Created  time.Time         `json:"created,omitzero"`
	Trust    policy.Document   `json:"trust"`
	Attached []Attachment      `json:"attached,omitempty"`
	Inline   []InlinePolicy    `json:"inline,omitempty"`
	Boundary string            `json:"boundary,omitempty"` // ARN of a policy
	Tags     map[string]string `json:"tags,omitempty"`
	// LastUsed looks back at most 400 days; zero: not in that time.
	LastUsed         time.Time `json:"last_used,omitzero"`
	InstanceProfiles []string  `json:"instance_profiles,omitempty"` // ARNs
	// Accessed is by service what it was allowed to do.
	Accessed []Access `json:"accessed,omitempty"`
	// Seen holds only what differs from the snapshot's Seen.
	Seen map[Fact]Seen `json:"seen,omitempty"`
}

// ServiceLinked reports whether AWS owns the role: its path is
// /aws-service-role/. Roles under /service-role/ are the customer's.
func (r *Role) ServiceLinked() bool {
	_, path, _ := strings.Cut(r.ARN, ":role")
	return strings.HasPrefix(path, "/aws-service-role/")
}

// Policy is a managed policy, the customer's own or one of AWS's that is in use.
type Policy struct {
	ARN     string    `json:"arn"`
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Created time.Time `json:"created,omitzero"`
	Updated time.Time `json:"updated,omitzero"`
	// Attachments counts users, groups and roles that have it as a policy,
	// BoundaryUses those that have it as their boundary.
	Attachments  int             `json:"attachments,omitempty"`
	BoundaryUses int             `json:"boundary_uses,omitempty"`
	Versions     []PolicyVersion `json:"versions,omitempty"`
}

// AWSManaged reports whether the policy is AWS's own: see [AWSManaged].
func (p *Policy) AWSManaged() bool { return AWSManaged(p.ARN) }

// Default is the version in force, or nil where it was not listed.
func (p *Policy) Default() *PolicyVersion {
	for i := range p.Versions {
		if p.Versions[i].Default {
			return &p.Versions[i]
		}
	}
	return nil
}

// PolicyVersion is one of at most five versions of a managed policy. The default
// one has its document, and of the others only those that allow everything: they
// grant nothing, and are four fifths of all the text that an account can hold.
type PolicyVersion struct {
	ID       string          `json:"id"`
	Default  bool            `json:"default,omitempty"`
	Created  time.Time       `json:"created,omitzero"`
	Document policy.Document `json:"document,omitzero"`
}

// PasswordPolicy is the account's password policy. MaxAge and Reuse are zero
// where passwords never expire or may be reused.
type PasswordPolicy struct {
	MinimumLength int  `json:"minimum_length"`
	Uppercase     bool `json:"uppercase"`
	Lowercase     bool `json:"lowercase"`
	Numbers       bool `json:"numbers"`
	Symbols       bool `json:"symbols"`
	MaxAge        int  `json:"max_age,omitempty"` // days
	Reuse         int  `json:"reuse,omitempty"`   // passwords remembered
}

// VirtualMFADevice is a virtual MFA device; User is the ARN of its owner, or
// empty where none is assigned.
type VirtualMFADevice struct {
	Serial string `json:"serial"`
	User   string `json:"user,omitempty"`
}

// Values of [Trail].Management: which management events a trail records.
const (
	RecordsAll   = "All"
	RecordsWrite = "WriteOnly"
	RecordsRead  = "ReadOnly"
	RecordsNone  = "None"
)

// Trail is a CloudTrail trail that applies to all Regions. Others are left out:
// they cannot show the events of every Region.
type Trail struct {
	ARN  string `json:"arn"`
	Name string `json:"name"`
	// Global: events of global services, such as IAM, are included.
	Global  bool `json:"global"`
	Logging bool `json:"logging"`
	// Management is one of the Records constants.
	Management string        `json:"management,omitempty"`
	Seen       map[Fact]Seen `json:"seen,omitempty"`
}

// Stack is the scanner's own stack, as far as its being heard and told depends
// on it. Each of its three parts is a fact.
type Stack struct {
	Topics     []Topic     `json:"topics,omitempty"`
	EventRules []EventRule `json:"event_rules,omitempty"`
	Queues     []Queue     `json:"queues,omitempty"`
	// Denies are the stack's own policies that contain users. They are no fact:
	// who collects knows them beforehand, or not.
	Denies Denies `json:"denies,omitzero"`
}

// Denies are the ARNs of the managed policies by which the scanner's stack takes
// access away from a user. Each only denies; empty: the stack has none such, or
// nobody knows of it.
type Denies struct {
	// Console ends console sessions, and every other of the user's own temporary
	// ones, but no call that a long-term key signs.
	Console string `json:"console,omitempty"`
	// WithoutMFA ends such sessions that began without MFA, but for what assigning
	// an MFA device takes.
	WithoutMFA string `json:"without_mfa,omitempty"`
	// All ends everything.
	All string `json:"all,omitempty"`
}

// Of tells which of the policies the user has attached, each as its ARN or empty.
func (d Denies) Of(u *User) Denies {
	has := Denies{}
	for i := range u.Attached {
		switch arn := u.Attached[i].ARN; {
		case arn == "":
		case arn == d.Console:
			has.Console = arn
		case arn == d.WithoutMFA:
			has.WithoutMFA = arn
		case arn == d.All:
			has.All = arn
		}
	}
	return has
}

// Without are the attached policies but these.
func (d Denies) Without(attached []Attachment) []Attachment {
	if !d.Any() {
		return attached
	}
	return slices.DeleteFunc(slices.Clone(attached), func(a Attachment) bool {
		return a.ARN != "" && (a.ARN == d.Console || a.ARN == d.WithoutMFA || a.ARN == d.All)
	})
}

// Any reports whether it holds a policy.
func (d Denies) Any() bool { return d != Denies{} }

// Topic is an SNS topic that messages go to, with its numbers of subscriptions.
type Topic struct {
	ARN       string `json:"arn"`
	Confirmed int    `json:"confirmed"`
	Pending   int    `json:"pending"`
}

// EventRule is an EventBridge rule that brings events. State is ENABLED,
// ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS or DISABLED, or empty where the
// rule is gone.
type EventRule struct {
	Name  string `json:"name"`
	State string `json:"state"`
}

// Queue is an SQS queue into which nothing comes but what was given up.
type Queue struct {
	URL      string `json:"url"`
	Messages int    `json:"messages"` // roughly, as SQS counts
}
