package rules

import (
	"slices"
	"strings"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// iam is a command of IAM, which has no Regions.
func iam(operation string, arguments ...string) string {
	return scanner.Command("iam", operation, arguments...)
}

// inRegion is a command of CloudTrail, which has.
func inRegion(region, operation string, arguments ...string) string {
	return scanner.Command("cloudtrail", operation, append([]string{"--region", region}, arguments...)...)
}

// field is a field of an ARN, counted from 0, or empty: the partition is 1, the
// Region 3.
func field(arn string, n int) string {
	if fields := strings.SplitN(arn, ":", 6); len(fields) == 6 {
		return fields[n]
	}
	return ""
}

// globalRegion is where the events of global services and of root's sign-ins
// are, or empty in a partition that is not known.
func globalRegion(partition string) string {
	switch partition {
	case "aws":
		return "us-east-1"
	case "aws-cn":
		return "cn-north-1"
	case "aws-us-gov":
		return "us-gov-west-1"
	case "aws-eusc":
		return "eusc-de-east-1"
	}
	return ""
}

// ofKey gives commands about the access key of a finding, if its id is known.
func ofKey(commands func(user, key string) []string) func(*scanner.Finding) []string {
	return func(f *scanner.Finding) []string {
		if strings.HasPrefix(f.Part, account.NamelessKey) {
			return nil
		}
		return commands(f.Resource.Name, f.Part)
	}
}

// withoutPolicies are the commands that take all its policies from a user or a
// group. The text of an inline one is shown before it is gone. There are none
// where a policy denies, or may: without it there would be more allowed.
func withoutPolicies(p *scanner.Pass, attached []account.Attachment, inline []account.InlinePolicy) []string {
	if len(attached)+2*len(inline) > scanner.MostCommands || mayDeny(p, attached, inline) {
		return nil
	}
	kind := string(p.Resource.Kind)
	whose := []string{"--" + kind + "-name", p.Resource.Name}
	commands := []string{}
	for _, a := range attached {
		commands = append(commands, iam("detach-"+kind+"-policy", slices.Concat(whose, []string{"--policy-arn", a.ARN})...))
	}
	for i := range inline {
		one := slices.Concat(whose, []string{"--policy-name", inline[i].Name})
		commands = append(commands, iam("get-"+kind+"-policy", one...), iam("delete-"+kind+"-policy", one...))
	}
	return commands
}

func mayDeny(p *scanner.Pass, attached []account.Attachment, inline []account.InlinePolicy) bool {
	denies := func(d *policy.Document, doubt string) bool {
		return doubt != "" || slices.ContainsFunc(d.Statements, func(s policy.Statement) bool { return s.Effect != policy.Allow })
	}
	for _, a := range attached {
		if document, doubt := inForce(p, a.ARN); document == nil || denies(document, doubt) {
			return true
		}
	}
	return slices.ContainsFunc(inline, func(i account.InlinePolicy) bool {
		return denies(&i.Document, unread("an inline policy", &i.Document))
	})
}
