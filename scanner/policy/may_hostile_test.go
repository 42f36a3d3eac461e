package policy_test

import (
	"fmt"
	"strings"
	"testing"

	"iamvigil/scanner/policy"
)

// Each of these would keep an evaluator that compares all with all busy for minutes.
func TestMayOfHostilePolicies(t *testing.T) {
	list := func(n int, pattern string) string {
		var all []string
		for i := range n {
			all = append(all, `"`+strings.ReplaceAll(pattern, "%", fmt.Sprint(i))+`"`)
		}
		return "[" + strings.Join(all, ",") + "]"
	}
	statement := func(effect, actions, resources string) string {
		return `{"Effect":"` + effect + `",` + actions + `,` + resources + `}`
	}
	wild := func(c string) string { return `"` + strings.Repeat("*"+c, 3072) + `"` }
	const everything = `{"Effect":"Allow","Action":"*","Resource":"*"}`
	unlike := statement("Deny", `"NotAction":`+list(20, "*a%*"), `"NotResource":`+list(20, "*b%*"))
	for name, c := range map[string]struct {
		statements       []string
		action, resource string
		some, all        policy.Decision // empty: it may be any, but Conditional only with a reason
	}{
		"6,144 wildcards, concretely": {[]string{statement("Allow", `"Action":`+wild("a"), `"Resource":`+wild("a")), statement("Deny", `"Action":"*"`, `"Resource":`+wild("b"))},
			"iam:PassRole", anyRole, policy.ImplicitDeny, policy.ImplicitDeny},
		"6,144 wildcards that match": {[]string{statement("Allow", `"Action":"*"`, `"Resource":`+wild("a")), statement("Deny", `"Action":"*"`, `"Resource":`+wild("ab"))},
			"iam:PassRole", "*", "", policy.ImplicitDeny},
		"6,144 wildcards against each other": {[]string{statement("Allow", `"Action":"*"`, `"Resource":`+wild("?")), statement("Deny", `"Action":"*"`, `"Resource":`+wild("a"))},
			"iam:PassRole", strings.Repeat("*x", 500), "", ""},
		"many pieces": {[]string{statement("Allow", `"Action":`+list(3000, "?*%"), `"Resource":`+list(3000, "?*%")), statement("Deny", `"Action":`+list(3000, "*%"), `"Resource":`+list(3000, "*%*"))},
			"iam:*", "arn:*", "", policy.ImplicitDeny},
		"many pieces, none covered": {[]string{statement("Allow", `"Action":`+list(3000, "?*%"), `"Resource":`+list(3000, "?*%")), unlike},
			"*x*", "*y*", "", ""},
		"one Not-form within another": {append([]string{everything}, strings.Split(strings.Repeat(unlike+"\n", 200), "\n")[:200]...), "*", "*", "", policy.ExplicitDeny},
		"many statements":             {strings.Split(strings.Repeat(statement("Allow", `"Action":"*a*b*"`, `"Resource":["*a*b*","*c*d*"]`)+"\n", 5000), "\n")[:5000], "*x*x*x*x*x", "*y*y*y*y*y", "", ""},
		"a long question":             {[]string{everything}, strings.Repeat("*a", 3072), strings.Repeat("*b", 3072), policy.Allowed, policy.Allowed},
	} {
		d := one(c.statements...)
		g := policy.Combine([]*policy.Document{d}, policy.Limits{Boundary: d, SCPs: noSCPs})
		for _, answer := range []struct {
			got  policy.Answer
			want policy.Decision
		}{{g.May(c.action, c.resource), c.some}, {g.MayAll(c.action, c.resource), c.all}} {
			switch a := answer.got; {
			case answer.want == "" && a.Decision == policy.Conditional && len(a.Unknown) != 1:
				t.Errorf("%s: Conditional, and all is known", name)
			case answer.want != "" && a.Decision != answer.want:
				t.Errorf("%s: %s, not %s", name, a.Decision, answer.want)
			}
		}
	}
}
