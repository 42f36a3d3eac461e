package notify

import (
	"strings"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/trail"
)

// remedy is what mends a finding, the same for every audience. The text may
// hold what strangers chose, as names and tags; the commands are whole lines of
// a shell; the console's address is ours.
type remedy struct {
	text     string
	commands []string
	console  string
}

// remedyOf is what the rule advises. Where a tool keeps the resource as it is
// written down somewhere, it is changed there: what a command mends, the tool's
// next run undoes.
func remedyOf(f *scanner.Finding, by *trail.Origin) remedy {
	r := remedy{text: f.Fix, commands: f.Commands, console: f.Console}
	tool := ""
	if by != nil && by.Actor != nil {
		tool = by.Actor.Tool()
	}
	if tool == "" && f.ManagedBy == "" {
		return r
	}
	r.commands = nil
	where := "change the configuration that holds " + thing(f.Resource, quoted)
	switch {
	case f.ManagedBy != "":
		where = "change " + f.ManagedBy
	case tool == trail.CloudFormation:
		where = "change its stack"
		if r.commands = findStack(f); len(r.commands) > 0 {
			where += ", which the command finds"
		}
	}
	if tool != "" {
		where = "written by " + tool + session(*by.Actor) + ": " + where
	}
	r.text = strings.TrimSpace(capital(where) + "; its next run would undo a command. " + f.Fix)
	return r
}

// session tells enough of a tool's run to find it.
func session(a trail.Actor) string {
	text := " (session " + quoted(a.Name)
	if a.IP != "" && a.IP != a.InvokedBy {
		text += ", from " + quoted(a.IP)
	}
	return text + ")"
}

// findStack asks CloudFormation which stack has the resource, by what it calls
// the physical id of such a one.
func findStack(f *scanner.Finding) []string {
	id := f.Resource.Name
	switch {
	case f.Resource.Kind == account.KindAccount:
		return nil
	case f.Resource.Kind == account.KindPolicy:
		id = f.Resource.ARN
	case strings.HasPrefix(f.Part, "AKIA"): // IAM's prefix of access keys' ids
		id = f.Part
	}
	if command := scanner.Command("cloudformation", "describe-stack-resources", "--physical-resource-id", id); command != "" {
		return []string{command}
	}
	return nil
}
