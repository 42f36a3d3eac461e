package rules

import (
	"strconv"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

// Contributed is the example of CONTRIBUTING.md, word for word but for the name of
// its check, so that whoever tries it out has no other of that name.
var Contributed = []scanner.Rule{
	{
		About: scanner.About{
			ID: "user-password-old", Title: "A console password is very old", Severity: scanner.Low,
			Why:   "An old password has been typed into many places, and may be in what was stolen from one of them.",
			Fix:   "Have the user change it (iam change-password).",
			Limit: scanner.Days(365),
			OptIn: true,
			Cures: []string{"ChangePassword", "UpdateLoginProfile", "DeleteLoginProfile"},
		},
		Reads: []account.Fact{account.Logins},
		Check: scanner.Users(contributed),
	},
}

func contributed(p *scanner.Pass, u *account.User) {
	switch {
	case u.Login == nil:
	case u.Login.Changed.IsZero():
		p.Gap(account.Logins, account.Seen{Missing: "nothing tells when the password was set"})
	case p.Old(u.Login.Changed):
		p.Fail("", map[string]string{"password_changed": when(u.Login.Changed), "limit": strconv.Itoa(p.Limit())},
			"user %q: console password is %s old, the limit is %d", u.Name, age(p, u.Login.Changed), p.Limit())
	}
}
