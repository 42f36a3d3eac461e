package access_test

import (
	"slices"
	"testing"

	"iamvigil/scanner/account"
)

func TestAssumable(t *testing.T) {
	const (
		byAccount = "arn:aws:iam::111122223333:root"
		onDeploy  = `{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "arn:aws:iam::111122223333:role/deploy"}`
	)
	for name, c := range map[string]struct {
		setup
		want bool
	}{
		"a role that trusts her":                        {setup{trust: trusting(annARN)}, true},
		"a role that trusts everybody":                  {setup{trust: trusting("*")}, true},
		"a role that trusts a service":                  {setup{inline: everything, trust: `{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}`}, false},
		"a role that trusts somebody else":              {setup{inline: everything, trust: trusting("arn:aws:iam::111122223333:user/ben")}, false},
		"a role that trusts another account":            {setup{inline: everything, trust: trusting("arn:aws:iam::444455556666:root")}, false},
		"a role that trusts her for SAML alone":         {setup{inline: everything, trust: `{"Effect": "Allow", "Principal": {"AWS": "` + annARN + `"}, "Action": "sts:AssumeRoleWithSAML"}`}, false},
		"by the account, which allows her":              {setup{inline: onDeploy, trust: trusting(byAccount)}, true},
		"by the account's id":                           {setup{inline: onDeploy, trust: trusting("111122223333")}, true},
		"by the account, which allows her nothing":      {setup{inline: allow("s3:*"), trust: trusting(byAccount)}, false},
		"by the account, which allows her another role": {setup{inline: `{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "arn:aws:iam::*:role/deploy2"}`, trust: trusting(byAccount)}, false},
		"by the account, which allows her all of IAM":   {setup{inline: `{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "arn:aws:iam"}`, trust: trusting(byAccount)}, true},
		"by herself, denied all of IAM":                 {setup{inline: `{"Effect": "Deny", "Action": "*", "Resource": "arn:aws:iam"}`, trust: trusting(annARN)}, false},
		"by the account, in a group":                    {setup{group: onDeploy, trust: trusting(byAccount)}, true},
		"by the account, where a Deny is all":           {setup{inline: `{"Effect": "Deny", "Action": "*", "Resource": "*", ` + withoutMFA + `}`, trust: trusting(byAccount)}, false},
		"a role that trusts all but somebody":           {setup{trust: `{"Effect": "Allow", "NotPrincipal": {"AWS": "arn:aws:iam::111122223333:user/ben"}, "Action": "sts:AssumeRole"}`}, true},
		"by herself, denied to a principal":             {setup{inline: `{"Effect": "Deny", "Principal": {"AWS": "x"}, "Action": "*", "Resource": "*"}`, trust: trusting(annARN)}, true},
		"by the account, under a condition":             {setup{group: `{"Effect": "Allow", "Action": "sts:*", "Resource": "*", ` + withMFA + `}`, trust: trusting(byAccount)}, true},
		"by the account, where a variable is not known": {setup{group: `{"Effect": "Allow", "Action": "sts:*", "Resource": "arn:aws:iam::*:role/${aws:PrincipalTag/team}"}`, trust: trusting(byAccount)}, true},
		"by the account, where a variable is another":   {setup{group: `{"Effect": "Allow", "Action": "sts:*", "Resource": "arn:aws:iam::*:role/${aws:username}"}`, trust: trusting(byAccount)}, false},
		"by the account, where a policy was not read":   {setup{change: attach(ownARN), trust: trusting(byAccount)}, true},
		"by the account, where groups were not listed":  {setup{change: unseen(account.Groups), trust: trusting(byAccount)}, true},
		"by the account, within a boundary":             {setup{inline: onDeploy, boundary: allow("sts:*"), trust: trusting(byAccount)}, true},
		"by the account, outside of a boundary":         {setup{inline: onDeploy, boundary: allow("s3:*"), trust: trusting(byAccount)}, false},
		"by the account, with a boundary not read":      {setup{inline: onDeploy, change: bound(boundaryARN), trust: trusting(byAccount)}, true},
		// What a role grants a user of its account directly, no boundary limits
		// by not allowing it.
		"by herself, outside of a boundary":   {setup{boundary: allow("s3:*"), trust: trusting(annARN)}, true},
		"by herself, denied by a boundary":    {setup{boundary: everything + "," + deny("sts:*"), trust: trusting(annARN)}, false},
		"by herself, denied":                  {setup{inline: deny("sts:AssumeRole"), trust: trusting(annARN)}, false},
		"by herself, denied in a group":       {setup{group: deny("*"), trust: trusting(annARN)}, false},
		"by herself, denied another role":     {setup{inline: `{"Effect": "Deny", "Action": "*", "Resource": "arn:aws:iam::*:role/deploy2"}`, trust: trusting(annARN)}, true},
		"by herself, denied by a variable":    {setup{inline: `{"Effect": "Deny", "Action": "*", "Resource": "arn:aws:iam::*:role/${aws:PrincipalTag/team}"}`, trust: trusting(annARN)}, true},
		"by herself, denied without MFA":      {setup{inline: `{"Effect": "Deny", "Action": "*", "Resource": "*", ` + withoutMFA + `}`, trust: trusting(annARN)}, true},
		"by herself, denied in a bad text":    {setup{inline: `{"Effect": "Deny", "action": "*", "Resource": "*"}`, trust: trusting(annARN)}, true},
		"a role that denies her":              {setup{trust: trusting("*") + "," + denying(annARN, "")}, false},
		"a role that denies everybody":        {setup{trust: trusting(annARN) + "," + denying("*", "")}, false},
		"a role that denies the account":      {setup{trust: trusting(annARN) + "," + denying(byAccount, "")}, false},
		"a role that denies somebody else":    {setup{trust: trusting(annARN) + "," + denying("arn:aws:iam::111122223333:user/ben", "")}, true},
		"a role that denies her without MFA":  {setup{trust: trusting(annARN) + "," + denying(annARN, ", "+withoutMFA)}, true},
		"a role that denies all but somebody": {setup{trust: trusting(annARN) + `, {"Effect": "Deny", "NotPrincipal": {"AWS": "` + annARN + `"}, "Action": "sts:*"}`}, true},
		"a role whose trust cannot be read":   {setup{trust: `{"Effect": "Allow", "principal": 1, "Action": "sts:AssumeRole"}`}, true},
		"a role that trusts another's ARN":    {setup{trust: everybody(`"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:user/ben"}`)}, false},
		"a role that trusts her ARN":          {setup{trust: everybody(`"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:user/a*"}`)}, true},
		"a role that trusts with an id":       {setup{inline: onDeploy, trust: `{"Effect": "Allow", "Principal": {"AWS": "` + byAccount + `"}, "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"sts:ExternalId": "x"}}}`}, true},
	} {
		t.Run(name, func(t *testing.T) {
			v, ann := c.view()
			roles := v.Assumable(ann)
			if got := len(roles) == 1 && roles[0].Name == "deploy"; got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func denying(principal, more string) string {
	return `{"Effect": "Deny", "Principal": {"AWS": "` + principal + `"}, "Action": "sts:AssumeRole"` + more + `}`
}

// AWS owns the service-linked roles and lets nobody change or assume them.
func TestAssumableIsSortedAndNeverServiceLinked(t *testing.T) {
	v, ann := setup{inline: everything, change: func(s *account.Snapshot, u *account.User) {
		serviceLinked(s, u)
		s.Roles = append(s.Roles, role("b", trusting("*")), role("a", trusting(annARN)), role("c", trusting("111122223333")))
	}}.view()
	var names []string
	for _, r := range v.Assumable(ann) {
		names = append(names, r.Name)
	}
	if want := []string{"a", "b", "c"}; !slices.Equal(names, want) {
		t.Errorf("got %q, want %q", names, want)
	}
}
