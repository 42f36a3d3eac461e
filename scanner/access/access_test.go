package access_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"iamvigil/scanner/access"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

const (
	annARN      = "arn:aws:iam::111122223333:user/ann"
	ownARN      = "arn:aws:iam::111122223333:policy/own"
	boundaryARN = "arn:aws:iam::111122223333:policy/boundary"
	adminARN    = "arn:aws:iam::aws:policy/AdministratorAccess"
)

// setup is an account with the user ann, in which all was listed. Its texts are
// statements, each of a policy; empty: there is none such.
type setup struct {
	inline, attached, group, boundary string
	version                           string // of the inline policy, if not 2012-10-17
	trust                             string // of role deploy
	change                            func(*account.Snapshot, *account.User)
}

func (s setup) view() (*access.View, *account.User) {
	seen := account.Seen{At: time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)}
	snapshot := &account.Snapshot{Version: account.Version, Account: account.Identity{ID: "111122223333", Partition: "aws"},
		Seen:   map[account.Fact]account.Seen{account.Users: seen, account.Groups: seen, account.Roles: seen, account.Policies: seen},
		Users:  []account.User{{ARN: annARN, ID: "AIDAANN", Name: "ann"}},
		Groups: []account.Group{{ARN: "arn:aws:iam::111122223333:group/Team", ID: "AGPATEAM", Name: "Team"}},
	}
	u := &snapshot.Users[0]
	if s.inline != "" {
		u.Inline = []account.InlinePolicy{{Name: "inline", Document: document(s.version, s.inline)}}
	}
	if s.attached != "" {
		u.Attached = []account.Attachment{{ARN: ownARN, Name: "own"}}
		snapshot.Policies = append(snapshot.Policies, managed(ownARN, s.attached))
	}
	if s.group != "" {
		u.Groups = []string{"team"}
		snapshot.Groups[0].Inline = []account.InlinePolicy{{Name: "inline", Document: document("", s.group)}}
	}
	if s.boundary != "" {
		u.Boundary = boundaryARN
		snapshot.Policies = append(snapshot.Policies, managed(boundaryARN, s.boundary))
	}
	if s.trust != "" {
		snapshot.Roles = []account.Role{role("deploy", s.trust)}
	}
	if s.change != nil {
		s.change(snapshot, u)
	}
	return access.New(snapshot), u
}

func document(version, statements string) policy.Document {
	if version == "" {
		version = policy.Version2012
	}
	return policy.Parse(`{"Version": "` + version + `", "Statement": [` + statements + `]}`)
}

func managed(arn, statements string) account.Policy {
	return account.Policy{ARN: arn, Versions: []account.PolicyVersion{
		{ID: "v2", Default: true, Document: document("", statements)}, {ID: "v1"},
	}}
}

// role is one that is in an instance profile too, which matters where it trusts EC2.
func role(name, trust string) account.Role {
	return account.Role{ARN: "arn:aws:iam::111122223333:role/" + name, ID: "AROA" + name, Name: name, Trust: document("", trust),
		InstanceProfiles: []string{"arn:aws:iam::111122223333:instance-profile/" + name}}
}

func allow(actions ...string) string { return statement("Allow", actions) }
func deny(actions ...string) string  { return statement("Deny", actions) }

func statement(effect string, actions []string) string {
	return `{"Effect": "` + effect + `", "Action": ["` + strings.Join(actions, `", "`) + `"], "Resource": "*"}`
}

const (
	everything  = `{"Effect": "Allow", "Action": "*", "Resource": "*"}`
	withoutMFA  = `"Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}`
	withMFA     = `"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}`
	denyOutside = `{"Effect": "Deny", "NotAction": ["iam:*", "sts:*"], "Resource": "*", "Condition": {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}}`
)

// unseen makes a fact a missing one.
func unseen(f account.Fact) func(*account.Snapshot, *account.User) {
	return func(s *account.Snapshot, _ *account.User) {
		s.Seen[f] = account.Seen{At: s.Seen[f].At, Missing: "iam:GetAccountAuthorizationDetails is not allowed", Permission: "iam:GetAccountAuthorizationDetails"}
	}
}

