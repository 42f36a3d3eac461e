package policy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"iamvigil/scanner/policy"
)

// somebody is one who has policies, and what it may do by them.
type somebody struct {
	t *testing.T
	policy.Grants
}

// noSCPs is that of an account in no organisation.
var noSCPs = [][]*policy.Document{}

// having makes each statement a policy of its own.
func having(t *testing.T, statements ...string) somebody {
	return somebody{t, policy.Combine(each(statements...), policy.Limits{SCPs: noSCPs})}
}

func each(statements ...string) []*policy.Document {
	var texts []string
	for _, s := range statements {
		texts = append(texts, document(s))
	}
	return parsed(texts...)
}

func (h somebody) given(known context) somebody { return somebody{h.t, h.Given(known)} }

func (h somebody) at(date string) somebody {
	now, err := time.Parse(time.DateOnly, date)
	if err != nil {
		h.t.Fatal(err)
	}
	return somebody{h.t, h.At(now)}
}

func (h somebody) except(resources ...string) somebody { return somebody{h.t, h.Except(resources...)} }

// may, mayIf, denied and mayNot check a Decision and, by their Sids, what it rests on.
func (h somebody) may(action, resource string, by ...string) {
	h.t.Helper()
	h.check(h.May(action, resource), policy.Allowed, by)
}

func (h somebody) mayIf(action, resource string, by ...string) policy.Answer {
	h.t.Helper()
	return h.check(h.May(action, resource), policy.Conditional, by)
}

func (h somebody) denied(action, resource string, by ...string) {
	h.t.Helper()
	h.check(h.May(action, resource), policy.ExplicitDeny, by)
}

func (h somebody) mayNot(action, resource string) {
	h.t.Helper()
	h.lacks(policy.Identity, action, resource)
}

func (h somebody) lacks(l policy.Layer, action, resource string) {
	h.t.Helper()
	if a := h.check(h.May(action, resource), policy.ImplicitDeny, nil); a.Lacking != l {
		h.t.Errorf("lacking in %q", a.Lacking)
	}
}

func (h somebody) check(a policy.Answer, want policy.Decision, by []string) policy.Answer {
	h.t.Helper()
	var got []string
	for _, ground := range a.By {
		got = append(got, ground.Sid)
	}
	if a.Decision != want || !cmp.Equal(got, by) {
		h.t.Errorf("%s by %q, not %s by %q", a.Decision, got, want, by)
	}
	if a.Denied() != (want == policy.ExplicitDeny || want == policy.ImplicitDeny) {
		h.t.Errorf("denied: %t", a.Denied())
	}
	return a
}

const (
	anyUser = "arn:aws:iam::123456789012:user/*"
	alice   = "arn:aws:iam::123456789012:user/alice"
	noThing = "${*}" // the resource of calls on none in particular
)

