package awstest

import (
	"fmt"
	"net/http"
	"strings"

	"iamvigil/scanner/policy"
)

// demand is a permission that a call needs, and on what.
type demand struct {
	permission, resource string
	// context holds what conditions can ask of the call, by their keys. What is not
	// in it is not in the request.
	context map[string][]string
}

func on(permission, resource string) demand {
	return demand{permission: permission, resource: resource}
}

// with adds a condition key of the call.
func (d demand) with(key string, values ...string) demand {
	d.context = map[string][]string{key: values}
	return d
}

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
// empty where it does. What a Deny says that cannot be judged is refused.
func (a *AWS) refusal(d demand) string {
	if !a.settings.limited || d.permission == "sts:GetCallerIdentity" { // which needs no permission
		return ""
	}
	request := policy.Request{Action: d.permission, Resource: d.resource, Context: d.context}
	var documents []*policy.Document
	for i := range a.settings.role {
		documents = append(documents, &a.settings.role[i])
	}
	switch policy.Decide(request, documents...).Decision {
	case policy.Allowed:
		return ""
	case policy.ExplicitDeny:
		return "with an explicit deny in an identity-based policy"
	case policy.Undecided:
		return "with what may be an explicit deny in an identity-based policy"
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
