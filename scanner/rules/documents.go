package rules

import (
	"fmt"
	"slices"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// The calls that change what documents are in force, and so what they grant.
var (
	written = []string{
		"CreatePolicy", "CreatePolicyVersion", "SetDefaultPolicyVersion", "AttachUserPolicy", "AttachGroupPolicy", "AttachRolePolicy",
		"PutUserPolicy", "PutGroupPolicy", "PutRolePolicy",
	}
	rewritten = []string{
		"CreatePolicyVersion", "SetDefaultPolicyVersion", "DetachUserPolicy", "DetachGroupPolicy", "DetachRolePolicy",
		"PutUserPolicy", "PutGroupPolicy", "PutRolePolicy", "DeleteUserPolicy", "DeleteGroupPolicy", "DeleteRolePolicy",
	}
)

// but gives the calls without some.
func but(calls []string, without ...string) []string {
	return slices.DeleteFunc(slices.Clone(calls), func(call string) bool { return slices.Contains(without, call) })
}

// owners are the facts from which all documents are known.
var owners = []account.Fact{account.Users, account.Groups, account.Roles, account.Policies}

// administering are the rules whose finding says that a resource's policies allow
// everything already.
var administering = []string{"policy-admin", "administrator-attached", "inline-policy-admin"}

// place is where a document is in force.
type place struct {
	whose account.Ref
	// inline is the name of an inline policy; empty: the resource is the policy.
	inline string
	// version is that of a managed policy.
	version string
	// trust: it is the role's trust policy.
	trust bool
}

func (in place) String() string {
	switch {
	case in.trust:
		return fmt.Sprintf("the trust policy of role %q", in.whose.Name)
	case in.inline == "":
		return fmt.Sprintf("policy %q", in.whose.Name)
	}
	return fmt.Sprintf("the inline policy %q of %s %q", in.inline, in.whose.Kind, in.whose.Name)
}

// part tells the documents of one resource apart. No inline policy's name has a space.
func (in place) part() string {
	if in.trust {
		return "trust policy"
	}
	return in.inline
}

func (in place) evidence() map[string]string {
	switch {
	case in.trust:
		return nil
	case in.inline == "":
		return map[string]string{"version": in.version}
	}
	return map[string]string{"policy": in.inline}
}

// show is the command that prints the document.
func (in place) show() string {
	switch {
	case in.trust:
		return iam("get-role", "--role-name", in.whose.Name)
	case in.inline == "":
		return iam("get-policy-version", "--policy-arn", in.whose.ARN, "--version-id", in.version)
	}
	return shown(in.whose, in.inline)
}

// fact is what the document was read with.
func (in place) fact() account.Fact {
	switch in.whose.Kind {
	case account.KindUser:
		return account.Users
	case account.KindGroup:
		return account.Groups
	case account.KindRole:
		return account.Roles
	}
	return account.Policies
}

// judge looks for the rule's fault in a document, and tells it. One without a fault
// that was not read whole is a gap.
type judge func(p *scanner.Pass, in place, d *policy.Document) (found bool)

// inDocuments asks about the documents that grant: inline policies, and the default
// versions of policies that somebody has.
func inDocuments(find judge) scanner.Check {
	return eachDocument(find, func(m *account.Policy) bool { return m.Attachments > 0 })
}

// inBoundaries asks about those, and about boundaries, in which a mistake matters as
// much although they grant nothing.
func inBoundaries(find judge) scanner.Check {
	return eachDocument(find, inUse)
}

func eachDocument(find judge, used func(*account.Policy) bool) scanner.Check {
	return scanner.Owners(func(p *scanner.Pass, i scanner.Identity) { eachInline(p, i.Inline, find) }, ofManaged(find, used))
}

// everywhereWritten asks about the documents of [inBoundaries], and about trust policies.
func everywhereWritten(find judge) scanner.Check {
	return scanner.Several(
		scanner.Part{Reads: []account.Fact{account.Users}, Check: scanner.Users(func(p *scanner.Pass, u *account.User) { eachInline(p, u.Inline, find) })},
		scanner.Part{Reads: []account.Fact{account.Groups}, Check: scanner.Groups(func(p *scanner.Pass, g *account.Group) { eachInline(p, g.Inline, find) })},
		scanner.Part{Reads: []account.Fact{account.Roles}, Check: scanner.Roles(func(p *scanner.Pass, r *account.Role) {
			eachInline(p, r.Inline, find)
			if !find(p, place{whose: p.Resource, trust: true}, &r.Trust) {
				cannotTell(p, account.Roles, unread("the trust policy", &r.Trust))
			}
		})},
		scanner.Part{Reads: []account.Fact{account.Policies}, Check: scanner.ManagedPolicies(ofManaged(find, inUse))},
	)
}

func inUse(m *account.Policy) bool { return m.Attachments+m.BoundaryUses > 0 }

func eachInline(p *scanner.Pass, inline []account.InlinePolicy, find judge) {
	for n := range inline {
		in, document := place{whose: p.Resource, inline: inline[n].Name}, &inline[n].Document
		if !find(p, in, document) {
			cannotTell(p, in.fact(), unread("an inline policy", document))
		}
	}
}

func ofManaged(find judge, used func(*account.Policy) bool) func(*scanner.Pass, *account.Policy) {
	return func(p *scanner.Pass, m *account.Policy) {
		if !used(m) {
			return
		}
		in := place{whose: p.Resource}
		if version := m.Default(); version != nil {
			in.version = version.ID
		}
		document, doubt := defaultOf(m)
		if !find(p, in, document) {
			cannotTell(p, in.fact(), doubt)
		}
	}
}
