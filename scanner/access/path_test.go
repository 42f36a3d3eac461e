package access_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"iamvigil/internal/awstest"
	"iamvigil/scanner/access"
	"iamvigil/scanner/account"
)

// path is how ann becomes administrator, in words.
func path(v *access.View, ref account.Ref) string {
	p, ok := v.PathToAdmin(ref)
	if !ok {
		return ""
	}
	words := []string{p.Tier.String() + " " + string(p.Decision)}
	for _, s := range p.Steps {
		word := s.Name
		if s.On != (account.Ref{}) {
			word += " on " + s.On.Name
		}
		if s.To != (account.Ref{}) {
			word += " to " + s.To.Name
		}
		words = append(words, word)
	}
	return strings.Join(words, "; ")
}

const (
	rootTrust = `{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "sts:AssumeRole"}`
	roleARN   = "arn:aws:iam::111122223333:role/"
)

// world is an account of ann and of roles, each with its trust and what it allows.
func world(ann string, roles ...[3]string) (*access.View, account.Ref) {
	v, u := setup{inline: ann, change: func(s *account.Snapshot, u *account.User) {
		s.Groups = append(s.Groups, account.Group{ARN: "arn:aws:iam::111122223333:group/Admins", ID: "AGPAADMINS", Name: "Admins", Inline: inline(everything)},
			account.Group{ARN: "arn:aws:iam::111122223333:group/Devs", ID: "AGPADEVS", Name: "Devs", Inline: inline(on(roleARN+"top", "sts:AssumeRole"))})
		s.Users = append(s.Users, account.User{ARN: userARN + "bob", ID: "AIDABOB", Name: "bob", Groups: []string{"Admins"}})
		for _, given := range roles {
			r := role(given[0], given[1])
			if given[2] != "" {
				r.Inline = inline(given[2])
			}
			s.Roles = append(s.Roles, r)
		}
	}}.view()
	return v, u.Ref()
}

