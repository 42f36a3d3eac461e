package policy_test

import (
	"testing"

	"iamvigil/scanner/policy"
)

const (
	anyRole = "arn:aws:iam::123456789012:role/any"
	admin   = "arn:aws:iam::123456789012:role/admin"
)

func TestGrants(t *testing.T) {
	var s policy.Statement
	statement := func(elements string) {
		t.Helper()
		s = policy.Parse(`{"Statement":{` + elements + `}}`).Statements[0]
	}
	check := func(grants, denies bool) func(action, resource string) {
		return func(action, resource string) {
			t.Helper()
			if s.Grants(action, resource) != grants || s.Denies(action, resource) != denies {
				t.Errorf("%s on %s: grants %t, denies %t", action, resource, !grants, !denies)
			}
		}
	}
	allow, deny, silent := check(true, false), check(false, true), check(false, false)

	statement(`"Effect":"Allow","Action":["s3:*","iam:passrole"],"Resource":["arn:aws:iam::*:role/any","arn:aws:s3:::*"]`)
	allow("iam:PassRole", anyRole)
	allow("s3:GetObject", "arn:aws:s3:::b/k")
	silent("iam:PassRole", admin)
	silent("iam:PassRole", "*")
	silent("iam:CreateUser", anyRole)
	if !s.Allows() {
		t.Error("does not allow")
	}

	statement(`"Effect":"Deny","Action":"iam:*","Resource":"*"`)
	deny("iam:PassRole", anyRole)
	deny("iam:ListUsers", "*")
	silent("s3:GetObject", "*")
	if s.Allows() {
		t.Error("allows")
	}

	statement(`"Effect":"Allow","NotAction":["iam:*","sts:*"],"NotResource":"arn:aws:iam::*:role/admin"`)
	allow("s3:GetObject", "*")
	allow("lambda:CreateFunction", anyRole)
	silent("lambda:CreateFunction", admin)
	silent("IAM:PassRole", anyRole)

	statement(`"Effect":"Deny","NotAction":"iam:*","Resource":"*"`)
	deny("s3:GetObject", "*")
	silent("iam:PassRole", "*")

	// A trust policy names no resource.
	statement(`"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"`)
	allow("sts:AssumeRole", anyRole)
	silent("sts:TagSession", anyRole)

	// Conditions are for the caller to look at.
	statement(`"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}`)
	allow("iam:PassRole", anyRole)

	statement(`"Effect":"Allow","NotAction":[],"NotResource":[]`)
	allow("iam:PassRole", "*")

	statement(`"Effect":"Allow","Action":[],"Resource":"*"`)
	silent("iam:PassRole", "*")

	statement(`"Effect":"Allow","Resource":"*"`)
	silent("iam:PassRole", "*")

	statement(`"Effect":"allow","Action":"*","Resource":"*"`)
	silent("iam:PassRole", "*")

	// IAM would accept neither of these: danger is not to be hidden by it.
	statement(`"Effect":"Allow","Action":"s3:*","NotAction":"ec2:*","Resource":"*"`)
	allow("s3:GetObject", "*")
	allow("iam:PassRole", "*")
	silent("ec2:RunInstances", "*")
	statement(`"Effect":"Deny","Action":"s3:*","NotAction":"s3:Get*","Resource":"*"`)
	deny("s3:PutObject", "*")
	silent("s3:GetObject", "*")
	silent("iam:PassRole", "*")
}

