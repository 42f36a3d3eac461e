package scanner

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"iamvigil/internal/plain"
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

// called tells resources apart by what events know of them too. Names are unique
// without regard to case, and in lower case here.
type called struct {
	kind account.Kind
	name string
}

func calledAs(about account.Ref) called { return called{about.Kind, strings.ToLower(about.Name)} }

// tagsOf are the tags of what the report tells of. Of what rules are about, IAM
// tells the tags of users and roles alone.
func tagsOf(s *account.Snapshot, r *Report) map[called]map[string]string {
	tags := map[called]map[string]string{}
	for i := range r.Findings {
		tags[calledAs(r.Findings[i].Resource)] = nil
	}
	for i := range r.Alerts {
		tags[calledAs(r.Alerts[i].Resource)] = nil
	}
	keep := func(about account.Ref, own map[string]string) {
		if as := calledAs(about); len(own) > 0 {
			if _, wanted := tags[as]; wanted {
				tags[as] = own
			}
		}
	}
	for i := range s.Users {
		keep(s.Users[i].Ref(), s.Users[i].Tags)
	}
	for i := range s.Roles {
		keep(s.Roles[i].Ref(), s.Roles[i].Tags)
	}
	return tags
}

// writtenIn reads the tags by which tools tell where a resource is written down:
// CloudFormation's own, which nobody else can set, those of Crossplane and those
// that yor puts on what Terraform makes.
func writtenIn(tags map[string]string) string {
	stack, file, repository := tags["aws:cloudformation:stack-name"], tags["git_file"], tags["git_repo"]
	switch {
	case stack != "":
		return trail.CloudFormation + " stack " + valueShown(stack)
	case tags["crossplane-kind"] != "" && tags["crossplane-name"] != "":
		return trail.Crossplane + " resource " + valueShown(tags["crossplane-kind"]+"/"+tags["crossplane-name"])
	case file != "" && repository != "":
		return "file " + valueShown(file) + " of repository " + valueShown(repository)
	case file != "":
		return "file " + valueShown(file)
	}
	return toolIn(tags)
}

// longestValue is how many bytes of a tag's value are shown, which may have 256
// characters: as many as the name of a stack may have.
const longestValue = 128

func valueShown(value string) string {
	if len(value) <= longestValue {
		return strconv.Quote(value)
	}
	cut := longestValue
	for cut > 0 && !utf8.RuneStart(value[cut]) {
		cut--
	}
	return strconv.Quote(value[:cut] + plain.Ellipsis)
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
