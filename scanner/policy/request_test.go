package policy_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"iamvigil/scanner/policy"
)

func parsed(texts ...string) []*policy.Document {
	var documents []*policy.Document
	for _, text := range texts {
		d := policy.Parse(text)
		documents = append(documents, &d)
	}
	return documents
}

// document is a document of version 2012-10-17.
func document(list ...string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(list, ",") + `]}`
}

const (
	allowAll  = `{"Sid":"all","Effect":"Allow","Action":"*","Resource":"*"}`
	allowIAM  = `{"Sid":"iam","Effect":"Allow","Action":"iam:*","Resource":"arn:aws:iam::*:role/*"}`
	denyPass  = `{"Sid":"pass","Effect":"Deny","Action":"iam:passrole","Resource":"*"}`
	denyRoles = `{"Sid":"roles","Effect":"Deny","Action":"*","Resource":"arn:aws:iam::123456789012:role/*"}`
	odd       = `"Condition":{"StringIs":{"aws:username":"alice"}}`
)

func TestDecide(t *testing.T) {
	pass := policy.Request{Action: "iam:PassRole", Resource: anyRole}
	for _, c := range []struct {
		name      string
		documents []*policy.Document
		request   policy.Request
		want      policy.Decision
		by        []string // Sids
		unclear   []string
	}{
		{"nothing says nothing", nil, pass, policy.ImplicitDeny, nil, nil},
		{"nor does no document", []*policy.Document{nil, {}}, pass, policy.ImplicitDeny, nil, nil},
		{"every Allow is named", parsed(document(allowAll), document(allowIAM)), pass, policy.Allowed, []string{"all", "iam"}, nil},
		{"another action", parsed(document(allowIAM)), policy.Request{Action: "s3:GetObject", Resource: anyRole}, policy.ImplicitDeny, nil, nil},
		{"another resource", parsed(document(allowIAM)), policy.Request{Action: "iam:ListRoles", Resource: "*"}, policy.ImplicitDeny, nil, nil},
		{"a Deny wins, wherever it stands", parsed(document(denyPass), document(allowAll, denyRoles)), pass, policy.ExplicitDeny, []string{"pass", "roles"}, nil},
		{"NotAction and NotResource", parsed(document(`{"Sid":"not","Effect":"Allow","NotAction":["s3:*"],"NotResource":["arn:aws:s3:::*"]}`)),
			pass, policy.Allowed, []string{"not"}, nil},
		{"left out by NotAction", parsed(document(`{"Effect":"Allow","NotAction":["IAM:*"],"Resource":"*"}`)), pass, policy.ImplicitDeny, nil, nil},
		{"a trust policy's statement is about any resource", parsed(document(`{"Sid":"trust","Effect":"Allow","Principal":"*","Action":"iam:PassRole"}`)),
			pass, policy.Allowed, []string{"trust"}, nil},
		{"an unclear Allow does not allow", parsed(document(`{"Sid":"odd","Effect":"Allow","Action":"*","Resource":"*",` + odd + `}`)),
			pass, policy.ImplicitDeny, nil, []string{"odd"}},
		{"another one may", parsed(document(`{"Sid":"odd","Effect":"Allow","Action":"*","Resource":"*",`+odd+`}`, allowIAM)),
			pass, policy.Allowed, []string{"iam"}, []string{"odd"}},
		{"an unclear Deny leaves it undecided", parsed(document(`{"Sid":"odd","Effect":"Deny","Action":"*","Resource":"*",`+odd+`}`, allowAll)),
			pass, policy.Undecided, nil, []string{"odd"}},
		{"but not beside a clear one", parsed(document(`{"Sid":"odd","Effect":"Deny","Action":"*","Resource":"*",`+odd+`}`, denyPass)),
			pass, policy.ExplicitDeny, []string{"pass"}, []string{"odd"}},
		{"nor where it is about something else", parsed(document(`{"Sid":"odd","Effect":"Deny","Action":"s3:*","Resource":"*",`+odd+`}`, allowIAM)),
			pass, policy.Allowed, []string{"iam"}, nil},
		{"who the principal is, is not known", parsed(document(`{"Sid":"one","Effect":"Deny","Principal":{"AWS":"123456789012"},"Action":"*"}`)),
			pass, policy.Undecided, nil, []string{"one"}},
		{"nor who it is not", parsed(document(`{"Sid":"rest","Effect":"Deny","NotPrincipal":{"AWS":"*"},"Action":"*"}`)),
			pass, policy.Undecided, nil, []string{"rest"}},
		{"IAM takes no element given twice", parsed(document(`{"Sid":"twice","Effect":"Allow","Action":"*","Action":"*","Resource":"*"}`)),
			pass, policy.ImplicitDeny, nil, []string{"twice"}},
		{"a damaged document may hide a Deny", parsed(document(allowAll), `{"Version":"2012-10-17","Statement":[{"Effect":"De`), pass, policy.Undecided, nil, nil},
		{"no third effect", parsed(document(`{"Sid":"x","Effect":"Permit","Action":"*","Resource":"*"}`)), pass, policy.Undecided, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := policy.Decide(c.request, c.documents...)
			if v.Decision != c.want {
				t.Errorf("%s, not %s", v.Decision, c.want)
			}
			if diff := cmp.Diff([][]string{c.by, c.unclear}, [][]string{sids(v.By), sids(v.Unclear)}); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func sids(list []*policy.Statement) []string {
	var all []string
	for _, s := range list {
		all = append(all, s.Sid)
	}
	return all
}

// Variables in Resource: IAM User Guide, "IAM policy elements: Variables and tags".
func TestDecideOnResourcesWithVariables(t *testing.T) {
	alice := map[string][]string{"AWS:UserName": {"alice"}, "aws:PrincipalTag/star": {"*"}, "aws:TagKeys": {"a", "b"}}
	const (
		applies = policy.Allowed
		not     = policy.ImplicitDeny
		unclear = policy.Decision("unclear")
	)
	for _, c := range []struct {
		version, element, resource string
		want                       policy.Decision
	}{
		{"2012-10-17", `"Resource":"arn:aws:s3:::b/${aws:username}/*"`, "arn:aws:s3:::b/alice/x", applies},
		{"2012-10-17", `"Resource":"arn:aws:s3:::b/${aws:username}/*"`, "arn:aws:s3:::b/bob/x", not},
		{"2012-10-17", `"Resource":"arn:aws:s3:::b/${aws:username}/*"`, "arn:aws:s3:::b/${aws:username}/x", not},
		{"2012-10-17", `"NotResource":"arn:aws:s3:::b/${aws:username}/*"`, "arn:aws:s3:::b/bob/x", applies},
		{"2012-10-17", `"NotResource":"arn:aws:s3:::b/${aws:username}/*"`, "arn:aws:s3:::b/alice/x", not},
		{"2012-10-17", `"Resource":["arn:aws:s3:::none","arn:aws:s3:::b/${aws:USERNAME}${aws:username}"]`, "arn:aws:s3:::b/alicealice", applies},
		// A value's characters are no wildcards, and those meant literally are escaped.
		{"2012-10-17", `"Resource":"arn:aws:s3:::b/${aws:PrincipalTag/star}"`, "arn:aws:s3:::b/x", not},
		{"2012-10-17", `"Resource":"arn:aws:s3:::b/${aws:PrincipalTag/star}"`, "arn:aws:s3:::b/*", applies},
		{"2012-10-17", `"Resource":"arn:aws:s3:::b/${*}${?}${$}"`, "arn:aws:s3:::b/*?$", applies},
		{"2012-10-17", `"Resource":"arn:aws:s3:::b/${$}{aws:username}"`, "arn:aws:s3:::b/${aws:username}", applies},
		{"2012-10-17", `"Resource":"arn:aws:s3:::$b/$$${aws:username}$"`, "arn:aws:s3:::$b/$$alice$", applies},
		{"2012-10-17", `"Resource":"arn:aws:s3:${*}::b/${aws:username}"`, "arn:aws:s3:*::b/alice", applies},
		// Without a value a variable matches nothing, so that NotResource leaves nothing out.
		{"2012-10-17", `"Resource":"arn:aws:s3:::b/${aws:PrincipalTag/team}*"`, "arn:aws:s3:::b/", not},
		{"2012-10-17", `"NotResource":"arn:aws:s3:::b/${aws:PrincipalTag/team}*"`, "arn:aws:s3:::b/", applies},
		{"2012-10-17", `"Resource":"arn:aws:s3:::b-${aws:PrincipalTag/team, 'company-wide'}"`, "arn:aws:s3:::b-company-wide", applies},
		{"2012-10-17", `"Resource":"arn:aws:s3:::b-${aws:PrincipalTag/team, ''}"`, "arn:aws:s3:::b-", applies},
		{"2012-10-17", `"Resource":"arn:aws:s3:::b-${aws:PrincipalTag/team, 'a*'}"`, "arn:aws:s3:::b-ab", not},
		{"2012-10-17", `"Resource":"arn:aws:s3:::b-${aws:username, 'company-wide'}"`, "arn:aws:s3:::b-alice", applies},
		{"2012-10-17", `"Resource":"arn:aws:s3:::b-${aws:username, 'company-wide'}"`, "arn:aws:s3:::b-company-wide", not},
		// No variables in the older version, with or without saying so.
		{"2008-10-17", `"Resource":"arn:aws:s3:::b/${aws:username}"`, "arn:aws:s3:::b/alice", not},
		{"2008-10-17", `"Resource":"arn:aws:s3:::b/${aws:username}"`, "arn:aws:s3:::b/${aws:username}", applies},
		{"2008-10-17", `"Resource":"arn:aws:s3:::b/${*}"`, "arn:aws:s3:::b/*", not},
		{"2008-10-17", `"Resource":"arn:aws:s3:::b/${*}"`, "arn:aws:s3:::b/${x}", applies},
		{"", `"Resource":"arn:aws:s3:::b/${aws:username}"`, "arn:aws:s3:::b/alice", not},
		// What AWS says nothing about, or forbids.
		{"2012-10-17", `"Resource":"arn:aws:s3:::b/${aws:TagKeys}"`, "arn:aws:s3:::b/a", unclear},
		{"2012-10-17", `"Resource":"arn:aws:iam::${aws:username}:user/*"`, "arn:aws:iam::alice:user/x", unclear},
		{"2012-10-17", `"Resource":"*${aws:username}"`, "arn:aws:s3:::b/alice", unclear},
		{"2012-10-17", `"Resource":"arn:aws:s3:::b/${aws:username"`, "arn:aws:s3:::b/alice", unclear},
		{"2012-10-17", `"Resource":"arn:aws:s3:::b/${}"`, "arn:aws:s3:::b/alice", unclear},
		{"2012-10-17", `"Resource":"arn:aws:s3:::b/${a${aws:username}}"`, "arn:aws:s3:::b/alice", unclear},
		{"2012-10-17", `"Resource":"arn:aws:s3:::b/${aws:username,'x'}"`, "arn:aws:s3:::b/alice", unclear},
		{"2012-10-17", `"Resource":"arn:aws:s3:::b/${aws:username, 'x}"`, "arn:aws:s3:::b/alice", unclear},
		{"2012-10-17", `"Resource":"arn:aws:s3:::b/${*, 'x'}"`, "arn:aws:s3:::b/*", unclear},
		{"2012-10-17", `"Resource":["arn:aws:s3:::b/${","arn:aws:s3:::b/alice"]`, "arn:aws:s3:::b/alice", applies},
		{"2012-10-17", `"NotResource":["arn:aws:s3:::b/${","arn:aws:s3:::b/alice"]`, "arn:aws:s3:::b/alice", not},
	} {
		text := `{"Statement":[{"Effect":"Allow","Action":"*",` + c.element + `}]}`
		if c.version != "" {
			text = `{"Version":"` + c.version + `",` + text[1:]
		}
		v := policy.Decide(policy.Request{Action: "s3:GetObject", Resource: c.resource, Context: alice}, parsed(text)...)
		got := v.Decision
		if v.Unclear != nil {
			got = unclear
		}
		if got != c.want {
			t.Errorf("%s %s of %s: %s, not %s", c.version, c.element, c.resource, got, c.want)
		}
	}
}

// A text that is nothing but variables does not become longer than any that AWS has.
func TestDecideBoundsVariables(t *testing.T) {
	long := strings.Repeat("x", 1<<10)
	text := document(`{"Effect":"Deny","Action":"*","Resource":"arn:aws:s3:::` + strings.Repeat("${k:v}", 1<<10) + `"}`)
	v := policy.Decide(policy.Request{Action: "s3:GetObject", Resource: "arn:aws:s3:::" + strings.Repeat(long, 1<<10), Context: map[string][]string{"k:v": {long}}}, parsed(text)...)
	if v.Decision != policy.Undecided {
		t.Error(v.Decision)
	}
}

var (
	someStatement = rapid.Custom(func(t *rapid.T) string {
		condition := ""
		if rapid.Bool().Draw(t, "conditional") {
			condition = `,"Condition":{` + someCondition.Draw(t, "condition") + `}`
		}
		return `{"Effect":"` + rapid.SampledFrom([]string{"Allow", "Deny"}).Draw(t, "effect") +
			`","` + rapid.SampledFrom([]string{"Action", "NotAction"}).Draw(t, "form") + `":"` +
			rapid.SampledFrom([]string{"*", "iam:*", "iam:PassRole", "s3:*"}).Draw(t, "action") +
			`","` + rapid.SampledFrom([]string{"Resource", "NotResource"}).Draw(t, "resource form") + `":"` +
			rapid.SampledFrom([]string{"*", anyRole, admin, "arn:aws:iam::*:role/${aws:username}", "${"}).Draw(t, "resource") + `"` + condition + `}`
	})
	someRequest = rapid.Custom(func(t *rapid.T) policy.Request {
		return policy.Request{
			Action:   rapid.SampledFrom([]string{"iam:PassRole", "s3:GetObject"}).Draw(t, "action"),
			Resource: rapid.SampledFrom([]string{anyRole, admin, "*"}).Draw(t, "resource"),
			Context: rapid.MapOf(rapid.SampledFrom([]string{"aws:username", "aws:TagKeys", "k"}),
				rapid.SliceOfN(rapid.SampledFrom(someValues), 0, 2)).Draw(t, "context"),
		}
	})
)

// Nothing that is not allowed becomes so by a Deny, nor by the order of documents.
func TestDenyNeverAllows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		documents := parsed(rapid.SliceOfN(rapid.Map(someStatement, func(s string) string { return document(s) }), 0, 4).Draw(t, "documents")...)
		deny := parsed(document(strings.Replace(someStatement.Draw(t, "deny"), `"Effect":"Allow"`, `"Effect":"Deny"`, 1)))
		r := someRequest.Draw(t, "request")
		before, after := policy.Decide(r, documents...).Decision, policy.Decide(r, slices.Concat(documents, deny)...).Decision
		if before != policy.Allowed && after == policy.Allowed || before == policy.ExplicitDeny && after != policy.ExplicitDeny {
			t.Errorf("%s became %s", before, after)
		}
		if reordered := policy.Decide(r, slices.Concat(deny, documents)...).Decision; reordered != after {
			t.Errorf("%s with the Deny first, %s with it last", reordered, after)
		}
	})
}

