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

// atLeast is how many acts make a streak.
func atLeast(n int, of string) scanner.Limit {
	return scanner.Limit{Value: n, Unit: of, Min: 2, Max: 60}
}

// policyChanges are the calls that change a policy, or who has it, those among them that
// the CIS benchmark's filter leaves out.
var policyChanges = []string{
	"AttachGroupPolicy", "AttachRolePolicy", "AttachUserPolicy", "CreatePolicy", "CreatePolicyVersion", "DeleteGroupPolicy", "DeletePolicy",
	"DeletePolicyVersion", "DeleteRolePermissionsBoundary", "DeleteRolePolicy", "DeleteUserPermissionsBoundary", "DeleteUserPolicy",
	"DetachGroupPolicy", "DetachRolePolicy", "DetachUserPolicy", "PutGroupPolicy", "PutRolePermissionsBoundary", "PutRolePolicy",
	"PutUserPermissionsBoundary", "PutUserPolicy", "SetDefaultPolicyVersion", "UpdateAssumeRolePolicy",
}

var activity = []scanner.EventRule{
	{
		About: scanner.About{
			ID: "event-iam-policy-change", Title: "Somebody changed a policy of IAM", Severity: scanner.Medium, OptIn: true,
			Controls: cis("4.4", "4.4", "4.4", "FSBP CloudWatch.4"),
			Why:      "Every change of what somebody may do is one that somebody must have wanted. Opt-in, since the findings tell of each that is a fault, and most are none.",
			Fix:      "Ask whoever made it whether it was meant; if not, undo it. The command lists what else they did.",
		},
		Events: policyChanges,
		Check:  eventPolicyChange,
	},
	{
		About: scanner.About{
			ID: "event-mfa-removed", Title: "An MFA device of a user with a password was taken away, and there is another", Severity: scanner.Medium,
			Why: "Whoever has taken over a session assigns a device of their own and takes the user's away. Afterwards all looks well: the user has MFA. Where none is left, user-console-without-mfa tells it.",
			Fix: "Ask the user whether they have changed devices. If not, the first command ends all that they can do until it is detached (iam detach-user-policy), and the second lists what is left.",
		},
		Events: []string{"DeactivateMFADevice"},
		Check:  eventMFARemoved,
	},
	{
		About: scanner.About{
			ID: "provider-changed", Title: "Somebody changed whom an identity provider lets in", Severity: scanner.High,
			Why: "Whoever puts their own certificate into a SAML provider's metadata, or a client of their own into an OIDC provider, signs in as anybody to every role that trusts it, and no trust policy has changed. A new provider lets nobody in until a role trusts it.",
			Fix: "Ask whoever made it whether it was meant, such as for a certificate that is replaced. If not, put the provider back to what it was; the first command shows it, the second what else they did.",
		},
		Events: []string{"UpdateSAMLProvider", "AddClientIDToOpenIDConnectProvider", "UpdateOpenIDConnectProviderThumbprint"},
		Check:  eventProviderChanged,
	},
	{
		About: scanner.About{
			ID: "delegation-request-accepted", Title: "Somebody gave a partner of AWS's temporary access", Severity: scanner.Medium,
			Why: "Who accepts such a request lends a product of another company what they are allowed themselves, for a time, without a role or a policy that anybody could find afterwards.",
			Fix: "Ask whoever accepted it whether they know the product and what it asked for. Until the token is sent the request can be rejected (iam reject-delegation-request); afterwards only its time ends it.",
		},
		Events: []string{"AcceptDelegationRequest", "SendDelegationToken"},
		Check:  eventDelegationAccepted,
	},
	{
		About: scanner.About{
			ID: "event-organization-change", Title: "Somebody changed the organization", Severity: scanner.Medium,
			Controls: cis("4.15", "4.15", "4.15"),
			Why:      "An account that leaves the organization, or from which a service control policy is detached, has nothing above it that limits its administrators; an account that is invited, moved or made has others' rules or none.",
			Fix:      "Ask whoever made it whether it was meant; if not, undo it. The command lists what else they did.",
		},
		Check: eventOrganizationChange,
	},
	{
		About: scanner.About{
			ID: "event-console-auth-failure", Title: "Sign-ins to the console failed again and again", Severity: scanner.Low,
			Controls: cis("4.6", "4.6", "4.6", "FSBP CloudWatch.6"),
			Why:      "Somebody has forgotten a password, or tries one after the other.",
			Fix:      "Ask the user whether it was them. If it was not, see that they have MFA and a long password, and who signed in from the same address.",
			Limit:    atLeast(5, "sign-ins"),
		},
		Events: []string{"ConsoleLogin"},
		Unseen: signInsElsewhere,
		Counts: failedSignIn,
		Within: time.Hour,
		Check:  eventConsoleAuthFailure,
	},
	{
		About: scanner.About{
			ID: "event-console-auth-spray", Title: "Sign-ins to the console failed for many users from one address", Severity: scanner.Medium,
			Controls: cis("4.6", "4.6", "4.6", "FSBP CloudWatch.6"),
			Why:      "Somebody tries a likely password with one name after the other, which locks nobody out. An office behind one address has people who mistype, too.",
			Fix:      "Find out whose address it is. If nobody knows, see that every user has MFA, and whether somebody signed in from there.",
			Limit:    atLeast(10, "users"),
		},
		Events: []string{"ConsoleLogin"},
		Unseen: signInsElsewhere,
		Counts: failedName,
		Within: time.Hour,
		Check:  eventConsoleAuthSpray,
	},
	{
		About: scanner.About{
			ID: "event-unauthorized-calls", Title: "Somebody was refused many different calls", Severity: scanner.Low,
			Controls: cis("4.1", "4.1", "4.1", "FSBP CloudWatch.2"),
			Why:      "Whoever has found a key tries what it may do. A program that lacks a permission is refused the same call again and again, which counts once.",
			Fix:      "Ask whose it is what they were about. If nobody knows, take the credential for stolen: the command lists what it did besides.",
			Limit:    atLeast(5, "calls"),
		},
		Unseen:  "refused calls of other services",
		Further: "refused calls of other services than IAM",
		Counts:  refusedCall,
		Within:  time.Hour,
		Check:   eventUnauthorizedCalls,
	},
	{
		About: scanner.About{
			ID: "event-privesc-burst", Title: "Somebody tried many different calls by which one becomes administrator", Severity: scanner.High,
			Why:   "Whoever has stolen credentials tries one way after the other. Calls that succeeded count as well as those that were refused, but none that CloudFormation makes.",
			Fix:   "Ask whose it is whether all of that was meant, as by a deployment. If not, end what they can do, and see what they did (cloudtrail lookup-events): the command does so for a user and for a role's open sessions; for people of IAM Identity Center that is done there.",
			Limit: atLeast(10, "calls"),
		},
		Unseen:  "refused calls of other services",
		Further: "refused calls of other services than IAM",
		Counts:  escalatingCall,
		Within:  24 * time.Hour,
		Check:   eventPrivescBurst,
	},
	{
		About: scanner.About{
			ID: "event-enumeration-burst", Title: "Somebody asked IAM many different questions", Severity: scanner.Medium, OptIn: true,
			Why:   "Whoever has stolen credentials first finds out what there is. So does a scanner, or a new colleague at the console: exempt the roles of those that are meant to. Opt-in, since such calls come here only where the stack is asked for them.",
			Fix:   "Ask whose it is what they were about. If nobody knows, take the credential for stolen: the command lists what it did besides.",
			Limit: atLeast(30, "calls"),
		},
		Further: "calls of IAM that only read",
		Counts:  read,
		Within:  time.Hour,
		Check:   eventEnumerationBurst,
	},
}

