package rules

import (
	"cmp"
	"slices"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/trail"
)

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
