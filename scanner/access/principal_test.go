package access_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"iamvigil/internal/awstest"
	"iamvigil/scanner/access"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

const userARN = "arn:aws:iam::111122223333:user/"

// may is a decision with the origins of the Allows and Denies that it rests on.
func may(v *access.View, ref account.Ref, action, resource string) string {
	answer := v.Of(ref).May(action, resource)
	all := []string{string(answer.Decision)}
	for _, ground := range answer.By {
		from := v.Source(ref, ground.Source)
		all = append(all, strings.TrimSuffix(strings.Join([]string{string(ground.Layer), from.Kind, from.Name, from.Group}, " "), " "))
	}
	return strings.Join(all, "; ")
}

func TestOf(t *testing.T) {
	tagged := func(tag string) func(*account.Snapshot, *account.User) {
		return func(_ *account.Snapshot, u *account.User) { u.Tags = map[string]string{"team": tag} }
	}
	const ofTeam = `{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalTag/team": "red"}}}`
	for name, c := range map[string]struct {
		setup
		want string
	}{
		"nothing":                  {setup{}, "ImplicitDeny"},
		"everywhere":               {setup{inline: everything, attached: allow("s3:*"), group: allow("s3:Get*")}, "Allowed; identity attached own; identity inline inline; identity inline inline Team"},
		"a Deny in a group":        {setup{inline: everything, group: deny("s3:*")}, "ExplicitDeny; identity inline inline Team"},
		"a boundary":               {setup{inline: everything, boundary: allow("s3:*")}, "Allowed; identity inline inline; boundary attached boundary"},
		"a boundary without it":    {setup{inline: everything, boundary: allow("kms:*")}, "ImplicitDeny"},
		"a boundary not read":      {setup{inline: everything, change: bound("arn:aws:iam::111122223333:policy/new")}, "Conditional; identity inline inline"},
		"a policy not read":        {setup{inline: everything, change: attach("arn:aws:iam::111122223333:policy/new")}, "Conditional; identity inline inline"},
		"AdministratorAccess":      {setup{change: attach(adminARN)}, "Allowed; identity attached AdministratorAccess"},
		"groups not listed":        {setup{inline: everything, change: unseen(account.Groups)}, "Conditional; identity inline inline"},
		"her name":                 {setup{inline: `{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::home/${aws:username}"}`}, "Allowed; identity inline inline"},
		"her ARN":                  {setup{inline: `{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"ArnEquals": {"aws:PrincipalArn": "` + annARN + `"}}}`}, "Allowed; identity inline inline"},
		"another account's":        {setup{inline: `{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalAccount": "444455556666"}}}`}, "ImplicitDeny"},
		"her tag":                  {setup{inline: ofTeam, change: tagged("red")}, "Allowed; identity inline inline"},
		"another's tag":            {setup{inline: ofTeam, change: tagged("blue")}, "ImplicitDeny"},
		"until before the look":    {setup{inline: `{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"DateLessThan": {"aws:CurrentTime": "2026-09-30T00:00:00Z"}}}`}, "ImplicitDeny"},
		"a group that is no group": {setup{inline: everything, change: func(_ *account.Snapshot, u *account.User) { u.Groups = []string{"new"} }}, "Conditional; identity inline inline"},
	} {
		t.Run(name, func(t *testing.T) {
			v, ann := c.view()
			if diff := cmp.Diff(c.want, may(v, ann.Ref(), "s3:GetObject", "arn:aws:s3:::home/ann")); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(c.want, may(v, account.Ref{Kind: account.KindUser, Name: "ANN"}, "s3:GetObject", "arn:aws:s3:::home/ann")); diff != "" {
				t.Errorf("by name: %s", diff)
			}
		})
	}
	v, _ := setup{}.view()
	if got := may(v, account.Ref{Kind: account.KindUser, Name: "nobody"}, "s3:GetObject", "*"); got != "Conditional" {
		t.Errorf("of nobody: %s", got)
	}
}

// roleWith is an account with the role app, whose statement is its inline policy.
func roleWith(statement, trust string) (*access.View, account.Ref) {
	r := role("app", trust)
	r.Tags = map[string]string{"team": "red"}
	r.Inline = inline(statement)
	v, _ := setup{change: func(s *account.Snapshot, _ *account.User) { s.Roles = []account.Role{r} }}.view()
	return v, r.Ref()
}

