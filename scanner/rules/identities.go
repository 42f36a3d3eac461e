package rules

import (
	"slices"
	"strconv"
	"time"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

var identities = []scanner.Rule{
	{
		About: scanner.About{
			ID: "user-without-mfa", Title: "A user has no MFA device", Severity: scanner.Low, OptIn: true,
			Controls:  []string{"FSBP IAM.19", "AWS Config iam-user-mfa-enabled", "PCI DSS 4.0.1 8.4.2"},
			Why:       "Policies that ask for MFA shut such a user out, and those that do not let in whoever has its key. A user of a program alone can have none, which is why this has to be named.",
			Fix:       "Assign the user an MFA device (iam enable-mfa-device), or give the program a role and delete the user.",
			CoveredBy: []string{"admin-user-without-mfa", "user-console-without-mfa"},
			Causes:    []string{"CreateUser", "DeactivateMFADevice"},
			Cures:     []string{"EnableMFADevice"},
		},
		Reads: []account.Fact{account.MFA},
		Check: scanner.Users(userWithoutMFA),
	},
	{
		About: scanner.About{
			ID: "user-exists", Title: "The account has an IAM user", Severity: scanner.Info, OptIn: true,
			Controls: cis("1.21", "1.21", "1.20"),
			Why:      "Where people sign in through an identity provider and programs have roles, a user with credentials of its own goes round both: nobody takes it away when somebody leaves.",
			Fix:      "Give the person an identity in the provider, or the program a role, and delete the user with all its credentials (iam delete-user). Exempt those that must stay, such as one to break the glass.",
			Causes:   []string{"CreateUser"},
		},
		Reads: []account.Fact{account.Users},
		Check: scanner.Users(userExists),
	},
	{
		About: scanner.About{
			ID: "user-in-no-group", Title: "A user is in no group, or in none of those required", Severity: scanner.Low,
			Controls:  []string{"AWS Config iam-user-group-membership-check"},
			Why:       "Permissions come through groups, so that they can be reviewed. A user in none has either permissions of its own or no use at all.",
			Fix:       "Put the user into the group of its work (iam add-user-to-group), or delete the user.",
			List:      scanner.List{Of: "groups of which each user must be in one; * and ? stand for any text. Without one any will do"},
			CoveredBy: []string{"admin-user-without-mfa", "administrator-attached", "inline-policy-admin", "user-direct-policy", "user-unused"},
			Causes:    []string{"CreateUser", "RemoveUserFromGroup"},
			Cures:     []string{"AddUserToGroup"},
		},
		Reads: []account.Fact{account.Users},
		Check: scanner.Users(userInNoGroup),
	},
	{
		About: scanner.About{
			ID: "key-at-user-setup", Title: "An access key was made together with a console user and never used", Severity: scanner.Low,
			Controls:  cis("1.11", "1.11", "1.10"),
			Why:       "A key made because the form offered it is one that nobody needs, looks after or misses.",
			Fix:       "Delete the key. Whoever needs one can make it then.",
			CoveredBy: []string{"key-unused"},
			Causes:    []string{"CreateAccessKey", "CreateLoginProfile", "UpdateAccessKey"},
			Cures:     []string{"DeleteAccessKey", "UpdateAccessKey", "DeleteLoginProfile"},
		},
		Reads: []account.Fact{account.Users, account.Logins, account.Keys},
		Check: scanner.AccessKeys(keyAtUserSetup),
	},
	{
		About: scanner.About{
			ID: "user-signing-cert", Title: "A user has an old X.509 signing certificate", Severity: scanner.Low,
			Why:   "A signing certificate authenticates the user to old SOAP interfaces, without MFA; the longer it lives, the more copies of its private key there are.",
			Fix:   "Deactivate the certificate (iam update-signing-certificate), and delete it once nobody has missed it.",
			Limit: scanner.Days(90),
			Cures: []string{"UpdateSigningCertificate", "DeleteSigningCertificate"},
		},
		Reads: []account.Fact{account.Certificates},
		Check: scanner.Users(userSigningCert),
	},
	{
		About: scanner.About{
			ID: "user-no-ip-restriction", Title: "A user's keys work from any address", Severity: scanner.Low, OptIn: true,
			Why:    "A key that leaks works from wherever whoever finds it is.",
			Fix:    "Deny everything from other addresses than the user's: Deny with NotIpAddress aws:SourceIp, beside Bool aws:ViaAWSService false for the calls that services make on its behalf. Better give the program a role.",
			Causes: []string{"CreateAccessKey", "UpdateAccessKey", "AttachUserPolicy", "PutUserPolicy", "AddUserToGroup", "DetachUserPolicy", "DeleteUserPolicy"},
			Cures:  []string{"DeleteAccessKey", "UpdateAccessKey", "AttachUserPolicy", "PutUserPolicy", "DetachUserPolicy", "DeleteUserPolicy", "AddUserToGroup", "RemoveUserFromGroup"},
		},
		Reads: []account.Fact{account.Users, account.Groups, account.Policies, account.Keys},
		Check: scanner.Users(userNoIPRestriction),
	},
}

func userWithoutMFA(p *scanner.Pass, u *account.User) {
	if !u.MFA {
		p.Fail("", map[string]string{"mfa": "none"}, "user %q has no MFA device", u.Name)
	}
}

func userExists(p *scanner.Pass, u *account.User) {
	p.Fail("", map[string]string{"created": when(u.Created)}, "user %q is an IAM user", u.Name)
}

func userInNoGroup(p *scanner.Pass, u *account.User) {
	required := func(name string) bool { return len(p.List()) == 0 || like(p.List(), name) }
	switch {
	case len(u.Groups) == 0:
		p.Fail("", map[string]string{"groups": "0"}, "user %q is in no group", u.Name)
	case !slices.ContainsFunc(u.Groups, required):
		p.Fail("", map[string]string{"groups": strconv.Itoa(len(u.Groups))}, "user %q is in none of the groups of which one is required: %s", u.Name, quoted(p.List()))
	}
}

// like tells whether one of the patterns matches a name, in whatever case: to IAM
// names are the same then.
func like(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return policy.MatchAction(pattern, name) })
}

