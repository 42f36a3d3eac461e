package access

import (
	"slices"
	"strings"

	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// passage is whether a principal may pass some role, and which.
type passage struct {
	answer policy.Answer
	role   account.Ref
}

// trusting is a role with a service that it trusts, as its trust policy writes that.
type trusting struct {
	role    *account.Role
	service string
}

// passing looks for a role that the principal surely may pass to one of the services, or
// else for one that it possibly may.
func (a *attempt) passing(services []string) (policy.Answer, account.Ref) {
	best := passage{answer: denied}
	for _, service := range services {
		found, known := a.passed[service]
		if !known {
			found = a.passage(service)
			a.passed[service] = found
		}
		best.improve(found)
	}
	return best.answer, best.role
}

func (a *attempt) passage(service string) passage {
	best := passage{answer: denied}
	switch {
	case a.ask(pass).Denied():
		return best
	case a.view.trusts.unread:
		return passage{answer: a.pass(service, a.view.every("role"))}
	}
	open := map[string]bool{} // by how the service is written: whether any role may be passed to it
	for _, t := range a.view.trusting()[service] {
		if !a.principal.mayPass(t.role.ARN) {
			continue
		}
		if _, known := open[t.service]; !known {
			open[t.service] = !a.pass(t.service, a.view.every("role")).Denied()
		}
		if !open[t.service] {
			continue
		}
		if best.improve(passage{a.pass(t.service, t.role.ARN), t.role.Ref()}); best.answer.Decision == policy.Allowed {
			break
		}
	}
	return best
}

func (a *attempt) pass(service, arn string) policy.Answer {
	to := map[string][]string{"iam:PassedToService": {service}}
	return a.principal.answer(func(g policy.Grants) policy.Answer { return g.Given(to).May(pass, arn) })
}

// passablePatterns are what the ARN of a role must match one of, to be passed by one of
// the documents: a glance at each role instead of a question.
func passablePatterns(documents []*policy.Document) []string {
	var patterns []string
	isPass := func(p string) bool { return policy.MatchAction(p, pass) }
	for _, d := range documents {
		for _, s := range d.Statements {
			switch {
			case s.Effect != policy.Allow || !slices.ContainsFunc(s.Actions, isPass) && (s.NotActions == nil || slices.ContainsFunc(s.NotActions, isPass)):
			case s.NotResources != nil || s.Resources == nil:
				return []string{"*"}
			default:
				patterns = append(patterns, s.Resources...)
			}
		}
	}
	for i, pattern := range patterns {
		if fixed, _, variable := strings.Cut(pattern, "${"); variable {
			patterns[i] = fixed + "*"
		}
	}
	return patterns
}

func (p *principal) mayPass(arn string) bool {
	return slices.ContainsFunc(p.passable(), func(pattern string) bool { return policy.MatchResource(pattern, arn) })
}

// improve keeps the other if it is surer.
func (p *passage) improve(other passage) {
	if !other.answer.Denied() && (p.answer.Denied() || other.answer.Decision == policy.Allowed) {
		*p = other
	}
}

// rolesByService are the roles that may trust each of the services of combos.
func (v *View) rolesByService() map[string][]trusting {
	all := map[string][]trusting{}
	for i := range combos {
		for _, service := range combos[i].services {
			all[service] = nil
		}
	}
	for _, r := range v.trusts.roles {
		for service := range all {
			if name, ok := trustedService(r, service); ok {
				all[service] = append(all[service], trusting{r, name})
			}
		}
	}
	return all
}

const suffix = ".amazonaws.com"

// trustedService is a service as a role's trust policy writes it: it may have a Region in
// it, and the suffix of another partition.
func trustedService(r *account.Role, service string) (name string, ok bool) {
	for _, s := range r.Trust.Statements {
		if !s.Grants(assume, r.ARN) && !s.Grants("sts:AssumeRoleWithWebIdentity", r.ARN) {
			continue
		}
		if s.NotPrincipal != nil || s.Principal.Everyone() {
			return service, true
		}
		if s.Principal == nil {
			continue
		}
		is := func(name string) bool { return isService(name, service) }
		if i := slices.IndexFunc(s.Principal.Service, is); i >= 0 {
			return s.Principal.Service[i], true
		}
		if slices.ContainsFunc(s.Principal.Federated, is) {
			return service, true
		}
	}
	return "", false
}

func isService(name, service string) bool {
	host, ok := strings.CutSuffix(strings.TrimSuffix(name, ".cn"), suffix)
	own, region, _ := strings.Cut(strings.TrimPrefix(host, strings.TrimSuffix(service, suffix)), ".")
	return ok && own == "" && !strings.Contains(region, ".")
}
