package policy_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"iamvigil/scanner/policy"
)

func TestCompleted(t *testing.T) {
	for resource, want := range map[string]string{
		"arn:aws:sqs":                               "arn:aws:sqs:*:*:*", // AWS's own example
		"arn:aws":                                   "arn:aws:*:*:*:*",
		"arn:aws:iam:":                              "arn:aws:iam::*:*",
		"arn:aws:iam::111122223333":                 "arn:aws:iam::111122223333:*",
		"arn:aws:iam::*b":                           "arn:aws:iam::*b:*",
		"arn:aws:s3:::${aws:username}":              "",
		"arn:aws:sqs:eu-west-1:${aws:userid, ':'}":  "arn:aws:sqs:eu-west-1:${aws:userid, ':'}:*",
		"arn:aws:iam::${aws:PrincipalAccount}":      "arn:aws:iam::${aws:PrincipalAccount}:*",
		"arn:aws:sqs:${*}":                          "arn:aws:sqs:${*}:*:*",
		"arn:aws:iam::${aws:PrincipalAccount":       "", // no variable
		"arn:aws:iam::111122223333:user/ann":        "",
		"arn:aws:lambda:eu-west-1:1:function:f:v:w": "",
		"arn:aws:s3:::":                             "",
		"arn:aws:iam::*":                            "", // stands for all that already
		"arn:*":                                     "",
		"*":                                         "",
		"sqs":                                       "",
		"":                                          "",
	} {
		list := []string{"*", resource, "arn:aws:s3:::b"}
		all := slices.Clone(list)
		if want != "" {
			all = append(all, want)
		}
		if diff := cmp.Diff(all, policy.Completed(list)); diff != "" {
			t.Errorf("%q: %s", resource, diff)
		}
	}
	if policy.Completed(nil) != nil || policy.Completed([]string{}) == nil {
		t.Error("a list that is absent is not told from one that is empty")
	}
}

const (
	queue   = "arn:aws:sqs:eu-west-1:111122223333:q"
	allowIn = `{"Sid":"allow","Effect":"Allow","Action":"*",`
	denyIn  = `{"Sid":"deny","Effect":"Deny","Action":"*",`
)

// IAM completes the ARNs of identity-based policies: whatever is said with less of one is
// said of all that begins so.
func TestIncompleteARN(t *testing.T) {
	for name, c := range map[string]struct {
		statements []string
		want       policy.Decision
	}{
		"an Allow":                          {[]string{allowIn + `"Resource":"arn:aws:sqs"}`}, policy.Allowed},
		"of a Region":                       {[]string{allowIn + `"Resource":["arn:aws:s3:::b","arn:aws:sqs:eu-west-1"]}`}, policy.Allowed},
		"of another Region":                 {[]string{allowIn + `"Resource":"arn:aws:sqs:eu-west-2"}`}, policy.ImplicitDeny},
		"of an account":                     {[]string{allowIn + `"Resource":"arn:aws:sqs:*:111122223333"}`}, policy.Allowed},
		"of another service":                {[]string{allowIn + `"Resource":"arn:aws:sq"}`}, policy.ImplicitDeny},
		"a Deny":                            {[]string{allowAll, denyIn + `"Resource":"arn:aws:sqs"}`}, policy.ExplicitDeny},
		"an Allow of all but a service":     {[]string{allowIn + `"NotResource":"arn:aws:sqs"}`}, policy.ImplicitDeny},
		"an Allow of all but another":       {[]string{allowIn + `"NotResource":"arn:aws:sns"}`}, policy.Allowed},
		"a Deny of all but a service":       {[]string{allowAll, denyIn + `"NotResource":"arn:aws:sqs"}`}, policy.Allowed},
		"a variable after the fifth colon":  {[]string{allowIn + `"Resource":"arn:aws:sqs:eu-west-1:111122223333:${*}"}`}, policy.ImplicitDeny},
		"a wildcard that reaches to a name": {[]string{allowIn + `"Resource":"arn:aws:sqs:*q"}`}, policy.Allowed}, // as written
	} {
		t.Run(name, func(t *testing.T) {
			documents := each(c.statements...)
			if got := policy.Decide(policy.Request{Action: "sqs:SendMessage", Resource: queue}, documents...); got.Decision != c.want {
				t.Errorf("Decide: %+v", got)
			}
			g := policy.Combine(documents, policy.Limits{SCPs: noSCPs})
			if got := g.May("sqs:SendMessage", queue); got.Decision != c.want {
				t.Errorf("May: %+v", got)
			}
		})
	}
}

