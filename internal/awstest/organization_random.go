package awstest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"iamvigil/scanner/account"
)

// organizationWhole draws what the management account sees of its organization, if
// there is one: delegated administrators, and policies, which take all features.
func (d *draft) organizationWhole() {
	o := d.s.Organization
	if o == nil {
		return
	}
	for i := range d.count(25, "delegated administrators") {
		o.Delegated = append(o.Delegated, account.DelegatedAdmin{ID: fmt.Sprintf("%012d", i+1), Name: d.label()})
	}
	if !o.AllFeatures {
		return
	}
	for _, kind := range []string{"AISERVICES_OPT_OUT_POLICY", "SERVICE_CONTROL_POLICY", "TAG_POLICY"} {
		if d.chance(kind) {
			o.PolicyTypes = append(o.PolicyTypes, kind)
			d.several(3, "policies", func() { o.Policies = append(o.Policies, d.organizationPolicy(kind)) })
		}
	}
	slices.SortFunc(o.Policies, func(a, b account.OrganizationPolicy) int {
		return cmp.Or(strings.Compare(a.Type, b.Type), strings.Compare(a.ID, b.ID))
	})
}

func (d *draft) organizationPolicy(kind string) account.OrganizationPolicy {
	p := account.OrganizationPolicy{ID: d.id("p-"), Name: d.label(), Type: kind, Targets: d.count(45, "targets")}
	if kind == "SERVICE_CONTROL_POLICY" {
		p.Document = d.document(false)
	}
	return p
}

// label is a name that people give, of any characters.
func (d *draft) label() string { return rapid.StringN(1, 20, 128).Draw(d.T, "label") }
