package rules

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// administrator reports whether the user may do everything, and through what.
//
// It looks at one policy at a time: whoever becomes administrator only by
// several together, or step by step, is not seen here. A boundary that does not
// itself allow everything makes him none, and so does a policy that denies
// everything to everybody without a condition; a narrower Deny does not. A
// boundary that is not in the snapshot limits nothing.
func administrator(p *scanner.Pass, u *account.User) (through string, ok bool) {
	if bounded(p, u.Boundary) {
		return "", false
	}
	for from, document := range documents(p, u) {
		if p.Admin(document) {
			return from.String(), !denied(p, u)
		}
	}
	return "", false
}

func denied(p *scanner.Pass, u *account.User) bool {
	for _, document := range documents(p, u) {
		if slices.ContainsFunc(document.Statements, deniesAll) {
			return true
		}
	}
	return false
}

func bounded(p *scanner.Pass, boundary string) bool {
	m := p.Policy(boundary)
	return m != nil && m.Default() != nil && !p.Admin(&m.Default().Document)
}

// inForce is the document of a managed policy, or nil. One that a complete
// listing does not show was deleted meanwhile and allows nothing; one that is
// listed without its default version is a gap. AdministratorAccess is known by
// its ARN, in whatever partition.
func inForce(p *scanner.Pass, arn string) *policy.Document {
	m := p.Policy(arn)
	switch {
	case m != nil && m.Default() != nil:
		return &m.Default().Document
	case administratorAccess(arn):
		return everything()
	case m != nil:
		unlisted(p, m)
	}
	return nil
}

func administratorAccess(arn string) bool {
	parts := strings.SplitN(arn, ":", 6)
	return len(parts) == 6 && parts[4] == "aws" && parts[5] == "policy/AdministratorAccess"
}

// source is where a document that bears on a user comes from.
type source struct{ kind, name, group string }

func (s source) String() string {
	if s.group != "" {
		return fmt.Sprintf("%s policy %q of group %q", s.kind, s.name, s.group)
	}
	return fmt.Sprintf("%s policy %q", s.kind, s.name)
}

// documents yields what grants to a user: its own policies, then its groups'.
func documents(p *scanner.Pass, u *account.User) iter.Seq2[source, *policy.Document] {
	return func(yield func(source, *policy.Document) bool) {
		if !documentsOf(p, "", u.Attached, u.Inline, yield) {
			return
		}
		for _, name := range u.Groups {
			if g := p.Group(name); g != nil && !documentsOf(p, name, g.Attached, g.Inline, yield) {
				return
			}
		}
	}
}

func documentsOf(p *scanner.Pass, group string, attached []account.Attachment, inline []account.InlinePolicy,
	yield func(source, *policy.Document) bool,
) bool {
	for _, a := range attached {
		if document := inForce(p, a.ARN); document != nil && !yield(source{"attached", a.Name, group}, document) {
			return false
		}
	}
	for i := range inline {
		if !yield(source{"inline", inline[i].Name, group}, &inline[i].Document) {
			return false
		}
	}
	return true
}

// everything is what AdministratorAccess says.
func everything() *policy.Document {
	document := policy.Parse(`{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}`)
	return &document
}

// deniesAll reports whether a statement denies everything, whatever else is
// allowed.
func deniesAll(s policy.Statement) bool {
	return s.Effect == policy.Deny && len(s.Conditions) == 0 &&
		slices.ContainsFunc(s.Actions, func(a string) bool { return policy.CoversAction(a, "?*:?*") }) &&
		slices.ContainsFunc(s.Resources, func(r string) bool { return policy.Covers(r, "*") })
}