func TestUser(t *testing.T) {
	v, ann := setup{}.view()
	if v.User("AIDAANN") != ann || v.User("AIDABEN") != nil || v.User("") != nil || v.Snapshot().Account.ID != "111122223333" {
		t.Error("the view does not show what is in the snapshot")
	}
}

func TestUnprivileged(t *testing.T) {
	for name, c := range map[string]struct {
		setup
		want bool
	}{
		"nothing at all":                                {setup{}, true},
		"reads everything, as ReadOnlyAccess":           {setup{attached: allow("iam:Get*", "iam:List*", "iam:GenerateCredentialReport", "organizations:Describe*", "s3:Get*", "sso:List*", "sts:GetCallerIdentity")}, true},
		"all of services that hold no roles":            {setup{inline: allow("s3:*", "dynamodb:*", "SES:*")}, true},
		"ChangePassword is about one's own":             {setup{inline: allow("iam:ChangePassword", "iam:GetAccountPasswordPolicy")}, true},
		"a Deny grants nothing":                         {setup{inline: deny("iam:*", "*")}, true},
		"everything":                                    {setup{inline: everything}, false},
		"*:*":                                           {setup{inline: allow("*:*")}, false},
		"all of IAM":                                    {setup{inline: allow("IAM:*")}, false},
		"a wildcard in the service":                     {setup{inline: allow("?am:PassRole")}, false},
		"a wildcard in the middle":                      {setup{inline: allow("iam:*AccessKey")}, false},
		"a wildcard that begins as a read does":         {setup{inline: allow("iam:G*")}, false},
		"an action of IAM that nobody knows yet":        {setup{inline: allow("iam:BestowThrone")}, false},
		"a pattern that can only be one such action":    {setup{inline: allow("lambda:UpdateFunctionCod?")}, false},
		"NotAction of others":                           {setup{inline: `{"Effect": "Allow", "NotAction": ["iam:*", "organizations:*", "account:*"], "Resource": "*"}`}, false},
		"NotAction of all":                              {setup{inline: `{"Effect": "Allow", "NotAction": "*", "Resource": "*"}`}, true},
		"NotAction of too little of IAM":                {setup{inline: `{"Effect": "Allow", "NotAction": ["iam:*Role", "a*", "b*", "c*", "e*", "g*", "id*", "l*", "o*", "r*", "s*"], "Resource": "*"}`}, false},
		"NotAction of all services with such actions":   {setup{inline: `{"Effect": "Allow", "NotAction": ["a*", "b*", "c*", "e*", "g*", "i*", "l*", "o*", "r*", "s*"], "Resource": "*"}`}, true},
		"on its own user alone":                         {setup{inline: `{"Effect": "Allow", "Action": "iam:CreateAccessKey", "Resource": "arn:aws:iam::*:user/${aws:username}"}`}, false},
		"under a condition":                             {setup{inline: `{"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*", ` + withMFA + `}`}, false},
		"denied as well":                                {setup{inline: allow("sts:AssumeRole") + "," + deny("*")}, false},
		"under a boundary that allows nothing of it":    {setup{inline: everything, boundary: allow("s3:*")}, false},
		"through an attached policy":                    {setup{attached: allow("ssm:SendCommand")}, false},
		"through a group":                               {setup{group: allow("ssm:SendCommand")}, false},
		"AdministratorAccess, whose text was not read":  {setup{change: attach(adminARN)}, false},
		"a boundary alone grants nothing":               {setup{boundary: everything}, true},
		"an attached policy that is not in the listing": {setup{change: attach("arn:aws:iam::111122223333:policy/new")}, false},
		"a group that is not in the listing":            {setup{change: func(_ *account.Snapshot, u *account.User) { u.Groups = []string{"new"} }}, false},
		"no default version":                            {setup{attached: allow("s3:*"), change: func(s *account.Snapshot, _ *account.User) { s.Policies[0].Versions[0].Default = false }}, false},
		"a policy without a document":                   {setup{change: func(_ *account.Snapshot, u *account.User) { u.Inline = []account.InlinePolicy{{Name: "inline"}} }}, false},
		"a document with a problem":                     {setup{inline: `{"Effect": "Allow", "action": "s3:Get*", "Resource": "*"}`}, false},
		"users not listed":                              {setup{change: unseen(account.Users)}, false},
		"groups not listed":                             {setup{change: unseen(account.Groups)}, false},
		"roles not listed":                              {setup{change: unseen(account.Roles)}, false},
		"policies not listed":                           {setup{change: unseen(account.Policies)}, false},
		// A trust policy that names a user of its own account needs no other grant.
		"a role trusts her":                             {setup{trust: trusting(annARN)}, false},
		"a role trusts her by unique id":                {setup{trust: trusting("AIDAANN")}, false},
		"a role trusts everybody":                       {setup{trust: trusting("*")}, false},
		"a role trusts the account":                     {setup{trust: trusting("arn:aws:iam::111122223333:root")}, true},
		"a role trusts another user":                    {setup{trust: trusting(annARN + "a")}, true},
		"a role trusts all but another user":            {setup{trust: `{"Effect": "Allow", "NotPrincipal": {"AWS": "arn:aws:iam::111122223333:user/ben"}, "Action": "sts:AssumeRole"}`}, false},
		"a role trusts a service":                       {setup{trust: `{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}`}, true},
		"a role's trust cannot be read":                 {setup{trust: `{"Effect": "Allow", "principal": 1, "Action": "sts:AssumeRole"}`}, false},
		"a role trusts everybody who is one role":       {setup{trust: everybody(`"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/x*"}`)}, true},
		"a role trusts everybody of another account":    {setup{trust: everybody(`"StringEquals": {"AWS:PrincipalAccount": ["444455556666"]}`)}, true},
		"a role trusts everybody of this account":       {setup{trust: everybody(`"StringEquals": {"aws:PrincipalAccount": ["444455556666", "111122223333"]}`)}, false},
		"a role trusts everybody from one address":      {setup{trust: everybody(`"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}`)}, false},
		"a role trusts everybody but of another name":   {setup{trust: everybody(`"StringNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/x*"}`)}, false},
		"a role trusts whom a variable of a tag names":  {setup{trust: everybody(`"StringLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:user/${aws:PrincipalTag/who}"}`)}, false},
		"the service-linked role of a service named so": {setup{change: serviceLinked}, true},
	} {
		t.Run(name, func(t *testing.T) {
			v, ann := c.view()
			if got := v.Unprivileged(ann); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func attach(arns ...string) func(*account.Snapshot, *account.User) {
	return func(_ *account.Snapshot, u *account.User) {
		for _, arn := range arns {
			u.Attached = append(u.Attached, account.Attachment{ARN: arn, Name: account.NameOf(arn)})
		}
	}
}

func trusting(principal string) string {
	return `{"Effect": "Allow", "Principal": {"AWS": "` + principal + `"}, "Action": "sts:AssumeRole"}`
}

func everybody(condition string) string {
	return `{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole", "Condition": {` + condition + `}}`
}

func serviceLinked(s *account.Snapshot, _ *account.User) {
	r := role("AWSServiceRoleForSupport", trusting("*"))
	r.ARN = "arn:aws:iam::111122223333:role/aws-service-role/support.amazonaws.com/AWSServiceRoleForSupport"
	s.Roles = append(s.Roles, r)
}

// Whoever may do what a way takes, in however many policies and by whatever
// pattern, is not unprivileged.
func TestEscalationsAreNotUnprivileged(t *testing.T) {
	text, err := os.ReadFile("testdata/escalations.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		actions := strings.Fields(line)
		var single []string
		for _, action := range actions {
			single = append(single, allow(strings.ToUpper(action[:len(action)-1])+"?"))
		}
		for _, statements := range []string{allow(actions...), strings.Join(single, ",")} {
			v, ann := setup{inline: statements, attached: allow("s3:*")}.view()
			if v.Unprivileged(ann) {
				t.Errorf("%s: unprivileged", strings.TrimSpace(line))
			}
		}
	}
}

func TestAdministrator(t *testing.T) {
	attached := func(more string) setup { return setup{attached: everything, inline: more} }
	for name, c := range map[string]struct {
		setup
		want bool
	}{
		"everything":              {setup{attached: everything}, true},
		"all of IAM":              {setup{inline: allow("iam:*")}, true},
		"all of IAM, oddly":       {setup{inline: allow("s3:Get*", "?AM:**")}, true},
		"all but another service": {setup{inline: `{"Effect": "Allow", "NotAction": "organizations:*", "Resource": "*"}`}, true},
		"AdministratorAccess, whose text was not read":  {setup{change: attach(adminARN)}, true},
		"AdministratorAccess of another partition":      {setup{change: attach("arn:aws-cn:iam::aws:policy/AdministratorAccess")}, true},
		"one's own policy of that name":                 {setup{change: attach("arn:aws:iam::111122223333:policy/AdministratorAccess")}, false},
		"through a group":                               {setup{group: everything}, true},
		"a boundary alone grants nothing":               {setup{boundary: everything}, false},
		"nothing":                                       {setup{}, false},
		"a part of IAM":                                 {setup{inline: allow("iam:Put*", "iam:Attach*")}, false},
		"actions of one letter":                         {setup{inline: allow("iam:?")}, false},
		"actions with an a in them":                     {setup{inline: allow("iam:*a*")}, false},
		"on every ARN, but not on none":                 {setup{inline: `{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:*:*:*:*"}`}, false},
		"all but one action of IAM":                     {setup{inline: `{"Effect": "Allow", "NotAction": "iam:DeleteUser", "Resource": "*"}`}, false},
		"as PowerUserAccess":                            {setup{inline: `{"Effect": "Allow", "NotAction": ["iam:*", "organizations:*"], "Resource": "*"}`}, false},
		"under a condition":                             {setup{inline: `{"Effect": "Allow", "Action": "*", "Resource": "*", ` + withMFA + `}`}, false},
		"on some resources":                             {setup{inline: `{"Effect": "Allow", "Action": "iam:*", "Resource": "arn:aws:iam::111122223333:user/*"}`}, false},
		"a Deny in another service":                     {attached(deny("s3:DeleteBucket", "organizations:*")), true},
		"a Deny of all but IAM outside of a Region":     {attached(denyOutside), true},
		"a Deny of everything on a bucket":              {attached(`{"Effect": "Deny", "Action": "*", "Resource": "arn:aws:s3:::ours/*"}`), true},
		"a Deny of everything":                          {attached(deny("*")), false},
		"a Deny of one action of IAM":                   {attached(deny("iam:UpdateAccessKey")), false},
		"a Deny of one action on one resource":          {attached(`{"Effect": "Deny", "Action": "iam:*", "Resource": "arn:aws:iam::111122223333:role/ours"}`), false},
		"a Deny on all resources but a bucket":          {attached(`{"Effect": "Deny", "Action": "*", "NotResource": "arn:aws:s3:::ours/*"}`), false},
		"a Deny of all but reads":                       {attached(`{"Effect": "Deny", "NotAction": ["iam:Get*", "iam:List*"], "Resource": "*"}`), false},
		"a Deny without MFA":                            {attached(`{"Effect": "Deny", "NotAction": "iam:EnableMFADevice", "Resource": "*", ` + withoutMFA + `}`), false},
		"a Deny in a group":                             {setup{attached: everything, group: deny("iam:*")}, false},
		"a boundary that allows everything":             {setup{attached: everything, boundary: everything}, true},
		"a boundary that allows all of IAM":             {setup{attached: everything, boundary: allow("iam:*")}, true},
		"a boundary that does not":                      {setup{attached: everything, boundary: allow("s3:*")}, false},
		"a boundary that denies some":                   {setup{attached: everything, boundary: everything + "," + deny("iam:CreateUser")}, false},
		"a boundary that was not read":                  {setup{attached: everything, change: bound("arn:aws:iam::111122223333:policy/new")}, false},
		"a boundary by its ARN":                         {setup{attached: everything, change: bound(adminARN)}, true},
		"another policy was not read":                   {setup{attached: everything, change: attach("arn:aws:iam::111122223333:policy/new")}, false},
		"another document has a problem":                {attached(`{"Effect": "Allow", "action": "s3:Get*", "Resource": "*"}`), false},
		"a group that is not in the listing":            {setup{attached: everything, change: func(_ *account.Snapshot, u *account.User) { u.Groups = []string{"new"} }}, false},
		"users not listed":                              {setup{attached: everything, change: unseen(account.Users)}, false},
		"groups not listed":                             {setup{attached: everything, change: unseen(account.Groups)}, false},
		"policies not listed":                           {setup{attached: everything, change: unseen(account.Policies)}, false},
		"roles not listed, which does not matter":       {setup{attached: everything, change: unseen(account.Roles)}, true},
		"a principal, which IAM accepts in no such one": {setup{inline: `{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "iam:*", "Resource": "*"}`}, false},
	} {
		t.Run(name, func(t *testing.T) {
			v, ann := c.view()
			if got := v.Administrator(ann); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
			if c.want && v.Unprivileged(ann) {
				t.Error("an administrator is unprivileged")
			}
		})
	}
}

func bound(arn string) func(*account.Snapshot, *account.User) {
	return func(_ *account.Snapshot, u *account.User) { u.Boundary = arn }
}

func TestSendsMail(t *testing.T) {
	for name, c := range map[string]struct {
		setup
		want bool
	}{
		"nothing":                       {setup{}, false},
		"everything":                    {setup{inline: everything}, false},
		"all but another service":       {setup{inline: `{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}`}, false},
		"reads of SES":                  {setup{inline: allow("ses:Get*", "ses:List*")}, false},
		"another service named alike":   {setup{inline: allow("sesx:SendEmail", "ses", "ses:")}, false},
		"a Deny":                        {setup{inline: deny("ses:*")}, false},
		"SendRawEmail, which SMTP does": {setup{inline: allow("ses:SendRawEmail")}, true},
		"all of SES":                    {setup{group: allow("SES:*")}, true},
		"a pattern":                     {setup{attached: allow("ses:Send*")}, true},
		"from one address only":         {setup{inline: `{"Effect": "Allow", "Action": "ses:SendEmail", "Resource": "*", "Condition": {"StringEquals": {"ses:FromAddress": "a@example.com"}}}`}, true},
		"a name that SES's console gives": {setup{change: func(_ *account.Snapshot, u *account.User) {
			u.Name = "ses-smtp-user.20240101-120000"
		}}, true},
		"the policy that SES's console makes": {setup{change: func(_ *account.Snapshot, u *account.User) {
			u.Inline = []account.InlinePolicy{{Name: "AmazonSesSendingAccess", Document: document("", allow("s3:Get*"))}}
		}}, true},
		"the group that SES's console makes": {setup{change: func(s *account.Snapshot, u *account.User) {
			s.Groups = append(s.Groups, account.Group{Name: "AWSSESSendingGroupDoNotRename"})
			u.Groups = []string{"AWSSESSendingGroupDoNotRename"}
		}}, true},
		"a policy that was not read": {setup{change: attach("arn:aws:iam::111122223333:policy/new")}, true},
		"policies not listed":        {setup{change: unseen(account.Policies)}, true},
	} {
		t.Run(name, func(t *testing.T) {
			v, ann := c.view()
			if got := v.SendsMail(ann); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}
