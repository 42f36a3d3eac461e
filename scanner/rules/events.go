package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/trail"
)

// Event sources.
const (
	fromIAM        = "iam.amazonaws.com"
	fromSTS        = "sts.amazonaws.com"
	fromCloudTrail = "cloudtrail.amazonaws.com"
	cloudFormation = "cloudformation.amazonaws.com"

	fromOrganizations = "organizations.amazonaws.com"
)

const signInsElsewhere = "IAM users' sign-ins through their endpoints, or by the account's alias"

var events = []scanner.EventRule{
	{
		About: scanner.About{
			ID: "event-root-use", Title: "The root user was used", Severity: scanner.Critical,
			Controls: cis("4.3", "4.3", "4.3", "FSBP CloudWatch.1"),
			Why:      "Root can do everything and no policy of the account stops it. Nobody should need it; whoever tries its password should not know its mailbox.",
			Fix:      "Ask whoever keeps root's credentials whether it was them. If not, reset root's password, remove its access keys and look at what it did (cloudtrail lookup-events).",
		},
		Unseen: "root's calls there, though not its sign-ins",
		Check:  eventRootUse,
	},
	{
		About: scanner.About{
			ID: "event-console-login-without-mfa", Title: "A user signed in to the console without MFA", Severity: scanner.High,
			Controls: cis("4.2", "4.2", "4.2", "FSBP CloudWatch.3"),
			Why:      "Only a password stood between anybody and this session.",
			Fix:      "Ask whether it was them, and have them assign an MFA device (iam enable-mfa-device). If it was somebody else, the command ends all that the user can do, with keys and open sessions too, until it is detached (iam detach-user-policy).",
		},
		Events: []string{"ConsoleLogin"},
		Unseen: signInsElsewhere,
		Check:  eventConsoleLoginWithoutMFA,
	},
	{
		About: scanner.About{
			ID: "event-contained-user-signed-in", Title: "A user whom the scanner's stack contains signed in to the console", Severity: scanner.High,
			Why: "The password that nobody was to use is known to somebody. The session can do nothing that the policy denies, but whoever has it may have the user's access keys too.",
			Fix: "Ask whether it was them: someone who is back at work, or who is to assign an MFA device. If so, mend what the user is contained for, then detach the policy (iam detach-user-policy). If it was somebody else, the command ends all that the user can do, or where that is done already takes the password away.",
		},
		Events: []string{"ConsoleLogin"},
		Unseen: signInsElsewhere,
		Check:  eventContainedUserSignedIn,
	},
	{
		About: scanner.About{
			ID: scanner.Tampering, Title: "Somebody touched what this scanner rests on", Severity: scanner.Critical,
			Why: "The scanner's roles never write to IAM, but for what remediation has journalled before; nobody but its stack changes them or the policies by which it contains users; and without the trail it is blind. Each of these is what an intruder does first.",
			Fix: "Find out who it was, undo the change, start the trail again (cloudtrail start-logging) and deploy the stack anew. Ending the sessions of one of the scanner's roles ends its own too, until Lambda renews them.",
		},
		Unseen: "changes of trails whose home is there",
		Check:  eventScannerTampering,
	},
}

// eventRootUse tells calls and sign-ins alike, and failed ones too: a call that
// was refused shows that root's credentials are in use, a failed sign-in that
// somebody tries them. What AWS's own services do in root's name is not its use.
func eventRootUse(p *scanner.EventPass, ev trail.Event) {
	switch {
	case ev.Name == "AssumeRoot" && ev.Source == fromSTS:
		p.Alert(rootOf(ev), "%s %s a session as root of account %q%s", who(ev.Actor), either(ev, "opened", "was refused"), ev.Details["targetPrincipal"], from(ev))
	case !ev.Actor.Root() || byService(ev):
	case ev.Name == "ConsoleLogin":
		p.Alert(rootOf(ev), "root user %s to the console%s", either(ev, "signed in", "failed to sign in"), from(ev)).
			Mend(rootLookedUp(ev.Region)...)
	default:
		p.Alert(rootOf(ev), "root user %s %q%s", either(ev, "called", "was refused"), ev.Name, from(ev)).
			Mend(rootLookedUp(ev.Region)...)
	}
}

// byService reports whether a service acted, as when it makes its own
// service-linked role while root is at the console.
func byService(ev trail.Event) bool {
	return ev.Type == "AwsServiceEvent" ||
		ev.Name == "CreateServiceLinkedRole" && (ev.Actor.IP == "AWS Internal" || strings.HasSuffix(ev.Actor.IP, ".amazonaws.com"))
}

