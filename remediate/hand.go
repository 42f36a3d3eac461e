package remediate

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"iamvigil/ledger"
	"iamvigil/scanner"
	"iamvigil/scanner/access"
	"iamvigil/scanner/account"
)

// byHand plans the quarantine that a person asks for. The user has the ids of all
// its keys, as read live. The error says why it is refused, and what to do.
func byHand(b *Book, u *account.User, v *access.View, s *Settings, reason string, now time.Time) ([]Action, error) {
	if strings.TrimSpace(reason) == "" {
		return nil, fmt.Errorf("quarantine user %q: the reason is empty: say why, for the journal", u.Name)
	}
	// The time tells this quarantine from one that a person has ended since.
	r := ledger.Record{Finding: scanner.Finding{Resource: u.Ref(), Message: reason}, OpenedAt: nominal(now)}
	of := intentFor(Quarantine, &r, u, s)
	of.AsOf = now
	intents, refusal := quarantined(of, u, s)
	g := newGuards(v, s, deedsOf(b.Course.Journal), now)
	if why := g.protected(u, &r); why != "" {
		refusal = why + ": change that first"
	}
	if refusal == "" {
		refusal = g.lastAdministrator(u, intents, g.gone)
	}
	if refusal != "" {
		return nil, fmt.Errorf("quarantine user %q: %s", u.Name, refusal)
	}
	d := draft{Action: Action{Do: Act, Record: r, Deadline: now}, intents: intents}
	return d.actions(b.Account.ID), nil
}

// suspect finds the user that a person names by name, unique id or ARN. The error
// says what to do instead about what is no user of the account.
func suspect(v *access.View, named string, now time.Time) (*account.User, error) {
	s := v.Snapshot()
	id := account.ParseARN(named)
	kind, _, _ := strings.Cut(id.Resource, "/")
	if id.Account != "" && id.Account != s.Account.ID {
		return nil, fmt.Errorf("quarantine %q: it is of account %s, and this is %s", named, id.Account, s.Account.ID)
	}
	for i := range s.Users {
		u := &s.Users[i]
		if named == u.ID || named == u.ARN || strings.EqualFold(named, u.Name) {
			return u, nil
		}
	}
	if kind == "root" || named == account.RootName {
		return nil, errors.New("quarantine root: nothing can be attached to it; sign in as root, change the password, deactivate its keys and see to its MFA devices")
	}
	name := account.NameOf(named)
	if kind == "assumed-role" {
		name, _, _ = strings.Cut(strings.TrimPrefix(id.Resource, "assumed-role/"), "/")
	}
	for i := range s.Roles {
		if r := &s.Roles[i]; kind != "user" && (named == r.ID || strings.EqualFold(name, r.Name)) {
			return nil, fmt.Errorf("quarantine role %q: %s", r.Name, insteadOf(r, now))
		}
	}
	return nil, fmt.Errorf("quarantine %q: the account has no user of that name, unique id or ARN", named)
}

// insteadOf says what to do about a role, as roles are not quarantined.
func insteadOf(r *account.Role, now time.Time) string {
	_, path, _ := strings.Cut(r.ARN, ":role")
	switch {
	case r.ServiceLinked():
		return "it is an AWS service's own, which nobody else can assume and nothing can be attached to: see in CloudTrail what the service did, and take away what lets somebody use the service"
	case strings.HasPrefix(path, "/aws-reserved/sso.amazonaws.com/"):
		return "it is of IAM Identity Center, and nothing can be attached to it here. There, disable the user's access and end the user's sessions " +
			"(aws sso-admin list-instances tells the identity store, aws identitystore list-users the user), and take the assignment away (aws sso-admin delete-account-assignment). " +
			"Sessions of the role go on for up to the permission set's session duration: deny them in the permission set where aws:TokenIssueTime is before " + told(now) +
			" and identitystore:UserId is the user's (aws sso-admin put-inline-policy-to-permission-set, then aws sso-admin provision-permission-set)"
	}
	return "a role is used by many, so only a person can say whose sessions may end. This ends all that began before now; who may assume the role can do so again: " + sessionsRevoked(r.Name, now)
}

// sessionsRevoked is the command that denies everything to the role's sessions
// that began before a time, as AWS's console does: anybody's.
func sessionsRevoked(role string, before time.Time) string {
	document := `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:TokenIssueTime":"` + told(before) + `"}}}]}`
	return scanner.Command("iam", "put-role-policy", "--role-name", role, "--policy-name", "AWSRevokeOlderSessions", "--policy-document", document)
}
