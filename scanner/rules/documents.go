package rules

import (
	"fmt"
	"slices"
	"strings"

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
}

func (in place) String() string {
	if in.inline == "" {
		return fmt.Sprintf("policy %q", in.whose.Name)
	}
	return fmt.Sprintf("the inline policy %q of %s %q", in.inline, in.whose.Kind, in.whose.Name)
}

func (in place) evidence() map[string]string {
	if in.inline == "" {
		return map[string]string{"version": in.version}
	}
	return map[string]string{"policy": in.inline}
}

// show is the command that prints the document.
func (in place) show() string {
	if in.inline == "" {
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
	return eachDocument(find, func(m *account.Policy) bool { return m.Attachments+m.BoundaryUses > 0 })
}

func eachDocument(find judge, used func(*account.Policy) bool) scanner.Check {
	return scanner.Owners(func(p *scanner.Pass, i scanner.Identity) {
		for n := range i.Inline {
			in, document := place{whose: p.Resource, inline: i.Inline[n].Name}, &i.Inline[n].Document
			if !find(p, in, document) {
				cannotTell(p, in.fact(), unread("an inline policy", document))
			}
		}
	}, func(p *scanner.Pass, m *account.Policy) {
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
	})
}

// longest bounds what a message shows of each text from a document.
const longest = 64

// named lists texts from documents in a message: few of them, and each cut short.
func named(texts []string) string {
	short := make([]string, 0, len(texts))
	for _, text := range texts {
		if len(text) > longest {
			text = strings.ToValidUTF8(text[:longest], "") + "..."
		}
		short = append(short, text)
	}
	return quoted(short)
}
