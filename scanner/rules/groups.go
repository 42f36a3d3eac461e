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
			Fix:      "Delete the group (iam delete-group) after its policies, or put its members back.",
		},
		Reads: []account.Fact{account.Groups, account.Users},
		Check: scanner.Groups(groupEmpty),
	},
}

func groupEmpty(p *scanner.Pass, g *account.Group) {
	if p.Members(g.Name) == 0 {
		p.Fail("", map[string]string{"created": when(g.Created)}, "group %q has no members", g.Name)
	}
}
