package awstest

import (
	"encoding/xml"
	"slices"
	"strings"
	"time"

	"iamvigil/scanner/account"
)

// The types of this file are IAM's, member by member, as its XML has them.

type userDetail struct {
	XMLName                 xml.Name `xml:"member"`
	Path                    string
	UserName                string
	UserID                  string         `xml:"UserId"`
	ARN                     string         `xml:"Arn"`
	CreateDate              string         `xml:",omitempty"`
	UserPolicyList          []policyDetail `xml:"UserPolicyList>member"`
	GroupList               []string       `xml:"GroupList>member"`
	AttachedManagedPolicies []attached     `xml:"AttachedManagedPolicies>member"`
	PermissionsBoundary     *boundary
	Tags                    []tag `xml:"Tags>member"`
}

type groupDetail struct {
	XMLName                 xml.Name `xml:"member"`
	Path                    string
	GroupName               string
	GroupID                 string         `xml:"GroupId"`
	ARN                     string         `xml:"Arn"`
	CreateDate              string         `xml:",omitempty"`
	GroupPolicyList         []policyDetail `xml:"GroupPolicyList>member"`
	AttachedManagedPolicies []attached     `xml:"AttachedManagedPolicies>member"`
}

type roleDetail struct {
	XMLName                  xml.Name `xml:"member"`
	Path                     string
	RoleName                 string
	RoleID                   string            `xml:"RoleId"`
	ARN                      string            `xml:"Arn"`
	CreateDate               string            `xml:",omitempty"`
	AssumeRolePolicyDocument string            `xml:",omitempty"`
	InstanceProfileList      []instanceProfile `xml:"InstanceProfileList>member"`
	RolePolicyList           []policyDetail    `xml:"RolePolicyList>member"`
	AttachedManagedPolicies  []attached        `xml:"AttachedManagedPolicies>member"`
	PermissionsBoundary      *boundary
	Tags                     []tag `xml:"Tags>member"`
	RoleLastUsed             *roleLastUsed
}

type managedPolicyDetail struct {
	XMLName                       xml.Name `xml:"member"`
	PolicyName                    string
	PolicyID                      string `xml:"PolicyId"`
	ARN                           string `xml:"Arn"`
	Path                          string
	DefaultVersionID              string `xml:"DefaultVersionId,omitempty"`
	AttachmentCount               int
	PermissionsBoundaryUsageCount int
	IsAttachable                  bool
	CreateDate                    string          `xml:",omitempty"`
	UpdateDate                    string          `xml:",omitempty"`
	PolicyVersionList             []policyVersion `xml:"PolicyVersionList>member"`
}

type policyVersion struct {
	Document         string
	VersionID        string `xml:"VersionId"`
	IsDefaultVersion bool
	CreateDate       string `xml:",omitempty"`
}

type (
	policyDetail struct{ PolicyName, PolicyDocument string }
	attached     struct {
		PolicyName string
		PolicyARN  string `xml:"PolicyArn"`
	}
	boundary struct {
		PermissionsBoundaryType string
		PermissionsBoundaryARN  string `xml:"PermissionsBoundaryArn"`
	}
	tag          struct{ Key, Value string }
	roleLastUsed struct {
		LastUsedDate string `xml:",omitempty"`
		Region       string `xml:",omitempty"`
	}
	instanceProfile struct {
		InstanceProfileName string
		InstanceProfileID   string `xml:"InstanceProfileId"`
		ARN                 string `xml:"Arn"`
		Path                string
		CreateDate          string
	}
)

func newUserDetail(u *account.User) userDetail {
	return userDetail{
		Path: pathOf(u.ARN), UserName: u.Name, UserID: u.ID, ARN: u.ARN, CreateDate: stamp(u.Created),
		UserPolicyList: inline(u.Inline), GroupList: backwards(u.Groups), AttachedManagedPolicies: attachments(u.Attached),
		PermissionsBoundary: bounded(u.Boundary), Tags: tagged(u.Tags),
	}
}

func newGroupDetail(g *account.Group) groupDetail {
	return groupDetail{
		Path: pathOf(g.ARN), GroupName: g.Name, GroupID: g.ID, ARN: g.ARN, CreateDate: stamp(g.Created),
		GroupPolicyList: inline(g.Inline), AttachedManagedPolicies: attachments(g.Attached),
	}
}

func newRoleDetail(r *account.Role) roleDetail {
	d := roleDetail{
		Path: pathOf(r.ARN), RoleName: r.Name, RoleID: r.ID, ARN: r.ARN, CreateDate: stamp(r.Created),
		AssumeRolePolicyDocument: encoded(r.Trust), RolePolicyList: inline(r.Inline),
		AttachedManagedPolicies: attachments(r.Attached), PermissionsBoundary: bounded(r.Boundary), Tags: tagged(r.Tags),
		RoleLastUsed: &roleLastUsed{}, // is there, and empty, for a role never used
	}
	if !r.LastUsed.IsZero() {
		d.RoleLastUsed = &roleLastUsed{LastUsedDate: stamp(r.LastUsed), Region: Region}
	}
	for _, arn := range backwards(r.InstanceProfiles) {
		d.InstanceProfileList = append(d.InstanceProfileList, instanceProfile{
			InstanceProfileName: arn[strings.LastIndexByte(arn, '/')+1:], InstanceProfileID: "AIPAAWSTEST0000000001",
			ARN: arn, Path: pathOf(arn), CreateDate: stamp(r.Created),
		})
	}
	return d
}

func newPolicyDetail(p *account.Policy) managedPolicyDetail {
	d := managedPolicyDetail{
		PolicyName: p.Name, PolicyID: p.ID, ARN: p.ARN, Path: pathOf(p.ARN), IsAttachable: true,
		AttachmentCount: p.Attachments, PermissionsBoundaryUsageCount: p.BoundaryUses,
		CreateDate: stamp(p.Created), UpdateDate: stamp(p.Updated),
	}
	for _, v := range backwards(p.Versions) {
		if v.Default {
			d.DefaultVersionID = v.ID
		}
		d.PolicyVersionList = append(d.PolicyVersionList, policyVersion{
			Document: encoded(v.Document), VersionID: v.ID, IsDefaultVersion: v.Default, CreateDate: stamp(v.Created),
		})
	}
	return d
}

func inline(list []account.InlinePolicy) []policyDetail {
	var details []policyDetail
	for _, p := range backwards(list) {
		details = append(details, policyDetail{p.Name, encoded(p.Document)})
	}
	return details
}

func attachments(list []account.Attachment) []attached {
	var details []attached
	for _, p := range backwards(list) {
		details = append(details, attached{p.Name, p.ARN})
	}
	return details
}

func bounded(arn string) *boundary {
	if arn == "" {
		return nil
	}
	return &boundary{"Policy", arn}
}

func tagged(tags map[string]string) []tag {
	var details []tag
	for key, value := range tags {
		details = append(details, tag{key, value})
	}
	slices.SortFunc(details, func(a, b tag) int { return strings.Compare(b.Key, a.Key) })
	return details
}

// backwards is for lists that a snapshot sorts and AWS does not.
func backwards[T any](list []T) []T {
	list = slices.Clone(list)
	slices.Reverse(list)
	return list
}

// pathOf is the path within an ARN such as arn:aws:iam::1:user/a/b/name: /a/b/.
func pathOf(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	name := parts[len(parts)-1]
	from, to := strings.IndexByte(name, '/'), strings.LastIndexByte(name, '/')
	if from < 0 {
		return "/"
	}
	return name[from : to+1]
}

// stamp is a time as IAM words it; empty for no time.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05Z")
}
