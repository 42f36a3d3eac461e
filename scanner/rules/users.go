package rules

import (
	"strconv"
	"strings"
	"time"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

// leastUnused is how long a new user may be left without any use, whatever the
// limit is set to.
const leastUnused = 7

var users = []scanner.Rule{
	{
		About: scanner.About{
			ID: "user-unused", Title: "A user has not been used for a long time", Severity: scanner.Low,
			Controls:  []string{"AWS Config iam-user-unused-credentials-check"},
			Why:       "A forgotten user keeps permissions that nobody reviews, and waits for somebody to give it a key.",
			Fix:       "Ask its owner, then delete the user with all its credentials (iam delete-user).",
			Limit:     scanner.Limit{Value: 90, Unit: "days", Min: leastUnused, Max: 3650, PerPassword: true},
			CoveredBy: []string{"user-console-unused", "key-unused"},
			Cures:     []string{"CreateLoginProfile", "UpdateLoginProfile", "ChangePassword", "CreateAccessKey"},
		},
		Reads: []account.Fact{account.Logins, account.Keys},
		Check: scanner.Users(userUnused),
	},
	{
		About: scanner.About{
			ID: "user-password-and-key", Title: "A user has both a console password and an active access key", Severity: scanner.Low,
			Why:       "A person and a program share one identity: what the program does cannot be told from what the person does, and neither can be given less.",
			Fix:       "Give the program a role, or a user of its own, and delete the key (iam delete-access-key); or take the password away (iam delete-login-profile).",
			Grace:     newcomers(),
			CoveredBy: []string{"key-at-user-setup"},
			Causes:    []string{"CreateLoginProfile", "CreateAccessKey", "UpdateAccessKey"},
			Cures:     []string{"DeleteLoginProfile", "DeleteAccessKey", "UpdateAccessKey"},
		},
		Reads: []account.Fact{account.Logins, account.Keys},
		Check: scanner.Users(userPasswordAndKey),
	},
	{
		About: scanner.About{
			ID: "user-direct-policy", Title: "A user has policies of its own", Severity: scanner.Low,
			Controls:  cis("1.15", "1.15", "1.14", "FSBP IAM.2", "AWS Config iam-user-no-policies-check", "PCI DSS 3.2.1 7.2.1"),
			Why:       "Permissions given to one user at a time are reviewed by nobody and outlive their reason.",
			Fix:       "Put the user into a group that has the permissions (iam add-user-to-group), then take away the user's own policies. Keep the text of an inline one: it is gone with it.",
			Grace:     newcomers(),
			CoveredBy: []string{"admin-user-without-mfa", "administrator-attached", "inline-policy-admin"},
			Causes:    []string{"AttachUserPolicy", "PutUserPolicy"},
			Cures:     []string{"DetachUserPolicy", "DeleteUserPolicy"},
		},
		Reads: []account.Fact{account.Users},
		Check: scanner.Users(userDirectPolicy),
	},
}

// userUnused takes a new credential for a sign of use: somebody is about to.
func userUnused(p *scanner.Pass, u *account.User) {
	used, since := time.Time{}, u.Created
	if u.Login != nil {
		used, since = u.Login.LastUsed, latest(since, u.Login.LastUsed, u.Login.Changed)
	}
	for i := range u.Keys {
		used = latest(used, u.Keys[i].LastUsed)
		since = latest(since, u.Keys[i].LastUsed, u.Keys[i].Created)
	}
	switch {
	case since.IsZero():
		p.Gap(account.Users, account.Seen{Missing: "nothing tells when the user was created or used"})
	case p.Old(since):
		p.Fail("", map[string]string{
			"created": when(u.Created), "last_used": when(used), "limit": strconv.Itoa(p.Limit()),
		}, "user %q %s, the limit is %d", u.Name, idle(p, used, since), p.Limit())
	}
}

func userPasswordAndKey(p *scanner.Pass, u *account.User) {
	if n := activeKeys(u.Keys); n > 0 && u.Login != nil && !p.InGrace(u.Created) {
		p.Fail("", map[string]string{"active_keys": strconv.Itoa(n)}, "user %q has a console password and %s", u.Name, counted(n, "active access key"))
	}
}

// userDirectPolicy leaves out the policies by which the scanner's own stack
// contains the user, unless there are no others: then it shows them, and
// [scanner.Terms] exempts them.
func userDirectPolicy(p *scanner.Pass, u *account.User) {
	own := p.Snapshot.Stack.Denies.Without(u.Attached)
	if len(own)+len(u.Inline) == 0 {
		own = u.Attached
	}
	var attached, inline []string
	for _, a := range own {
		attached = append(attached, a.Name)
	}
	for i := range u.Inline {
		inline = append(inline, u.Inline[i].Name)
	}
	var has []string
	if n := len(attached); n > 0 {
		has = append(has, "attached "+quoted(attached))
	}
	if n := len(inline); n > 0 {
		has = append(has, "inline "+quoted(inline))
	}
	if len(has) > 0 && !p.InGrace(u.Created) {
		p.Fail("", map[string]string{"attached": strconv.Itoa(len(attached)), "inline": strconv.Itoa(len(inline))},
			"user %q has %s of its own: %s", u.Name, policiesCounted(len(attached)+len(inline)), strings.Join(has, "; ")).
			Mend(withoutPolicies(p, own, u.Inline)...)
	}
}

func policiesCounted(n int) string {
	if n == 1 {
		return "a policy"
	}
	return strconv.Itoa(n) + " policies"
}
