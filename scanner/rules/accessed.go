package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

var accessed = []scanner.Rule{
	{
		About: scanner.About{
			ID: "unused-permission", Title: "A user or role may use services that it does not use", Severity: scanner.Low, OptIn: true,
			Why: "What nobody uses does nothing but harm once somebody else has the credentials. AWS counts denied attempts as use, goes by the policies that grant and not by boundaries or the organization's, looks back 400 days at most, and does not tell since when a service is granted.",
			Fix: "Take what is not used out of the policies that grant it, which iam list-policies-granting-service-access names; the console's tab Last Accessed shows every service. IAM Access Analyzer makes a policy out of what CloudTrail saw (accessanalyzer start-policy-generation). A role named AWSReservedSSO_* has its policies from its permission set in IAM Identity Center.",
			// AWS tells of the last 400 days only.
			Limit:     scanner.Limit{Value: 90, Unit: "days", Min: 1, Max: 400},
			CoveredBy: []string{"user-unused", "role-unused"},
			Cures:     append(slices.Clone(rewritten), "RemoveUserFromGroup"),
		},
		Reads: []account.Fact{account.LastAccessed, account.Groups, account.Policies},
		Check: scanner.Several(scanner.Part{Check: scanner.Users(userUnusedPermission)}, scanner.Part{Check: scanner.Roles(roleUnusedPermission)}),
	},
	{
		About: scanner.About{
			ID: "user-long-lived-service-access", Title: "A program works with a long-term access key", Severity: scanner.Low, OptIn: true,
			Why:       "The key does not end and lies where the program runs; a role would give the program credentials that end within hours. Keys last used to assume a role, or on IAM itself, are let be.",
			Fix:       "Give the program a role: of its instance, function or task, by OIDC or SAML from elsewhere, by IAM Roles Anywhere where it has a certificate. Then deactivate the key and delete it (iam update-access-key, iam delete-access-key).",
			Limit:     scanner.Days(90),
			CoveredBy: []string{"key-unused"},
			Cures:     []string{"UpdateAccessKey", "DeleteAccessKey"},
		},
		Reads: []account.Fact{account.Keys},
		Check: scanner.AccessKeys(userLongLivedServiceAccess),
	},
}

func userUnusedPermission(p *scanner.Pass, u *account.User) {
	unusedPermission(p, unusedOf(p, account.Users, u.Created, u.Accessed), len(u.Accessed), ofUser(p, u))
}

func roleUnusedPermission(p *scanner.Pass, r *account.Role) {
	unusedPermission(p, unusedOf(p, account.Roles, r.Created, r.Accessed), len(r.Accessed), ofRole(r))
}

// wholly is through what somebody is allowed everything, or empty.
func (of bearer) wholly(p *scanner.Pass) (through string) {
	of.documents(p, func(from source, document *policy.Document) bool {
		if p.Admin(document) {
			through = from.String()
		}
		return through == ""
	})
	return through
}

// unusedOf are the services not used within the limit, of who is older than that.
func unusedOf(p *scanner.Pass, listing account.Fact, created time.Time, services []account.Access) []account.Access {
	switch {
	case created.IsZero():
		p.Gap(listing, account.Seen{Missing: fmt.Sprintf("nothing tells when the %s was created", p.Resource.Kind)})
		return nil
	case !p.Old(created):
		return nil
	}
	unused := slices.DeleteFunc(slices.Clone(services), func(a account.Access) bool {
		return !a.Last.IsZero() && !p.Old(a.Last)
	})
	slices.SortFunc(unused, func(a, b account.Access) int {
		return cmp.Or(cmp.Compare(rankOf(a.Service), rankOf(b.Service)), strings.Compare(a.Service, b.Service))
	})
	return unused
}

// dearest are services by which one comes to more than was given, named first.
var dearest = []string{"iam", "sts", "organizations", "kms", "secretsmanager", "s3"}

func rankOf(service string) int {
	if i := slices.Index(dearest, service); i >= 0 {
		return i
	}
	return len(dearest)
}

// unusedPermission tells of the services that a user or role has not used, of so many
// that it is granted.
func unusedPermission(p *scanner.Pass, unused []account.Access, granted int, of bearer) {
	if len(unused) == 0 {
		return
	}
	names, untold := make([]string, 0, len(unused)), 0
	for _, a := range unused {
		names = append(names, a.Service)
		if a.Last.IsZero() {
			untold++
		}
	}
	may := "may use " + counted(granted, "service")
	if through := of.wholly(p); through != "" {
		may = fmt.Sprintf("is allowed everything by %s (all %s)", through, counted(granted, "service"))
	}
	evidence := map[string]string{
		"granted": strconv.Itoa(granted), "unused": strconv.Itoa(len(unused)), "no_use_known": strconv.Itoa(untold), "limit": strconv.Itoa(p.Limit()),
	}
	p.Fail("", evidence, "%s %q %s and has not used %s for more than %s: %s%s",
		p.Resource.Kind, p.Resource.Name, may, someOf(len(unused), granted), counted(p.Limit(), "day"), quoted(names), noUse(untold, len(unused))).
		Mend(granters(p.Resource.ARN, names)...)
}

func someOf(n, all int) string {
	switch {
	case all == 1:
		return "it"
	case n == all:
		return "any of them"
	}
	return fmt.Sprintf("%d of them", n)
}

// noUse tells what AWS knows no use of, in all that it looks back on, from what was
// used long ago.
func noUse(n, of int) string {
	switch n {
	case 0:
		return ""
	case of:
		return "; AWS knows of no use at all"
	}
	return fmt.Sprintf("; of %d AWS knows no use at all", n)
}

// granters shows the policies that grant the first of the services.
func granters(arn string, services []string) []string {
	services = services[:min(most, len(services))]
	if slices.ContainsFunc(services, func(name string) bool { return strings.ContainsAny(name, `"\`) }) {
		return nil
	}
	return []string{iam("list-policies-granting-service-access", "--arn", arn, "--service-namespaces", `["`+strings.Join(services, `","`)+`"]`)}
}

// userLongLivedServiceAccess goes by what a key did last, since nothing tells of each
// key what it did before.
func userLongLivedServiceAccess(p *scanner.Pass, u *account.User, k *account.AccessKey) {
	service := strings.ToLower(k.LastUsedService)
	switch {
	case k.Status != account.Active || k.LastUsed.IsZero() || p.Old(k.LastUsed):
	case service != "" && service != "iam" && service != "sts":
		evidence, in := keyEvidence(p, k), ""
		if evidence["service"] = service; k.LastUsedRegion != "" {
			in, evidence["region"] = fmt.Sprintf(" in %q", k.LastUsedRegion), k.LastUsedRegion
		}
		p.Fail(k.Part(), evidence, "user %q: active access key %s was used for %q%s %s ago, within the last %s",
			u.Name, keyName(k), service, in, age(p, k.LastUsed), counted(p.Limit(), "day")).
			Mend(ofKey(u, k, usedLast)...)
	}
}
