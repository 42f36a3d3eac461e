package rules

import (
	"fmt"
	"slices"
	"time"

	"iamvigil/scanner"
	"iamvigil/scanner/policy"
)

// TextFault is what a rule has against a document that stands by itself, in no account.
type TextFault struct {
	Rule string // its id
	// Severity is that of a finding in an account where nobody is known to have the
	// document; empty where IAM's taking it or not tells how bad the fault is.
	Severity scanner.Severity
	// Statement is the place among the document's of the one at fault.
	Statement int
	// Element is what is at fault in it: Sid, Action, Resource, which stands for NotResource
	// too, or Condition; empty: the whole. Value is the string there, of a Condition the key,
	// whose operator is Operator.
	Element, Operator, Value string
	// Refused: IAM would not take the document because of it.
	Refused bool
	Message string // what it quotes from the text is cut short and printable
}

// Texts asks rules about documents that stand by themselves. It remembers what it has
// looked up; one goroutine may use it.
type Texts struct {
	known          *knownActions
	grants, trusts []*scanner.About // by kind, and as trustFinders
	now            time.Time
}

// NewTexts gives one that has looked up nothing. Now tells which statements are over.
func NewTexts(now time.Time) *Texts {
	return &Texts{newKnown(), aboutsOfGrants(), aboutsOfTrusts(), now}
}

// Alone is what the rules say of themselves that [Texts.Grants] and [Texts.Trusts] ask.
func Alone() []scanner.About {
	var all []scanner.About
	for _, about := range slices.Concat(aboutsOfGrants(), aboutsOfTrusts()) {
		if !about.OptIn {
			all = append(all, *about)
		}
	}
	return all
}

// aboutOf is what one of some rules says of itself.
func aboutOf(rules []scanner.Rule, id string) *scanner.About {
	return &rules[slices.IndexFunc(rules, func(r scanner.Rule) bool { return r.ID == id })].About
}

// mostPairs bounds the pairs of an action and a resource of one statement that are
// looked at: no policy that IAM takes has as many.
const mostPairs = 1 << 13

// Faults are those of policy-malformed, beyond the problems of the text,
// policy-bad-condition, policy-unknown-key, policy-single-value-condition,
// policy-mfa-pattern and policy-resource-mismatch. Nobody knows what damaged text lacks:
// statements with problems may have faults that are none.
func (t *Texts) Faults(d *policy.Document) []TextFault {
	found := unusual(d)
	closed, principals := slices.ContainsFunc(d.Statements, deniesWithoutKey), ofResource(d)
	for i := range d.Statements {
		s := &d.Statements[i]
		found = append(found, conditionFaults(i, s)...)
		wrong, without := mfaFault(s, closed)
		for _, how := range wrong {
			found = append(found, TextFault{Rule: "policy-mfa-pattern", Statement: i, Message: "the statement asks for " + mfa + " by " + how + ", which access keys pass without"})
		}
		for _, how := range without {
			found = append(found, TextFault{Rule: "policy-mfa-pattern", Statement: i, Message: "the statement asks that there be no MFA by " + how + " on " + mfa})
		}
		if !principals && len(s.Actions)*len(s.Resources) <= mostPairs && t.known.inVain(s) {
			found = append(found, TextFault{Rule: "policy-resource-mismatch", Statement: i,
				Message: fmt.Sprintf("the statement has no effect: none of %s can be about %s", quoted(s.Actions), quoted(s.Resources))})
		}
	}
	return found
}

func conditionFaults(i int, s *policy.Statement) []TextFault {
	var found []TextFault
	add := func(rule string, c policy.Condition, message string) {
		found = append(found, TextFault{Rule: rule, Statement: i, Element: "Condition", Operator: c.Operator, Value: c.Key,
			Refused: rule == "policy-bad-condition" && kindOf(c.Operator) == noKind, Message: message})
	}
	for _, c := range s.Conditions {
		if fault := faultOf(c); fault != "" {
			add("policy-bad-condition", c, "the condition "+fault)
		}
		if unknownKey(c.Key) {
			add("policy-unknown-key", c, "AWS is not known to have the global key "+quoted([]string{c.Key}))
		}
	}
	for _, c := range emptyConditions(s) {
		add("policy-single-value-condition", c,
			"the statement allows under "+quoted([]string{c.Operator + " " + c.Key})+", which holds where the request has no such key")
	}
	return found
}
