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
			Fix:      "See who has it and write a policy of what they need (accessanalyzer start-policy-generation makes a draft from CloudTrail); make that the default version (iam create-policy-version), or detach the policy (iam detach-role-policy and its kin).",
			Causes: []string{
				"CreatePolicy", "CreatePolicyVersion", "SetDefaultPolicyVersion", "AttachUserPolicy", "AttachGroupPolicy", "AttachRolePolicy",
			},
			Cures: []string{"CreatePolicyVersion", "SetDefaultPolicyVersion", "DetachUserPolicy", "DetachGroupPolicy", "DetachRolePolicy"},
		},
		Reads: []account.Fact{account.Policies},
		Check: scanner.ManagedPolicies(policyAdmin),
	},
	{
		About: scanner.About{
			ID: "administrator-attached", Title: "An AWS-managed policy that allows everything is attached", Severity: scanner.Critical,
			Controls: cis("1.16", "1.16", "1.15", "AWS Config iam-policy-blacklisted-check"),
			Why:      "Whoever can act as the user, a member of the group or the role can do everything in the account. Critical on a user, whose credentials do not expire; high on a group or role; low on a role of IAM Identity Center, whose people come and go there.",
			Fix:      "Detach it after attaching what is needed, and not from what you are signed in with. A role named AWSReservedSSO_* is changed by its permission set in IAM Identity Center only.",
			Causes:   []string{"AttachUserPolicy", "AttachGroupPolicy", "AttachRolePolicy"},
			Cures:    []string{"DetachUserPolicy", "DetachGroupPolicy", "DetachRolePolicy"},
		},
		Reads: []account.Fact{account.Users, account.Groups, account.Roles, account.Policies},
		Hints: []account.Fact{account.Users, account.Groups, account.Roles}, Weighs: []account.Fact{account.OrganizationMembership},
		Check: scanner.Identities(administratorAttached),
	},
	{
		About: scanner.About{
			ID: "inline-policy-admin", Title: "An inline policy allows everything", Severity: scanner.Critical,
			Why:       "Whoever can act as the user, a member of the group or the role can do everything in the account, and no list of policies shows it. Critical on a user, whose credentials do not expire; high on a group or role.",
			Fix:       "Give what is needed by another policy, then delete this one, and not from what you are signed in with. Its text is gone with it.",
			CoveredBy: []string{"admin-user-without-mfa"},
			Causes:    []string{"PutUserPolicy", "PutGroupPolicy", "PutRolePolicy"},
			Cures: []string{
				"DeleteUserPolicy", "DeleteGroupPolicy", "DeleteRolePolicy", "PutUserPolicy", "PutGroupPolicy", "PutRolePolicy",
			},
		},
		Reads: []account.Fact{account.Users, account.Groups, account.Roles},
		Check: scanner.Identities(inlinePolicyAdmin),
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
		"policy %q allows every action on every resource in its default version %s, and has %s", m.Name, version, counted(m.Attachments, "attachment")).
		Mend(iam("list-entities-for-policy", "--policy-arn", m.ARN))
}

func administratorAttached(p *scanner.Pass, i scanner.Identity) {
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
			severity := severityOf(p.Resource.Kind)
			if ofIdentityCenter(p.Resource.ARN) {
				severity = scanner.Low
			}
			p.FailAs(severity, a.ARN, map[string]string{"policy": a.ARN},
				"%s %q has the AWS-managed policy %q attached, which allows every action on every resource", p.Resource.Kind, p.Resource.Name, a.Name).
				Mend(detached(p, a.ARN)...)
		}
	}
}

// detached is the command that takes a policy from whoever has it, but from a role that
// IAM Identity Center keeps, and from one by which the organization's management account
// comes in: that would be shut out by it.
func detached(p *scanner.Pass, policyARN string) []string {
	from := p.Resource
	if ofIdentityCenter(from.ARN) || from.Kind == account.KindRole && letsManagementIn(p, from) {
		return nil
	}
	kind := string(from.Kind)
	return []string{iam("detach-"+kind+"-policy", "--"+kind+"-name", from.Name, "--policy-arn", policyARN)}
}

// letsManagementIn knows a role of AWS Organizations by its name too: in a member account
// the scanner may not be allowed to read which one the management account is.
func letsManagementIn(p *scanner.Pass, role account.Ref) bool {
	if role.Name == "OrganizationAccountAccessRole" {
		return true
	}
	for i := range p.Snapshot.Roles {
		if r := &p.Snapshot.Roles[i]; r.ARN == role.ARN {
			for _, principal := range trusted(&r.Trust) {
				if manages(p, accountOf(principal)) {
					return true
				}
			}
		}
	}
	return false
}

// severityOf is how bad it is that one of that kind may do everything.
func severityOf(kind account.Kind) scanner.Severity {
	if kind == account.KindUser {
		return scanner.Critical
	}
	return scanner.High
}

func inlinePolicyAdmin(p *scanner.Pass, i scanner.Identity) {
	listing := map[account.Kind]account.Fact{
		account.KindUser: account.Users, account.KindGroup: account.Groups, account.KindRole: account.Roles,
	}[p.Resource.Kind]
	for n := range i.Inline {
		document := &i.Inline[n].Document
		if !p.Admin(document) {
			cannotTell(p, listing, unread("an inline policy", document))
			continue
		}
		name := i.Inline[n].Name
		p.FailAs(severityOf(p.Resource.Kind), name, map[string]string{"policy": name},
			"%s %q has the inline policy %q, which allows every action on every resource", p.Resource.Kind, p.Resource.Name, name).
			Mend(shown(p.Resource, name))
	}
}
