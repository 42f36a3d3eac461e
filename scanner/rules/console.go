package rules

import (
	"cmp"
	"strconv"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

var console = []scanner.Rule{
	{
		About: scanner.About{
			ID: "user-console-without-mfa", Title: "A user can sign in to the console without MFA", Severity: scanner.High,
			Controls:  cis("1.10", "1.10", "1.9", "FSBP IAM.5", "AWS Config mfa-enabled-for-iam-console-access", "PCI DSS 4.0.1 8.4.2"),
			Why:       "A guessed, phished or reused password is then all it takes to act as the user.",
			Fix:       "Have the user assign an MFA device (iam enable-mfa-device), or take the password away if it is not needed (iam delete-login-profile).",
			Grace:     newcomers(),
			CoveredBy: []string{"admin-user-without-mfa"},
			Causes:    []string{"CreateLoginProfile", "DeactivateMFADevice"},
			Cures:     []string{"EnableMFADevice", "DeleteLoginProfile"},
		},
		Reads: []account.Fact{account.Logins, account.MFA},
		Check: scanner.Users(userConsoleWithoutMFA),
	},
	{
		About: scanner.About{
			ID: "admin-user-without-mfa", Title: "An administrator has no MFA device", Severity: scanner.Critical,
			Why: "Everything in the account is one stolen password or access key away. A policy cannot ask for MFA from somebody who has none.",
			Fix: "Have the user assign an MFA device (iam enable-mfa-device), or take the administrator's permissions away. A user who needs no credentials at all should be deleted.",
			Causes: []string{
				"DeactivateMFADevice", "AttachUserPolicy", "PutUserPolicy", "AddUserToGroup", "AttachGroupPolicy", "PutGroupPolicy",
				"CreatePolicyVersion", "SetDefaultPolicyVersion", "PutUserPermissionsBoundary", "DeleteUserPermissionsBoundary",
				"DetachUserPolicy", "DeleteUserPolicy", "RemoveUserFromGroup", "DetachGroupPolicy", "DeleteGroupPolicy", // of a Deny
			},
			Cures: []string{
				"EnableMFADevice", "DetachUserPolicy", "DeleteUserPolicy", "PutUserPolicy", "RemoveUserFromGroup", "DetachGroupPolicy",
				"DeleteGroupPolicy", "PutGroupPolicy", "CreatePolicyVersion", "SetDefaultPolicyVersion", "PutUserPermissionsBoundary",
				"AttachUserPolicy", "AddUserToGroup", "AttachGroupPolicy", // of a Deny
			},
		},
		Reads: []account.Fact{account.Users, account.Groups, account.Policies, account.MFA},
		Check: scanner.Users(adminUserWithoutMFA),
	},
	{
		About: scanner.About{
			ID: "user-console-unused", Title: "A console password has not been used for a long time", Severity: scanner.Medium,
			Controls: cis("1.12", "1.12", "1.11", "FSBP IAM.22", "FSBP IAM.8", "AWS Config iam-user-unused-credentials-check", "PCI DSS 4.0.1 8.2.6"),
			Why:      "Nobody misses a password that nobody uses, so nobody notices when somebody else does.",
			Fix:      "Take the password away; it can be given again in a minute. The user's access keys and open sessions are not touched by that.",
			Limit:    scanner.Days(45),
			Cures:    []string{"DeleteLoginProfile", "UpdateLoginProfile", "ChangePassword", "DetachUserPolicy"}, // of a containment
		},
		Reads: []account.Fact{account.Logins},
		Check: scanner.Users(userConsoleUnused),
	},
	{
		About: scanner.About{
			ID: "containment-left", Title: "A user is still contained though the reason is gone", Severity: scanner.Low,
			Why:    "A policy that denies much and that nobody remembers is found by the user, at the worst of times.",
			Fix:    "Undo the containment (iamvigil remediate undo, or iam detach-user-policy).",
			Causes: []string{"DeleteLoginProfile", "EnableMFADevice"},
			Cures:  []string{"DetachUserPolicy"},
		},
		Reads: []account.Fact{account.Users, account.Logins, account.MFA},
		Check: scanner.Users(containmentLeft),
	},
}

// containmentLeft leaves a quarantine to whoever ends it: what it was for cannot
// be seen.
func containmentLeft(p *scanner.Pass, u *account.User) {
	has := p.Snapshot.Stack.Denies.Of(u)
	left := func(arn, reason string) {
		if arn != "" && reason != "" {
			p.Fail(arn, nil, "user %q is still contained by policy %q, and %s", u.Name, account.NameOf(arn), reason).
				Mend(iam("detach-user-policy", "--user-name", u.Name, "--policy-arn", arn))
		}
	}
	switch {
	case u.Login == nil:
		left(has.Console, "has no console password any more")
		left(has.WithoutMFA, "has no console password any more")
	case u.MFA:
		left(has.WithoutMFA, "has an MFA device now")
	}
}

func userConsoleWithoutMFA(p *scanner.Pass, u *account.User) {
	if u.Login != nil && !u.MFA && !p.InGrace(u.Created) {
		p.Fail("", map[string]string{"password_changed": when(u.Login.Changed), "password_last_used": when(u.Login.LastUsed)},
			"user %q has a console password and no MFA device", u.Name)
	}
}

func adminUserWithoutMFA(p *scanner.Pass, u *account.User) {
	if u.MFA {
		return
	}
	if through, ok := administrator(p, u); ok {
		p.Fail("", map[string]string{"administrator_through": through},
			"user %q is an administrator through %s and has no MFA device", u.Name, through)
	}
}

// userConsoleUnused counts from the later of the last use and the last change:
// a password's last use outlives the password, and one never used counts from
// when it was set. That of a user whom the stack keeps off the console is unused
// as long as it is there: whoever signs in with it cannot do anything, and does
// not mend anything either.
func userConsoleUnused(p *scanner.Pass, u *account.User) {
	if u.Login == nil {
		return
	}
	evidence := map[string]string{
		"password_last_used": when(u.Login.LastUsed),
		"password_changed":   when(u.Login.Changed),
		"limit":              strconv.Itoa(p.Limit()),
	}
	if has := p.Snapshot.Stack.Denies.Of(u); has.Console != "" || has.All != "" {
		evidence["contained_by"] = cmp.Or(has.Console, has.All)
		p.Fail("", evidence, "user %q: console password is contained by policy %q, and the control still fails until a person removes the password",
			u.Name, account.NameOf(evidence["contained_by"])).
			Mend(withoutPassword(u))
		return
	}
	since := latest(u.Login.LastUsed, u.Login.Changed)
	if since.IsZero() {
		since = u.Created
	}
	switch {
	case since.IsZero():
		p.Gap(account.Logins, account.Seen{Missing: "nothing tells when the password was set or used, or when the user was created"})
	case p.Old(since):
		p.Fail("", evidence, "user %q: console password %s, the limit is %d", u.Name, idle(p, u.Login.LastUsed, since), p.Limit()).
			Mend(withoutPassword(u))
	case p.Snapshot.Stack.Denies.Any() && !p.Known(account.Users):
		p.Gap(account.Users, p.Snapshot.Seen[account.Users]) // perhaps contained
	}
}

func withoutPassword(u *account.User) string {
	return iam("delete-login-profile", "--user-name", u.Name)
}
