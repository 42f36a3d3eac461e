package rules

import (
	"fmt"
	"strconv"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

// filled is a limit of how much of a quota may be in use.
func filled(percent int) scanner.Limit {
	return scanner.Limit{Value: percent, Unit: "percent", Min: 50, Max: 100}
}

const raise = "Where the quota can be raised, that is asked for in Service Quotas."

var quotas = []scanner.Rule{
	{
		About: scanner.About{
			ID: "account-quota", Title: "The account is near one of IAM's quotas", Severity: scanner.Low,
			Why:   "At the quota nothing more can be created: deployments fail, and so does whoever has to act in an incident.",
			Fix:   "Delete what is unused. " + raise,
			Limit: filled(80),
		},
		Reads: []account.Fact{account.Summary},
		Check: scanner.Account(accountQuota),
	},
	{
		About: scanner.About{
			ID: "attached-policies-quota", Title: "A user, group or role has nearly as many policies attached as it can have", Severity: scanner.Low,
			Why:    "What is needed next then goes into an inline policy, or into one with wildcards, because no other can be attached.",
			Fix:    "Make one policy of several, or give users theirs through groups. " + raise,
			Limit:  filled(90),
			Causes: []string{"AttachUserPolicy", "AttachGroupPolicy", "AttachRolePolicy"},
			Cures:  []string{"DetachUserPolicy", "DetachGroupPolicy", "DetachRolePolicy"},
		},
		Reads: []account.Fact{account.Users, account.Groups, account.Roles, account.Summary},
		Check: scanner.Identities(attachedPoliciesQuota),
	},
	{
		About: scanner.About{
			ID: "user-groups-quota", Title: "A user is in nearly as many groups as it can be", Severity: scanner.Low,
			Why:    "What the user is given next then goes into a policy of its own. The quota cannot be raised.",
			Fix:    "Make one group of several, by what people do.",
			Limit:  filled(90),
			Causes: []string{"AddUserToGroup"},
			Cures:  []string{"RemoveUserFromGroup"},
		},
		Reads: []account.Fact{account.Users, account.Summary},
		Check: scanner.Users(userGroupsQuota),
	},
	{
		About: scanner.About{
			ID: "policy-versions-quota", Title: "A policy has as many versions as it can have", Severity: scanner.Info,
			Why:    "The next change of the policy fails until a version is deleted, at worst in an incident. And each old version is one call away from being in force again.",
			Fix:    "Delete the versions that nobody will go back to (iam delete-policy-version). The quota cannot be raised.",
			Limit:  filled(90),
			Causes: []string{"CreatePolicyVersion"},
			Cures:  []string{"DeletePolicyVersion"},
		},
		Reads: []account.Fact{account.Policies, account.Summary},
		Check: scanner.ManagedPolicies(policyVersionsQuota),
	},
}

// counters are what GetAccountSummary counts and gives the quota of, by its name
// there: the quota's is that with "Quota" behind it. Those of roles and instance
// profiles are told, but not documented: what is not told is passed over.
var counters = []struct{ name, noun string }{
	{"Users", "users"}, {"Groups", "groups"}, {"Roles", "roles"}, {"Policies", "policies"},
	{"PolicyVersionsInUse", "policy versions in use"},
	{"InstanceProfiles", "instance profiles"}, {"ServerCertificates", "server certificates"},
}

func accountQuota(p *scanner.Pass, s *account.Snapshot) {
	for _, of := range counters {
		full(p, of.name, s.Summary[of.name], s.Summary[of.name+"Quota"], "account "+s.Account.ID, of.noun)
	}
}

func attachedPoliciesQuota(p *scanner.Pass, i scanner.Identity) {
	name := map[account.Kind]string{
		account.KindUser: "AttachedPoliciesPerUserQuota", account.KindGroup: "AttachedPoliciesPerGroupQuota", account.KindRole: "AttachedPoliciesPerRoleQuota",
	}[p.Resource.Kind]
	within(p, name, 10, len(i.Attached), "attached policies")
}

func userGroupsQuota(p *scanner.Pass, u *account.User) {
	within(p, "GroupsPerUserQuota", 10, len(u.Groups), "groups")
}

func policyVersionsQuota(p *scanner.Pass, m *account.Policy) {
	within(p, "VersionsPerPolicyQuota", 5, len(m.Versions), "versions")
}

// within compares what the resource has with a quota of the account summary, or
// with AWS's default where that does not tell it.
func within(p *scanner.Pass, name string, quota, n int, what string) {
	if told, ok := p.Snapshot.Summary[name]; ok {
		quota = told
	}
	full(p, "", n, quota, fmt.Sprintf("%s %q", p.Resource.Kind, p.Resource.Name), what)
}

// full fails what has used up as much of a quota as the limit says, or more. Zero
// is no quota.
func full(p *scanner.Pass, part string, n, quota int, who, what string) {
	if quota > 0 && n*100 >= p.Limit()*quota {
		p.Fail(part, map[string]string{"in_use": strconv.Itoa(n), "quota": strconv.Itoa(quota), "limit": strconv.Itoa(p.Limit())},
			"%s has %d of at most %d %s, %d percent, the limit is %d", who, n, quota, what, n*100/quota, p.Limit())
	}
}
