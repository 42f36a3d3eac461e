package access

import (
	"slices"
	"strings"

	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// trusting is a role with a service that it trusts, as its trust policy writes that.
type trusting struct {
	role    *account.Role
	service string
}

// rolesByService are the roles that may trust each of the services of combos.
func (v *View) rolesByService() map[string][]trusting {
	all := map[string][]trusting{}
	for _, r := range v.trusts.roles {
		for _, service := range v.servicesOf(r) {
			name, _ := trustedService(r, service)
			all[service] = append(all[service], trusting{r, name})
		}
	}
	return all
}

// servicesOf are those of combos that a role trusts.
func (v *View) servicesOf(r *account.Role) []string {
	mayBe := func(s policy.Statement) bool {
		p := s.Principal
		return s.NotPrincipal != nil || p.Everyone() || p != nil && len(p.Service)+len(p.Federated) > 0
	}
	if !slices.ContainsFunc(r.Trust.Statements, mayBe) {
		return nil
	}
	var all []string
	for _, service := range v.survey.services {
		if _, ok := trustedService(r, service); ok {
			all = append(all, service)
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

// federated are the SAML providers that a role trusts, by ARN.
func federated(r *account.Role) []string {
	var all []string
	for _, s := range r.Trust.Statements {
		if s.Principal == nil || !s.Grants("sts:AssumeRoleWithSAML", r.ARN) {
			continue
		}
		for _, name := range s.Principal.Federated {
			if strings.Contains(name, ":saml-provider/") {
				all = append(all, name)
			}
		}
	}
	return all
}
