package account

import (
	"time"

	"iamvigil/scanner/policy"
)

// ServiceCredential is a user's credential for one service (API type
// ServiceSpecificCredentialMetadata). The credential report does not show them.
type ServiceCredential struct {
	ID string `json:"id"`
	// Service is such as codecommit.amazonaws.com or bedrock.amazonaws.com.
	Service string    `json:"service"`
	Status  string    `json:"status"`
	Created time.Time `json:"created,omitzero"`
	// Expires is zero for one that never does.
	Expires time.Time `json:"expires,omitzero"`
}

// SSHKey is a user's SSH public key, which is for CodeCommit.
type SSHKey struct {
	ID       string    `json:"id"`
	Status   string    `json:"status"`
	Uploaded time.Time `json:"uploaded,omitzero"`
}

// Access is when a user or role last tried to use what it is granted of one
// service, denied attempts among it (service last accessed information).
type Access struct {
	Service string `json:"service"` // the prefix of its actions
	// Last is zero where it was not tried in the 400 days that AWS looks back on.
	Last time.Time `json:"last,omitzero"`
}

// SAMLProvider is an identity provider of SAML.
type SAMLProvider struct {
	ARN     string    `json:"arn"`
	Created time.Time `json:"created,omitzero"`
	// ValidUntil is when its metadata end; zero: never.
	ValidUntil time.Time `json:"valid_until,omitzero"`
}

// OIDCProvider is an identity provider of OpenID Connect. All but its ARN is known
// under the fact [OIDCClients] alone.
type OIDCProvider struct {
	ARN string `json:"arn"`
	// Clients are the audiences whose tokens it lets in.
	Clients     []string          `json:"clients,omitempty"`
	Thumbprints []string          `json:"thumbprints,omitempty"`
	Created     time.Time         `json:"created,omitzero"`
	Tags        map[string]string `json:"tags,omitempty"`
	Seen        map[Fact]Seen     `json:"seen,omitempty"`
}

// ServerCertificate is a TLS certificate kept in IAM.
type ServerCertificate struct {
	ARN      string    `json:"arn"`
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Uploaded time.Time `json:"uploaded,omitzero"`
	Expires  time.Time `json:"expires,omitzero"`
}

// Types of analyzers that find what is shared with outsiders (API type Type of
// IAM Access Analyzer); others find what is not used, or is shared inside.
const (
	AnalyzesAccount      = "ACCOUNT"
	AnalyzesOrganization = "ORGANIZATION"
)

// Analyzer is an analyzer of IAM Access Analyzer, in one Region.
type Analyzer struct {
	ARN     string            `json:"arn"`
	Name    string            `json:"name"`
	Region  string            `json:"region"`
	Type    string            `json:"type"`
	Status  string            `json:"status"` // ACTIVE, CREATING, DISABLED, FAILED
	Created time.Time         `json:"created,omitzero"`
	Tags    map[string]string `json:"tags,omitempty"`
	// Findings are its active ones, known under the fact [AnalyzerFindings] and of
	// analyzers of external access alone; the first hundred of them.
	Findings []AnalyzerFinding `json:"findings,omitempty"`
	// More: there are more findings than these.
	More bool          `json:"more,omitempty"`
	Seen map[Fact]Seen `json:"seen,omitempty"`
}

// External reports whether the analyzer finds what is shared with outsiders.
func (a *Analyzer) External() bool {
	return a.Type == AnalyzesAccount || a.Type == AnalyzesOrganization
}

// AnalyzerFinding is a resource that outsiders can get at (API type FindingSummaryV2).
type AnalyzerFinding struct {
	ID           string `json:"id"`
	Resource     string `json:"resource"` // its ARN
	ResourceType string `json:"resource_type"`
	// Status is ACTIVE: archived and resolved findings are left out.
	Updated time.Time `json:"updated,omitzero"`
}

// Contacts are whom AWS writes to. Security is known under the fact
// [SecurityContact], the others under [AllContacts].
type Contacts struct {
	Security   Contact `json:"security,omitzero"`
	Billing    Contact `json:"billing,omitzero"`
	Operations Contact `json:"operations,omitzero"`
	// Primary is the account's own contact, of which AWS tells no e-mail address.
	Primary Contact `json:"primary,omitzero"`
}

// Contact tells one contact of an account from the others without saying who it
// is: even a hash of a telephone number gives the number away. Each value has a
// number instead, from 1, that is the same in two contacts where the value is,
// but for letters' case, spaces and punctuation. Zero: there is no such value.
type Contact struct {
	Name  int `json:"name,omitempty"`
	Email int `json:"email,omitempty"`
	Phone int `json:"phone,omitempty"`
}

// Exists reports whether there is such a contact at all.
func (c Contact) Exists() bool { return c != Contact{} }

// Same reports whether both are there and reach the same person or team: by the
// same e-mail address, or by the same name and telephone number. A number alone
// can be a company's, which AWS recommends.
func (c Contact) Same(other Contact) bool {
	return c.Email != 0 && c.Email == other.Email ||
		c.Name != 0 && c.Name == other.Name && c.Phone != 0 && c.Phone == other.Phone
}

// Organization is the account's organization in AWS Organizations.
type Organization struct {
	ID string `json:"id"`
	// Management is the id of its management account.
	Management string `json:"management"`
	// AllFeatures: it is more than consolidated billing.
	AllFeatures bool `json:"all_features,omitempty"`
	// Features are those enabled of centralized root access, such as
	// RootCredentialsManagement; known under the fact [RootManagement].
	Features []string `json:"features,omitempty"`
	// Delegated are the accounts that administer it for a service; known under the
	// fact [DelegatedAdmins].
	Delegated []DelegatedAdmin `json:"delegated,omitempty"`
	// PolicyTypes are the types of policies enabled in its root, and Policies those
	// that it has of them; known under the fact [OrganizationPolicies].
	PolicyTypes []string             `json:"policy_types,omitempty"`
	Policies    []OrganizationPolicy `json:"policies,omitempty"`
}

// DelegatedAdmin is an account that may administer something of its organization.
type DelegatedAdmin struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// ServiceControlPolicy is the type of an organization's policies that bound what
// its accounts may do (API type PolicyType).
const ServiceControlPolicy = "SERVICE_CONTROL_POLICY"

// OrganizationPolicy is a policy of an organization.
type OrganizationPolicy struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Type is such as [ServiceControlPolicy], TAG_POLICY or
	// AISERVICES_OPT_OUT_POLICY.
	Type string `json:"type"`
	// Targets is how many roots, organizational units and accounts have it.
	Targets int `json:"targets"`
	// Document is of service control policies alone.
	Document policy.Document `json:"document,omitzero"`
}