func TestMay(t *testing.T) {
	h := having(t)
	h.mayNot("iam:PassRole", anyRole)
	h.mayNot("*", "*")
	somebody{t, policy.Grants{}}.mayNot("*", "*")
	somebody{t, policy.Grants{}}.mayNot("iam:PassRole", anyRole)

	// Policies count together, those of groups too.
	h = having(t, allowIAM, allowAll, `{"Sid":"get","Effect":"Allow","Action":["s3:Get*","s3:List*"],"Resource":["arn:aws:s3:::a/*","arn:aws:s3:::b/*"]}`)
	h.may("iam:PassRole", anyRole, "iam", "all")
	h.may("IAM:passrole", "arn:aws:iam::123456789012:role/*", "iam", "all")
	h.may("s3:GetObject", "arn:aws:s3:::a/*", "all", "get")
	h.may("*", "*", "iam", "all", "get")
	h.may("iam:ListUsers", noThing, "all")

	// A Deny takes away what it is about, and no more.
	h = having(t, allowAll, denyPass, denyRoles)
	h.denied("iam:PassRole", anyRole, "pass", "roles")
	h.denied("iam:Pass*Role", admin, "roles")
	h.denied("iam:PassRole", "*", "pass")
	h.may("iam:GetRole", "*", "all")
	h.may("iam:*", "*", "all")
	h.denied("iam:*", "arn:aws:iam::123456789012:role/path/*", "roles")
	having(t, denyPass).denied("iam:PassRole", "*", "pass")
	having(t, denyPass).mayNot("iam:*", "*")

	// Each piece that is allowed is denied, by one Deny or another.
	h = having(t, `{"Effect":"Allow","Action":["iam:CreateUser","iam:PassRole"],"Resource":["arn:aws:iam::*:role/a*","arn:aws:iam::*:user/a*"]}`,
		`{"Sid":"r","Effect":"Deny","Action":"*","Resource":"arn:aws:iam::*:role/*"}`, `{"Sid":"u","Effect":"Deny","Action":"iam:*","Resource":"arn:aws:iam::*:user/*"}`)
	h.denied("iam:*", "*", "r", "u")
	h.denied("iam:PassRole", "arn:aws:iam::123456789012:role/*", "r")

	// The wildcards may stand anywhere.
	h = having(t, `{"Sid":"keys","Effect":"Allow","Action":"iam:*AccessKey","Resource":"arn:aws:iam::*:user/*/??b"}`)
	h.may("iam:CreateAccessKey", "arn:aws:iam::123456789012:user/*", "keys")
	h.may("iam:Create*", "*", "keys")
	h.may("iam:Create*", "arn:aws:iam::123456789012:user/team/b?b", "keys")
	h.mayNot("iam:CreateAccessKeys", "*")
	h.mayNot("iam:Create*", "arn:aws:iam::123456789012:user/b?b")
	h.mayNot("iam:CreateAccessKey", "arn:aws:iam::123456789012:user/*a")
	h.mayNot("sts:*", "*")

	// Of a document of a trust or a resource it is not known who it is about.
	having(t, `{"Sid":"one","Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"sts:AssumeRole"}`).mayIf("sts:AssumeRole", anyRole, "one")
	having(t, `{"Sid":"any","Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}`).may("sts:AssumeRole", anyRole, "any")
}

func TestMayByNotForms(t *testing.T) {
	// Two of them allow what is not listed in both.
	h := having(t, `{"Sid":"a","Effect":"Allow","NotAction":["iam:*","s3:*"],"Resource":"*"}`, `{"Sid":"b","Effect":"Allow","NotAction":["iam:*","sqs:*"],"Resource":"*"}`)
	h.may("s3:GetObject", "*", "b")
	h.may("sqs:SendMessage", "*", "a")
	h.may("sns:*", "*", "a", "b")
	h.mayNot("iam:PassRole", "*")
	h.mayNot("iam:Pass*", "*")
	h.may("*", "*", "a", "b")

	h = having(t, `{"Sid":"rest","Effect":"Allow","Action":"iam:*","NotResource":["arn:aws:iam::*:role/admin","arn:aws:iam::*:user/*"]}`)
	h.may("iam:PassRole", "arn:aws:iam::123456789012:role/*", "rest")
	h.mayNot("iam:PassRole", admin)
	h.mayNot("iam:CreateAccessKey", anyUser)

	// A Deny of all but some leaves those.
	h = having(t, allowAll, `{"Sid":"but","Effect":"Deny","NotAction":["s3:Get*","iam:PassRole"],"NotResource":"arn:aws:s3:::mine/*"}`)
	h.may("s3:*", "*", "all")
	h.may("s3:PutObject", "*", "all")
	h.may("*", "arn:aws:s3:::yours/*", "all")
	h.denied("s3:PutObject", "arn:aws:s3:::yours/*", "but")
	h.denied("sns:*", "arn:aws:sns:*", "but")

	// Nothing is left by two such, nor where what is left is denied.
	h = having(t, allowAll, `{"Sid":"x","Effect":"Deny","NotAction":"s3:*","Resource":"*"}`, `{"Sid":"y","Effect":"Deny","NotAction":"sns:*","Resource":"*"}`)
	h.denied("*", "*", "x", "y")
	h = having(t, allowAll, `{"Sid":"x","Effect":"Deny","Action":"*","NotResource":"arn:aws:s3:::a*"}`, `{"Sid":"y","Effect":"Deny","Action":"*","Resource":"arn:aws:s3:::*"}`)
	h.denied("*", "*", "x", "y")
}

