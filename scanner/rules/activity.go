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

// many is how many acts make a streak.
func many(n int, of string) scanner.Limit { return scanner.Limit{Value: n, Unit: of, Min: 2, Max: 60} }

// policyChanges are the calls that change what policies allow and whom, those among
// them that the CIS benchmark's filter leaves out.
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
			Why:      "Somebody tries passwords: many for one user, or one for many users from one address.",
			Fix:      "Ask the user whether it was them. If it was not, see that they have MFA and a long password, and where the address signed in besides.",
			Limit:    many(5, "sign-ins"),
		},
		Events: []string{"ConsoleLogin"},
		Unseen: signInsElsewhere,
		Counts: failedSignIn,
		Within: time.Hour,
		Check:  eventConsoleAuthFailure,
	},
	{
		About: scanner.About{
			ID: "event-unauthorized-calls", Title: "Somebody was refused many different calls", Severity: scanner.Low,
			Controls: cis("4.1", "4.1", "4.1", "FSBP CloudWatch.2"),
			Why:      "Whoever has found a key tries what it may do. A program that lacks a permission is refused the same call again and again, which counts once.",
			Fix:      "Ask whose it is what they were about. If nobody knows, take the credential for stolen: the command lists what it did besides.",
			Limit:    many(5, "calls"),
		},
		Further: "refused calls of other services than IAM",
		Counts:  refusedCall,
		Within:  time.Hour,
		Check:   eventUnauthorizedCalls,
	},
	{
		About: scanner.About{
			ID: "event-privesc-burst", Title: "Somebody tried many different calls by which one becomes administrator", Severity: scanner.High,
			Why:   "Whoever has stolen credentials tries one way after the other. Calls that succeeded count as well as those that were refused.",
			Fix:   "Ask whose it is whether all of that was meant, as by a deployment. If not, end what they can do, and see what they did (cloudtrail lookup-events): the command does so for a user and for a role's open sessions; for people of IAM Identity Center that is done there.",
			Limit: many(8, "calls"),
		},
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
			Limit: many(30, "calls"),
		},
		Further: "calls of IAM that only read",
		Counts:  question,
		Within:  time.Hour,
		Check:   eventEnumerationBurst,
	},
}

// eventPolicyChange does not tell what the scanner's own roles do: event-scanner-tampering
// tells what they should not.
func eventPolicyChange(p *scanner.EventPass, ev trail.Event) {
	if ev.Failed || ev.Source != fromIAM || own(p, ev) {
		return
	}
	about := principal(ev)
	if len(ev.Touched) > 0 {
		about = ev.Touched[0]
	}
	p.Alert(about, "%s called %q%s%s", who(ev.Actor), ev.Name, onWhat(ev), from(ev)).Mend(lookedUp(ev)...)
}

// eventMFARemoved is silent where the look shows no password or no device: for root and
// for who has none left a rule on the state tells it.
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

// eventOrganizationChange leaves out tags, which change nothing that anybody may do.
func eventOrganizationChange(p *scanner.EventPass, ev trail.Event) {
	if ev.Source != fromOrganizations || ev.Failed || ev.ReadOnly || ev.Name == "TagResource" || ev.Name == "UntagResource" {
		return
	}
	p.Alert(account.Ref{Kind: account.KindAccount, Name: ev.Account}, "%s called %q of AWS Organizations%s%s", who(ev.Actor), ev.Name, onWhat(ev), from(ev)).
		Mend(lookedUp(ev)...)
}

// failedSignIn counts for the user, and for the address. The name of a user who does not
// exist is in no record, and root's are told one by one.
func failedSignIn(ev trail.Event) (as string, whose []string) {
	if !ev.Failed || ev.Actor.Root() {
		return "", nil
	}
	if ref, known := ev.Actor.Ref(); known {
		whose = append(whose, "user "+strings.ToLower(ref.Name))
	}
	if ev.Actor.IP != "" {
		whose = append(whose, "address "+ev.Actor.IP)
	}
	return ev.ID, whose
}

func eventConsoleAuthFailure(p *scanner.EventPass, ev trail.Event) {
	if kind, name, _ := strings.Cut(p.Whose, " "); kind == "address" {
		p.Alert(account.Ref{Kind: account.KindAccount, Name: ev.Account}, "%d sign-ins to the console failed within an hour from %q", len(p.Acts), name)
		return
	}
	ref, _ := ev.Actor.Ref()
	p.Alert(ref, "%d sign-ins to the console as user %q failed within an hour, the last%s", len(p.Acts), ref.Name, from(ev)).Mend(lookedUp(ev)...)
}

