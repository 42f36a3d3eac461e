package collect

import (
	"cmp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"iamvigil/internal/order"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// mapper turns the SDK's types into the account's, live and offline alike. It
// belongs to one goroutine.
type mapper struct{ parser *policy.Parser }

// document parses a policy text as IAM returns it, percent-encoded. A text
// whose encoding is broken is parsed as it is, which makes it a problem of the
// document.
func (m mapper) document(text *string) policy.Document {
	decoded, err := policy.Decode(aws.ToString(text))
	if err != nil {
		decoded = aws.ToString(text)
	}
	return m.parser.Parse(decoded)
}

func (m mapper) inline(list []types.PolicyDetail) []account.InlinePolicy {
	var inline []account.InlinePolicy
	for _, p := range list {
		inline = append(inline, account.InlinePolicy{Name: aws.ToString(p.PolicyName), Document: m.document(p.PolicyDocument)})
	}
	order.By(inline, func(a, b account.InlinePolicy) int { return strings.Compare(a.Name, b.Name) })
	return inline
}

func attached(list []types.AttachedPolicy) []account.Attachment {
	var attached []account.Attachment
	for _, p := range list {
		attached = append(attached, account.Attachment{ARN: aws.ToString(p.PolicyArn), Name: aws.ToString(p.PolicyName)})
	}
	order.By(attached, func(a, b account.Attachment) int { return strings.Compare(a.ARN, b.ARN) })
	return attached
}

func boundary(b *types.AttachedPermissionsBoundary) string {
	if b == nil {
		return ""
	}
	return aws.ToString(b.PermissionsBoundaryArn)
}

func tags(list []types.Tag) map[string]string {
	if len(list) == 0 {
		return nil
	}
	tags := make(map[string]string, len(list))
	for _, t := range list {
		tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return tags
}

func (m mapper) user(u *types.UserDetail) account.User {
	groups := slices.Clone(u.GroupList)
	slices.Sort(groups)
	return account.User{
		ARN:      aws.ToString(u.Arn),
		ID:       aws.ToString(u.UserId),
		Name:     aws.ToString(u.UserName),
		Created:  aws.ToTime(u.CreateDate).UTC(),
		Groups:   groups,
		Attached: attached(u.AttachedManagedPolicies),
		Inline:   m.inline(u.UserPolicyList),
		Boundary: boundary(u.PermissionsBoundary),
		Tags:     tags(u.Tags),
	}
}

func (m mapper) group(g *types.GroupDetail) account.Group {
	return account.Group{
		ARN:      aws.ToString(g.Arn),
		ID:       aws.ToString(g.GroupId),
		Name:     aws.ToString(g.GroupName),
		Created:  aws.ToTime(g.CreateDate).UTC(),
		Attached: attached(g.AttachedManagedPolicies),
		Inline:   m.inline(g.GroupPolicyList),
	}
}

func (m mapper) role(r *types.RoleDetail) account.Role {
	role := account.Role{
		ARN:      aws.ToString(r.Arn),
		ID:       aws.ToString(r.RoleId),
		Name:     aws.ToString(r.RoleName),
		Created:  aws.ToTime(r.CreateDate).UTC(),
		Trust:    m.document(r.AssumeRolePolicyDocument),
		Attached: attached(r.AttachedManagedPolicies),
		Inline:   m.inline(r.RolePolicyList),
		Boundary: boundary(r.PermissionsBoundary),
		Tags:     tags(r.Tags),
	}
	if r.RoleLastUsed != nil {
		role.LastUsed = aws.ToTime(r.RoleLastUsed.LastUsedDate).UTC()
	}
	for _, p := range r.InstanceProfileList {
		role.InstanceProfiles = append(role.InstanceProfiles, aws.ToString(p.Arn))
	}
	slices.Sort(role.InstanceProfiles)
	return role
}

func (m mapper) policy(p *types.ManagedPolicyDetail) account.Policy {
	managed := account.Policy{
		ARN:          aws.ToString(p.Arn),
		ID:           aws.ToString(p.PolicyId),
		Name:         cmp.Or(aws.ToString(p.PolicyName), account.NameOf(aws.ToString(p.Arn))),
		Created:      aws.ToTime(p.CreateDate).UTC(),
		Updated:      aws.ToTime(p.UpdateDate).UTC(),
		Attachments:  int(aws.ToInt32(p.AttachmentCount)),
		BoundaryUses: int(aws.ToInt32(p.PermissionsBoundaryUsageCount)),
	}
	for i := range p.PolicyVersionList {
		v := &p.PolicyVersionList[i]
		version := account.PolicyVersion{
			ID:      aws.ToString(v.VersionId),
			Default: v.IsDefaultVersion,
			Created: aws.ToTime(v.CreateDate).UTC(),
		}
		if v.IsDefaultVersion {
			version.Document = m.document(v.Document)
		} else if text := aws.ToString(v.Document); mayAllowAll(text) {
			version.Document = allowsAll(text)
		}
		managed.Versions = append(managed.Versions, version)
	}
	order.By(managed.Versions, func(a, b account.PolicyVersion) int { return strings.Compare(a.ID, b.ID) })
	return managed
}