func TestMayUnderConditions(t *testing.T) {
	const (
		withMFA    = `{"Sid":"mfa","Effect":"Allow","Action":"iam:*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}`
		withoutMFA = `{"Sid":"force","Effect":"Deny","NotAction":["iam:EnableMFADevice","sts:GetSessionToken"],"Resource":"*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}`
		elsewhere  = `{"Sid":"region","Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":"cn-north-1"}}}`
	)
	// An Allow under a condition is neither ignored nor believed.
	h := having(t, withMFA)
	a := h.mayIf("iam:PassRole", "*", "mfa")
	want := []policy.Condition{{Operator: "Bool", Key: "aws:MultiFactorAuthPresent", Values: []string{"true"}}}
	if diff := cmp.Diff(want, a.Conditions()); diff != "" || a.By[0].Part {
		t.Error(diff, a.By)
	}
	h.mayNot("s3:GetObject", "*")
	h.given(context{"AWS:MultiFactorAuthPresent": {"true"}}).may("iam:PassRole", "*", "mfa")
	h.given(context{"aws:multifactorauthpresent": nil}).mayNot("iam:PassRole", "*")
	having(t, withMFA, allowAll).may("iam:PassRole", "*", "all")

	// Nor is a Deny.
	h = having(t, allowAll, withoutMFA, elsewhere)
	a = h.mayIf("iam:PassRole", "*", "all", "force", "region")
	if len(a.Conditions()) != 2 || a.By[0].Open != nil {
		t.Error(a.Conditions())
	}
	h.mayIf("iam:EnableMFADevice", "*", "all", "region")
	h = h.given(context{"aws:RequestedRegion": {"eu-west-1"}})
	h.may("iam:EnableMFADevice", "*", "all")
	h.mayIf("iam:PassRole", "*", "all", "force")
	h.given(context{"aws:MultiFactorAuthPresent": {"false"}}).denied("iam:PassRole", "*", "force")
	h.given(context{"aws:MultiFactorAuthPresent": {}}).denied("iam:PassRole", "*", "force")
	h.given(context{"aws:MultiFactorAuthPresent": {"true"}}).may("iam:PassRole", "*", "all")

	// The same condition twice is one.
	if a := having(t, withMFA, withMFA).mayIf("iam:PassRole", "*", "mfa", "mfa"); len(a.Conditions()) != 1 {
		t.Error(a.Conditions())
	}
}

