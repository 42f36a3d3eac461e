package rules

import (
	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

var groups = []scanner.Rule{
	{
		About: scanner.About{
			ID: "group-empty", Title: "A group has no members", Severity: scanner.Low,
			Controls: []string{"AWS Config iam-group-has-users-check"},
			Why:      "Its permissions wait for whoever may add a user to it, and nobody sees them in any user's review.",
			Fix:      "Take its policies away and delete the group, or put its members back. Keep the text of an inline policy: it is gone with it.",
			Grace:    newcomers(),
			Causes:   []string{"CreateGroup", "RemoveUserFromGroup"},
			Cures:    []string{"AddUserToGroup"},
		},
		Reads: []account.Fact{account.Groups, account.Users},
		Check: scanner.Groups(groupEmpty),
	},
}

func groupEmpty(p *scanner.Pass, g *account.Group) {
	if p.Members(g.Name) == 0 && !p.InGrace(g.Created) {
		p.Fail("", map[string]string{"created": when(g.Created)}, "group %q has no members", g.Name).
			Mend(withoutGroup(p, g)...)
	}
}

// withoutGroup deletes the group, which IAM refuses while it has a policy or a
// member: one with an inline policy is left for a person to delete.
func withoutGroup(p *scanner.Pass, g *account.Group) []string {
	commands := withoutPolicies(p, g.Attached, g.Inline)
	if commands == nil || len(g.Inline) > 0 {
		return commands
	}
	return append(commands, iam("delete-group", "--group-name", g.Name))
}
