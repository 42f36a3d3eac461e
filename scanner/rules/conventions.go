package rules

import (
	"slices"
	"strings"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// These rules hold identities against what an account has agreed on.
var conventions = []scanner.Rule{
	{
		About: scanner.About{
			ID: "user-boundary-missing", Title: "A user has no permissions boundary, or not one of the required", Severity: scanner.Medium, OptIn: true,
			Why:    "Where others than administrators may make users and give them policies, the boundary is what keeps those users from being given more than their makers have.",
			Fix:    "Set the boundary (iam put-user-permissions-boundary), after a look at what the user would not be allowed any more.",
			List:   boundaries,
			Causes: []string{"CreateUser", "PutUserPermissionsBoundary", "DeleteUserPermissionsBoundary"},
			Cures:  []string{"PutUserPermissionsBoundary"},
		},
		Reads: []account.Fact{account.Users},
		Check: scanner.Users(func(p *scanner.Pass, u *account.User) { bounds(p, u.Boundary) }),
	},
	{
		About: scanner.About{
			ID: "role-boundary-missing", Title: "A role has no permissions boundary, or not one of the required", Severity: scanner.Medium, OptIn: true,
			Why:    "Where others than administrators may make roles and give them policies, the boundary is what keeps those roles from being given more than their makers have. Roles of IAM Identity Center have it from their permission set, and are let be.",
			Fix:    "Set the boundary (iam put-role-permissions-boundary), after a look at what the role would not be allowed any more.",
			List:   boundaries,
			Causes: []string{"CreateRole", "PutRolePermissionsBoundary", "DeleteRolePermissionsBoundary"},
			Cures:  []string{"PutRolePermissionsBoundary"},
		},
		Reads: []account.Fact{account.Roles},
		Check: scanner.Roles(func(p *scanner.Pass, r *account.Role) {
			if !ofIdentityCenter(r.ARN) {
				bounds(p, r.Boundary)
			}
		}),
	},
	{
		About: scanner.About{
			ID: "user-name-pattern", Title: "A user's name is not as agreed", Severity: scanner.Info, OptIn: true,
			Why:    "By the name people, policies with paths and this scanner's own exemptions tell whose a user is. One that is named otherwise is overlooked.",
			Fix:    "Rename the user (iam update-user --new-user-name), after a look at the policies that name its ARN: they do not follow.",
			List:   scanner.List{Of: "patterns of users' names, of which each must match one; * and ? stand for any text", Needed: true},
			Causes: []string{"CreateUser", "UpdateUser"},
			Cures:  []string{"UpdateUser"},
		},
		Reads: []account.Fact{account.Users},
		Check: scanner.Users(userNamePattern),
	},
	{
		About: scanner.About{
			ID: "service-user-with-password", Title: "A program's user has a console password", Severity: scanner.Medium, OptIn: true,
			Why:       "A program needs no console. The password is nobody's own: it is shared, never changed, and has no MFA that a person could answer to.",
			Fix:       "Delete the password (iam delete-login-profile), which ends no session that is under way.",
			List:      scanner.List{Of: `patterns of programs' users: names, paths ("/service/*"), groups ("group:Robots") or tags ("tag:kind=service"); * and ? stand for any text`, Needed: true},
			CoveredBy: []string{"admin-user-without-mfa"},
			Causes:    []string{"CreateLoginProfile", "AddUserToGroup", "TagUser", "UpdateUser"},
			Cures:     []string{"DeleteLoginProfile", "RemoveUserFromGroup", "UntagUser", "TagUser", "UpdateUser"},
		},
		Reads: []account.Fact{account.Users, account.Logins},
		Check: scanner.Users(serviceUserWithPassword),
	},
	{
		About: scanner.About{
			ID: "identity-untagged", Title: "A user, role or analyzer lacks a required tag", Severity: scanner.Info, OptIn: true,
			Controls: []string{"FSBP IAM.23", "FSBP IAM.24", "FSBP IAM.25"},
			Why:      "Tags tell who answers for it and what may be done to it, and policies may ask for them. AWS's own tags, which begin with aws:, are not anybody's answer.",
			Fix:      "Add the tag (iam tag-user, iam tag-role, accessanalyzer tag-resource). Keys are the same in the same case only.",
			List:     scanner.List{Of: scanner.TagKeys, Needed: true},
			Causes:   []string{"CreateUser", "CreateRole", "UntagUser", "UntagRole"},
			Cures:    []string{"TagUser", "TagRole"},
		},
		Reads: []account.Fact{account.Users, account.Roles, account.Analyzers},
		Check: scanner.Several(
			scanner.Part{Reads: []account.Fact{account.Users}, Check: scanner.Users(func(p *scanner.Pass, u *account.User) { tagged(p, u.Tags) })},
			scanner.Part{Reads: []account.Fact{account.Roles}, Check: scanner.Roles(func(p *scanner.Pass, r *account.Role) {
				if !ofIdentityCenter(r.ARN) {
					tagged(p, r.Tags)
				}
			})},
			scanner.Part{Reads: []account.Fact{account.Analyzers}, Check: scanner.Analyzers(func(p *scanner.Pass, a *account.Analyzer) { tagged(p, a.Tags) })},
		),
	},
}

var boundaries = scanner.List{Of: "boundaries that will do, by name or ARN; * and ? stand for any text. Without one any will"}

func bounds(p *scanner.Pass, boundary string) {
	evidence := map[string]string{"boundary": boundary}
	switch {
	case boundary == "":
		p.Fail("", map[string]string{"boundary": "none"}, "%s %q has no permissions boundary", p.Resource.Kind, p.Resource.Name)
	case len(p.List()) > 0 && listedPolicy(p.List(), boundary) == "":
		p.Fail("", evidence, "%s %q has the permissions boundary %q, which is none of the required: %s",
			p.Resource.Kind, p.Resource.Name, account.NameOf(boundary), quoted(p.List()))
	}
}

func userNamePattern(p *scanner.Pass, u *account.User) {
	agreed := func(pattern string) bool { return policy.MatchResource(pattern, u.Name) }
	if len(p.List()) > 0 && !slices.ContainsFunc(p.List(), agreed) {
		p.Fail("", nil, "user %q has a name that is like none of %s", u.Name, quoted(p.List()))
	}
}

func serviceUserWithPassword(p *scanner.Pass, u *account.User) {
	i := slices.IndexFunc(p.List(), func(pattern string) bool { return isLike(u, pattern) })
	if i >= 0 && u.Login != nil {
		p.Fail("", map[string]string{"like": p.List()[i], "last_used": when(u.Login.LastUsed)},
			"user %q is a program's by %q, and has a console password", u.Name, p.List()[i])
	}
}

// isLike holds a user against a pattern of its name, its path, its groups or its
// tags. Of those it names, tags and paths are the same in the same case only.
func isLike(u *account.User, pattern string) bool {
	if group, ok := strings.CutPrefix(pattern, "group:"); ok {
		return slices.ContainsFunc(u.Groups, func(name string) bool { return like([]string{group}, name) })
	}
	if tag, ok := strings.CutPrefix(pattern, "tag:"); ok {
		key, value, _ := strings.Cut(tag, "=")
		own, has := u.Tags[key]
		return has && policy.MatchResource(value, own)
	}
	if strings.HasPrefix(pattern, "/") {
		path := strings.TrimPrefix(account.ParseARN(u.ARN).Resource, "user")
		return policy.MatchResource(pattern, strings.TrimSuffix(path, u.Name))
	}
	return policy.MatchResource(pattern, u.Name)
}

func tagged(p *scanner.Pass, tags map[string]string) {
	var missing []string
	for _, key := range p.List() {
		if _, has := tags[key]; !has || strings.HasPrefix(strings.ToLower(key), "aws:") {
			missing = append(missing, key)
		}
	}
	if len(missing) > 0 {
		p.Fail("", map[string]string{"missing": strings.Join(missing, " ")},
			"%s %q lacks the %s", p.Resource.Kind, p.Resource.Name, tagsNamed(missing))
	}
}

func tagsNamed(keys []string) string {
	if len(keys) == 1 {
		return "tag " + quoted(keys)
	}
	return "tags " + quoted(keys)
}