// Whether a condition on something of which nothing is known may hold.
func TestMayUnderConditionsOnTheUnknown(t *testing.T) {
	for condition, want := range map[string]policy.Decision{
		`"StringEquals":{"k":"x"}`:                     policy.Conditional,
		`"StringNotEquals":{"k":"x"}`:                  policy.Conditional,
		`"StringEqualsIfExists":{"k":"x"}`:             policy.Conditional,
		`"StringLike":{"k":"*"}`:                       policy.Conditional, // there may be none
		`"StringLikeIfExists":{"k":["x","**"]}`:        policy.Allowed,
		`"ForAllValues:StringLike":{"k":"*"}`:          policy.Allowed,
		`"ForAnyValue:StringLike":{"k":"*"}`:           policy.Conditional,
		`"StringNotLike":{"k":"*"}`:                    policy.Conditional,
		`"StringNotLikeIfExists":{"k":"*"}`:            policy.Conditional,
		`"StringNotLike":{"k":[]}`:                     policy.Conditional,
		`"ForAnyValue:StringNotLike":{"k":"*"}`:        policy.ImplicitDeny,
		`"ArnLikeIfExists":{"k":"*"}`:                  policy.Conditional, // which is no ARN
		`"Null":{"k":"true"}`:                          policy.Conditional,
		`"Null":{"k":["true","false"]}`:                policy.Allowed,
		`"Null":{"k":[]}`:                              policy.Conditional,
		`"DateGreaterThan":{"aws:CurrentTime":"1"}`:    policy.Conditional,
		`"StringIs":{"k":"x"}`:                         policy.Conditional,
		`"StringIs":{"u":"x"}`:                         policy.Conditional,
		`"StringEquals":{"u":"x"}`:                     policy.ImplicitDeny,
		`"StringEquals":{"u":"x","k":"y"}`:             policy.ImplicitDeny,
		`"StringEquals":{"u":"alice","k":"y"}`:         policy.Conditional,
		`"StringEquals":{"u":["x","${k}"]}`:            policy.Conditional,
		`"StringEquals":{"u":["alice","${k}"]}`:        policy.Allowed,
		`"StringNotEquals":{"u":["alice","${k}"]}`:     policy.ImplicitDeny,
		`"StringEquals":{"u":"${k, 'alice'}"}`:         policy.Conditional, // it may be there
		`"StringEquals":{"u":"${none, 'alice'}"}`:      policy.Allowed,
		`"StringEquals":{"u":"${none}"}`:               policy.ImplicitDeny,
		`"StringEquals":{"u":"${U}"}`:                  policy.Allowed,
		`"StringEquals":{"u":"${*}"}`:                  policy.ImplicitDeny,
		`"StringEquals":{"u":"${K}${k}${"}`:            policy.Conditional,
		`"StringEquals":{"none":"x"}`:                  policy.ImplicitDeny,
		`"StringNotEquals":{"none":"x"}`:               policy.Allowed,
		`"StringEqualsIfExists":{"none":"x"}`:          policy.Allowed,
		`"Null":{"none":"true"}`:                       policy.Allowed,
		`"ForAllValues:StringEquals":{"tags":["a"]}`:   policy.ImplicitDeny,
		`"ForAnyValue:StringEquals":{"tags":["a"]}`:    policy.Allowed,
		`"ArnLike":{"arn":"arn:aws:iam::*:user/${k}"}`: policy.Conditional,
	} {
		g := having(t, `{"Effect":"Allow","Action":"*","Resource":"*","Condition":{`+condition+`}}`).
			Given(context{"u": {"alice"}, "none": nil, "tags": {"a", "b"}, "arn": {alice}})
		if a := g.May("iam:PassRole", "*"); a.Decision != want {
			t.Errorf("%s: %s", condition, a.Decision)
		}
	}
	// Without variables in the language there are none.
	old := parsed(`{"Statement":[{"Sid":"old","Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"u":"${k}"}}}]}`)
	somebody{t, policy.Combine(old, policy.Limits{}).Given(context{"u": {"${k}"}})}.may("iam:PassRole", "*", "old")
}

