package remediate

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"iamvigil/scanner"
	"iamvigil/scanner/access"
	"iamvigil/scanner/account"
)

// suspect finds the user that a person names by name, unique id or ARN. The error
// says what to do instead about what is no user of the account.
func suspect(v *access.View, named string, now time.Time) (*account.User, error) {
	s := v.Snapshot()
	id := account.ParseARN(named)
	kind, _, _ := strings.Cut(id.Resource, "/")
	if id.Account != "" && id.Account != s.Account.ID {
		return nil, fmt.Errorf("quarantine %q: it is of account %s, and this is %s", named, id.Account, s.Account.ID)
	}
	if u := userNamed(s, named); u != nil {
		return u, nil
	}
	if kind == "root" || named == "root" || named == account.RootName || named == s.Account.ID {
		return nil, errors.New("quarantine root: nothing can be attached to it; sign in as root, change the password, deactivate its keys and see to its MFA devices")
	}
	name := account.NameOf(named)
	if kind == "assumed-role" {
		name, _, _ = strings.Cut(strings.TrimPrefix(id.Resource, "assumed-role/"), "/")
	}
	for i := range s.Roles {
		if r := &s.Roles[i]; kind != "user" && kind != "group" && (named == r.ID || strings.EqualFold(name, r.Name)) {
			return nil, fmt.Errorf("quarantine role %q: %s", r.Name, insteadOf(r, now))
		}
	}
	for i := range s.Groups {
		if g := &s.Groups[i]; kind != "user" && (named == g.ID || strings.EqualFold(name, g.Name)) {
			return nil, fmt.Errorf("quarantine group %q: only users are quarantined; name its members one by one", g.Name)
		}
	}
	return nil, fmt.Errorf("quarantine %q: the account has no user of that name, unique id or ARN", named)
}

// userNamed is the user of that unique id or ARN, or else of that name: who makes
// users may name one as another one's id. Names are unique without regard to case.
func userNamed(s *account.Snapshot, named string) *account.User {
	for i := range s.Users {
		if u := &s.Users[i]; named == u.ID || strings.EqualFold(named, u.ARN) {
			return u
		}
	}
	for i := range s.Users {
		if u := &s.Users[i]; strings.EqualFold(named, u.Name) {
			return u
		}
	}
	return nil
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
			"Sessions of the role go on for up to the permission set's session duration: deny them in the permission set where aws:TokenIssueTime is before " + asEvidence(now) +
			" and identitystore:UserId is the user's (aws sso-admin put-inline-policy-to-permission-set, then aws sso-admin provision-permission-set)"
	}
	return "a role is used by many, so only a person can say whose sessions may end. This ends all that began before now; who may assume the role can do so again: " + sessionsRevoked(r.Name, now)
}

// sessionsRevoked is the command that denies everything to the role's sessions
// that began before a time, as AWS's console does: anybody's.
func sessionsRevoked(role string, before time.Time) string {
	document := `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:TokenIssueTime":"` + asEvidence(before) + `"}}}]}`
	return scanner.Command("iam", "put-role-policy", "--role-name", role, "--policy-name", "AWSRevokeOlderSessions", "--policy-document", document)
}