// setup is how long after its user a key may be made and still belong to the
// user's making.
const setup = time.Hour

func keyAtUserSetup(p *scanner.Pass, u *account.User, k *account.AccessKey) {
	if k.Status != account.Active || !k.LastUsed.IsZero() || u.Login == nil {
		return
	}
	switch {
	case k.Created.IsZero():
		undated(p, k)
	case u.Created.IsZero():
		p.Gap(account.Users, account.Seen{Missing: "nothing tells when the user was created"})
	case k.Created.Sub(u.Created).Abs() <= setup:
		p.Fail(k.Part(), map[string]string{"created": when(k.Created), "last_used": when(k.LastUsed), "user_created": when(u.Created)},
			"user %q: access key %s was made together with the user, who has a console password, and was never used", u.Name, keyName(k)).
			Mend(ofKey(u, k, deactivated)...)
	}
}

// userSigningCert tells of the oldest certificate: they have no ids in the
// credential report.
func userSigningCert(p *scanner.Pass, u *account.User) {
	var oldest time.Time
	n := 0
	for _, c := range u.Certificates {
		switch {
		case !c.Active:
		case c.Uploaded.IsZero():
			p.Gap(account.Certificates, account.Seen{Missing: "nothing tells when a signing certificate was uploaded"})
		case p.Old(c.Uploaded):
			n++
			if oldest.IsZero() || c.Uploaded.Before(oldest) {
				oldest = c.Uploaded
			}
		}
	}
	if n > 0 {
		p.Fail("", map[string]string{"signing_certificates": strconv.Itoa(n), "uploaded": when(oldest), "limit": strconv.Itoa(p.Limit())},
			"user %q has %s uploaded %s ago, the limit is %d", u.Name, counted(n, "active signing certificate"), age(p, oldest), p.Limit()).
			Mend(iam("list-signing-certificates", "--user-name", u.Name))
	}
}

// nobodys is an address that nobody has: RFC 5737 keeps it for documentation.
const nobodys = "192.0.2.1"

// userNoIPRestriction asks what the user may do from an address that is nobody's,
// by itself and not by a service on its behalf. Boundaries are not looked at.
func userNoIPRestriction(p *scanner.Pass, u *account.User) {
	n := activeKeys(u.Keys)
	if n == 0 {
		return
	}
	var read []*policy.Document
	for from, document := range documents(p, u) {
		cannotTell(p, from.fact, from.doubt)
		if from.doubt == "" {
			read = append(read, document)
		}
	}
	if fromAnywhere(p, read) {
		p.Fail("", map[string]string{"active_keys": strconv.Itoa(n)},
			"user %q has %s, and is allowed something from any address", u.Name, counted(n, "active access key"))
	}
}

// fromAnywhere tells whether documents together allow anything from an address that
// is nobody's. Most show it at a glance: something is allowed without a condition, and
// nothing is denied.
func fromAnywhere(p *scanner.Pass, documents []*policy.Document) bool {
	var all effects
	for _, d := range documents {
		of := p.Once(glance{d}, func() any { return effectsOf(d) }).(effects)
		all.allows, all.denies = all.allows || of.allows, all.denies || of.denies
		all.plainly = all.plainly || of.plainly
	}
	switch {
	case !all.allows:
		return false
	case all.plainly && !all.denies:
		return true
	}
	return !policy.Combine(documents, policy.Limits{SCPs: [][]*policy.Document{}}).Given(map[string][]string{
		"aws:SourceIp": {nobodys}, "aws:ViaAWSService": {"false"},
		"aws:VpcSourceIp": nil, "aws:SourceVpc": nil, "aws:SourceVpce": nil,
	}).May("*", "*").Denied()
}

// glance is a document of which the effects were asked.
type glance struct{ *policy.Document }

// effects are those of a document's statements; plainly: some allows something
// without a condition.
type effects struct{ allows, plainly, denies bool }

func effectsOf(d *policy.Document) effects {
	var all effects
	for i := range d.Statements {
		s := &d.Statements[i]
		all.allows = all.allows || s.Allows()
		all.plainly = all.plainly || s.Allows() && len(s.Conditions) == 0 && d.Problems == nil && len(s.Actions) > 0 && len(s.Resources) > 0
		all.denies = all.denies || s.Effect == policy.Deny
	}
	return all
}
