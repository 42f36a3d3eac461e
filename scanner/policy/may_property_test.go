package policy_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"iamvigil/scanner/policy"
)

// everyKey is the keys that generated documents have conditions on, or variables of.
var everyKey = []string{"k", "aws:username", "aws:tagkeys"}

// Of a request of which all is known May says what Decide does. Decide leaves open whether
// an unclear Allow beside nothing else allows, and whether an unclear Deny denies.
func TestMayAgreesWithDecide(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		documents := parsed(rapid.SliceOfN(rapid.Map(someStatement, func(s string) string { return document(s) }), 0, 4).Draw(t, "documents")...)
		r := someRequest.Draw(t, "request")
		known := context{}
		for _, key := range everyKey {
			known[key] = nil
		}
		for key, values := range r.Context {
			known[strings.ToLower(key)] = values
		}
		v := policy.Decide(r, documents...)
		g := policy.Combine(documents, policy.Limits{SCPs: noSCPs}).Given(known)
		resource := strings.ReplaceAll(r.Resource, "*", "${*}")
		for name, a := range map[string]policy.Answer{"May": g.May(r.Action, resource), "MayAll": g.MayAll(r.Action, resource)} {
			agrees := a.Decision == v.Decision
			switch v.Decision {
			case policy.Allowed, policy.ExplicitDeny:
				var by []*policy.Statement
				for _, ground := range a.By {
					by = append(by, ground.Statement)
				}
				agrees = agrees && slices.Equal(by, v.By)
			case policy.Undecided:
				agrees = a.Decision == policy.Conditional || a.Decision == policy.ImplicitDeny
			case policy.ImplicitDeny:
				agrees = agrees || a.Decision == policy.Conditional && v.Unclear != nil
			}
			if !agrees {
				t.Errorf("Decide: %+v, %s: %+v", v, name, a)
			}
		}
	})
}

var (
	someAction   = rapid.SampledFrom([]string{"*", "iam:*", "iam:Pass*", "iam:PassRole", "*:*Role", "s3:*", "s3:GetObject"})
	someResource = rapid.SampledFrom([]string{"*", "arn:*", anyRole, admin, "arn:aws:iam::*:role/a*", "arn:aws:iam::123456789012:role/*", noThing})
	someGrants   = rapid.Custom(func(t *rapid.T) []*policy.Document {
		return parsed(rapid.SliceOfN(rapid.Map(someStatement, func(s string) string { return document(s) }), 0, 4).Draw(t, "documents")...)
	})
	someKnown = rapid.Custom(func(t *rapid.T) context {
		return rapid.MapOf(rapid.SampledFrom(everyKey), rapid.SliceOfN(rapid.SampledFrom(someValues), 0, 1)).Draw(t, "known")
	})
)

// rank orders what a Decision lets through.
func rank(a policy.Answer) int {
	switch a.Decision {
	case policy.Allowed:
		return 2
	case policy.Conditional:
		return 1
	}
	return 0
}

// A Deny more, a boundary more or a level of SCPs more never allows more; an Allow more
// never denies.
func TestMoreNeverTurns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		documents, known := someGrants.Draw(t, "grants"), someKnown.Draw(t, "known")
		action, resource := someAction.Draw(t, "action"), someResource.Draw(t, "resource")
		added := someStatement.Draw(t, "added")
		allow := parsed(document(strings.Replace(added, `"Effect":"Deny"`, `"Effect":"Allow"`, 1)))
		deny := parsed(document(strings.Replace(added, `"Effect":"Allow"`, `"Effect":"Deny"`, 1)))
		both := func(documents []*policy.Document, l policy.Limits) [2]policy.Answer {
			g := policy.Combine(documents, l).Given(known)
			return [2]policy.Answer{g.May(action, resource), g.MayAll(action, resource)}
		}
		before := both(documents, policy.Limits{SCPs: noSCPs})
		less := map[string][2]policy.Answer{
			"Deny":     both(slices.Concat(documents, deny), policy.Limits{SCPs: noSCPs}),
			"boundary": both(documents, policy.Limits{Boundary: allow[0], SCPs: noSCPs}),
			"SCPs":     both(documents, policy.Limits{SCPs: [][]*policy.Document{allow, deny}}),
		}
		more := both(slices.Concat(allow, documents), policy.Limits{SCPs: noSCPs})
		for i, quantifier := range []string{"some", "all"} {
			for name, after := range less {
				if after[i].Decision == policy.Allowed && before[i].Decision != policy.Allowed {
					t.Errorf("of %s: %s, and with a %s %s", quantifier, before[i].Decision, name, after[i].Decision)
				}
			}
			if more[i].Denied() && !before[i].Denied() {
				t.Errorf("of %s: %s, and with an Allow more %s", quantifier, before[i].Decision, more[i].Decision)
			}
		}
	})
}