// eventConsoleLoginWithoutMFA looks at IAM users alone: for federated sign-ins
// and those through a role CloudTrail says "No" whatever the identity provider
// asked for, and root's are told anyway.
func eventConsoleLoginWithoutMFA(p *scanner.EventPass, ev trail.Event) {
	if ev.Failed || ev.Actor.Type != "IAMUser" || ev.Details["MFAUsed"] == "Yes" {
		return
	}
	about, _ := ev.Actor.Ref()
	if p.Denied(about).Any() {
		return // event-contained-user-signed-in tells it
	}
	p.Alert(about, "user %q signed in to the console without MFA%s", about.Name, from(ev)).Mend(contained(about)...)
}

// eventContainedUserSignedIn takes a sign-in of a contained user for news, whoever
// it was: the policies do not keep anybody from signing in, only from what comes
// after.
func eventContainedUserSignedIn(p *scanner.EventPass, ev trail.Event) {
	about, _ := ev.SignedIn()
	has := p.Denied(about)
	if !has.Any() {
		return
	}
	commands := contained(about)
	switch {
	case has.All != "":
		commands = []string{iam("delete-login-profile", "--user-name", about.Name)}
	case has.Console == "":
		p.Alert(about, "user %q, who may do no more than assign an MFA device (policy %q), signed in to the console%s: expected, if it was for that",
			about.Name, account.NameOf(has.WithoutMFA), from(ev)).Mend(commands...)
		return
	}
	p.Alert(about, "user %q, contained by policy %q, signed in to the console%s",
		about.Name, account.NameOf(cmp.Or(has.All, has.Console)), from(ev)).Mend(commands...)
}

func eventScannerTampering(p *scanner.EventPass, ev trail.Event) {
	switch {
	case ev.ReadOnly:
	case ev.Source == fromCloudTrail:
		trailTampering(p, ev)
	case ev.Source != fromIAM:
	case p.Own():
		ownRoleWrote(p, ev)
	case ev.Actor.InvokedBy != cloudFormation:
		ownRoleChanged(p, ev)
		ownDenyChanged(p, ev)
	}
}

func remediates(p *scanner.EventPass, ev trail.Event) bool {
	return p.Remediation != "" && ev.Actor.Issuer == p.Remediation
}

// trailTampering tells only what succeeded: a refused attempt blinds nobody.
func trailTampering(p *scanner.EventPass, ev trail.Event) {
	blinding := []string{"StopLogging", "DeleteTrail", "UpdateTrail", "PutEventSelectors"}
	if ev.Failed || !slices.Contains(blinding, ev.Name) {
		return
	}
	name := ev.Details["name"]
	if name == "" {
		name = ev.Details["trailName"]
	}
	about := account.Ref{Kind: account.KindTrail, Name: name}
	if strings.HasPrefix(name, "arn:") {
		about.ARN, about.Name = name, account.NameOf(name)
	}
	p.Alert(about, "%s called %q on trail %q%s", who(ev.Actor), ev.Name, about.Name, from(ev)).
		Mend(trailRestored(ev, name)...)
}

// trailRestored undoes what can be undone, and shows what cannot. Name is a name
// or an ARN.
func trailRestored(ev trail.Event, name string) []string {
	region := cmp.Or(account.ParseARN(name).Region, ev.Region)
	switch {
	case name == "" || region == "":
		return nil
	case ev.Name == "StopLogging":
		return []string{inRegion(region, "start-logging", "--name", name)}
	case ev.Name == "UpdateTrail":
		return []string{inRegion(region, "get-trail", "--name", name)}
	case ev.Name == "PutEventSelectors":
		return []string{inRegion(region, "get-event-selectors", "--trail-name", name)}
	}
	return nil
}

// contained by AWS's own policy that denies everything, which can be detached
// again and ends open sessions too.
func contained(user account.Ref) []string {
	partition := account.ParseARN(user.ARN).Partition
	if partition == "" || user.Name == "" {
		return nil
	}
	return []string{iam("attach-user-policy", "--user-name", user.Name, "--policy-arn", "arn:"+partition+":iam::aws:policy/AWSDenyAll")}
}

