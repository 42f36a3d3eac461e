package policy_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"iamvigil/scanner/policy"
)

func limited(t *testing.T, l policy.Limits, statements ...string) somebody {
	return somebody{t, policy.Combine(each(statements...), l)}
}

// one is a single document of some statements.
func one(statements ...string) *policy.Document { return parsed(document(statements...))[0] }

func TestMayWithinABoundary(t *testing.T) {
	const boundary = `{"Sid":"bound","Effect":"Allow","Action":["s3:*","iam:Get*"],"Resource":["arn:aws:s3:::a*","arn:aws:iam::*:*"]}`
	h := limited(t, policy.Limits{Boundary: one(boundary), SCPs: noSCPs}, allowAll)
	h.may("s3:GetObject", "arn:aws:s3:::*", "all", "bound")
	h.may("*", "*", "all", "bound")
	h.lacks(policy.Boundary, "iam:PassRole", "*")
	h.lacks(policy.Boundary, "s3:GetObject", "arn:aws:s3:::b/*")

	// It grants nothing by itself.
	h = limited(t, policy.Limits{Boundary: one(allowAll), SCPs: noSCPs}, `{"Sid":"get","Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::*"}`)
	h.may("s3:*", "*", "get", "all")
	h.mayNot("iam:PassRole", "*")
	limited(t, policy.Limits{Boundary: one(), SCPs: noSCPs}, allowAll).lacks(policy.Boundary, "*", "*")

	// What both allow is what some string matches both of.
	h = limited(t, policy.Limits{Boundary: one(`{"Sid":"b","Effect":"Allow","Action":"*Policy","Resource":"*"}`), SCPs: noSCPs},
		`{"Sid":"put","Effect":"Allow","Action":["iam:Put*","iam:Tag*"],"Resource":"*"}`)
	h.may("iam:*", "*", "put", "b")
	h.may("iam:PutUserPolicy", "*", "put", "b")
	h.lacks(policy.Boundary, "iam:PutUser", "*")

	// A Deny in it denies; what it allows only of what is denied is nothing.
	h = limited(t, policy.Limits{Boundary: one(allowAll, denyRoles), SCPs: noSCPs}, allowAll)
	h.denied("iam:PassRole", anyRole, "roles")
	h.may("iam:PassRole", "*", "all", "all")
	h = limited(t, policy.Limits{Boundary: one(`{"Effect":"Allow","Action":"*","Resource":"arn:aws:iam::*:role/app*"}`), SCPs: noSCPs},
		allowAll, `{"Sid":"apps","Effect":"Deny","Action":"*","Resource":"arn:aws:iam::*:role/a*"}`)
	h.denied("iam:PassRole", "*", "apps")

	// Its conditions count like any others.
	h = limited(t, policy.Limits{Boundary: one(`{"Sid":"if","Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"k":"x"}}}`), SCPs: noSCPs}, allowAll)
	h.mayIf("iam:PassRole", "*", "all", "if")
	h.given(context{"k": {"x"}}).may("iam:PassRole", "*", "all", "if")
	h.given(context{"k": {"y"}}).lacks(policy.Boundary, "iam:PassRole", "*")
}

func TestMayUnderSCPs(t *testing.T) {
	const noIAM = `{"Sid":"scp","Effect":"Deny","Action":"iam:*","Resource":"*","Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/platform"}}}`
	open, only := one(allowAll), one(`{"Sid":"only","Effect":"Allow","Action":"s3:*","Resource":"*"}`)

	h := limited(t, policy.Limits{SCPs: [][]*policy.Document{{open}, {open, one(noIAM)}}}, allowAll)
	h.may("s3:*", "*", "all", "all", "all")
	h.mayIf("iam:PassRole", "*", "all", "all", "all", "scp")
	h.given(context{"aws:PrincipalArn": {alice}}).denied("iam:PassRole", "*", "scp")
	h.given(context{"aws:PrincipalArn": {"arn:aws:iam::123456789012:role/platform"}}).may("iam:PassRole", "*", "all", "all", "all")

	// Each level must allow; within one, any policy may.
	limited(t, policy.Limits{SCPs: [][]*policy.Document{{open}, {only}}}, allowAll).lacks(policy.SCP, "iam:PassRole", "*")
	limited(t, policy.Limits{SCPs: [][]*policy.Document{{open}, {}}}, allowAll).lacks(policy.SCP, "iam:PassRole", "*")
	limited(t, policy.Limits{SCPs: [][]*policy.Document{{open}, {only, nil, open}}}, allowAll).may("iam:PassRole", "*", "all", "all", "all")

	a := h.May("iam:PassRole", "*")
	for i, want := range []policy.Source{
		{Layer: policy.Identity},
		{Layer: policy.SCP},
		{Layer: policy.SCP, Level: 1},
		{Layer: policy.SCP, Level: 1, Document: 1},
	} {
		if a.By[i].Source != want {
			t.Errorf("%+v, not %+v", a.By[i].Source, want)
		}
	}
}

