// Package policy reads IAM policy documents: what a text says, where it says it,
// and what is wrong with it.
//
// It knows the grammar and how patterns match. It may not know accounts, rules,
// the SDK or any list of real actions, so it can tell that "iam:*" matches
// "iam:PassRole" but not that "iam:Foo" does not exist. Decide tells what documents say
// to one request, with its conditions and policy variables; Combine and May what those of
// a principal, its limits among them, come to for requests of which only some is known.
// Statement.Grants, Denies and Admin ask of a statement or document alone what it means
// for requests that nobody has made: for them a variable such as ${aws:username} is
// literal text and a Condition is something for the caller to look at.
//
// Texts come from the account and are hostile. Parse never fails and never panics;
// its time and memory grow linearly with the text, and what it could not read, or
// had to choose between, is a Problem.
package policy

import "slices"

// Versions of the policy language. A document without Version is of the older one,
// which has no policy variables.
const (
	Version2008 = "2008-10-17"
	Version2012 = "2012-10-17"
)

// Document is one policy. Its slices and strings may be shared with other documents
// of the same Parser and must not be changed. The zero Document stands for no
// document at all, and is null in JSON.
type Document struct {
	Version, ID string // as written; empty: absent

	// Statements in the order of the text; nil only where the text has no Statement.
	Statements []Statement

	// Problems in the order of the text; nil when the document is clean.
	Problems []Problem

	// Text is what was parsed, kept only beside Problems, because such a document
	// cannot be printed again from its Statements.
	Text string
}

// Effect is Allow or Deny. Anything else is kept as written, has a Problem, and
// neither grants nor denies.
type Effect string

// The two effects; IAM compares them by case.
const (
	Allow Effect = "Allow"
	Deny  Effect = "Deny"
)

// Statement is a Clause about some resources, at one place of one text. Statements
// come from Parse: the zero Statement has no Clause, and reading the fields of one from
// it panics. In each list nil means that the element is absent, and an empty slice that
// it is there and holds nothing.
type Statement struct {
	*Clause
	Resources []string

	// Offset and End delimit the statement, [Offset,End) in bytes, braces included,
	// in the text that was parsed. A damaged one may end where the next begins.
	Offset, End int
}

// Clause is what a statement says but for its resources. Versions and copies of a
// policy repeat most of their clauses, and clauses that differ in Sid or actions repeat
// all of their Terms. Equal ones are mostly one value in memory, which is why they
// stand behind pointers: it makes a large account several times smaller.
type Clause struct {
	Sid     string
	Actions []string
	*Terms
}

// Terms is the part of a Clause that is most often no more than "Effect": "Allow".
type Terms struct {
	Effect                   Effect // empty: absent, which is a Problem
	NotActions, NotResources []string
	Principal, NotPrincipal  *Principal
	Conditions               []Condition // in the order of the text
}

// Principal is whom a statement of a trust or resource policy is about.
type Principal struct {
	Any bool // the bare "*"

	AWS, Service, Federated, CanonicalUser []string

	// Other holds kinds that IAM does not know, each with a Problem; nil: none.
	Other map[string][]string
}

// Everyone tells whether the principal is "*" or has "*" among its AWS principals,
// which IAM takes to be the same: anybody, of any account or of none. A nil Principal
// is not everyone.
func (p *Principal) Everyone() bool {
	return p != nil && (p.Any || slices.Contains(p.AWS, "*"))
}

// Condition is one key of one operator: {"Operator": {"Key": Values}}.
type Condition struct {
	Operator, Key string // as written; IAM compares keys without regard to case

	// Values are never nil. A boolean or number is its JSON literal, so that true
	// and "true" are the same here as they are to IAM.
	Values []string
}