func TestAdmin(t *testing.T) {
	check := func(want bool) func(statements string) {
		return func(statements string) {
			t.Helper()
			d := policy.Parse(`{"Version":"2012-10-17","Statement":[` + statements + `]}`)
			s := d.Admin()
			if got := s != nil; got != want || got && !s.Allows() {
				t.Errorf("%s: admin %t by %+v", statements, got, s)
			}
		}
	}
	yes, no := check(true), check(false)
	const everything = `{"Effect":"Allow","Action":"*","Resource":"*"}`

	yes(everything)
	yes(`{"Effect":"Allow","Action":"*:*","Resource":"*"}`)
	yes(`{"Effect":"Allow","Action":["s3:Get*","**"],"Resource":["arn:aws:s3:::b","**"]}`)
	yes(`{"Effect":"Allow","Action":"?*:*","Resource":"arn:*"}`)
	yes(`{"Effect":"Allow","Action":"*","Resource":"arn:aws:*"}`)
	yes(`{"Effect":"Allow","Action":"*","Resource":"arn:aws-cn:*:*:*:*"}`)
	yes(`{"Effect":"Allow","Action":"*","Resource":"*:*:*"}`)
	yes(`{"Effect":"Allow","NotAction":[],"Resource":"*"}`)
	yes(`{"Effect":"Allow","NotAction":["","none","iam:",":x","a:b:c"],"Resource":"*"}`)
	yes(`{"Effect":"Allow","Action":"*","NotResource":[]}`)
	yes(`{"Effect":"Allow","Action":"*","NotResource":["","none","ar","arm:*","b*"]}`)
	yes(`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{}}`)
	yes(`{"Effect":"Allow","Action":"s3:*","Resource":"*"},` + everything)

	no(`{"Effect":"Deny","Action":"*","Resource":"*"}`)
	no(`{"Effect":"allow","Action":"*","Resource":"*"}`)
	no(`{"Effect":"Allow","Action":["iam:*","s3:*"],"Resource":"*"}`)
	no(`{"Effect":"Allow","Action":"*:Get*","Resource":"*"}`)
	no(`{"Effect":"Allow","Action":"???:*","Resource":"*"}`)
	no(`{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::*"}`)
	no(`{"Effect":"Allow","Action":"*","Resource":"arn:aws:*:*:123456789012:*"}`)
	no(`{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}`)
	no(`{"Effect":"Allow","NotAction":"i*","Resource":"*"}`)
	no(`{"Effect":"Allow","NotAction":"a?b","Resource":"*"}`)
	no(`{"Effect":"Allow","Action":"*","NotResource":"arn:aws:iam::123456789012:role/admin"}`)
	no(`{"Effect":"Allow","Action":"*","NotResource":"*"}`)
	no(`{"Effect":"Allow","Action":"*","NotResource":"a?n:*"}`)
	no(`{"Effect":"Allow","Action":"*","NotResource":"arn:*"}`)
	no(`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}`)
	no(`{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"*"}`)
	no(``)

	// A Deny cancels only what it wholly covers.
	no(everything + `,{"Effect":"Deny","Action":"*","Resource":"*"}`)
	no(`{"Effect":"Deny","NotAction":[],"NotResource":[]},` + everything)
	yes(everything + `,{"Effect":"Deny","Action":"iam:*","Resource":"*"}`)
	yes(everything + `,{"Effect":"Deny","Action":"*","Resource":"arn:*"}`)
	yes(everything + `,{"Effect":"Deny","NotAction":"sts:*","Resource":"*"}`)
	yes(everything + `,{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"}}}`)
	yes(everything + `,{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}`)
	yes(everything + `,{"Effect":"Deny","Action":"*","Resource":"*"},{"Sid":1,"Effect":"Deny","Action":"*","Resource":"*"}`)
}

// What bears on everybody who has the document is read more strictly than what grants.
func TestDeniesAll(t *testing.T) {
	for statements, want := range map[string]bool{
		`{"Effect":"Deny","Action":"*","Resource":"*"}`:                                                             true,
		`{"Effect":"Deny","NotAction":[],"NotResource":[]}`:                                                         true,
		`{"Effect":"Allow","Action":"*","Resource":"*"}`:                                                            false,
		`{"Effect":"Deny","Action":"iam:*","Resource":"*"}`:                                                         false,
		`{"Effect":"Deny","Action":"*","Resource":"arn:*"}`:                                                         false,
		`{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}`:                                             false,
		`{"Effect":"Deny","Action":"*","NotAction":"iam:*","Resource":"*"}`:                                         false,
		`{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"}}}`: false,
		`{"Effect":"Deny","Action":"*","Resource":"*"} {"Effect":"Allow"`:                                           false,
	} {
		if got := policy.Parse(`{"Statement":[` + statements + `]}`).DeniesAll(); got != want {
			t.Errorf("%s: %t", statements, got)
		}
	}
	if (policy.Document{}).DeniesAll() {
		t.Error("no document denies all")
	}
}
