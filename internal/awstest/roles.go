package awstest

import (
	"net/http"
	"strconv"
	"strings"

	"iamvigil/scanner/account"
)

func (a *AWS) role(name string) *account.Role {
	for i := range a.account.Roles {
		if r := &a.account.Roles[i]; strings.EqualFold(r.Name, name) {
			return r
		}
	}
	return nil
}

// theRole demands the action's permission on the role that the call names.
func theRole(a *AWS, c *call) []demand {
	id := a.account.Account
	arn := "arn:" + id.Partition + ":iam::" + id.ID + ":role/" + c.form.Get("RoleName")
	if r := a.role(c.form.Get("RoleName")); r != nil {
		arn = r.ARN
	}
	return []demand{on(c.action(), arn)}
}

type noAnswer struct{}

func (a *AWS) tagRole(c *call) (any, *failure) {
	return a.retag(c, func(tags map[string]string) *failure {
		for i := 1; c.form.Has("Tags.member." + strconv.Itoa(i) + ".Key"); i++ {
			prefix := "Tags.member." + strconv.Itoa(i) + "."
			tags[c.form.Get(prefix+"Key")] = c.form.Get(prefix + "Value")
		}
		if len(tags) > 50 {
			return &failure{status: http.StatusConflict, code: "LimitExceeded", message: "Cannot exceed quota for TagsPerRole: 50"}
		}
		return nil
	})
}

func (a *AWS) untagRole(c *call) (any, *failure) {
	return a.retag(c, func(tags map[string]string) *failure {
		for _, key := range listed(c.form, "TagKeys") {
			delete(tags, key)
		}
		return nil
	})
}

func (a *AWS) retag(c *call, change func(map[string]string) *failure) (any, *failure) {
	r := a.role(c.form.Get("RoleName"))
	if r == nil {
		return nil, noSuchEntity("The role with name %s cannot be found.", c.form.Get("RoleName"))
	}
	tags := map[string]string{}
	for key, value := range r.Tags {
		tags[key] = value
	}
	if fail := change(tags); fail != nil {
		return nil, fail
	}
	if r.Tags = tags; len(tags) == 0 {
		r.Tags = nil
	}
	a.changed()
	return noAnswer{}, nil
}
