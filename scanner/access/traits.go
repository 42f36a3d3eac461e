package access

import (
	"slices"
	"strings"

	"iamvigil/scanner/policy"
)

// traits are what a document comes to, or several together, for whoever has them.
type traits uint8

const (
	// unread: something may be missing, or have been misread.
	unread traits = 1 << iota
	// escalates: it may allow something by which one can become administrator.
	escalates
	// administers: one statement surely allows everything in IAM.
	administers
	// deniesIAM: it may deny something in IAM.
	deniesIAM
	// mails: it may allow by name to send mail through SES.
	mails
)

// has reports whether there is any of the given traits.
func (t traits) has(any traits) bool { return t&any != 0 }

func traitsOf(d *policy.Document) traits {
	var t traits
	if d.Statements == nil || d.Problems != nil {
		t = unread
	}
	for _, s := range d.Statements {
		switch s.Effect {
		case policy.Allow:
			t |= traitsOfAllow(s)
		case policy.Deny:
			if mayDenyIAM(s) {
				t |= deniesIAM
			}
		}
	}
	return t
}

func traitsOfAllow(s policy.Statement) traits {
	var t traits
	if mayEscalate(s) {
		t |= escalates
	}
	if administersIAM(s) {
		t |= administers
	}
	if slices.ContainsFunc(s.Actions, namesMail) {
		t |= mails
	}
	return t
}

const iamActions = "iam:"

// administersIAM tells whether a statement that allows does so for all of IAM.
// Its Resource must be "*", because some calls are on no resource in particular.
func administersIAM(s policy.Statement) bool {
	actions := slices.ContainsFunc(s.Actions, func(p string) bool { return coversAll(p, iamActions) }) ||
		s.NotActions != nil && !slices.ContainsFunc(s.NotActions, func(p string) bool { return mayBegin(p, iamActions) })
	return actions && len(s.Conditions) == 0 && s.Principal == nil && s.NotPrincipal == nil &&
		slices.ContainsFunc(s.Resources, func(p string) bool { return p != "" && strings.Trim(p, "*") == "" })
}

// mayDenyIAM tells whether a statement that denies may do so for anything in
// IAM, its conditions taken to hold.
func mayDenyIAM(s policy.Statement) bool {
	actions := slices.ContainsFunc(s.Actions, func(p string) bool { return mayBegin(p, iamActions) }) ||
		s.NotActions != nil && !slices.ContainsFunc(s.NotActions, func(p string) bool { return coversAll(p, iamActions) })
	return actions && (s.Resources == nil || slices.ContainsFunc(s.Resources, mayBeOfIAM))
}

// mayBeOfIAM is false only for the ARNs of another service.
func mayBeOfIAM(resource string) bool {
	fields := strings.SplitN(resource, ":", 4)
	if len(fields) < 4 || fields[2] == "iam" {
		return true
	}
	return strings.ContainsAny(resource[:len(resource)-len(fields[3])], "*?$")
}

func namesMail(pattern string) bool {
	const service = "ses:"
	return len(pattern) > len(service) && strings.EqualFold(pattern[:len(service)], service) &&
		(policy.MatchAction(pattern, "ses:SendRawEmail") || policy.MatchAction(pattern, "ses:SendEmail"))
}