func TestIncompleteARNOfPatterns(t *testing.T) {
	h := having(t, allowIn+`"Resource":"arn:aws:sqs:eu-west-1"}`)
	h.may("sqs:*", "arn:aws:sqs:*", "allow")
	h.mayNot("sqs:*", "arn:aws:sns:*")
	for resource, want := range map[string]policy.Decision{"arn:aws:sqs:eu-west-1:*:q": policy.Allowed, "arn:aws:sqs:*:*:q": policy.ImplicitDeny} {
		if got := h.MayAll("sqs:*", resource); got.Decision != want {
			t.Errorf("MayAll on %s: %+v", resource, got)
		}
	}
}

// Of boundaries and SCPs AWS does not say whether they are completed, and of what others'
// policies say nothing is.
func TestIncompleteARNElsewhere(t *testing.T) {
	short := allowIn + `"Resource":"arn:aws:sqs"}`
	limited(t, policy.Limits{Boundary: one(short), SCPs: noSCPs}, allowAll).mayIf("sqs:SendMessage", queue, "all", "allow")
	limited(t, policy.Limits{Boundary: one(allowAll, denyIn+`"Resource":"arn:aws:sqs"}`), SCPs: noSCPs}, allowAll).
		mayIf("sqs:SendMessage", queue, "all", "all", "deny")
	limited(t, policy.Limits{SCPs: [][]*policy.Document{{one(short)}}}, allowAll).mayIf("sqs:SendMessage", queue, "all", "allow")
	limited(t, policy.Limits{Boundary: one(short), SCPs: noSCPs}, allowAll).lacks(policy.Boundary, "sqs:SendMessage", "arn:aws:sns:eu-west-1:111122223333:t")

	ofResource := one(strings.TrimSuffix(short, "}") + `,"Principal":"*"}`)
	if s := ofResource.Statements[0]; s.Grants("sqs:SendMessage", queue) {
		t.Error("the ARN of a resource's policy is completed")
	}
	s := one(short, denyIn+`"Resource":"arn:aws:sqs"}`).Statements
	if !s[0].Grants("sqs:SendMessage", queue) || !s[1].Denies("sqs:SendMessage", queue) || s[0].Grants("sqs:ListQueues", "*") {
		t.Error("the ARN of an identity's policy is not completed")
	}
	if one(allowIn+`"Resource":"arn:aws"}`).Admin() == nil || one(short).Admin() != nil {
		t.Error("an administrator is not told from one of queues")
	}
}

// Less of an ARN stands for what it would as it is, and for what it does with the rest
// written out; the list it is in does not change.
func TestCompletedCovers(t *testing.T) {
	field := rapid.SampledFrom([]string{"", "*", "?", "aws", "sqs", "iam", "eu-west-1", "111122223333", "q", "*q", "q?", "a*b", "${k}", "${*}"})
	arn := rapid.Map(rapid.SliceOfN(field, 0, 7), func(fields []string) string { return strings.Join(append([]string{"arn"}, fields...), ":") })
	resources := rapid.SampledFrom([]string{queue, "arn:aws:iam::111122223333:user/q", "arn:aws:s3:::aqb", "arn:aws:sqs:::q:q", "*", "arn:aws:sqs"})
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(arn, 1, 3).Draw(t, "resources")
		resource := resources.Draw(t, "resource")
		before := slices.Clone(list)
		all := policy.Completed(list)
		if !slices.Equal(list, before) || !slices.Equal(all[:len(list)], list) {
			t.Fatalf("%q became %q", before, all)
		}
		for _, said := range [][]string{{allowIn + `"Resource":`}, {allowIn + `"NotResource":`}, {denyIn + `"Resource":`, allowAll}, {denyIn + `"NotResource":`, allowAll}} {
			ask := func(list []string) []policy.Decision {
				d := each(append([]string{said[0] + `["` + strings.Join(list, `","`) + `"]}`}, said[1:]...)...)
				g := policy.Combine(d, policy.Limits{SCPs: noSCPs}).Given(context{"k": {"q"}})
				return []policy.Decision{policy.Decide(policy.Request{Action: "a:b", Resource: resource}, d...).Decision, g.May("a:b", resource).Decision}
			}
			if diff := cmp.Diff(ask(all), ask(list)); diff != "" {
				t.Fatalf("%s%q on %s: %s", said[0], list, resource, diff)
			}
		}
	})
}

// Nearly all lists have nothing to complete.
func TestCompletedCostsNothing(t *testing.T) {
	list := []string{"*", queue, "arn:aws:iam::111122223333:role/*", "arn:aws:s3:::${aws:username}/*"}
	if n := testing.AllocsPerRun(100, func() { policy.Completed(list) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
