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
// What might make it otherwise but cannot be read is a gap.
//
// It looks at one policy at a time: whoever becomes administrator only by
// several together, or step by step, is not seen here. A boundary that neither
// allows everything nor lets the user take it off makes him none, and so does a
// policy that denies everything to everybody without a condition; a narrower
// Deny does not. A boundary that is not in the snapshot limits nothing.
func administrator(p *scanner.Pass, u *account.User) (through string, ok bool) {
	holds, doubt := bounded(p, u)
	if holds {
		return "", false
	}
	var doubtful []source
	for from, document := range documents(p, u) {
		switch {
		case p.Admin(document) && denied(p, u):
			return "", false
		case p.Admin(document):
			cannotTell(p, account.Policies, doubt)
			return from.String(), doubt == ""
		case from.doubt != "":
			doubtful = append(doubtful, from)
		}
	}
	if len(doubtful) > 0 && !denied(p, u) {
		for _, from := range doubtful {
			cannotTell(p, from.fact, from.doubt)
		}
	}
	return "", false
}

func denied(p *scanner.Pass, u *account.User) bool {
	for _, document := range documents(p, u) {
		if document.DeniesAll() {
			return true
		}
	}
	return false
}

// bounded reports whether the user's boundary holds. Doubt is why that cannot be
// known.
func bounded(p *scanner.Pass, u *account.User) (holds bool, doubt string) {
	boundary, doubt := inForce(p, u.Boundary)
	if boundary == nil || p.Admin(boundary) || escapable(boundary, u) {
		return false, ""
	}
	return doubt == "", doubt
}

// escapable reports whether a boundary lets the user take it off, or put on
// another. Conditions are taken to hold.
func escapable(boundary *policy.Document, u *account.User) bool {
	return boundaryGrants(boundary, u, "iam:DeleteUserPermissionsBoundary") ||
		boundaryGrants(boundary, u, "iam:PutUserPermissionsBoundary")
}

// boundaryGrants knows the user by its ARN and by the variable that stands for
// its name.
func boundaryGrants(boundary *policy.Document, u *account.User, action string) bool {
	self := strings.TrimSuffix(u.ARN, u.Name) + "${aws:username}"
	granted := false
	for _, s := range boundary.Statements {
		if len(s.Conditions) == 0 && s.Denies(action, u.ARN) {
			return false
		}
		granted = granted || s.Grants(action, u.ARN) || s.Grants(action, self)
	}
	return granted
}

// inForce is what a managed policy says, and why that may not be all of it. One
// that a complete listing does not show was deleted meanwhile and allows
// nothing: nil. AdministratorAccess is known by its ARN, in whatever partition.
func inForce(p *scanner.Pass, arn string) (document *policy.Document, doubt string) {
	if m := p.Policy(arn); m != nil {
		document, doubt = defaultOf(m)
	}
	if (document == nil || doubt != "") && administratorAccess(arn) {
		return everything(), ""
	}
	return document, doubt
}

// defaultOf is a policy's default version, and why that may not be all of it.
func defaultOf(m *account.Policy) (document *policy.Document, doubt string) {
	version := m.Default()
	if version == nil {
		return new(policy.Document), "the default version of policy " + m.ARN + " was not listed"
	}
	return &version.Document, unread("the default version of a managed policy", &version.Document)
}

// unread says why a document may hold more, or other, than what was read of it;
// empty: it does not. It repeats no more of the document than a Problem does.
func unread(what string, document *policy.Document) string {
	if document.Statements == nil && document.Problems == nil {
		return what + " has no document"
	}
	if problem := document.Doubt(); problem != nil {
		return what + " cannot be read: " + problem.String()
	}
	return ""
}

// cannotTell tells a gap for whatever reason there is; empty: none.
func cannotTell(p *scanner.Pass, fact account.Fact, reason string) {
	if reason != "" {
		p.Gap(fact, account.Seen{Missing: reason})
	}
}

func administratorAccess(arn string) bool { return ofAWS(arn, "AdministratorAccess") }

// ofAWS reports whether a policy is one of AWS's own by one of these names, in whatever
// partition, and under whatever path: such a name is one policy's alone.
func ofAWS(policyARN string, names ...string) bool {
	return account.AWSManaged(policyARN) && slices.Contains(names, account.NameOf(policyARN))
}

// source is where a document that bears on a user comes from.
type source struct {
	kind, name, group string
	// fact is what it was read with, and doubt why that may not be all of it.
	fact  account.Fact
	doubt string
}

func (s source) String() string {
	if s.group != "" {
		return fmt.Sprintf("%s policy %q of group %q", s.kind, s.name, s.group)
	}
	return fmt.Sprintf("%s policy %q", s.kind, s.name)
}

// documents yields what grants to a user: its own policies, then its groups'. Those
// by which the scanner's stack contains the user are left out: who can do
// everything once they are detached is an administrator all the while.
func documents(p *scanner.Pass, u *account.User) iter.Seq2[source, *policy.Document] {
	return func(yield func(source, *policy.Document) bool) { ofUser(p, u).documents(p, yield) }
}

func documentsOf(p *scanner.Pass, of source, attached []account.Attachment, inline []account.InlinePolicy,
	yield func(source, *policy.Document) bool,
) bool {
	for _, a := range attached {
		document, doubt := inForce(p, a.ARN)
		if document != nil && !yield(source{"attached", a.Name, of.group, account.Policies, doubt}, document) {
			return false
		}
	}
	for i := range inline {
		document := &inline[i].Document
		if !yield(source{"inline", inline[i].Name, of.group, of.fact, unread("an inline policy", document)}, document) {
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