// ownRoleWrote tells failed attempts too: the scanner makes none, and remediation
// none that is not in its journal. Asking for the credential report is a write by
// CloudTrail's count, and the scanner's own.
func ownRoleWrote(p *scanner.EventPass, ev trail.Event) {
	never := "which it never does"
	switch {
	case ev.Name == "GenerateCredentialReport", remediates(p, ev) && p.Journalled[ev.ID]:
		return
	case remediates(p, ev):
		never = "which its journal does not hold"
	}
	about := account.Ref{Kind: account.KindRole, ARN: ev.Actor.Issuer, Name: account.NameOf(ev.Actor.Issuer)}
	if len(ev.Touched) > 0 {
		about = ev.Touched[0]
	}
	p.Alert(about, "the scanner's role %q %s %q%s%s, %s", account.NameOf(ev.Actor.Issuer), either(ev, "called", "was refused"), ev.Name, onWhat(ev), from(ev), never).
		Mend(sessionsEnded(ev)...)
}

// onWhat says what a call was about, as far as the record tells, so that two calls
// can be told apart.
func onWhat(ev trail.Event) string {
	var parts []string
	for _, key := range []string{"userName", "groupName", "roleName", "accessKeyId", "status", "policyArn", "policyName", "policyId", "targetId", "accountId", "clientID"} {
		if value := ev.Details[key]; value != "" {
			parts = append(parts, fmt.Sprintf("%s %q", key, value))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return " with " + strings.Join(parts, ", ")
}

// sessionsEnded denies everything to sessions older than the call, as the
// console's "Revoke active sessions" does: to that which made it, and to the
// scanner's own until they are renewed.
func sessionsEnded(ev trail.Event) []string {
	if ev.Time.IsZero() {
		return nil
	}
	document := `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:TokenIssueTime":"` +
		ev.Time.UTC().Format(time.RFC3339) + `"}}}]}`
	return []string{iam("put-role-policy", "--role-name", account.NameOf(ev.Actor.Issuer),
		"--policy-name", "AWSRevokeOlderSessions", "--policy-document", document)}
}

// ownRoleChanged goes by what the call touched; a failed one touched nothing.
func ownRoleChanged(p *scanner.EventPass, ev trail.Event) {
	for _, arn := range p.OwnRoles {
		own := account.Ref{Kind: account.KindRole, ARN: arn, Name: account.NameOf(arn)}
		if slices.ContainsFunc(ev.Touched, own.Same) {
			p.Alert(own, "%s called %q on the scanner's role %q%s, not through CloudFormation", who(ev.Actor), ev.Name, own.Name, from(ev)).
				Mend(iam("list-role-policies", "--role-name", own.Name), iam("list-attached-role-policies", "--role-name", own.Name))
		}
	}
}

// ownDenyChanged: a policy that denies no more contains nobody, and still looks
// attached. Whom it is attached to is another matter, told by the findings.
func ownDenyChanged(p *scanner.EventPass, ev trail.Event) {
	denies, neutering := p.Denies(), []string{"CreatePolicyVersion", "SetDefaultPolicyVersion", "DeletePolicy"}
	for _, ref := range ev.Touched {
		if ref.ARN == "" || !slices.Contains(neutering, ev.Name) || ref.ARN != denies.Console && ref.ARN != denies.WithoutMFA && ref.ARN != denies.All {
			continue
		}
		p.Alert(ref, "%s called %q on the scanner's policy %q%s, not through CloudFormation", who(ev.Actor), ev.Name, ref.Name, from(ev)).
			Mend(iam("list-policy-versions", "--policy-arn", ref.ARN))
	}
}

// rootOf names root of the account that the event is about. An actor without an
// ARN tells no partition, and then the root user has no ARN here either.
func rootOf(ev trail.Event) account.Ref {
	if partition := account.ParseARN(ev.Actor.ARN).Partition; partition != "" && ev.Account != "" {
		return account.Identity{ID: ev.Account, Partition: partition}.RootRef()
	}
	return account.Ref{Kind: account.KindAccount, Name: account.RootName}
}

func either(ev trail.Event, done, failed string) string {
	if ev.Failed {
		return failed
	}
	return done
}

// who names an actor in a message.
func who(a trail.Actor) string {
	ref, ok := a.Ref()
	switch {
	case !ok:
		return fmt.Sprintf("%q", cmp.Or(a.Name, a.ARN, a.InvokedBy, a.Type))
	case ref.Name == account.RootName:
		return "root user"
	case ref.Kind == account.KindRole:
		return fmt.Sprintf("role %q (%q)", ref.Name, a.Name)
	}
	return fmt.Sprintf("%s %q", ref.Kind, ref.Name)
}

// from says where a call came from, if the record tells.
func from(ev trail.Event) string {
	if ev.Actor.IP == "" {
		return ""
	}
	return fmt.Sprintf(" from %q", ev.Actor.IP)
}
