package scanner

import (
	"strconv"
	"strings"

	"iamvigil/scanner/account"
	"iamvigil/scanner/trail"
)

func (t *Terms) owner(tags map[string]string) string {
	for _, key := range t.OwnerTags {
		if value := tags[key]; value != "" {
			return value
		}
	}
	return t.AccountOwner
}

// tagsOf are the tags by what [named] gives. Of what rules are about, IAM tells
// the tags of users and roles alone.
func tagsOf(s *account.Snapshot) map[string]map[string]string {
	tags := map[string]map[string]string{}
	for i := range s.Users {
		if u := &s.Users[i]; len(u.Tags) > 0 {
			tags[named(u.Ref())] = u.Tags
		}
	}
	for i := range s.Roles {
		if r := &s.Roles[i]; len(r.Tags) > 0 {
			tags[named(r.Ref())] = r.Tags
		}
	}
	return tags
}

// named tells resources apart by what events know of them too. Names are unique
// without regard to case.
func named(about account.Ref) string { return string(about.Kind) + "#" + strings.ToLower(about.Name) }

// writtenIn reads the tags by which tools tell where a resource is written down:
// CloudFormation's own, which nobody else can set, those of Crossplane and those
// that yor puts on what Terraform makes.
func writtenIn(tags map[string]string) string {
	stack, file, repository := tags["aws:cloudformation:stack-name"], tags["git_file"], tags["git_repo"]
	switch {
	case stack != "":
		return trail.CloudFormation + " stack " + strconv.Quote(stack)
	case tags["crossplane-kind"] != "" && tags["crossplane-name"] != "":
		return trail.Crossplane + " resource " + strconv.Quote(tags["crossplane-kind"]+"/"+tags["crossplane-name"])
	case file != "" && repository != "":
		return "file " + strconv.Quote(file) + " of repository " + strconv.Quote(repository)
	case file != "":
		return "file " + strconv.Quote(file)
	}
	return toolIn(tags)
}

// toolIn reads the tags by which people tell the tool, such as managed-by.
func toolIn(tags map[string]string) string {
	for _, key := range []string{"managed-by", "managed_by", "ManagedBy", "Managed-By", "managedBy"} {
		for _, tool := range []string{trail.CloudFormation, trail.Terraform, trail.OpenTofu, trail.Pulumi, trail.Crossplane} {
			if strings.EqualFold(tags[key], tool) {
				return tool
			}
		}
	}
	return ""
}
