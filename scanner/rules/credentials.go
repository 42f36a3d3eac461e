package rules

import (
	"fmt"
	"strconv"
	"time"

	"iamvigil/scanner"
	"iamvigil/scanner/access"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// These rules are about the long-term credentials of users beside passwords and
// access keys. The credential report shows none of them.
var otherCredentials = []scanner.Rule{
	{
		About: scanner.About{
			ID: "user-service-credential", Title: "A user has a long-term credential for one service", Severity: scanner.Medium,
			Why:    "It is a password that works from anywhere and without MFA, mostly for ever, and that neither the credential report nor the age and the use of access keys tell of. Those of Bedrock have rules of their own.",
			Fix:    "Have the program use the service through a role: the credential helper of git or git-remote-codecommit for CodeCommit, the SigV4 plugin of the driver for Keyspaces. Then deactivate the credential (iam update-service-specific-credential), and delete it once nobody has missed it (iam delete-service-specific-credential).",
			Causes: []string{"CreateServiceSpecificCredential", "UpdateServiceSpecificCredential"},
			Cures:  []string{"UpdateServiceSpecificCredential", "DeleteServiceSpecificCredential"},
		},
		Reads: []account.Fact{account.ServiceCredentials},
		Check: scanner.Users(userServiceCredential),
	},
	{
		About: scanner.About{
			ID: "bedrock-key-long-lived", Title: "A user has a long-term API key of Bedrock", Severity: scanner.High,
			Why:       "Whoever finds the key calls models at the account's cost, from anywhere and without MFA; keys for models are what is looked for in repositories and browsers. A short-term key lives for twelve hours at most and belongs to a session. Critical where the key never expires, or not in 10,000 days.",
			Fix:       "Have the program sign its calls as a role, or make short-term keys from one. Then deactivate the key (iam update-service-specific-credential), and delete it once nobody has missed it (iam delete-service-specific-credential).",
			Limit:     scanner.Days(1), // to its end
			CoveredBy: []string{"bedrock-key-admin"},
			Causes:    []string{"CreateServiceSpecificCredential", "UpdateServiceSpecificCredential"},
			Cures:     []string{"UpdateServiceSpecificCredential", "DeleteServiceSpecificCredential"},
		},
		Reads: []account.Fact{account.ServiceCredentials},
		Check: scanner.Users(bedrockKeyLongLived),
	},
	{
		About: scanner.About{
			ID: "bedrock-key-admin", Title: "The user of a long-term API key of Bedrock may do more than call models", Severity: scanner.High,
			Why: "With the key, all of Bedrock is open that is open to its user: guardrails, custom models, the record of what was asked. And a user who can do still more is no longer one for a key alone, which is all that the console makes it for. Critical where the key never expires, or not in 10,000 days.",
			Fix: "Move the key to a user that may call the models which are needed (bedrock:InvokeModel, bedrock:CallWithBearerToken) and nothing else, or better have the program sign its calls as a role.",
			Causes: []string{
				"CreateServiceSpecificCredential", "UpdateServiceSpecificCredential", "AttachUserPolicy", "PutUserPolicy", "AddUserToGroup",
				"AttachGroupPolicy", "PutGroupPolicy", "CreatePolicyVersion", "SetDefaultPolicyVersion", "PutUserPermissionsBoundary",
				"DeleteUserPermissionsBoundary", "DetachUserPolicy", "DeleteUserPolicy", "RemoveUserFromGroup", "DetachGroupPolicy", "DeleteGroupPolicy", // of a Deny
			},
			Cures: []string{
				"UpdateServiceSpecificCredential", "DeleteServiceSpecificCredential", "DetachUserPolicy", "DeleteUserPolicy", "PutUserPolicy",
				"RemoveUserFromGroup", "DetachGroupPolicy", "DeleteGroupPolicy", "PutGroupPolicy", "CreatePolicyVersion", "SetDefaultPolicyVersion",
				"PutUserPermissionsBoundary", "AttachUserPolicy", "AddUserToGroup", "AttachGroupPolicy", // of a Deny
			},
		},
		Reads: []account.Fact{account.ServiceCredentials, account.Users, account.Groups, account.Roles, account.Policies},
		Check: scanner.Users(bedrockKeyAdmin),
	},
	{
		About: scanner.About{
			ID: "user-ssh-key", Title: "A user has an old SSH key for CodeCommit", Severity: scanner.Low, OptIn: true,
			Why:   "Whoever has the private key reads and writes the user's repositories, from anywhere and without MFA; the longer it lives, the more copies of it there are.",
			Fix:   "Have the user upload a new key and deactivate the old one (iam update-ssh-public-key), or use git-remote-codecommit, which signs as a role. Delete the key once nobody has missed it (iam delete-ssh-public-key).",
			Limit: scanner.UserDays(90),
			Cures: []string{"UpdateSSHPublicKey", "DeleteSSHPublicKey"},
		},
		Reads: []account.Fact{account.SSHKeys},
		Check: scanner.Users(userSSHKey),
	},
}

// forBedrock is the service of credentials that are API keys of Bedrock.
const forBedrock = "bedrock.amazonaws.com"

// works reports whether a credential still does: IAM shows one as active after its
// end too.
func works(p *scanner.Pass, c *account.ServiceCredential) bool {
	return c.Status == account.Active && (c.Expires.IsZero() || p.Now.Before(c.Expires))
}

func userServiceCredential(p *scanner.Pass, u *account.User) {
	for i := range u.ServiceCredentials {
		if c := &u.ServiceCredentials[i]; c.Service != forBedrock && works(p, c) {
			p.Fail(c.ID, credentialEvidence(c), "user %q has the active credential %s for %q, made %s, %s",
				u.Name, c.ID, c.Service, longAgo(p, c.Created), ending(p, c)).
				Mend(serviceCredentialsOf(u))
		}
	}
}

func bedrockKeyLongLived(p *scanner.Pass, u *account.User) {
	for i := range u.ServiceCredentials {
		c := &u.ServiceCredentials[i]
		if c.Service != forBedrock || !works(p, c) || !c.Expires.IsZero() && daysLeft(p, c.Expires) <= p.Limit() {
			continue
		}
		evidence := credentialEvidence(c)
		evidence["limit"] = strconv.Itoa(p.Limit())
		p.FailAs(lasting(p, c), c.ID, evidence, "user %q has the active API key %s of Bedrock, which %s, the limit is %s",
			u.Name, c.ID, ending(p, c), counted(p.Limit(), "day")).
			Mend(serviceCredentialsOf(u))
	}
}

// bedrockKeyAdmin says of a key when it ends too: where both are asked, it stands for
// bedrock-key-long-lived.
func bedrockKeyAdmin(p *scanner.Pass, u *account.User) {
	power := ""
	for i := range u.ServiceCredentials {
		c := &u.ServiceCredentials[i]
		if c.Service != forBedrock || !works(p, c) {
			continue
		}
		if power == "" {
			power = beyondModels(p, u)
		}
		if power == "" {
			return
		}
		evidence := credentialEvidence(c)
		evidence["power"] = power
		p.FailAs(lasting(p, c), c.ID, evidence, "user %q has the active API key %s of Bedrock, which %s, and %s", u.Name, c.ID, ending(p, c), power).
			Mend(serviceCredentialsOf(u))
	}
}

// beyondModels is what the user may surely do that no API key is for; empty: nothing
// that is known, of which gaps tell where that is for want of a document.
func beyondModels(p *scanner.Pass, u *account.User) string {
	if through, ok := administrator(p, u); ok {
		return "is an administrator through " + through
	}
	doubtful := false
	for _, e := range viewOf(p).Escalations(u.Ref()) {
		switch {
		case e.Latent || e.Tier >= access.ExistingCompute: // nothing to become, or only by what runs already
		case e.Decision() == policy.Allowed:
			return fmt.Sprintf("may become more than it is by %q", e.Name)
		default:
			for _, a := range e.Answers {
				doubtful = doubtful || unreadable(a)
			}
		}
	}
	all := viewOf(p).Of(u.Ref()).MayAll("bedrock:*", "*")
	switch {
	case all.Decision == policy.Allowed:
		return "may do everything in Bedrock"
	case doubtful || all.Decision == policy.Conditional && unreadable(all):
		p.Gap(account.Policies, account.Seen{Missing: "a policy that bears on the user was not read whole"})
	}
	return ""
}

// unreadable reports whether an answer lacks what a policy of the account says.
// Those of the organization are never known, and only take away.
func unreadable(a policy.Answer) bool {
	for _, gap := range a.Unknown {
		if gap.Layer != policy.SCP {
			return true
		}
	}
	return false
}

// forever is more days than anybody means to keep a key for.
const forever = 10_000

// lasting is how bad it is that a key works for as long as it does.
func lasting(p *scanner.Pass, c *account.ServiceCredential) scanner.Severity {
	if c.Expires.IsZero() || daysLeft(p, c.Expires) > forever {
		return scanner.Critical
	}
	return p.Rule.Severity
}

// daysLeft is the number of whole days until t, below zero once it is past.
func daysLeft(p *scanner.Pass, t time.Time) int {
	d := t.Sub(p.Now)
	if d < 0 {
		d -= 24*time.Hour - 1
	}
	return int(d / (24 * time.Hour))
}

// ending says when a credential ends.
func ending(p *scanner.Pass, c *account.ServiceCredential) string {
	if c.Expires.IsZero() {
		return "never expires"
	}
	return "expires " + ahead(p, c.Expires)
}

// ahead is how far ahead something is, for a message.
func ahead(p *scanner.Pass, t time.Time) string {
	if daysLeft(p, t) == 0 {
		return "in less than a day"
	}
	return "in " + counted(daysLeft(p, t), "day")
}

// longAgo is how long ago something was, for a message, if that is known.
func longAgo(p *scanner.Pass, t time.Time) string {
	if t.IsZero() {
		return "nobody knows when"
	}
	return age(p, t) + " ago"
}

func credentialEvidence(c *account.ServiceCredential) map[string]string {
	return map[string]string{"service": c.Service, "created": when(c.Created), "expires": when(c.Expires)}
}

// serviceCredentialsOf shows what there is. To deactivate a credential stops whatever
// uses it, and nothing tells whether that is so.
func serviceCredentialsOf(u *account.User) string {
	return iam("list-service-specific-credentials", "--user-name", u.Name)
}

// userSSHKey counts a key from its upload. AWS does not tell when it was used.
func userSSHKey(p *scanner.Pass, u *account.User) {
	for i := range u.SSHKeys {
		k := &u.SSHKeys[i]
		switch {
		case k.Status != account.Active:
		case k.Uploaded.IsZero():
			p.Gap(account.SSHKeys, account.Seen{Missing: "nothing tells when SSH key " + k.ID + " was uploaded"})
		case p.Old(k.Uploaded):
			p.Fail(k.ID, map[string]string{"created": when(k.Uploaded), "limit": strconv.Itoa(p.Limit())},
				"user %q: active SSH key %s was uploaded %s ago, the limit is %d", u.Name, k.ID, age(p, k.Uploaded), p.Limit()).
				Mend(iam("list-ssh-public-keys", "--user-name", u.Name))
		}
	}
}
