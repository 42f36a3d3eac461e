package rules

import (
	"strconv"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

var policies = []scanner.Rule{
	{
		About: scanner.About{
			ID: "policy-admin", Title: "An attached policy of the account allows everything", Severity: scanner.High,
			Controls: cis("1.16", "1.16", "1.15", "FSBP IAM.1", "AWS Config iam-policy-no-statements-with-admin-access", "PCI DSS 3.2.1 7.2.1"),
			Why:      "Whoever has it is an administrator, under a name that does not say so.",
			Fix:      "Write a policy of what is needed (accessanalyzer start-policy-generation makes a draft from CloudTrail) and make it the default version (iam create-policy-version), or detach the policy (iam detach-role-policy and its kin).",
		},
		Reads: []account.Fact{account.Policies},
		Check: scanner.ManagedPolicies(policyAdmin),
	},
	{
		About: scanner.About{
			ID: "administrator-attached", Title: "An AWS-managed policy that allows everything is attached", Severity: scanner.Critical,
			Controls: cis("1.16", "1.16", "1.15", "AWS Config iam-policy-blacklisted-check"),
			Why:      "Whoever can act as the user, a member of the group or the role can do everything in the account. Critical on a user, whose credentials do not expire; high on a group or role.",
			Fix:      "Detach it (iam detach-user-policy, iam detach-group-policy, iam detach-role-policy) after attaching what is needed. A role named AWSReservedSSO_* is changed by its permission set in IAM Identity Center only.",
		},
		Reads: []account.Fact{account.Users, account.Groups, account.Roles, account.Policies},
		Hints: []account.Fact{account.Users, account.Groups, account.Roles},
		Check: scanner.Identities(administratorAttached),
	},
}

// policyAdmin leaves out policies that nobody has, and those used only as a
// boundary, which grant nothing.
func policyAdmin(p *scanner.Pass, m *account.Policy) {
	if m.Attachments == 0 {
		return
	}
	document, doubt := defaultOf(m)
	statement := document.Admin()
	if statement == nil {
		cannotTell(p, account.Policies, doubt)
		return
	}
	version := m.Default().ID
	evidence := map[string]string{"version": version, "attachments": strconv.Itoa(m.Attachments)}
	if statement.Sid != "" {
		evidence["statement"] = statement.Sid
	}
	p.Fail("", evidence,
		"policy %q allows every action on every resource in its default version %s, and has %s", m.Name, version, counted(m.Attachments, "attachment"))
}

func administratorAttached(p *scanner.Pass, i scanner.Identity) {
	severity := scanner.High
	if p.Resource.Kind == account.KindUser {
		severity = scanner.Critical
	}
	for _, a := range i.Attached {
		if !account.AWSManaged(a.ARN) {
			continue
		}
		document, doubt := inForce(p, a.ARN)
		switch {
		case document == nil:
		case !p.Admin(document):
			cannotTell(p, account.Policies, doubt)
		default:
			p.FailAs(severity, a.ARN, map[string]string{"policy": a.ARN},
				"%s %q has the AWS-managed policy %q attached, which allows every action on every resource", p.Resource.Kind, p.Resource.Name, a.Name)
		}
	}
}
