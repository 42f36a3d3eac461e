package access

import (
	"slices"
	"strings"

	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// caller is a user who asks for something, as policy variables and conditions
// see it.
type caller struct {
	user    *account.User
	account account.Identity
}

// value is what every request of the user has for a condition key, which is also
// a policy variable; empty: not known here.
func (c caller) value(key string) string {
	switch strings.ToLower(key) {
	case "aws:username":
		return c.user.Name
	case "aws:userid":
		return c.user.ID
	case "aws:principalarn":
		return c.user.ARN
	case "aws:principalaccount":
		return c.account.ID
	}
	return ""
}

// certainty says to which side an answer may err.
type certainty bool

const (
	surely   certainty = true  // yes is proven
	possibly certainty = false // no is proven
)

// named tells whether a statement names the action and the resource, by its lists
// or their Not-forms, whatever its effect and conditions.
func (c caller) named(d *policy.Document, s policy.Statement, action, resource string, how certainty) bool {
	isAction := func(p string) bool { return policy.MatchAction(p, action) }
	if !slices.ContainsFunc(s.Actions, isAction) && (s.NotActions == nil || slices.ContainsFunc(s.NotActions, isAction)) {
		return false
	}
	if s.Resources == nil && s.NotResources == nil { // which IAM does not accept
		return how == possibly
	}
	isResource := func(how certainty) func(string) bool {
		return func(p string) bool { return c.matches(d, p, resource, how) }
	}
	return slices.ContainsFunc(policy.Completed(s.Resources), isResource(how)) ||
		s.NotResources != nil && !slices.ContainsFunc(policy.Completed(s.NotResources), isResource(!how))
}

// matches is [policy.MatchResource] of a pattern with the variables of its
// document's version filled in. One whose value is not known is taken to be
// nothing that matches, or possibly anything.
func (c caller) matches(d *policy.Document, pattern, resource string, how certainty) bool {
	if d.Version == policy.Version2012 && strings.Contains(pattern, "${") {
		pattern = c.fill(pattern, how)
	}
	return policy.MatchResource(pattern, resource)
}

func (c caller) fill(pattern string, how certainty) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(pattern, "${")
		b.WriteString(before)
		key, after, closed := strings.Cut(rest, "}")
		if !found || !closed {
			b.WriteString(pattern[len(before):])
			return b.String()
		}
		switch value := c.value(key); {
		case value != "":
			b.WriteString(literal(value))
		case how == possibly && key != "*" && key != "?" && key != "$":
			b.WriteByte('*')
		default: // as it is: an escape, or what no ARN has in it
			b.WriteString("${" + key + "}")
		}
		pattern = after
	}
}

// literal is the pattern that matches the text alone.
func literal(text string) string {
	return strings.NewReplacer("*", "${*}", "?", "${?}", "$", "${$}").Replace(text)
}

// may tells whether a document allows the action on the resource, as far as its
// Allow statements go. Surely: one does so whenever the user has signed in without
// MFA. Possibly: conditions are taken to hold, and a document that was not read
// may say anything.
func (c caller) may(t text, action, resource string, how certainty) bool {
	if t.has(unread) {
		return how == possibly
	}
	return slices.ContainsFunc(t.Statements, func(s policy.Statement) bool {
		return s.Effect == policy.Allow && (how == possibly || s.Principal == nil && s.NotPrincipal == nil && holdsWithoutMFA(s.Conditions)) &&
			c.named(t.Document, s, action, resource, how)
	})
}

// denied tells whether a document denies the action on the resource. Surely:
// under no condition. Possibly: under any, and a document that was not read may
// say so.
func (c caller) denied(t text, action, resource string, how certainty) bool {
	if t.has(unread) {
		return how == possibly
	}
	return slices.ContainsFunc(t.Statements, func(s policy.Statement) bool {
		return s.Effect == policy.Deny && (how == possibly || s.Principal == nil && s.NotPrincipal == nil && len(s.Conditions) == 0) &&
			c.named(t.Document, s, action, resource, how)
	})
}

// holdsWithoutMFA tells whether conditions surely hold for a user who has signed
// in without MFA: of such a session the key is there, and false.
func holdsWithoutMFA(conditions []policy.Condition) bool {
	return !slices.ContainsFunc(conditions, func(c policy.Condition) bool {
		return c.Operator != "Bool" && c.Operator != "BoolIfExists" ||
			!strings.EqualFold(c.Key, "aws:MultiFactorAuthPresent") || !slices.Contains(c.Values, "false")
	})
}
