package rules

import (
	"strconv"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

var unused = []scanner.Rule{
	{
		About: scanner.About{
			ID: "policy-admin-unattached", Title: "A policy that nobody has allows everything", Severity: scanner.Medium,
			Controls: []string{"FSBP IAM.1", "AWS Config iam-policy-no-statements-with-admin-access"},
			Why:      "It makes an administrator of whoever it is attached to, by one call and under a name that does not say so.",
			Fix:      "Delete it (iam delete-policy, after its versions but the default one), or make a version of what is needed the default one (iam create-policy-version).",
			Causes: []string{
				"CreatePolicy", "CreatePolicyVersion", "SetDefaultPolicyVersion", "DetachUserPolicy", "DetachGroupPolicy", "DetachRolePolicy",
			},
			Cures: []string{"CreatePolicyVersion", "SetDefaultPolicyVersion", "AttachUserPolicy", "AttachGroupPolicy", "AttachRolePolicy"},
		},
		Reads: []account.Fact{account.Policies},
		Check: scanner.ManagedPolicies(policyAdminUnattached),
	},
	{
		About: scanner.About{
			ID: "policy-unattached", Title: "A policy of the account is attached to nobody", Severity: scanner.Low,
			Why:       "Nobody reviews it, and somebody may attach it one day for its name.",
			Fix:       "Delete it (iam delete-policy, after its versions but the default one). Its text is gone with it.",
			Limit:     scanner.Days(7),
			CoveredBy: []string{"policy-admin-unattached"},
			Cures:     []string{"AttachUserPolicy", "AttachGroupPolicy", "AttachRolePolicy"},
		},
		Reads: []account.Fact{account.Policies},
		Check: scanner.ManagedPolicies(policyUnattached),
	},
}

func policyAdminUnattached(p *scanner.Pass, m *account.Policy) {
	if m.Attachments+m.BoundaryUses > 0 {
		return
	}
	document, doubt := defaultOf(m)
	if document.Admin() == nil {
		cannotTell(p, account.Policies, doubt)
		return
	}
	version := m.Default().ID
	p.Fail("", map[string]string{"version": version},
		"policy %q allows every action on every resource in its default version %s, and nobody has it", m.Name, version).
		Mend(iam("get-policy-version", "--policy-arn", m.ARN, "--version-id", version))
}

// policyUnattached goes by the last change of the policy: IAM does not tell since when
// nobody has it. Those that deny, and wait for somebody to be contained, are the stack's.
func policyUnattached(p *scanner.Pass, m *account.Policy) {
	own := p.Snapshot.Stack.Denies
	since := latest(m.Created, m.Updated)
	switch {
	case m.Attachments+m.BoundaryUses > 0:
	case m.ARN == own.Console || m.ARN == own.WithoutMFA || m.ARN == own.All:
	case since.IsZero():
		p.Gap(account.Policies, account.Seen{Missing: "nothing tells when the policy was created or changed"})
	case p.Old(since):
		p.Fail("", map[string]string{"changed": when(since), "limit": strconv.Itoa(p.Limit())},
			"policy %q is attached to nobody and nobody's boundary, and was last changed %s ago, the limit is %d", m.Name, age(p, since), p.Limit()).
			Mend(iam("list-policy-versions", "--policy-arn", m.ARN))
	}
}