func FuzzDecide(f *testing.F) {
	f.Add(document(allowAll, denyPass), "iam:PassRole", anyRole, "aws:username", "alice")
	f.Add(document(`{"Effect":"Deny","Action":"*","Resource":"arn:aws:s3:::${k, 'd'}${*}","Condition":{"ArnLike":{"k":"arn:*:${k:x}:::x"}}}`), "s3:Get", "arn:aws:s3:::v*", "K", "arn:aws:s:::v")
	f.Add(document(`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"DateLessThan":{"k":"2020-01-01T00:00Z"},"NumericEquals":{"k":-1.50},"IpAddress":{"k":"::/0"},"BinaryEquals":{"k":"eA=="},"Bool":{"k":true},"Null":{"k":"false"}}}`), "a:b", "*", "k", "1577836800")
	f.Fuzz(func(t *testing.T, text, action, resource, key, value string) {
		d := policy.Parse(text)
		r := policy.Request{Action: action, Resource: resource, Context: map[string][]string{key: {value, key}}}
		v := policy.Decide(r, &d)
		for _, s := range v.By {
			if v.Decision == policy.Allowed && s.Effect != policy.Allow || v.Decision == policy.ExplicitDeny && s.Effect != policy.Deny {
				t.Errorf("%s by %+v", v.Decision, s)
			}
		}
		if (v.Decision == policy.Allowed || v.Decision == policy.ExplicitDeny) != (v.By != nil) {
			t.Errorf("%s by %d statements", v.Decision, len(v.By))
		}
		if v.By != nil && d.Problems != nil {
			t.Errorf("%s by a document with problems: %v", v.Decision, d.Problems)
		}
	})
}