// IAM User Guide, "AWS: Allows access based on date and time".
func TestMayAtATime(t *testing.T) {
	const during = `"Condition":{"DateGreaterThan":{"aws:CurrentTime":"2020-04-01T00:00:00Z"},"DateLessThan":{"aws:EpochTime":"1593561600"}}` // until 2020-07-01
	h := having(t, `{"Sid":"d","Effect":"Allow","Action":"*","Resource":"*",`+during+`}`)
	h.mayIf("iam:PassRole", "*", "d")
	h.at("2020-03-31").mayNot("iam:PassRole", "*")
	h.at("2020-04-02").may("iam:PassRole", "*", "d")
	h.at("2020-07-02").mayNot("iam:PassRole", "*")

	// How IAM revokes the sessions of a role, so that it is of no effect on new ones: no
	// session is as old as 36 hours (sts:GetSessionToken, DurationSeconds).
	h = having(t, allowAll, `{"Sid":"revoke","Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:TokenIssueTime":"2020-01-01T00:00:00Z"}}}`)
	h.mayIf("iam:PassRole", "*", "all", "revoke")
	h.at("2019-12-31").mayIf("iam:PassRole", "*", "all", "revoke")
	h.at("2020-01-02").mayIf("iam:PassRole", "*", "all", "revoke")
	h.at("2020-01-03").may("iam:PassRole", "*", "all")
	old := having(t, `{"Sid":"old","Effect":"Allow","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:TokenIssueTime":["2020-01-01T00:00:01Z","1577836800"]}}}`)
	old.at("2024-01-01").mayNot("iam:PassRole", "*")
	old.at("2020-01-02").mayIf("iam:PassRole", "*", "old")
	for condition, want := range map[string]policy.Decision{
		`"DateLessThanIfExists":{"aws:TokenIssueTime":"2020-01-01"}`:         policy.Conditional, // keys of a user
		`"DateGreaterThan":{"aws:TokenIssueTime":"2020-01-01"}`:              policy.Conditional,
		`"DateGreaterThanIfExists":{"aws:tokenissuetime":"2020-01-01"}`:      policy.Allowed,
		`"DateNotEquals":{"aws:TokenIssueTime":"2020-01-01"}`:                policy.Allowed,
		`"DateEquals":{"aws:TokenIssueTime":"2020-01-01"}`:                   policy.ImplicitDeny,
		`"DateEquals":{"aws:TokenIssueTime":"2023-12-31T12:00:00Z"}`:         policy.Conditional,
		`"DateGreaterThan":{"aws:TokenIssueTime":"2030-01-01"}`:              policy.ImplicitDeny,
		`"ForAllValues:DateLessThan":{"aws:TokenIssueTime":"2020-01-01"}`:    policy.Conditional,
		`"ForAnyValue:DateLessThan":{"aws:TokenIssueTime":"2020-01-01"}`:     policy.ImplicitDeny,
		`"DateLessThan":{"aws:TokenIssueTime":["2020-01-01","yesterday"]}`:   policy.Conditional,
		`"StringLike":{"aws:TokenIssueTime":"2020-*"}`:                       policy.Conditional,
		`"NumericLessThan":{"aws:TokenIssueTime":"1577836800"}`:              policy.Conditional,
		`"DateLessThan":{"aws:TokenIssueTime":"${aws:PrincipalTag/until}"}`:  policy.Conditional,
		`"DateLessThanEquals":{"aws:TokenIssueTime":"2023-12-30T11:59:59Z"}`: policy.ImplicitDeny,
		`"DateLessThanEquals":{"aws:TokenIssueTime":"2023-12-30T12:00:00Z"}`: policy.Conditional,
	} {
		g := having(t, `{"Effect":"Allow","Action":"*","Resource":"*","Condition":{`+condition+`}}`).at("2024-01-01")
		if got := g.May("iam:PassRole", "*").Decision; got != want {
			t.Errorf("%s: %s, not %s", condition, got, want)
		}
	}
	h.given(context{"aws:TokenIssueTime": {"2024-01-01T00:00:00Z"}}).may("iam:PassRole", "*", "all")
	h.given(context{"aws:TokenIssueTime": nil}).may("iam:PassRole", "*", "all") // the keys of a user
}

func TestOver(t *testing.T) {
	for condition, want := range map[string]bool{
		`"DateLessThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"}`:                             true,
		`"DateLessThanEquals":{"AWS:currenttime":["2020-01-01","2019-01-01"]}`:                  true,
		`"NumericLessThan":{"aws:EpochTime":"1577836800"}`:                                      true,
		`"DateLessThan":{"aws:TokenIssueTime":"2020-01-01T00:00:01Z"}`:                          true,
		`"DateLessThan":{"aws:TokenIssueTime":"2023-12-31"}`:                                    false, // a session may be that old
		`"DateLessThan":{"aws:CurrentTime":["2020-01-01","2030-01-01"]}`:                        false,
		`"DateLessThan":{"aws:CurrentTime":"soon"}`:                                             false,
		`"DateGreaterThan":{"aws:CurrentTime":"2030-01-01"}`:                                    false, // its time will come
		`"DateLessThanIfExists":{"aws:TokenIssueTime":"2020-01-01"}`:                            false,
		`"DateLessThan":{"aws:PrincipalTag/until":"2020-01-01"}`:                                false,
		`"Bool":{"aws:SecureTransport":"true"},"DateLessThan":{"aws:CurrentTime":"2020-01-01"}`: true,
	} {
		d := parsed(document(`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{` + condition + `}}`))[0]
		if got := d.Statements[0].Over(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)); got != want {
			t.Errorf("%s: %t", condition, got)
		}
	}
}