func TestUnknown(t *testing.T) {
	gaps := func(a policy.Answer) []string {
		var all []string
		for _, g := range a.Unknown {
			all = append(all, g.String())
		}
		return all
	}
	const unread = `{"Version":"2012-10-17","Statement":[{"Effect":"De`
	twice := `{"Sid":"twice","Effect":"Allow","Action":"s3:*","Action":"sns:*","Resource":"*"}`

	// SCPs can only take away, so that what is denied is so without them.
	h := limited(t, policy.Limits{}, denyPass, allowAll)
	h.may("s3:GetObject", "*", "all")
	h.denied("iam:PassRole", "*", "pass")
	if diff := cmp.Diff([]string{"service control policies: they were not read"}, gaps(h.May("iam:PassRole", "*"))); diff != "" {
		t.Error(diff)
	}
	if got := gaps(having(t, allowAll).May("*", "*")); got != nil {
		t.Error(got)
	}

	// A policy that was not read whole may allow what no other does, or deny what others allow.
	documents := append(each(denyPass, allowIAM), parsed(unread)...)
	h = somebody{t, policy.Combine(documents, policy.Limits{SCPs: noSCPs})}
	h.denied("iam:PassRole", anyRole, "pass")
	h.denied("iam:PassRole", "*", "pass")
	h.mayIf("iam:GetRole", anyRole, "iam")
	h.mayIf("iam:GetRole", "arn:aws:iam::*:role/*", "iam")
	h.mayIf("s3:GetObject", "arn:aws:s3:::*")
	h.mayIf("s3:GetObject", noThing)
	if got := gaps(h.May("*", "*")); len(got) != 1 || !strings.HasPrefix(got[0], "policy 3: line 1, column 48: ") {
		t.Errorf("%q", got)
	}

	// A boundary or SCP of that kind gives nothing.
	h = limited(t, policy.Limits{Boundary: parsed("")[0], SCPs: [][]*policy.Document{{parsed(twice)[0], one(allowAll)}}}, allowIAM)
	h.mayIf("iam:GetRole", anyRole, "iam", "all")
	h.mayNot("s3:GetObject", "*")
	if got := gaps(h.May("*", "*")); len(got) != 2 || !strings.HasPrefix(got[0], "boundary: line 1") || !strings.HasPrefix(got[1], "service control policies: line 1") {
		t.Errorf("%q", got)
	}

	// What IAM would refuse, but can only be read in one way, may allow; it hides no Deny.
	h = having(t, twice, allowIAM)
	if a := h.mayIf("s3:GetObject", "*", "twice"); !a.By[0].Part || a.By[0].Open != nil {
		t.Errorf("%+v", a.By[0])
	}
	h.may("iam:GetRole", anyRole, "iam")
	h.mayNot("sqs:SendMessage", "*")
	both := having(t, `{"Sid":"both","Effect":"Allow","Action":"s3:*","NotAction":["iam:*"],"Resource":"arn:aws:s3:::a","NotResource":"arn:aws:iam::*"}`)
	both.mayIf("sns:Publish", "*", "both")
	both.mayNot("iam:PassRole", "*")
	both.mayIf("*", "*", "both")
}

