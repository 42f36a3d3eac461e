package rules

import (
	"slices"
	"strconv"
	"strings"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

var whole = []scanner.Rule{
	{
		About: scanner.About{
			ID: "sts-global-token-v1", Title: "Tokens of STS's global endpoint do not work in every Region", Severity: scanner.Low, OptIn: true,
			Why:    "Tokens of version 1 are refused in Regions that an account has to opt in to, so that a program that asks the global endpoint fails there. It is AWS's default, and nothing to those who use none of these Regions.",
			Fix:    "Have programs ask the endpoint of their Region, or have the global one give tokens of version 2, which are longer.",
			Causes: []string{"SetSecurityTokenServicePreferences"},
			Cures:  []string{"SetSecurityTokenServicePreferences"},
		},
		Reads: []account.Fact{account.Summary},
		Check: scanner.Account(stsGlobalToken),
	},
	{
		About: scanner.About{
			ID: "support-role-missing", Title: "No role may manage incidents with AWS Support", Severity: scanner.Low,
			Controls: cis("1.17", "1.17", "1.16", "FSBP IAM.18", "AWS Config iam-policy-in-use", "PCI DSS 4.0.1 12.10.3"),
			Why:      "In an incident somebody has to open a case at once. Who cannot, signs in as root or asks for an administrator.",
			Fix:      "Attach AWSSupportAccess to a role that those on call can assume (iam attach-role-policy). In IAM Identity Center it goes into a permission set.",
		},
		Reads: []account.Fact{account.Roles},
		Check: scanner.Account(supportRoleMissing),
	},
	{
		About: scanner.About{
			ID: "audit-role-missing", Title: "No role is for auditors", Severity: scanner.Info, OptIn: true,
			Controls: []string{"AWS Config iam-policy-in-use"},
			Why:      "Auditors without a role of theirs are given one that can do more than look, or that can read the data too.",
			Fix:      "Attach SecurityAudit, which shows configuration and no data, to a role that auditors can assume (iam attach-role-policy).",
		},
		Reads: []account.Fact{account.Roles},
		Check: scanner.Account(auditRoleMissing),
	},
	{
		About: scanner.About{
			ID: "administrators-too-few", Title: "Too few people can administer the account", Severity: scanner.Medium,
			Why:   "When the one who can is away, ill or locked out, only root is left to mend anything.",
			Fix:   "Have at least two people who can become administrator, best through a role that each of them can assume with MFA.",
			Limit: scanner.Limit{Value: 2, Unit: "administrators", Min: 2, Max: 10},
		},
		Reads: []account.Fact{account.Users, account.Groups, account.Roles, account.Policies},
		Check: scanner.Account(administratorsTooFew),
	},
	{
		About: scanner.About{
			ID: "administrators-too-many", Title: "Too many users are administrators", Severity: scanner.Medium,
			Why:   "Each of them is one stolen password or key away from losing the whole account, and nobody needs all of that every day.",
			Fix:   "Take the permission from those who do not need it, and let the others assume a role for the hours in which they do.",
			Limit: scanner.Limit{Value: 5, Unit: "administrators", Min: 1, Max: 1000},
		},
		Reads: []account.Fact{account.Users, account.Groups, account.Policies},
		Check: scanner.Account(administratorsTooMany),
	},
}

const tokenVersion = "GlobalEndpointTokenVersion"

func stsGlobalToken(p *scanner.Pass, s *account.Snapshot) {
	if version, ok := summarized(p, tokenVersion); ok && version == 1 {
		p.Fail("", map[string]string{"version": strconv.Itoa(version)},
			"account %s: tokens of STS's global endpoint are of version 1, which Regions to opt in to refuse", s.Account.ID).
			Mend(iam("set-security-token-service-preferences", "--global-endpoint-token-version", "v2Token"))
	}
}

func supportRoleMissing(p *scanner.Pass, s *account.Snapshot) {
	roleWith(p, s, "AWSSupportAccess")
}

func auditRoleMissing(p *scanner.Pass, s *account.Snapshot) {
	roleWith(p, s, "SecurityAudit")
}

// roleWith fails an account none of whose roles has one of AWS's policies
// attached, in whatever partition. A service-linked role is for nobody.
func roleWith(p *scanner.Pass, s *account.Snapshot, name string) {
	is := func(a account.Attachment) bool {
		return account.AWSManaged(a.ARN) && strings.HasSuffix(a.ARN, ":policy/"+name)
	}
	for i := range s.Roles {
		if r := &s.Roles[i]; !r.ServiceLinked() && slices.ContainsFunc(r.Attached, is) {
			return
		}
	}
	p.Fail("", map[string]string{"policy": name, "roles": strconv.Itoa(len(s.Roles))},
		"account %s has no role with the policy %q attached", s.Account.ID, name)
}

// administratorsTooFew is content with one role that people can assume: how many
// can is not known. Where it finds no administrator at all there is one all the
// same, of a kind that it cannot see.
func administratorsTooFew(p *scanner.Pass, s *account.Snapshot) {
	users, doubt := administrators(p, s)
	if len(users) == 0 || len(users) >= p.Limit() {
		return
	}
	for i := range s.Roles {
		is, unsure := forPeople(p, &s.Roles[i])
		if is {
			return
		}
		doubt = doubt || unsure
	}
	if !doubt {
		p.Fail("", administration(p, users), "account %s has %s, the limit is %d: %s",
			s.Account.ID, counted(len(users), "administrator"), p.Limit(), quoted(users))
	}
}

func administratorsTooMany(p *scanner.Pass, s *account.Snapshot) {
	if users, _ := administrators(p, s); len(users) > p.Limit() {
		p.Fail("", administration(p, users), "account %s has %s among its users, the limit is %d: %s",
			s.Account.ID, counted(len(users), "administrator"), p.Limit(), quoted(users))
	}
}

func administration(p *scanner.Pass, users []string) map[string]string {
	return map[string]string{"administrators": strconv.Itoa(len(users)), "limit": strconv.Itoa(p.Limit())}
}

// administrators are the names of the users who may do everything, as far as
// [administrator] can tell. Doubt: there may be more.
func administrators(p *scanner.Pass, s *account.Snapshot) (names []string, doubt bool) {
	for i := range s.Users {
		u := &s.Users[i]
		if _, is := administrator(p, u); is {
			names = append(names, u.Name)
			continue
		}
		doubt = doubt || unsure(p, u)
	}
	return names, doubt
}

func unsure(p *scanner.Pass, u *account.User) bool {
	_, why := bounded(p, u)
	for from := range documents(p, u) {
		if why != "" || from.doubt != "" {
			return true
		}
	}
	return false
}

// forPeople tells whether a role is an administrator that people can assume.
// Unsure: it may be, for all that can be read.
func forPeople(p *scanner.Pass, r *account.Role) (is, unsure bool) {
	unreadTrust := unread("a role's trust policy", &r.Trust)
	people := !r.ServiceLinked() && letsPeople(&r.Trust)
	if !people && (unreadTrust == "" || r.ServiceLinked()) {
		return false, false
	}
	is, unsure = administers(p, r)
	if is && !people {
		cannotTell(p, account.Roles, unreadTrust)
		return false, true
	}
	return is, unsure
}

// letsPeople tells a trust policy from those that let in AWS's services only.
func letsPeople(trust *policy.Document) bool {
	return slices.ContainsFunc(trust.Statements, func(s policy.Statement) bool {
		lets := slices.ContainsFunc(assumeActions, func(action string) bool { return s.Grants(action, "*") })
		named := s.Principal != nil && (s.Principal.Any || len(s.Principal.AWS)+len(s.Principal.Federated) > 0)
		return lets && (named || s.NotPrincipal != nil)
	})
}

// administers is [administrator] for a role. Unsure: it may be one, for all that
// can be read.
func administers(p *scanner.Pass, r *account.Role) (is, unsure bool) {
	boundary, doubt := inForce(p, r.Boundary)
	if boundary != nil && doubt == "" && !p.Admin(boundary) {
		return false, false
	}
	cannotTell(p, account.Policies, doubt)
	unsure = doubt != ""
	documentsOf(p, source{fact: account.Roles}, r.Attached, r.Inline, func(from source, document *policy.Document) bool {
		is = p.Admin(document)
		if !is && from.doubt != "" {
			cannotTell(p, from.fact, from.doubt)
			unsure = true
		}
		return !is
	})
	return is && doubt == "", unsure
}
