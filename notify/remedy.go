package notify

import (
	"strings"

	"iamvigil/internal/plain"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/trail"
)

// remedy is what mends a finding, the same for every audience. The texts may
// hold what strangers chose, as names and tags; the commands are whole lines of
// a shell; the console's address is ours.
type remedy struct {
	// where says what keeps the resource as it is written down somewhere, and what
	// to change there; empty: nothing is known to.
	where string
	fix   string
	// unless is when the commands are for, as where says what is better; empty:
	// for now.
	unless   string
	commands []string
	console  string
}

const (
	mostTag     = 80 // bytes of a tag's value that are told
	mostSession = 64 // as IAM allows
	// comesBack is why a tool's resource is not to be mended by a command.
	comesBack = "; mended by hand, it would come back."
)

// remedyOf is what the rule advises. Where a tool brought the fault about, it is
// changed in what the tool reads. Tags say of the resource who should have:
// they count where nobody is known to have done otherwise. Both tags and user
// agents can be forged, so that what is critical keeps its commands, unless AWS
// itself vouches for CloudFormation.
func remedyOf(f *scanner.Finding, by *trail.Origin) remedy {
	r := remedy{fix: f.Fix, commands: f.Commands, console: f.Console}
	var actor *trail.Actor
	tool := ""
	if by != nil && by.Actor != nil {
		actor, tool = by.Actor, by.Actor.Tool()
	}
	switch {
	case tool == "" && f.ManagedBy == "":
		return r
	case tool == "" && actor != nil:
		r.where = "Its tags say that it is kept in " + kept(f.ManagedBy) + ": see that it is right there too."
		return r
	case tool == "":
		r.where = "Its tags say that it is kept in " + kept(f.ManagedBy) + ": change it there" + comesBack
	case actor.InvokedBy == byCloudFormation:
		r.where = "CloudFormation wrote it" + session(actor) + ": " + r.inStack(f) + comesBack
		return r
	default:
		r.where = "By the call's user agent, " + tool + " wrote it" + session(actor) + ": " + inConfiguration(f) + comesBack
	}
	if r.unless = "if that is not so, or it cannot wait"; f.Severity != scanner.Critical || len(r.commands) == 0 {
		r.unless, r.commands = "", nil
	}
	return r
}

// byCloudFormation is the invokedBy of what CloudFormation calls, which its
// callers cannot set.
const byCloudFormation = "cloudformation.amazonaws.com"

// inStack says what to change where a stack has the resource, and has the
// command that finds the stack in the place of others.
func (r *remedy) inStack(f *scanner.Finding) string {
	r.commands = nil
	if f.ManagedBy != "" {
		return inConfiguration(f)
	}
	if r.commands = findStack(f); len(r.commands) == 0 {
		return "change its stack"
	}
	return "change its stack, which the command finds"
}

func inConfiguration(f *scanner.Finding) string {
	if f.ManagedBy != "" {
		return "change " + kept(f.ManagedBy)
	}
	return "change the configuration that holds it"
}

// kept is where tags say that something is kept, as much of each of their values
// as can be told.
func kept(where string) string {
	var b strings.Builder
	for {
		at := strings.IndexByte(where, '"')
		if at < 0 {
			return b.String() + plain.Short(where, mostTag)
		}
		end := quotation(where[at:])
		if end == 0 {
			end = 1 // it quotes nothing
		}
		b.WriteString(where[:at] + `"` + plain.Short(where[at+1:at+end], mostTag) + `"`)
		where = where[min(at+end+1, len(where)):]
	}
}

// session tells enough of a tool's run to find it.
func session(a *trail.Actor) string {
	text := " (session " + quotedWithin(a.Name, mostSession)
	if a.IP != "" && a.IP != a.InvokedBy {
		text += ", from " + quotedWithin(a.IP, mostSession)
	}
	return text + ")"
}

// findStack asks CloudFormation which stack has the resource, by what it calls
// the physical id of such a one.
func findStack(f *scanner.Finding) []string {
	id := f.Resource.Name
	switch kind := f.Resource.Kind; {
	case kind == account.KindAccount:
		return nil
	case kind == account.KindPolicy || kind == account.KindProvider || kind == account.KindAnalyzer:
		id = f.Resource.ARN
	case account.IsKeyID(f.Part):
		id = f.Part
	}
	if command := scanner.Command("cloudformation", "describe-stack-resources", "--physical-resource-id", id); command != "" {
		return []string{command}
	}
	return nil
}