// refusedCall counts what would have changed something. Services and the roles that they
// made for themselves ask for more than they need, and root's calls are told one by one.
func refusedCall(ev trail.Event) (as string, whose []string) {
	refused := strings.HasPrefix(ev.Error, "AccessDenied") || strings.HasSuffix(ev.Error, "UnauthorizedOperation")
	if !ev.Failed || !refused || ev.ReadOnly || ofService(ev.Actor) || ev.Actor.Root() {
		return "", nil
	}
	return called(ev), []string{ev.Actor.Identity()}
}

func eventUnauthorizedCalls(p *scanner.EventPass, ev trail.Event) {
	if !own(p, ev) {
		p.Alert(principal(ev), "%s was refused %s within an hour: %s%s", who(ev.Actor), different(p.Acts), quoted(p.Acts), from(ev)).Mend(lookedUp(ev)...)
	}
}

// escalatingCall counts calls that are a way to become administrator, or a part of one.
func escalatingCall(ev trail.Event) (as string, whose []string) {
	action := called(ev)
	if ofService(ev.Actor) || !slices.ContainsFunc(access.Combos(), func(c access.Combo) bool { return slices.Contains(c.Actions, action) }) {
		return "", nil
	}
	return action, []string{ev.Actor.Identity()}
}

func eventPrivescBurst(p *scanner.EventPass, ev trail.Event) {
	if own(p, ev) {
		return
	}
	about, commands := principal(ev), lookedUp(ev)
	switch {
	case about.Kind == account.KindUser:
		commands = slices.Concat(contained(about), commands)
	case ev.Actor.Issuer != "" && !strings.Contains(ev.Actor.Issuer, ":role/aws-reserved/"): // which nobody may change
		commands = slices.Concat(sessionsEnded(ev), commands)
	}
	p.Alert(about, "%s tried %s within a day by which one becomes administrator: %s%s", who(ev.Actor), different(p.Acts), quoted(p.Acts), from(ev)).Mend(commands...)
}

// question counts what only reads.
func question(ev trail.Event) (as string, whose []string) {
	if ev.Source != fromIAM || !ev.ReadOnly || ofService(ev.Actor) {
		return "", nil
	}
	return called(ev), []string{ev.Actor.Identity()}
}

func eventEnumerationBurst(p *scanner.EventPass, ev trail.Event) {
	if !own(p, ev) {
		p.Alert(principal(ev), "%s made %s within an hour that only ask: %s%s", who(ev.Actor), different(p.Acts), quoted(p.Acts), from(ev)).Mend(lookedUp(ev)...)
	}
}

func different(calls []string) string { return fmt.Sprintf("%d different calls", len(calls)) }

// called is the call as policies write its action: IAM and most services have the same
// names for both.
func called(ev trail.Event) string {
	service, _, _ := strings.Cut(ev.Source, ".")
	return service + ":" + ev.Name
}

// own reports whether one of the scanner's roles made the call.
func own(p *scanner.EventPass, ev trail.Event) bool {
	return slices.Contains(p.OwnRoles, ev.Actor.Issuer) || remediates(p, ev)
}

// ofService reports whether a service acts for itself, by a role of its own or by none.
func ofService(a trail.Actor) bool {
	return a.Type == "AWSService" || strings.Contains(a.Issuer, ":role/aws-service-role/")
}

// principal is who acted, or the account where IAM does not keep them.
func principal(ev trail.Event) account.Ref {
	if ref, ok := ev.Actor.Ref(); ok {
		return ref
	}
	return account.Ref{Kind: account.KindAccount, Name: ev.Account}
}

// lookedUp lists what the actor did lately, in the event's Region. CloudTrail knows root
// by this name, and a session by its own.
func lookedUp(ev trail.Event) []string {
	name := ev.Actor.Name
	if ev.Actor.Root() {
		name = "root"
	}
	if ev.Region == "" || name == "" {
		return nil
	}
	return []string{inRegion(ev.Region, "lookup-events", "--lookup-attributes", "AttributeKey=Username,AttributeValue="+name, "--max-items", "20")}
}