// Whoever assumes a role may only put tags in the place of the role's where its trust
// policy allows sts:TagSession.
func TestOfRole(t *testing.T) {
	const ofTeam = `{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalTag/team": "blue"}}}`
	tagging := strings.Replace(service("ec2"), `"sts:AssumeRole"`, `["sts:AssumeRole", "sts:TagSession"]`, 1)
	for name, c := range map[string]struct{ statement, trust, want string }{
		"another's tag":         {ofTeam, service("ec2"), "ImplicitDeny"},
		"a tag of the session":  {ofTeam, tagging, "Conditional; identity inline inline0"},
		"a user's name":         {`{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringLike": {"aws:username": "*"}}}`, service("ec2"), "ImplicitDeny"},
		"the id of its session": {`{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringLike": {"aws:userid": "AROA*:i-*"}}}`, service("ec2"), "Conditional; identity inline inline0"},
	} {
		v, app := roleWith(c.statement, c.trust)
		if diff := cmp.Diff(c.want, may(v, app, "s3:GetObject", "arn:aws:s3:::b/o")); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// where is a statement that allows under a condition.
func where(operator, key, value string, actions ...string) string {
	return strings.TrimSuffix(allow(actions...), "}") + `, "Condition": {"` + operator + `": {"` + key + `": "` + value + `"}}}`
}

// another adds the user cat, who may do nothing.
func another(s *account.Snapshot, _ *account.User) {
	s.Users = append(s.Users, account.User{ARN: userARN + "cat", ID: "AIDACAT", Name: "cat"})
}

func on(resource string, actions ...string) string {
	return strings.Replace(allow(actions...), `"Resource": "*"`, `"Resource": "`+resource+`"`, 1)
}

// admins adds the administrators bob and a role that trusts nobody.
func admins(s *account.Snapshot, _ *account.User) {
	attached := []account.Attachment{{ARN: adminARN, Name: "AdministratorAccess"}}
	s.Users = append(s.Users, account.User{ARN: userARN + "ops/bob", ID: "AIDABOB", Name: "bob", Attached: attached},
		account.User{ARN: userARN + "anna", ID: "AIDAANNA", Name: "anna", Attached: attached})
	r := role("top", service("none"))
	r.Attached = attached
	s.Roles = append(s.Roles, r)
}

// What somebody may do to itself is no way to become more, but for attaching policies.
// What may be done to certain others is one if they are there and worth it.
func TestEscalationsOnOneself(t *testing.T) {
	keys := []string{"iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile"}
	const open = "iam:CreateAccessKey self, iam:CreateLoginProfile self, iam:UpdateLoginProfile self"
	for name, c := range map[string]struct {
		setup
		want string
	}{
		"by name":                     {setup{inline: on("arn:aws:iam::*:user/${aws:username}", keys...)}, ""},
		"by name on any path":         {setup{inline: on("arn:aws:iam::*:user/*/${aws:username}", keys...)}, ""},
		"by ARN":                      {setup{inline: on(annARN, keys...)}, ""},
		"by name, another unread":     {setup{inline: on("arn:aws:iam::*:user/${aws:username}", keys...), change: attach("arn:aws:iam::111122223333:policy/new")}, ""},
		"on who is named alike":       {setup{inline: on("arn:aws:iam::*:user/${aws:username}*", keys...), change: admins}, open},
		"on who might be named alike": {setup{inline: on("arn:aws:iam::*:user/${aws:username}*", keys...)}, ""},
		"on others":                   {setup{inline: on(userARN+"*b", keys...), change: admins}, open},
		"on another":                  {setup{inline: on(userARN+"ops/bob", keys...), change: admins}, open},
		"on one who is not there":     {setup{inline: on(userARN+"ben", keys...), change: admins}, ""},
		"on one who is no more":       {setup{inline: on(userARN+"cat", keys...), change: another}, ""},
		"on a role's trust":           {setup{inline: on("arn:aws:iam::*:role/t*", "iam:UpdateAssumeRolePolicy"), change: admins}, "iam:UpdateAssumeRolePolicy self"},
		"on it, assuming denied":      {setup{inline: on("arn:aws:iam::*:role/t*", "iam:UpdateAssumeRolePolicy") + "," + deny("sts:*"), change: admins}, ""},
		"on all, herself denied":      {setup{inline: allow(keys...) + "," + strings.Replace(deny(keys...), `"*"`, `"`+annARN+`"`, 1)}, open},
		"on all, others denied":       {setup{inline: allow(keys...) + `,{"Effect": "Deny", "Action": "*", "NotResource": "arn:aws:iam::*:user/${aws:username}"}`}, ""},
		"policies of her own":         {setup{inline: on("arn:aws:iam::*:user/${aws:username}", "iam:AttachUserPolicy")}, "iam:AttachUserPolicy self"},
		"but under a boundary":        {setup{inline: on("arn:aws:iam::*:user/${aws:username}", "iam:AttachUserPolicy"), boundary: allow("s3:*", "iam:AttachUserPolicy")}, "iam:AttachUserPolicy self"},
		"but under one of hers alone": {setup{inline: on("arn:aws:iam::*:user/${aws:username}", "iam:AttachUserPolicy"), boundary: allow("s3:*") + "," + on("arn:aws:iam::*:user/${aws:username}", "iam:AttachUserPolicy")}, ""},
		"of her group":                {setup{inline: on("arn:aws:iam::*:group/Team", "iam:PutGroupPolicy"), group: allow("s3:*")}, "iam:PutGroupPolicy self"},
		"of another group":            {setup{inline: on("arn:aws:iam::*:group/Other", "iam:PutGroupPolicy"), group: allow("s3:*")}, ""},
		"versions of her policy":      {setup{attached: on(ownARN, "iam:CreatePolicyVersion")}, "CreatePolicyVersion self"},
		"its dormant version":         {setup{attached: on(ownARN, "iam:SetDefaultPolicyVersion")}, ""},
		"of AWS's policies alone":     {setup{inline: on("arn:aws:iam::aws:policy/*", "iam:CreatePolicyVersion")}, ""},
		"certain policies alone":      {setup{inline: where("ArnEquals", "iam:PolicyARN", "arn:aws:iam::111122223333:policy/deny", "iam:AttachUserPolicy")}, ""},
		"AWS's policies":              {setup{inline: where("ArnLike", "iam:PolicyARN", "arn:aws:iam::aws:policy/*", "iam:AttachUserPolicy")}, "iam:AttachUserPolicy self"},
		"of who has a boundary":       {setup{inline: where("StringEquals", "iam:PermissionsBoundary", boundaryARN, "iam:PutRolePolicy", "iam:AttachUserPolicy")}, ""},
		"a wider boundary":            {setup{inline: allow("iam:PutUserPermissionsBoundary", "iam:PutUserPolicy"), boundary: allow("iam:PutUserPermissionsBoundary")}, "iam:PutUserPermissionsBoundary self"},
		"a boundary of no moment":     {setup{inline: allow("iam:PutUserPermissionsBoundary"), boundary: everything}, ""},
		"a boundary for others":       {setup{inline: allow("iam:PutUserPermissionsBoundary")}, ""},
		"what was not read":           {setup{inline: allow("s3:*"), change: attach("arn:aws:iam::111122223333:policy/new")}, ""},
		"beside what was not read":    {setup{inline: allow("iam:AddUserToGroup"), change: attach("arn:aws:iam::111122223333:policy/new")}, "iam:AddUserToGroup self if"},
		"all, beside some not read":   {setup{inline: allow("iam:*"), change: attach("arn:aws:iam::111122223333:policy/new")}, "OverPermissiveIAM self if"},
		"all with MFA, some without":  {setup{inline: allow("iam:PutUserPolicy") + `,{"Effect": "Allow", "Action": "iam:*", "Resource": "*", ` + withMFA + `}`}, "OverPermissiveIAM self if, iam:PutUserPolicy self"},
		"all but one":                 {setup{inline: allow("iam:*") + "," + deny("iam:DeleteUser")}, "AssumeAll"},
		"a known action's other case": {setup{inline: allow("IAM:ADDUSERTOGROUP")}, "iam:AddUserToGroup self"},
	} {
		t.Run(name, func(t *testing.T) {
			v, ann := c.view()
			got := told(v, ann.Ref())
			if c.want == "AssumeAll" {
				if strings.Contains(got, "OverPermissiveIAM") || !strings.Contains(got, "IAMPut self") || !strings.Contains(got, "iam:CreateAccessKey self") {
					t.Error(got)
				}
			} else if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// administers makes the role deploy an administrator's.
func administers(s *account.Snapshot, _ *account.User) {
	s.Roles[0].Attached = []account.Attachment{{ARN: adminARN, Name: "AdministratorAccess"}}
}

func outOfProfiles(s *account.Snapshot, u *account.User) {
	administers(s, u)
	s.Roles[0].InstanceProfiles = nil
}

// A role that is passed must trust the service, be one that may be passed to it, and be
// worth it; but for who may pass whatever role there will be.
func TestEscalationsByPassingRoles(t *testing.T) {
	const lambda = "PassRole+CreateLambda+Invoke"
	run := allow("lambda:CreateFunction", "lambda:InvokeFunction")
	to := func(resource, service string) string {
		return run + `,{"Effect": "Allow", "Action": "iam:PassRole", "Resource": "` + resource + `", "Condition": {"StringEquals": {"iam:PassedToService": "` + service + `.amazonaws.com"}}}`
	}
	for name, c := range map[string]struct {
		setup
		want, role string
	}{
		"any":                  {setup{inline: run + "," + allow("iam:PassRole"), trust: service("lambda")}, lambda + " pass-role", "deploy"},
		"no administrator's":   {setup{inline: run + "," + allow("iam:PassRole"), trust: service("lambda"), change: another}, lambda + " pass-role later", "deploy"},
		"this one, no admin's": {setup{inline: run + "," + on("arn:aws:iam::111122223333:role/deploy", "iam:PassRole"), trust: service("lambda"), change: another}, "", ""},
		"one that writes itself": {setup{inline: run + "," + allow("iam:PassRole"), trust: service("lambda"), change: func(s *account.Snapshot, _ *account.User) {
			s.Roles[0].Inline = inline(on("arn:aws:iam::*:role/deploy", "iam:PutRolePolicy"))
		}}, lambda + " pass-role", "deploy"},
		"EC2, in an instance profile": {setup{inline: allow("ec2:RunInstances", "iam:PassRole"), trust: service("ec2")}, "PassRole+EC2 pass-role", "deploy"},
		"EC2, in none":                {setup{inline: allow("ec2:RunInstances", "iam:PassRole"), trust: service("ec2"), change: outOfProfiles}, "", ""},
		"EC2, in none but to be": {setup{inline: allow("ec2:RunInstances", "iam:PassRole", "iam:CreateInstanceProfile", "iam:AddRoleToInstanceProfile"), trust: service("ec2"), change: outOfProfiles},
			"PassRole+CreateInstanceProfile+AddRoleToInstanceProfile pass-role", "deploy"},
		"EC2, in none to be added to": {setup{inline: allow("ec2:RunInstances", "iam:PassRole", "iam:CreateInstanceProfile"), trust: service("ec2"), change: outOfProfiles}, "", ""},
		"EC2 that runs, in none":      {setup{inline: allow("ssm:SendCommand"), trust: service("ec2"), change: outOfProfiles}, "", ""},
		"another service, in none":    {setup{inline: run + "," + allow("iam:PassRole"), trust: service("lambda"), change: outOfProfiles}, lambda + " pass-role", "deploy"},
		"none trusts it":              {setup{inline: run + "," + allow("iam:PassRole"), trust: service("ec2")}, "", ""},
		"no role at all":              {setup{inline: run + "," + allow("iam:PassRole")}, "", ""},
		"this one":                    {setup{inline: run + "," + on("arn:aws:iam::111122223333:role/deploy", "iam:PassRole"), trust: service("lambda")}, lambda + " pass-role", "deploy"},
		"another":                     {setup{inline: run + "," + on("arn:aws:iam::111122223333:role/x*", "iam:PassRole"), trust: service("lambda")}, "", ""},
		"to this service":             {setup{inline: to("*", "lambda"), trust: service("lambda")}, lambda + " pass-role", "deploy"},
		"to another":                  {setup{inline: to("*", "ec2"), trust: service("lambda")}, "", ""},
		"roles were not listed":       {setup{inline: run + "," + allow("iam:PassRole"), change: unseen(account.Roles)}, lambda + " pass-role", ""},
		"denied for this one":         {setup{inline: run + "," + allow("iam:PassRole") + `,{"Effect": "Deny", "Action": "iam:PassRole", "Resource": "arn:aws:iam::*:role/dep*"}`, trust: service("lambda")}, "", ""},
		"by its Region's name":        {setup{inline: run + "," + allow("iam:PassRole"), trust: service("lambda.eu-west-1")}, lambda + " pass-role", "deploy"},
		"another that begins so":      {setup{inline: run + "," + allow("iam:PassRole"), trust: service("lambdax")}, "", ""},
		"a service that looks so":     {setup{inline: run + "," + allow("iam:PassRole"), trust: service("lambda.example.com/")}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if c.trust != "" && c.change == nil {
				c.change = administers
			}
			v, ann := c.view()
			if diff := cmp.Diff(c.want, told(v, ann.Ref())); diff != "" {
				t.Error(diff)
			}
			for _, e := range v.Escalations(ann.Ref()) {
				if e.Role.Name != c.role {
					t.Errorf("by role %q", e.Role.Name)
				}
			}
		})
	}
}

// An administrator's role can be assumed as far as its trust policy and one's own
// policies let it.
func TestEscalationsByAssumingRoles(t *testing.T) {
	root := trusting("arn:aws:iam::111122223333:root")
	admin := administers
	for name, c := range map[string]struct {
		setup
		want string
	}{
		"trusts the account":               {setup{trust: root, inline: allow("sts:AssumeRole"), change: admin}, "AssumeRole self"},
		"with MFA":                         {setup{trust: strings.TrimSuffix(root, "}") + ", " + withMFA + "}", inline: allow("sts:AssumeRole"), change: admin}, "AssumeRole self if"},
		"trusts the account alone":         {setup{trust: root, change: admin}, ""},
		"trusts her":                       {setup{trust: trusting(annARN), change: admin}, "AssumeRole self"},
		"trusts her, who has a boundary":   {setup{trust: trusting(annARN), boundary: allow("s3:*"), change: admin}, "AssumeRole self"},
		"trusts her, who is denied it":     {setup{trust: trusting(annARN), inline: deny("sts:*"), change: admin}, ""},
		"trusts her, denied without MFA":   {setup{trust: trusting(annARN), inline: `{"Effect": "Deny", "Action": "sts:*", "Resource": "*", ` + withoutMFA + `}`, change: admin}, "AssumeRole self if"},
		"trusts another":                   {setup{trust: trusting(userARN + "ben"), inline: allow("sts:AssumeRole"), change: admin}, ""},
		"another, and another's account":   {setup{trust: trusting("arn:aws:iam::444455556666:root"), inline: allow("sts:AssumeRole"), change: admin}, ""},
		"a service":                        {setup{trust: service("ec2"), inline: allow("sts:AssumeRole"), change: admin}, ""},
		"no administrator":                 {setup{trust: root, inline: allow("sts:AssumeRole")}, ""},
		"trusts the account, the boundary": {setup{trust: root, inline: allow("sts:AssumeRole"), boundary: allow("s3:*"), change: admin}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			v, ann := c.view()
			if diff := cmp.Diff(c.want, told(v, ann.Ref())); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAdmins(t *testing.T) {
	conditional := `{"Effect": "Allow", "Action": "*", "Resource": "*", ` + withMFA + `}`
	for name, c := range map[string]struct {
		setup
		want policy.Decision
	}{
		"everything":                 {setup{inline: everything}, policy.Allowed},
		"through a group":            {setup{group: everything}, policy.Allowed},
		"AdministratorAccess":        {setup{change: attach(adminARN)}, policy.Allowed},
		"a boundary of everything":   {setup{inline: everything, boundary: everything}, policy.Allowed},
		"a boundary":                 {setup{inline: everything, boundary: allow("s3:*")}, ""},
		"under a condition":          {setup{inline: conditional}, policy.Conditional},
		"a Deny under a condition":   {setup{inline: everything + "," + denyOutside}, policy.Conditional},
		"a Deny":                     {setup{inline: everything + "," + deny("s3:DeleteBucket")}, ""},
		"all of IAM":                 {setup{inline: allow("iam:*")}, ""},
		"all but one":                {setup{inline: `{"Effect": "Allow", "NotAction": "iam:DeleteUser", "Resource": "*"}`}, ""},
		"another policy is not read": {setup{inline: everything, change: attach("arn:aws:iam::111122223333:policy/new")}, policy.Conditional},
		"what is not read":           {setup{inline: allow("s3:*"), change: attach("arn:aws:iam::111122223333:policy/new")}, ""},
		"nothing":                    {setup{}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			v, ann := c.view()
			var got policy.Decision
			for _, admin := range v.Admins() {
				if admin.Ref != ann.Ref() {
					t.Errorf("%s", admin.Name)
				}
				got = admin.Answer.Decision
			}
			if got != c.want {
				t.Errorf("%q, not %q", got, c.want)
			}
		})
	}
}

func BenchmarkEscalations(b *testing.B) {
	for name, s := range map[string]*account.Snapshot{"largest": awstest.Large(awstest.Largest()), "privileged": privileged()} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				v := access.New(s)
				for ref := range s.Resources() {
					v.Escalations(ref)
				}
				v.Admins()
			}
		})
	}
}

// privileged is an account where everybody may do much: a thousand users who may do all
// but IAM and pass some of the thousand roles, and as many administrators.
func privileged() *account.Snapshot {
	s := awstest.Large(awstest.Size{Users: 2000, Roles: 1000, Trust: 300})
	power := document("", `{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"},`+on("arn:aws:iam::*:role/none/*", "iam:PassRole"))
	for i := range s.Users {
		u := &s.Users[i]
		if u.Inline = []account.InlinePolicy{{Name: "power", Document: power}}; i%2 == 1 {
			u.Inline, u.Attached = nil, []account.Attachment{{ARN: adminARN, Name: "AdministratorAccess"}}
		}
	}
	return s
}
