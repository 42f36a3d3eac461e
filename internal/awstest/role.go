package awstest

import (
	"fmt"
	"net/http"
	"strings"
)

// demand is a permission that a call needs, and on what.
type demand struct{ permission, resource string }

// authorize holds the call's demands against the caller's role.
func (a *AWS) authorize(c *call, demands []demand) *failure {
	for _, d := range demands {
		if why := a.refusal(d); why != "" {
			a.refused = append(a.refused, d.permission+" on "+d.resource)
			return accessDenied(c, d.permission, d.resource, why)
		}
	}
	for _, d := range demands {
		a.exercised[d.permission]++
	}
	return nil
}

// refusal says why the role does not allow what is demanded, in AWS's words;
// empty where it does. Conditions are not judged: with any, an Allow allows
// nothing here and a Deny denies.
func (a *AWS) refusal(d demand) string {
	if !a.settings.limited || d.permission == "sts:GetCallerIdentity" { // which needs no permission
		return ""
	}
	allowed := false
	for _, doc := range a.settings.role {
		for _, s := range doc.Statements {
			switch {
			case s.Denies(d.permission, d.resource):
				return "with an explicit deny in an identity-based policy"
			case s.Grants(d.permission, d.resource) && len(s.Conditions) == 0:
				allowed = true
			}
		}
	}
	if allowed {
		return ""
	}
	return "because no identity-based policy allows the " + d.permission + " action"
}

// accessDenied words a refusal as the call's service does.
func accessDenied(c *call, permission, resource, why string) *failure {
	f := &failure{status: http.StatusForbidden, code: "AccessDenied"}
	switch {
	case strings.HasPrefix(permission, "kms:"):
		f.status, f.code = http.StatusBadRequest, "KMSAccessDenied"
	case c.json():
		f.status, f.code = http.StatusBadRequest, "AccessDeniedException"
	case c.service == "sns":
		f.code = "AuthorizationError"
	}
	f.message = fmt.Sprintf("User: %s is not authorized to perform: %s on resource: %s %s", c.caller, permission, resource, why)
	return f
}
