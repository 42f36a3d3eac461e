package config

import (
	"slices"

	"go.yaml.in/yaml/v3"

	"iamvigil/scanner"
)

// broad notes an exemption that leaves nothing to tell, of a kind of resource or
// of a rule, unless it says that it is meant to.
func (r *reader) broad(x *exemption, has map[string]*yaml.Node) {
	if n := has["allow_broad"]; n != nil {
		if allowed, ok := r.flag(n, "allow_broad"); allowed || !ok {
			return
		}
	}
	for _, rule := range x.rules {
		if rule.value == scanner.EveryRule {
			r.at(rule.line, `rule "*" exempts from every rule; name the rules, or add allow_broad: true`)
		}
	}
	if kind := allOf(x.Exemption); kind != "" && has["tags"] == nil {
		r.wrong(has["resource"], "resource %s is every %s of every account; narrow it, switch the rule off with enabled: false, or add allow_broad: true", quoted(x.Resource), kind)
	}
}

// allOf are the kinds of resources of which the exemption leaves none out, in some
// partition, whatever tags they have; empty: there are none. It is tried on
// resources that have nothing in common but what all of their kind have: *, ?*,
// arn:* and *:user/* are every user, arn:aws:iam::*:user/ops/* is not, nor is *
// in one account.
func allOf(x scanner.Exemption) string {
	x.Rules, x.Tags = []string{probed}, nil
	kinds := []string{"user", "group", "role", "policy"}
	all := slices.DeleteFunc(slices.Clone(kinds), func(kind string) bool {
		return !silencesAll(&x, "aws", kind) && !silencesAll(&x, "aws-cn", kind) && !silencesAll(&x, "aws-us-gov", kind)
	})
	if len(all) == len(kinds) {
		return "resource"
	}
	return listed(all)
}

// probed is the rule that an exemption is tried with.
const probed = "any"

func silencesAll(x *scanner.Exemption, partition, kind string) bool {
	for _, probe := range []struct{ account, path, name string }{
		{"123456789012", "/", "alice"},
		{"000000000000", "/x/Y/", "BOB.Q@Z"},
		{"987654321098", "/0/~!/", "7_42+=-,"},
	} {
		var f scanner.Finding
		f.Resource.ARN = "arn:" + partition + ":iam::" + probe.account + ":" + kind + probe.path + probe.name
		f.Resource.Name = probe.name
		if !x.Silences(probed, probe.account, f.Resource) {
			return false
		}
	}
	return true
}