func TestMayOnResourcesWithVariables(t *testing.T) {
	own := `{"Sid":"own","Effect":"Allow","Action":"iam:*AccessKey*","Resource":"arn:aws:iam::*:user/${aws:username}"}`
	h := having(t, own)
	if a := h.mayIf("iam:CreateAccessKey", alice, "own"); !a.By[0].Part {
		t.Error("it is not known whose keys these are")
	}
	h.mayIf("iam:CreateAccessKey", "*", "own")
	h.mayNot("iam:CreateAccessKey", anyRole)
	h.given(context{"aws:username": nil}).mayNot("iam:CreateAccessKey", "*") // that of a role

	h = h.given(context{"aws:username": {"alice"}})
	h.may("iam:CreateAccessKey", alice, "own")
	h.may("iam:CreateAccessKey", anyUser, "own")
	h.mayNot("iam:CreateAccessKey", "arn:aws:iam::123456789012:user/bob")

	// Its own keys are no way to another's permissions. A path may hold any character,
	// such as in "user/x:user/alice", and a name is that of one user, whatever its path.
	itself := []string{alice, "arn:aws:iam::123456789012:user/*/alice"}
	h.except(itself...).mayNot("iam:CreateAccessKey", anyUser)
	h.except(alice).may("iam:CreateAccessKey", anyUser, "own")
	h.except(itself...).may("iam:CreateAccessKey", "*", "own")   // the alice of another account
	h.except(itself...).may("iam:CreateAccessKey", alice, "own") // asked for by name
	having(t, own, allowAll).except(itself...).may("iam:CreateAccessKey", anyUser, "all")
	having(t, allowAll).except("arn:*").may("iam:CreateAccessKey", "*", "all")
	having(t, allowAll).except("*").mayNot("iam:CreateAccessKey", "*")

	for resource, want := range map[string]policy.Decision{
		"arn:aws:s3:::b/${aws:username}":              policy.Allowed,
		"arn:aws:s3:::b/${aws:PrincipalTag/t}":        policy.Conditional,
		"arn:aws:s3:::c/${aws:PrincipalTag/t}":        policy.ImplicitDeny,
		"arn:aws:s3:::b/${none}":                      policy.ImplicitDeny,
		"arn:aws:s3:::b/${none, 'alice'}":             policy.Allowed,
		"arn:aws:s3:::b/${two}":                       policy.Conditional,
		"arn:aws:s3:::b/${none}${two}":                policy.ImplicitDeny,
		"arn:aws:s3:::b/${aws:username":               policy.Conditional,
		"arn:aws:s3:${aws:username}::b/alice":         policy.Conditional,
		"arn:aws:s3:::b/${long}${long}${long}${long}": policy.Conditional,
		"arn:aws:s3:::b/${*}":                         policy.ImplicitDeny,
	} {
		known := context{"aws:username": {"alice"}, "none": nil, "two": {"a", "b"}, "long": {strings.Repeat("x", 2000)}}
		g := having(t, `{"Effect":"Allow","Action":"*","Resource":"`+resource+`"}`).Given(known)
		if a := g.May("s3:GetObject", "arn:aws:s3:::b/alice"); a.Decision != want {
			t.Errorf("%s: %s", resource, a.Decision)
		}
	}

	// What is not known of a NotResource is neither left out nor kept.
	h = having(t, `{"Sid":"not","Effect":"Allow","Action":"*","NotResource":"arn:aws:s3:::b/${aws:PrincipalTag/t}"}`)
	h.mayIf("s3:GetObject", "arn:aws:s3:::b/x", "not")
	h.mayIf("s3:GetObject", "arn:aws:s3:::b/*", "not")
	h.may("s3:GetObject", "arn:aws:s3:::a/*", "not")
	h.may("s3:GetObject", "*", "not")

	// The older version has no variables.
	old := parsed(`{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"arn:aws:iam::*:user/${aws:username}"}]}`)
	somebody{t, policy.Combine(old, policy.Limits{}).Given(context{"aws:username": {"alice"}})}.mayNot("iam:CreateAccessKey", alice)
}
