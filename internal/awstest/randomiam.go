package awstest

import (
	"fmt"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"iamvigil/scanner/account"
)

func (d *draft) policies() {
	d.several(3, "policies", func() {
		name := d.name("policy", 128)
		d.s.Policies = append(d.s.Policies, d.policy(d.arn("policy", name), name))
	})
	for _, name := range []string{"AdministratorAccess", "service-role/AWSLambdaBasicExecutionRole"} {
		if d.chance(name) {
			arn := "arn:" + d.s.Account.Partition + ":iam::aws:policy/" + name
			d.s.Policies = append(d.s.Policies, d.policy(arn, name[strings.LastIndexByte(name, '/')+1:]))
		}
	}
	slices.SortFunc(d.s.Policies, func(a, b account.Policy) int { return strings.Compare(a.ARN, b.ARN) })
}

// policy draws a managed policy. Versions are numbered on when others are
// deleted, so that there can be v1, v3 and v12.
func (d *draft) policy(arn, name string) account.Policy {
	p := account.Policy{ARN: arn, ID: d.id("ANPA"), Name: name, Created: d.past(beginning(), "created")}
	p.Updated = d.past(p.Created, "updated")
	numbers := rapid.SliceOfNDistinct(rapid.IntRange(1, 20), 1, 5, rapid.ID).Draw(d.T, "versions")
	byDefault := rapid.SampledFrom(numbers).Draw(d.T, "default version")
	for _, n := range numbers {
		p.Versions = append(p.Versions, account.PolicyVersion{
			ID: fmt.Sprintf("v%d", n), Default: n == byDefault,
			Created: d.past(p.Created, "version created"), Document: d.document(false),
		})
	}
	slices.SortFunc(p.Versions, func(a, b account.PolicyVersion) int { return strings.Compare(a.ID, b.ID) })
	return p
}

func (d *draft) groups() {
	d.several(3, "groups", func() {
		name := d.name("group", 128)
		d.s.Groups = append(d.s.Groups, account.Group{
			ARN: d.arn("group", name), ID: d.id("AGPA"), Name: name, Created: d.past(beginning(), "created"),
			Attached: d.attached(), Inline: d.inline("group " + name),
		})
	})
	slices.SortFunc(d.s.Groups, func(a, b account.Group) int { return strings.Compare(a.Name, b.Name) })
}

func (d *draft) roles() {
	d.several(3, "roles", func() {
		name := d.name("role", 64)
		r := account.Role{
			ARN: d.arn("role", name), ID: d.id("AROA"), Name: name, Created: d.past(beginning(), "created"),
			Trust: d.document(true), Attached: d.attached(), Inline: d.inline("role " + name),
			Boundary: d.boundary(), Tags: d.tags(),
		}
		r.LastUsed = d.perhaps(r.Created, "role used")
		d.several(1, "instance profiles", func() { r.InstanceProfiles = []string{d.arn("instance-profile", name)} })
		d.s.Roles = append(d.s.Roles, r)
	})
	if d.chance("service-linked role") {
		d.s.Roles = append(d.s.Roles, d.serviceLinked())
	}
	slices.SortFunc(d.s.Roles, func(a, b account.Role) int { return strings.Compare(a.Name, b.Name) })
}

func (d *draft) serviceLinked() account.Role {
	const name = "AWSServiceRoleForSupport"
	id := d.s.Account
	return account.Role{
		ARN:  "arn:" + id.Partition + ":iam::" + id.ID + ":role/aws-service-role/support.amazonaws.com/" + name,
		Name: name, ID: d.id("AROA"), Created: beginning(), Trust: d.document(true),
	}
}

func (d *draft) users() {
	d.several(5, "users", func() { d.s.Users = append(d.s.Users, d.user()) })
	slices.SortFunc(d.s.Users, func(a, b account.User) int { return strings.Compare(a.Name, b.Name) })
}

func (d *draft) user() account.User {
	name := d.name("user", 64)
	u := account.User{
		ARN: d.arn("user", name), ID: d.id("AIDA"), Name: name, Created: d.past(beginning(), "created"),
		Attached: d.attached(), Inline: d.inline("user " + name), Boundary: d.boundary(), Tags: d.tags(),
		MFA: d.chance("mfa"),
	}
	for _, g := range d.s.Groups {
		if d.chance("member") {
			u.Groups = append(u.Groups, g.Name)
		}
	}
	if d.chance("password") {
		u.Login = &account.Login{Changed: d.past(u.Created, "password set"), LastUsed: d.perhaps(u.Created, "password used")}
	}
	u.Keys = d.keys(u.Created, "AKIA")
	u.Certificates = d.certificates(u.Created)
	u.ServiceCredentials, u.SSHKeys = d.serviceCredentials(u.Created), d.sshKeys(u.Created)
	return u
}

// uses counts where policies are used, and leaves out those of AWS's that are
// not: they are in no listing.
func (d *draft) uses() {
	attached, bounds := map[string]int{}, map[string]int{}
	count := func(list []account.Attachment, boundary string) {
		bounds[boundary]++
		for _, p := range list {
			attached[p.ARN]++
		}
	}
	for _, u := range d.s.Users {
		count(u.Attached, u.Boundary)
	}
	for _, g := range d.s.Groups {
		count(g.Attached, "")
	}
	for _, r := range d.s.Roles {
		count(r.Attached, r.Boundary)
	}
	for i := range d.s.Policies {
		p := &d.s.Policies[i]
		p.Attachments, p.BoundaryUses = attached[p.ARN], bounds[p.ARN]
	}
	d.s.Policies = slices.DeleteFunc(d.s.Policies, func(p account.Policy) bool {
		return p.AWSManaged() && p.Attachments+p.BoundaryUses == 0
	})
	if len(d.s.Policies) == 0 {
		d.s.Policies = nil
	}
}