// eventPolicyChange does not tell what the scanner's own roles and root do, which
// event-scanner-tampering and event-root-use tell.
func eventPolicyChange(p *scanner.EventPass, ev trail.Event) {
	if ev.Failed || ev.Source != fromIAM || p.Own() || ev.Actor.Root() {
		return
	}
	about := principal(ev)
	if len(ev.Touched) > 0 {
		about = ev.Touched[0]
	}
	p.Alert(about, "%s called %q%s%s", who(ev.Actor), ev.Name, onWhat(ev), from(ev)).Mend(lookedUp(ev)...)
}

// eventMFARemoved is silent where the look shows no password or no device: for root and
// for who has none left a rule on the state tells it, and where that could not be seen
// its gap does.
func eventMFARemoved(p *scanner.EventPass, ev trail.Event) {
	if ev.Failed || ev.Source != fromIAM {
		return
	}
	for _, ref := range ev.Touched {
		if u := p.User(ref); u != nil && u.Login != nil && u.MFA {
			p.Alert(u.Ref(), "%s took the MFA device %q of user %q away%s; another is assigned", who(ev.Actor), account.NameOf(ev.Details["serialNumber"]), u.Name, from(ev)).
				Mend(slices.Concat(contained(u.Ref()), []string{iam("list-mfa-devices", "--user-name", u.Name)})...)
		}
	}
}

// eventProviderChanged leaves alone what IAM Identity Center does to its own provider.
func eventProviderChanged(p *scanner.EventPass, ev trail.Event) {
	if ev.Failed || ev.Source != fromIAM || ofService(ev.Actor) {
		return
	}
	saml, oidc := ev.Details["sAMLProviderArn"], ev.Details["openIDConnectProviderArn"]
	about, commands := account.Ref{Kind: account.KindProvider, ARN: cmp.Or(saml, oidc), Name: account.NameOf(cmp.Or(saml, oidc))}, []string(nil)
	switch {
	case saml != "":
		commands = []string{iam("get-saml-provider", "--saml-provider-arn", saml)}
	case oidc != "":
		commands = []string{iam("get-open-id-connect-provider", "--open-id-connect-provider-arn", oidc)}
	}
	p.Alert(about, "%s called %q on identity provider %q%s%s", who(ev.Actor), ev.Name, about.Name, onWhat(ev), from(ev)).
		Mend(slices.Concat(commands, lookedUp(ev))...)
}

func eventDelegationAccepted(p *scanner.EventPass, ev trail.Event) {
	if !ev.Failed && ev.Source == fromIAM {
		request := ev.Details["delegationRequestId"]
		p.Alert(principal(ev), "%s called %q for delegation request %q%s", who(ev.Actor), ev.Name, request, from(ev)).
			Mend(iam("get-delegation-request", "--delegation-request-id", request))
	}
}

// eventOrganizationChange leaves out tags, which change nothing that anybody may do, and
// what root does, which event-root-use tells.
func eventOrganizationChange(p *scanner.EventPass, ev trail.Event) {
	if ev.Source != fromOrganizations || ev.Failed || ev.ReadOnly || ev.Actor.Root() || ev.Name == "TagResource" || ev.Name == "UntagResource" {
		return
	}
	p.Alert(accountIn(ev), "%s called %q of AWS Organizations%s%s", who(ev.Actor), ev.Name, onWhat(ev), from(ev)).
		Mend(lookedUp(ev)...)
}

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