func TestMayAll(t *testing.T) {
	all := func(h somebody, want policy.Decision, action, resource string, by ...string) policy.Answer {
		t.Helper()
		return h.check(h.MayAll(action, resource), want, by)
	}
	h := having(t, allowAll, allowIAM, `{"Sid":"few","Effect":"Allow","Action":["s3:Get*","s3:Put*"],"Resource":"arn:aws:s3:::a*"}`)
	all(h, policy.Allowed, "*", "*", "all")
	all(h, policy.Allowed, "iam:*", "arn:aws:iam::123456789012:role/*", "all", "iam")
	all(h, policy.Allowed, "s3:GetObject", "arn:aws:s3:::a/b", "all", "few")

	h = having(t, `{"Sid":"few","Effect":"Allow","Action":["s3:Get*","s3:Put*"],"Resource":"arn:aws:s3:::a*"}`)
	all(h, policy.Allowed, "s3:GetObject*", "arn:aws:s3:::a/*", "few")
	if a := all(h, policy.ImplicitDeny, "s3:*", "arn:aws:s3:::a/*"); a.Lacking != policy.Identity {
		t.Error(a.Lacking)
	}
	all(h, policy.ImplicitDeny, "s3:GetObject", "arn:aws:s3:::*")
	all(h, policy.ImplicitDeny, "s3:GetObject", "arn:aws:s3:::b")

	// One Deny of something is enough, unless it is left out.
	h = having(t, allowAll, denyRoles)
	all(h, policy.ExplicitDeny, "*", "*", "roles")
	all(h, policy.ExplicitDeny, "iam:PassRole", "arn:aws:iam::*", "roles")
	all(h, policy.Allowed, "iam:PassRole", "arn:aws:iam::123456789012:user/*", "all")
	all(h.except("arn:aws:iam::*:role/*"), policy.Allowed, "iam:PassRole", "arn:aws:iam::*", "all")
	all(h.except(anyRole), policy.ExplicitDeny, "iam:PassRole", "arn:aws:iam::*", "roles")
	all(h.except("*"), policy.ImplicitDeny, "iam:PassRole", "arn:aws:iam::*")
	all(having(t, allowAll, `{"Effect":"Deny","Action":"*","NotResource":"arn:*"}`).except("a*"), policy.ExplicitDeny, "*", "*", "")

	// What the Not-forms leave out is not allowed.
	all(having(t, `{"Sid":"n","Effect":"Allow","NotAction":"iam:*","Resource":"*"}`), policy.ImplicitDeny, "*", "*")
	all(having(t, `{"Sid":"n","Effect":"Allow","NotAction":"iam:*","Resource":"*"}`), policy.Allowed, "s3:*", "*", "n")
	all(having(t, `{"Sid":"n","Effect":"Allow","Action":"*","NotResource":["arn:aws:iam::*","x"]}`), policy.ImplicitDeny, "*", "arn:*")

	// Nor is what a boundary does not allow, and what depends depends.
	h = limited(t, policy.Limits{Boundary: one(`{"Sid":"b","Effect":"Allow","Action":"*","Resource":"arn:*"}`), SCPs: noSCPs}, allowAll)
	all(h, policy.Allowed, "*", "arn:aws:*", "all", "b")
	if a := all(h, policy.ImplicitDeny, "*", "*"); a.Lacking != policy.Boundary {
		t.Error(a.Lacking)
	}
	h = having(t, `{"Sid":"if","Effect":"Allow","Action":"*","Resource":"*",`+odd+`}`)
	all(h, policy.Conditional, "*", "*", "if")
	all(having(t, allowAll, `{"Sid":"if","Effect":"Deny","Action":"s3:*","Resource":"*",`+odd+`}`), policy.Conditional, "*", "*", "all", "if")
	all(somebody{t, policy.Combine(append(each(allowAll), parsed("{")...), policy.Limits{})}, policy.Conditional, "*", "*", "all")

	// Patterns that cover something only together are not known to do so.
	h = having(t, `{"Sid":"halves","Effect":"Allow","Action":"*","Resource":["a","a?*"]}`)
	all(h, policy.Conditional, "s3:GetObject", "a*", "halves")
}
