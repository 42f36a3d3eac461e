package awstest

import (
	"slices"

	"iamvigil/scanner/account"
)

// render renders every resource as GetAccountAuthorizationDetails lists it;
// mixed says whether the kinds mix.
func render(s *account.Snapshot, mixed bool) []member {
	var list []member
	add := func(order, kind, in, arn string, detail any) {
		if mixed {
			order = ""
		}
		list = append(list, member{list: in, kind: kind, key: order + shuffle(arn), xml: inXML(detail)})
	}
	for i := range s.Users {
		add("1", "User", "UserDetailList", s.Users[i].ARN, newUserDetail(&s.Users[i]))
	}
	for i := range s.Groups {
		add("2", "Group", "GroupDetailList", s.Groups[i].ARN, newGroupDetail(&s.Groups[i]))
	}
	for i := range s.Roles {
		add("3", "Role", "RoleDetailList", s.Roles[i].ARN, newRoleDetail(&s.Roles[i]))
	}
	for i := range s.Policies {
		kind := "LocalManagedPolicy"
		if s.Policies[i].AWSManaged() {
			kind = "AWSManagedPolicy"
		}
		add("4", kind, "Policies", s.Policies[i].ARN, newPolicyDetail(&s.Policies[i]))
	}
	sortMembers(list)
	return list
}

func (a *AWS) getAccountAuthorizationDetails(c *call) (any, *failure) {
	kinds := listed(c.form, "Filter")
	list := a.rendered
	if len(kinds) > 0 {
		list = slices.DeleteFunc(slices.Clone(list), func(m member) bool { return !slices.Contains(kinds, m.kind) })
	}
	return a.page(c, list, "UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
}
