package main

import (
	"fmt"
	"strings"

	"iamvigil/internal/plain"
	"iamvigil/scanner/access"
	"iamvigil/scanner/policy"
)

// writeVerdict shows an answer to a person: the answer, the statements that decide with
// what they depend on, and what is not known.
func writeVerdict(t terminal, a answered) error {
	w := &page{w: t.out, colour: t.colour}
	w.block("", "  ", plain.Text(a.sentence()))
	for _, g := range a.by {
		w.block("  ", "    ", plain.Text(g.sentence()))
		for _, c := range g.Open {
			w.block("    ", "      ", plain.Text("if "+conditionText(c)))
		}
		if g.Part && a.Answer == "conditional" {
			w.faint("    ", "      ", "which is, or may be, about a part of what was asked")
		}
	}
	if a.who.serviceLinked {
		w.faint("", "  ", "The role is service-linked: AWS's own, which only its service can assume and no service control policy limits.")
	}
	if len(a.Unknown) > 0 {
		w.line("")
		w.line("%s", w.bold("NOT KNOWN"))
		for _, text := range a.Unknown {
			w.block("  ", "    ", plain.Text(text))
		}
	}
	return w.err
}

func (a *answered) sentence() string {
	who := fmt.Sprintf("%s %q", a.who.Kind, a.who.Name)
	if a.who.root {
		return fmt.Sprintf("allowed: root may do %s: it may do everything, whatever the account's policies say", a.asked("some"))
	}
	switch {
	case a.Answer == "allowed":
		return fmt.Sprintf("allowed: %s may do %s", who, a.asked("some"))
	case a.Answer == "conditional":
		return fmt.Sprintf("conditional: %s may do %s or not: that depends on what is not known here", who, a.asked("some"))
	case a.Explicit:
		return fmt.Sprintf("denied: %s may not do %s: an explicit Deny decides", who, a.asked("any"))
	}
	return fmt.Sprintf("denied: %s may not do %s: %s", who, a.asked("any"), a.lacking)
}

// asked is what was asked about; how many is some or any.
func (a *answered) asked(howMany string) string {
	action, resource := a.Action, a.Resource
	switch {
	case action == "*":
		action = howMany + " action"
	case wild(action):
		action = fmt.Sprintf("%s action that matches %q", howMany, action)
	}
	switch {
	case resource == "*":
		resource = howMany + " resource"
	case wild(resource):
		resource = fmt.Sprintf("%s resource that matches %q", howMany, resource)
	}
	return action + " on " + resource
}

func lacks(l policy.Layer) string {
	switch l {
	case policy.Boundary:
		return "its permissions boundary does not allow it"
	case access.Trust:
		return "the role's trust policy does not allow it"
	case policy.SCP:
		return "the organisation does not allow it"
	}
	return "none of its policies allows it"
}

func (g *ground) sentence() string {
	what := "statement"
	if g.Sid != "" {
		what = fmt.Sprintf("statement %q", g.Sid)
	}
	of := "policy"
	switch {
	case g.Layer == access.Trust:
		return fmt.Sprintf("%s by %s of the trust policy of role %q", g.Effect, what, g.owner.Name)
	case g.Layer == policy.Boundary:
		of = "permissions boundary"
	case g.from.ARN == "":
		of = "inline policy"
	}
	return fmt.Sprintf("%s by %s of %s %q of %s %q", g.Effect, what, of, g.from.Name, g.owner.Kind, g.owner.Name)
}

// mostValues is how many values of a condition are shown.
const mostValues = 5

func conditionText(c policy.Condition) string {
	var values []string
	for i, v := range c.Values {
		if i == mostValues {
			values = append(values, fmt.Sprintf("%d more", len(c.Values)-i))
			break
		}
		values = append(values, fmt.Sprintf("%q", v))
	}
	return fmt.Sprintf("%s %s: %s", c.Operator, c.Key, strings.Join(values, ", "))
}
