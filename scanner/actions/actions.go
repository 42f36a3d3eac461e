// Package actions knows the actions of AWS's services by name, and what AWS says
// each can do: a snapshot of the day that [Date] names, taken from AWS's published
// service reference and linked into the program.
//
// It may know less than AWS. Actions newer than the snapshot are missing from it, and
// so are those that AWS has never published or has retired, though a policy may still
// grant them. So an action that is unknown here is no mistake of the policy that names
// it, and nothing tells that it is harmless. A level is AWS's label for an action and
// no judgement of the danger: iam:PassRole and iam:CreateAccessKey are Write, and
// secretsmanager:GetSecretValue is Read. The package knows no condition keys, no ARN
// formats, and nothing of an account.
package actions

import (
	"iter"
	"strings"

	"iamvigil/scanner/policy"
)

// Level is the access level that AWS gives an action. An action that AWS puts in two,
// one of which is Write, has the other here.
type Level uint8

// Levels have no order. Unknown, the zero value, is no level of AWS's: it is what an
// action has that the snapshot does not hold.
const (
	Unknown Level = iota
	List
	Read
	Write
	PermissionsManagement
	Tagging
)

// String is AWS's word for the level, or "Unknown".
func (l Level) String() string {
	switch l {
	case List:
		return "List"
	case Read:
		return "Read"
	case Write:
		return "Write"
	case PermissionsManagement:
		return "Permissions management"
	case Tagging:
		return "Tagging"
	}
	return "Unknown"
}

// Known tells whether the snapshot holds an action, such as "iam:PassRole". As in
// IAM, case is ignored, here and in all of the package. A pattern is no action.
func Known(action string) bool {
	_, ok := find(action)
	return ok
}

// LevelOf gives the level of an action, or Unknown and false if the snapshot does not
// hold it.
func LevelOf(action string) (Level, bool) {
	c, ok := find(action)
	if !ok {
		return Unknown, false
	}
	return c.level(), true
}

// OnResources tells whether AWS names types of resources for an action, so that a
// policy can allow it on some and not on others. Where it names none, only the
// resource "*" allows the action. Known is false, and onResources with it, if the
// snapshot does not hold the action.
func OnResources(action string) (onResources, known bool) {
	c, ok := find(action)
	return ok && c.onResources(), ok
}

// Spelled gives an action as AWS spells it, or "" and false if the snapshot does not
// hold it.
func Spelled(action string) (string, bool) {
	c, ok := find(action)
	if !ok {
		return "", false
	}
	return c.name(), true
}

// Matching gives the known actions that a pattern from an Action or NotAction list
// matches, in the sense of [policy.MatchAction], in ascending order of their
// lower-case names. That a pattern matches none here tells nothing of those that are
// unknown. It costs a look at each known action that begins as the pattern does up to
// its first wildcard; where that is all of them, some milliseconds, whatever the
// pattern's length.
func Matching(pattern string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for action := range Levels(pattern) {
			if !yield(action) {
				return
			}
		}
	}
}

// Levels is [Matching] with the level of each action, which costs less than a
// [LevelOf] for each.
func Levels(pattern string) iter.Seq2[string, Level] {
	return func(yield func(string, Level) bool) {
		pattern, ok := shortened(pattern)
		if !ok {
			return
		}
		prefix := pattern
		if i := strings.IndexAny(pattern, "*?"); i >= 0 {
			prefix = pattern[:i]
		}
		c, ok := seek(prefix)
		for ; ok && c.startsWith(prefix); ok = c.next() {
			if policy.MatchAction(pattern, string(c.text[:c.size])) && !yield(c.name(), c.level()) {
				return
			}
		}
	}
}

// shortened makes one * of each run of them. It is false of a pattern that only
// matches what is longer than every known action, so that a pattern of any length
// costs no more than one about twice as long as an action.
func shortened(pattern string) (string, bool) {
	if len(pattern)-strings.Count(pattern, "*") > longest {
		return "", false
	}
	if !strings.Contains(pattern, "**") {
		return pattern, true
	}
	var b strings.Builder
	for i := range len(pattern) {
		if pattern[i] != '*' || i == 0 || pattern[i-1] != '*' {
			b.WriteByte(pattern[i])
		}
	}
	return b.String(), true
}

// Services gives the prefixes of all known actions, such as "iam", in ascending order
// of the actions: "acm-pca" is before "acm", as "-" is before ":".
func Services() iter.Seq[string] {
	return func(yield func(string) bool) {
		for c, ok := seek(""); ok; {
			service, _, _ := strings.Cut(c.name(), ":")
			if !yield(service) {
				return
			}
			c, ok = seek(service + string(rune(':'+1)))
		}
	}
}
