package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"iamvigil/scanner"
	"iamvigil/scanner/access"
	"iamvigil/scanner/account"
	"iamvigil/scanner/trail"
)

// failedSignIn counts for the user. Root's are told one by one.
func failedSignIn(ev trail.Event) (as, whose string) {
	if ref, known := ev.Actor.Ref(); ev.Failed && known && ev.Actor.Type == "IAMUser" {
		return ev.ID, strings.ToLower(ref.Name)
	}
	return "", ""
}

func eventConsoleAuthFailure(p *scanner.EventPass, ev trail.Event) {
	ref, _ := ev.Actor.Ref()
	p.Alert(ref, "%d sign-ins to the console as user %q failed %s, the last%s", len(p.Acts), ref.Name, lately(p), from(ev)).Mend(lookedUp(ev)...)
}

// failedName counts the names that were tried from an address. The name of a user who
// does not exist is in no record: each of those counts.
func failedName(ev trail.Event) (as, whose string) {
	if !ev.Failed || ev.Actor.Type != "IAMUser" {
		return "", ""
	}
	if ref, known := ev.Actor.Ref(); known {
		return strings.ToLower(ref.Name), ev.Actor.IP
	}
	return ev.ID, ev.Actor.IP
}

func eventConsoleAuthSpray(p *scanner.EventPass, ev trail.Event) {
	p.Alert(accountIn(ev), "sign-ins to the console as %d users failed %s%s", len(p.Acts), lately(p), from(ev))
}

// refusedCall counts what would have changed something.
func refusedCall(ev trail.Event) (as, whose string) {
	refused := strings.HasPrefix(ev.Error, "AccessDenied") || strings.HasSuffix(ev.Error, "UnauthorizedOperation")
	if !ev.Failed || !refused || ev.ReadOnly {
		return "", ""
	}
	return byCaller(ev)
}

func eventUnauthorizedCalls(p *scanner.EventPass, ev trail.Event) {
	p.Alert(principal(ev), "%s was refused %d different calls %s: %s%s", who(ev.Actor), len(p.Acts), lately(p), quoted(p.Acts), from(ev)).Mend(lookedUp(ev)...)
}

// escalatingCall counts calls that are a way to become administrator, or a part of one.
// Those of CloudFormation are of a template that somebody wrote.
func escalatingCall(ev trail.Event) (as, whose string) {
	action := actionOf(ev)
	if ev.Actor.InvokedBy == cloudFormation || !slices.ContainsFunc(access.Combos(), func(c access.Combo) bool { return slices.Contains(c.Actions, action) }) {
		return "", ""
	}
	return byCaller(ev)
}

func eventPrivescBurst(p *scanner.EventPass, ev trail.Event) {
	about, commands := principal(ev), lookedUp(ev)
	reserved := strings.HasPrefix(account.ParseARN(ev.Actor.Issuer).Resource, "role/aws-reserved/") // which nobody may change
	switch {
	case ev.Actor.Tool() != "": // most likely a deployment, which the command would break off
	case about.Kind == account.KindUser:
		commands = slices.Concat(contained(about), commands)
	case about.Kind == account.KindRole && !reserved:
		commands = slices.Concat(sessionsEnded(ev), commands)
	}
	p.Alert(about, "%s tried %d different calls %s by which one becomes administrator: %s%s", who(ev.Actor), len(p.Acts), lately(p), quoted(p.Acts), from(ev)).Mend(commands...)
}

// read counts calls of IAM that only read.
func read(ev trail.Event) (as, whose string) {
	if ev.Source != fromIAM || !ev.ReadOnly {
		return "", ""
	}
	return byCaller(ev)
}

func eventEnumerationBurst(p *scanner.EventPass, ev trail.Event) {
	p.Alert(principal(ev), "%s made %d different calls %s that only read: %s%s", who(ev.Actor), len(p.Acts), lately(p), quoted(p.Acts), from(ev)).Mend(lookedUp(ev)...)
}

// byCaller counts a call for whoever made it, but for services, which ask for more than
// they need, for root, whose calls are told one by one, and for strangers, of whom a
// record tells too little to tell one from another.
func byCaller(ev trail.Event) (as, whose string) {
	a := ev.Actor
	if nameless := cmp.Or(a.Issuer, a.ARN, a.Name) == ""; nameless || ofService(a) || a.Type == "Root" || a.Type == "AWSAccount" {
		return "", ""
	}
	return actionOf(ev), a.Principal()
}

// lately says for how long a rule counts.
func lately(p *scanner.EventPass) string {
	if p.Rule.Within == time.Hour {
		return "within an hour"
	}
	return fmt.Sprintf("within %d hours", int(p.Rule.Within.Hours()))
}

// actionOf is the call as policies write its action: IAM and most services have the same
// names for both, to which Lambda adds the version of its API.
func actionOf(ev trail.Event) string {
	service, _, _ := strings.Cut(ev.Source, ".")
	name := ev.Name
	if i := strings.IndexAny(name, "0123456789"); service == "lambda" && i > 0 {
		name = name[:i]
	}
	return service + ":" + name
}

// ofService reports whether a service acts for itself, by a role of its own or by none.
func ofService(a trail.Actor) bool {
	return a.Type == "AWSService" || strings.HasPrefix(account.ParseARN(a.Issuer).Resource, "role/aws-service-role/")
}

// principal is who acted, or the account where IAM does not keep them there.
func principal(ev trail.Event) account.Ref {
	ref, ok := ev.Actor.Ref()
	if home := account.ParseARN(cmp.Or(ev.Actor.Issuer, ev.Actor.ARN)).Account; ok && (home == "" || home == ev.Account) {
		return ref
	}
	return accountIn(ev)
}

// accountIn is the account that the event is about. An actor without an ARN tells no
// partition.
func accountIn(ev trail.Event) account.Ref {
	if partition := account.ParseARN(ev.Actor.ARN).Partition; partition != "" {
		return account.Identity{ID: ev.Account, Partition: partition}.Ref()
	}
	return account.Ref{Kind: account.KindAccount, Name: ev.Account}
}

// lookedUp lists what the actor did lately, in the event's Region.
func lookedUp(ev trail.Event) []string { return history(ev.Region, ev.Actor.Session()) }
