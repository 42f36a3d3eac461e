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

// history lists what CloudTrail has of somebody by their name, in a Region. The CLI takes
// a comma and an equals sign in it for its own.
func history(region, username string) []string {
	if region == "" || username == "" || strings.ContainsAny(username, ",=") {
		return nil
	}
	return []string{inRegion(region, "lookup-events", "--lookup-attributes", "AttributeKey=Username,AttributeValue="+username, "--max-items", "20")}
}

// withoutPolicies are the commands that take the attached policies from a user or
// a group, and show the inline ones, of which no text would be left: a person has
// to keep that first. There are none where a policy denies, or may: without it
// there would be more allowed.
func withoutPolicies(p *scanner.Pass, attached []account.Attachment, inline []account.InlinePolicy) []string {
	if len(attached)+len(inline) > scanner.MostCommands || mayDeny(p, attached, inline) {
		return nil
	}
	kind := string(p.Resource.Kind)
	whose := []string{"--" + kind + "-name", p.Resource.Name}
	commands := []string{}
	for _, a := range attached {
		commands = append(commands, iam("detach-"+kind+"-policy", slices.Concat(whose, []string{"--policy-arn", a.ARN})...))
	}
	for i := range inline {
		commands = append(commands, shown(p.Resource, inline[i].Name))
	}
	return commands
}

// shown is an inline policy of a user, a group or a role.
func shown(whose account.Ref, policy string) string {
	kind := string(whose.Kind)
	return iam("get-"+kind+"-policy", "--"+kind+"-name", whose.Name, "--policy-name", policy)
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