// What is told of all is told of some, a wider question is answered no less, and what is
// sure stays so whatever more is known.
func TestWiderQuestionsAndMoreKnowledge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		documents, known := someGrants.Draw(t, "grants"), someKnown.Draw(t, "known")
		action, resource := someAction.Draw(t, "action"), someResource.Draw(t, "resource")
		g := policy.Combine(documents, policy.Limits{SCPs: noSCPs})
		some, all := g.May(action, resource), g.MayAll(action, resource)
		if all.Decision == policy.Allowed && some.Denied() || all.Decision == policy.Allowed && some.Decision != policy.Allowed {
			t.Errorf("all is %s, some is %s", all.Decision, some.Decision)
		}
		if wide := g.May("*", "*"); some.Decision == policy.Allowed && wide.Decision != policy.Allowed || wide.Denied() && !some.Denied() {
			t.Errorf("%s, and of everything %s", some.Decision, wide.Decision)
		}
		if wide := g.MayAll("*", "*"); wide.Decision == policy.Allowed && all.Decision != policy.Allowed {
			t.Errorf("%s, and of everything %s", all.Decision, wide.Decision)
		}
		for name, pair := range map[string][2]policy.Answer{
			"some": {some, g.Given(known).May(action, resource)},
			"all":  {all, g.Given(known).MayAll(action, resource)},
		} {
			if before, after := pair[0], pair[1]; rank(before) != 1 && rank(after) != rank(before) {
				t.Errorf("of %s: %s, and knowing %v %s", name, before.Decision, slices.Sorted(maps.Keys(known)), after.Decision)
			}
		}
	})
}

// Whatever two patterns of up to three symbols both match, some pattern that they have
// in common does, and nothing else.
func TestCommonIsExact(t *testing.T) {
	patterns, texts := words("ab?*", 3), words("abc", 6)
	matched := func(pattern string, text string) bool { return naive(pattern, text, false) }
	for _, p := range patterns {
		for _, q := range patterns {
			found, all := policy.Common(p, q, 64)
			if !all {
				t.Errorf("%q and %q have more than %d patterns in common", p, q, len(found))
			}
			if first, _ := policy.Common(p, q, 1); len(first) != min(1, len(found)) {
				t.Errorf("%q and %q: %q of %q", p, q, first, found)
			}
			if strings.Count(p+q, "*") > 3 || len(p+q) < 5 {
				continue
			}
			for _, text := range texts {
				got := slices.ContainsFunc(found, func(one string) bool { return matched(one, text) })
				if want := matched(p, text) && matched(q, text); got != want {
					t.Fatalf("%q matches %q and %q: %t; by %q: %t", text, p, q, want, found, got)
				}
			}
		}
	}
}

func FuzzMay(f *testing.F) {
	f.Add(document(allowAll, denyPass), document(allowIAM), "iam:PassRole", anyRole, "aws:username", "alice")
	f.Add(document(allowAll, denyRoles), "", "iam:*", "*", "k", "v")
	f.Add(document(`{"Effect":"Allow","NotAction":"i?m:*Role","NotResource":"arn:aws:s3:::${k, 'd'}${*}*x"}`), document(`{"Effect":"Deny","NotAction":["a*","*b"],"NotResource":["*c*","d?"]}`), "*a*", "*${x}?", "K", "")
	f.Add(document(`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Null":{"q":true},"ForAllValues:StringNotLike":{"q":"**"}}}`), "{", "a:?", "arn:*", "Q", "é\xff")
	f.Fuzz(func(t *testing.T, text, other, action, resource, key, value string) {
		documents := parsed(text, other)
		unknown := policy.Combine(documents, policy.Limits{Boundary: documents[1], SCPs: [][]*policy.Document{documents}})
		for _, g := range []policy.Grants{unknown, unknown.Given(context{key: {value}}), unknown.Except(value, resource)} {
			some, all := g.May(action, resource), g.MayAll(action, resource)
			if all.Decision == policy.Allowed && some.Decision != policy.Allowed {
				t.Errorf("all is %s, some is %s", all.Decision, some.Decision)
			}
			for _, a := range []policy.Answer{some, all} {
				for _, ground := range a.By {
					wrong := ground.Effect == policy.Deny
					if a.Decision == policy.ExplicitDeny {
						wrong = !wrong
					}
					if wrong && a.Decision != policy.Conditional || a.Decision == policy.ImplicitDeny {
						t.Errorf("%s by %+v", a.Decision, ground)
					}
				}
				if sound := documents[0].Problems == nil && documents[1].Problems == nil; a.Decision == policy.Allowed && documents[1].Doubt() != nil || sound && a.Unknown != nil && rank(a) != 1 {
					t.Errorf("%s with %v", a.Decision, a.Unknown)
				}
			}
		}
	})
}