func TestPathToAdmin(t *testing.T) {
	top := [3]string{"top", rootTrust, everything}
	for name, c := range map[string]struct {
		ann   string
		roles [][3]string
		want  string
	}{
		"is one":             {everything, nil, "self Allowed"},
		"is one with MFA":    {strings.TrimSuffix(everything, "}") + ", " + withMFA + "}", nil, "self Conditional"},
		"nothing":            {allow("s3:*"), [][3]string{top}, ""},
		"by herself":         {allow("iam:PutUserPolicy"), nil, "self Allowed; iam:PutUserPolicy"},
		"through her policy": {on(annARN, "iam:PutUserPolicy"), nil, "self Allowed; iam:PutUserPolicy on ann"},
		"all of the account's IAM, by an ARN that IAM completes": {on("arn:aws:iam::111122223333", "iam:CreateAccessKey"), nil, "self Allowed; iam:CreateAccessKey"},
		"of another account":                             {on("arn:aws:iam::444455556666", "iam:CreateAccessKey", "sts:AssumeRole"), [][3]string{top}, ""},
		"denied all of IAM by an ARN that IAM completes": {allow("iam:CreateAccessKey") + `, {"Effect": "Deny", "Action": "*", "Resource": "arn:aws:iam"}`, nil, ""},
		"a role, by an ARN that IAM completes":           {on("arn:aws:iam", "sts:AssumeRole"), [][3]string{top}, "self Allowed; AssumeRole to top"},
		"as a user":                                      {on(userARN+"bob", "iam:CreateLoginProfile"), nil, "self Allowed; iam:CreateLoginProfile on bob to bob"},
		"into a group":                                   {on("arn:aws:iam::111122223333:group/Admins", "iam:AddUserToGroup"), nil, "self Allowed; iam:AddUserToGroup on Admins to Admins"},
		"into one on the way":                            {on("arn:aws:iam::111122223333:group/Devs", "iam:AddUserToGroup"), [][3]string{top}, "self Allowed; iam:AddUserToGroup on Devs to Devs; AssumeRole to top"},
		"a role":                                         {allow("sts:AssumeRole"), [][3]string{top}, "self Allowed; AssumeRole to top"},
		"by two roles": {on(roleARN+"mid", "sts:AssumeRole"), [][3]string{top, {"mid", rootTrust, on(roleARN+"top", "sts:AssumeRole")}},
			"self Allowed; AssumeRole to mid; AssumeRole to top"},
		"the shorter way": {on(roleARN+"*", "sts:AssumeRole"), [][3]string{top, {"mid", rootTrust, on(roleARN+"top", "sts:AssumeRole")}},
			"self Allowed; AssumeRole to top"},
		"a circle": {on(roleARN+"a", "sts:AssumeRole"), [][3]string{{"a", rootTrust, on(roleARN+"b", "sts:AssumeRole")}, {"b", rootTrust, on(roleARN+"a", "sts:AssumeRole")}}, ""},
		"the surer way, though longer": {on(roleARN+"mid", "sts:AssumeRole") + "," + strings.TrimSuffix(on(roleARN+"top", "sts:AssumeRole"), "}") + ", " + withMFA + "}",
			[][3]string{top, {"mid", rootTrust, on(roleARN+"top", "sts:AssumeRole")}}, "self Allowed; AssumeRole to mid; AssumeRole to top"},
		"only with MFA on the way": {on(roleARN+"mid", "sts:AssumeRole"),
			[][3]string{top, {"mid", strings.TrimSuffix(rootTrust, "}") + ", " + withMFA + "}", on(roleARN+"top", "sts:AssumeRole")}}, "self Conditional; AssumeRole to mid; AssumeRole to top"},
		"a role that trusts her by name": {allow("s3:*"), [][3]string{{"top", trusting(annARN), everything}}, "self Allowed; AssumeRole to top"},
		"a role passed on the way": {on(roleARN+"mid", "sts:AssumeRole"), [][3]string{{"run", service("ec2"), everything}, {"mid", rootTrust, allow("iam:PassRole", "ec2:RunInstances")}},
			"pass-role Allowed; AssumeRole to mid; PassRole+EC2 to run"},
		"what runs": {allow("ssm:SendCommand"), [][3]string{{"run", service("ec2"), everything}}, "existing-compute Allowed; SSMSendCommand to run"},
		"certain of what runs": {on("arn:aws:lambda:*:*:function:f", "lambda:UpdateFunctionCode"), [][3]string{{"run", service("lambda"), everything}},
			"existing-compute Conditional; lambda:UpdateFunctionCode to run"},
		"what runs as no administrator": {allow("ssm:SendCommand"), [][3]string{{"run", service("ec2"), allow("s3:*")}}, ""},
		"a role's policy":               {on(roleARN+"mid", "iam:PutRolePolicy"), [][3]string{{"mid", trusting(annARN), allow("s3:*")}}, "self Allowed; iam:PutRolePolicy on mid"},
		"of one she cannot assume":      {on(roleARN+"mid", "iam:PutRolePolicy"), [][3]string{{"mid", service("ec2"), allow("s3:*")}}, ""},
		"a role that writes her policies": {on(roleARN+"mid", "sts:AssumeRole"), [][3]string{{"mid", rootTrust, on(annARN, "iam:PutUserPolicy")}},
			"self Allowed; AssumeRole to mid; iam:PutUserPolicy on ann"},
		"a role that writes others'": {on(roleARN+"mid", "sts:AssumeRole"), [][3]string{{"mid", rootTrust, on(userARN+"cat", "iam:PutUserPolicy")}}, ""},
		"a role's trust":             {on(roleARN+"top", "iam:UpdateAssumeRolePolicy"), [][3]string{{"top", service("ec2"), everything}}, "self Allowed; iam:UpdateAssumeRolePolicy on top to top"},
		"a provider": {on("arn:aws:iam::111122223333:saml-provider/corp", "iam:UpdateSAMLProvider"),
			[][3]string{{"top", `{"Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111122223333:saml-provider/corp"}, "Action": "sts:AssumeRoleWithSAML"}`, everything}},
			"self Allowed; iam:UpdateSAMLProvider to top"},
		"another provider": {on("arn:aws:iam::111122223333:saml-provider/x", "iam:UpdateSAMLProvider"),
			[][3]string{{"top", `{"Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111122223333:saml-provider/corp"}, "Action": "sts:AssumeRoleWithSAML"}`, everything}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			v, ann := world(c.ann, c.roles...)
			if diff := cmp.Diff(c.want, path(v, ann)); diff != "" {
				t.Error(diff)
			}
			if !v.Whole() {
				t.Error("not all was looked at")
			}
		})
	}
}

