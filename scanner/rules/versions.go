package rules

import (
	"strings"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

var versions = []scanner.Rule{
	{
		About: scanner.About{
			ID: "policy-dormant-admin-version", Title: "A version of a policy that is not in force allows everything", Severity: scanner.Medium,
			Why:       "Whoever may set a policy's default version (iam:SetDefaultPolicyVersion), and can write none, becomes administrator by it, as does everybody who has the policy. Low where nobody has it. Of versions that allow less than everything nothing is known.",
			Fix:       "Delete the version (iam delete-policy-version), which AWS refuses where it is in force by now.",
			CoveredBy: []string{"policy-admin", "policy-admin-unattached"},
			Causes:    []string{"CreatePolicyVersion", "SetDefaultPolicyVersion"},
			Cures:     []string{"DeletePolicyVersion"},
		},
		Reads: []account.Fact{account.Policies},
		Check: scanner.ManagedPolicies(policyDormantAdmin),
	},
}

// policyDormantAdmin needs no document of the versions that have none: those do not
// allow everything.
func policyDormantAdmin(p *scanner.Pass, m *account.Policy) {
	var dormant, commands []string
	for i := range m.Versions {
		if v := &m.Versions[i]; !v.Default && v.Document.Admin() != nil {
			dormant = append(dormant, v.ID)
			commands = append(commands, iam("delete-policy-version", "--policy-arn", m.ARN, "--version-id", v.ID))
		}
	}
	if len(dormant) == 0 {
		return
	}
	severity := p.Rule.Severity
	if m.Attachments+m.BoundaryUses == 0 {
		severity = milder(severity)
	}
	p.FailAs(severity, "", map[string]string{"versions": strings.Join(dormant, " ")},
		"policy %q allows every action on every resource in versions that are not in force: %s", m.Name, quoted(dormant)).
		Mend(commands...)
}
