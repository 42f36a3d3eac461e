package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"iamvigil/scanner/access"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

const assumeRole = "sts:AssumeRole"

// assumed is the role that is asked about where the question is whether somebody may
// assume one; else nil.
func (c *canCommand) assumed(s *account.Snapshot) *account.Role {
	i := slices.IndexFunc(s.Roles, func(r account.Role) bool { return r.ARN == c.Resource })
	if i < 0 || !strings.EqualFold(c.Action, assumeRole) {
		return nil
	}
	return &s.Roles[i]
}

// assuming is what the policies of a principal and of a role of its account come to.
func assuming(s *account.Snapshot, who principal, role *account.Role, now time.Time) outcome {
	v := access.New(s)
	found := v.MayAssume(who.Ref, role.Ref(), now)
	ofTrust := func(g policy.Gap) bool { return g.Layer == access.Trust }
	i := slices.IndexFunc(found.Unknown, ofTrust)
	doubt := ""
	if i >= 0 {
		doubt = fmt.Sprintf("trust policy of role %q: %s", role.Name, found.Unknown[i].Reason)
	}
	found.Unknown = slices.DeleteFunc(slices.Clone(found.Unknown), ofTrust)
	o := outcomeOf(v, who, found)
	if doubt != "" {
		o.unknown = append(o.unknown, doubt)
	}
	for i := range o.by {
		if o.by[i].Layer == access.Trust {
			o.by[i].owner = role.Ref()
		}
	}
	return o
}