// Of two ways that are as grave and as short the same is told, by the first name or else
// the one that writes, in
// whichever order GetAccountAuthorizationDetails lists the roles.
func TestPathByTheFirstName(t *testing.T) {
	writer := func(name string) [3]string { return [3]string{name, rootTrust, on(annARN, "iam:PutUserPolicy")} }
	mid := func(name string) [3]string { return [3]string{name, rootTrust, on(roleARN+"top", "sts:AssumeRole")} }
	admin := func(name string) [3]string { return [3]string{name, rootTrust, everything} }
	assumes := func(names ...string) string {
		var all []string
		for _, name := range names {
			all = append(all, on(roleARN+name, "sts:AssumeRole"))
		}
		return strings.Join(all, ",")
	}
	for name, c := range map[string]struct {
		ann   string
		roles [][3]string
		want  string
	}{
		"roles that write her policies": {assumes("aa", "a"), [][3]string{writer("a"), writer("aa")}, "self Allowed; AssumeRole to a; iam:PutUserPolicy on ann"},
		"administrators":                {assumes("aa", "a"), [][3]string{admin("a"), admin("aa")}, "self Allowed; AssumeRole to a"},
		"roles on the way":              {assumes("aa", "a"), [][3]string{mid("a"), mid("aa"), admin("top")}, "self Allowed; AssumeRole to a; AssumeRole to top"},
		"who writes and who is on the way": {assumes("aa", "a"), [][3]string{mid("a"), writer("aa"), admin("top")},
			"self Allowed; AssumeRole to aa; iam:PutUserPolicy on ann"},
	} {
		t.Run(name, func(t *testing.T) {
			for range 2 {
				v, ann := world(c.ann, c.roles...)
				if diff := cmp.Diff(c.want, path(v, ann)); diff != "" {
					t.Errorf("roles %v: %s", c.roles, diff)
				}
				slices.Reverse(c.roles)
			}
		})
	}
}

// A service-linked role that assumes others, or may write to itself through one, is AWS's.
func TestNoPathOfServiceLinked(t *testing.T) {
	const linked = "arn:aws:iam::111122223333:role/aws-service-role/support.amazonaws.com/AWSServiceRoleForSupport"
	for name, of := range map[string][3]string{
		"an administrator": {"a", trusting("*"), everything},
		"one that writes":  {"a", trusting("*"), on(linked, "iam:AttachRolePolicy")},
	} {
		t.Run(name, func(t *testing.T) {
			v, _ := setup{change: func(s *account.Snapshot, _ *account.User) {
				own := account.Role{ARN: linked, ID: "AROASUPPORT", Name: "AWSServiceRoleForSupport", Inline: inline(everything)}
				other := role(of[0], of[1])
				other.Inline = inline(of[2])
				s.Roles = append(s.Roles, own, other)
			}}.view()
			if got := path(v, account.Ref{Kind: account.KindRole, ARN: linked, ID: "AROASUPPORT", Name: "AWSServiceRoleForSupport"}); got != "" {
				t.Error(got)
			}
		})
	}
}

// A chain of roles as long as IAM lets there be is followed to its end.
func TestLongPath(t *testing.T) {
	var roles [][3]string
	for i := range 1000 {
		roles = append(roles, [3]string{fmt.Sprintf("r%d", i), rootTrust, on(fmt.Sprintf("%sr%d", roleARN, i+1), "sts:AssumeRole")})
	}
	roles[999][2] = everything
	v, ann := world(on(roleARN+"r0", "sts:AssumeRole"), roles...)
	if p, ok := v.PathToAdmin(ann); !ok || len(p.Steps) != 1000 {
		t.Errorf("%v, %d steps", ok, len(p.Steps))
	}
}

// An account in which everybody names everybody is not looked at for ever.
func TestTooManyPaths(t *testing.T) {
	s := awstest.Large(awstest.Size{Users: 3000, Roles: 10, Trust: 300})
	for i := range s.Users {
		u := &s.Users[i]
		u.Inline = inline(on("arn:aws:iam::111122223333:user/*9/*?x"+u.Name+"*?", "iam:CreateAccessKey") + "," + on("arn:aws:iam::111122223333:user/*r*1?", "iam:UpdateLoginProfile"))
		if i%2 == 0 {
			u.Inline = inline(everything)
		}
	}
	start := time.Now()
	v := access.New(s)
	v.PathToAdmin(s.Users[0].Ref())
	if took := time.Since(start); took > 20*time.Second || v.Whole() {
		t.Errorf("took %s, all looked at: %v", took, v.Whole())
	}
}

// In the account of every hazard each path begins with whom it is of and goes on from where
// it led to, and no order of the listings changes it.
func TestPathsOfAnyAccount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := awstest.Random().Draw(t, "account")
		turned := *s
		turned.Users, turned.Groups, turned.Roles, turned.Policies = slices.Clone(s.Users), slices.Clone(s.Groups), slices.Clone(s.Roles), slices.Clone(s.Policies)
		slices.Reverse(turned.Users)
		slices.Reverse(turned.Groups)
		slices.Reverse(turned.Roles)
		slices.Reverse(turned.Policies)
		v, w := access.New(s), access.New(&turned)
		for ref := range s.Resources() {
			p, _ := v.PathToAdmin(ref)
			at := ref
			for _, step := range p.Steps {
				if step.From != at || len(step.Answers) == 0 {
					t.Fatalf("%s: %s", ref.Name, path(v, ref))
				}
				at = step.To
			}
			if one, other := path(v, ref), path(w, ref); one != other {
				t.Fatalf("%s: %s, or %s", ref.Name, one, other)
			}
		}
	})
}
