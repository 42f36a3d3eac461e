package access_test

import (
	"testing"

	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// self is the statements by which AWS's examples let users manage their own
// devices.
const (
	self = `{"Effect": "Allow", "Action": ["iam:CreateVirtualMFADevice"], "Resource": "arn:aws:iam::*:mfa/${aws:username}"},
		{"Effect": "Allow", "Action": ["iam:EnableMFADevice", "iam:ListMFADevices"], "Resource": "arn:aws:iam::*:user/${aws:username}"}`
	forceMFA = `{"Effect": "Deny", "NotAction": ["iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "iam:ListMFADevices"], "Resource": "*", ` + withoutMFA + `}`
)

func TestMayEnrolMFA(t *testing.T) {
	const both = `"Action": ["iam:CreateVirtualMFADevice", "iam:EnableMFADevice"]`
	for name, c := range map[string]struct {
		setup
		want bool
	}{
		"nothing":        {setup{}, false},
		"everything":     {setup{attached: everything}, true},
		"her own device": {setup{inline: self}, true},
		"in the older version variables are text": {setup{inline: self, version: policy.Version2008}, false},
		"no version is the older one": {setup{change: func(_ *account.Snapshot, u *account.User) {
			u.Inline = []account.InlinePolicy{{Name: "self", Document: policy.Parse(`{"Statement": [` + self + `]}`)}}
		}}, false},
		"by two of her policies": {setup{inline: allow("iam:CreateVirtualMFADevice"), group: allow("iam:EnableMFADevice")}, true},
		"creating alone":         {setup{inline: allow("iam:CreateVirtualMFADevice")}, false},
		"enabling alone":         {setup{inline: allow("iam:EnableMFADevice")}, false},
		"by unique id and account": {setup{inline: `{"Effect": "Allow", "Action": "iam:CreateVirtualMFADevice", "Resource": "*"},
			{"Effect": "Allow", "Action": "iam:EnableMFADevice", "Resource": "arn:aws:iam::${aws:PrincipalAccount}:user/${AWS:UserName}"}`}, true},
		"by a variable that is not known here":  {setup{inline: `{"Effect": "Allow", ` + both + `, "Resource": "arn:aws:iam::*:*/${aws:PrincipalTag/name}"}`}, false},
		"on somebody else":                      {setup{inline: `{"Effect": "Allow", ` + both + `, "Resource": ["arn:aws:iam::*:mfa/ben", "arn:aws:iam::*:user/ben"]}`}, false},
		"on all but somebody else":              {setup{inline: `{"Effect": "Allow", ` + both + `, "NotResource": "arn:aws:iam::*:*/ben"}`}, true},
		"on all but whom a variable names":      {setup{inline: `{"Effect": "Allow", ` + both + `, "NotResource": "arn:aws:iam::*:*/${aws:PrincipalTag/name}"}`}, false},
		"of a user with a path, by name alone":  {setup{inline: self, change: func(_ *account.Snapshot, u *account.User) { u.ARN = "arn:aws:iam::111122223333:user/people/ann" }}, false},
		"of a name with a wildcard in it":       {setup{inline: self, change: func(_ *account.Snapshot, u *account.User) { u.Name = "*" }}, false},
		"with MFA only":                         {setup{inline: `{"Effect": "Allow", ` + both + `, "Resource": "*", ` + withMFA + `}`}, false},
		"without MFA only":                      {setup{inline: `{"Effect": "Allow", ` + both + `, "Resource": "*", ` + withoutMFA + `}`}, true},
		"of sessions whose key is there":        {setup{inline: `{"Effect": "Allow", ` + both + `, "Resource": "*", "Condition": {"Bool": {"aws:multifactorauthpresent": false}}}`}, true},
		"a Deny of it on a star":                {setup{inline: self, group: `{"Effect": "Deny", ` + both + `, "Resource": "arn:aws:iam::*:*/${*}"}`}, true},
		"from one address only":                 {setup{inline: `{"Effect": "Allow", ` + both + `, "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}`}, false},
		"without MFA and from one address":      {setup{inline: `{"Effect": "Allow", ` + both + `, "Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": false}, "IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}`}, false},
		"a Deny that spares it":                 {setup{inline: self, group: forceMFA}, true},
		"a Deny of it":                          {setup{inline: self, group: deny("iam:Enable*")}, false},
		"a Deny of it under a condition":        {setup{inline: self, group: `{"Effect": "Deny", ` + both + `, "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}`}, false},
		"a Deny of it on somebody else":         {setup{inline: self, group: `{"Effect": "Deny", ` + both + `, "Resource": "arn:aws:iam::*:*/ben"}`}, true},
		"a Deny of it on whom a variable names": {setup{inline: self, group: `{"Effect": "Deny", ` + both + `, "Resource": "arn:aws:iam::*:*/${aws:PrincipalTag/name}"}`}, false},
		"a Deny of it on all but her own":       {setup{inline: self, group: `{"Effect": "Deny", ` + both + `, "NotResource": "arn:aws:iam::*:*/${aws:username}"}`}, true},
		"a Deny of it on all but a variable's":  {setup{inline: self, group: `{"Effect": "Deny", ` + both + `, "NotResource": "arn:aws:iam::*:*/${aws:PrincipalTag/name}"}`}, false},
		"a boundary that allows it":             {setup{attached: everything, boundary: self}, true},
		"a boundary that does not":              {setup{attached: everything, boundary: allow("s3:*")}, false},
		"a boundary that denies it":             {setup{attached: everything, boundary: everything + "," + deny("iam:*")}, false},
		"a boundary that was not read":          {setup{attached: everything, change: bound("arn:aws:iam::111122223333:policy/new")}, false},
		"another policy was not read":           {setup{attached: everything, change: attach("arn:aws:iam::111122223333:policy/new")}, false},
		"policies not listed":                   {setup{attached: everything, change: unseen(account.Policies)}, false},
		"an escape that stands for a dollar":    {setup{inline: `{"Effect": "Allow", ` + both + `, "Resource": "arn:aws:iam::*:*/${$}{aws:username}"}`}, false},
		"a variable that is not closed":         {setup{inline: `{"Effect": "Allow", ` + both + `, "Resource": "arn:aws:iam::*:*/${aws:username"}`}, false},
		"another partition": {setup{inline: self, change: func(s *account.Snapshot, u *account.User) {
			s.Account.Partition, u.ARN = "aws-cn", "arn:aws-cn:iam::111122223333:user/ann"
		}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			v, ann := c.view()
			if got := v.MayEnrolMFA(ann); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}
