package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"iamvigil/internal/plain"
	"iamvigil/scanner/actions"
	"iamvigil/scanner/policy"
	"iamvigil/scanner/rules"
)

// faultsOf are all faults of a document, without their files and lines.
func faultsOf(text string, looks *lookups) []fault {
	switch {
	case len(text) > mostPolicy:
		return []fault{faultf(malformed, 0, "the file is longer than %d bytes, which no policy is; it was not checked", mostPolicy)}
	case strings.HasPrefix(text, "\xff\xfe"), strings.HasPrefix(text, "\xfe\xff"):
		return []fault{faultf(malformed, 0, "the file is UTF-16; IAM takes UTF-8 alone, so it was not checked")}
	}
	d := policy.Parse(text)
	var faults []fault
	for _, p := range d.Problems {
		faults = append(faults, faultf(malformed, p.Offset, "%s", p.Message))
	}
	faults = append(faults, versionFault(&d)...)
	admin := d.Admin() != nil
	granted, open := looks.grantFaults(text, &d)
	for i := range d.Statements {
		s := &d.Statements[i]
		faults = append(faults, elementFaults(&d, s)...)
		faults = append(faults, wideFaults(&d, s, admin)...)
		if !open[i] {
			faults = append(faults, principalFaults(s)...)
		}
		faults = append(faults, looks.actions.faults(text, s)...)
	}
	return slices.Concat(faults, granted, looks.textFaults(text, &d))
}

// lookups is what was looked up for one command, over all its files.
type lookups struct {
	actions *soughtActions
	texts   *rules.Texts
}

func newLookups(now time.Time) *lookups { return &lookups{newSought(), rules.NewTexts(now)} }

// textFaults are what the rules about accounts' documents have against this one's
// text, but against that of statements that are damaged.
func (l *lookups) textFaults(text string, d *policy.Document) []fault {
	sound := slices.DeleteFunc(l.texts.Faults(d), func(f rules.TextFault) bool { return damaged(d, &d.Statements[f.Statement]) })
	return placed(text, d, sound)
}

// grantFaults are what those rules have against what it grants, or whom it lets in, as
// far as it was read, and which statements they say let everybody in. That not all was
// looked at is no note: whoever would pass unseen could see to it.
func (l *lookups) grantFaults(text string, d *policy.Document) (faults []fault, open map[int]bool) {
	grants, allGrants := l.texts.Grants(d)
	trusts, allTrusts := l.texts.Trusts(d)
	faults = placed(text, d, slices.Concat(grants, trusts))
	if !allGrants || !allTrusts {
		more := faultf(notAllShown, 0, "the file is more than any policy, or names too many patterns of actions, those before it among them: not all that it grants was looked at")
		more.Level = levelWarning
		faults = append(faults, more)
	}
	open = map[int]bool{}
	for _, f := range trusts {
		if f.Rule == trustsAnybody {
			open[f.Statement] = true
		}
	}
	return faults, open
}

// placed are faults with their places and levels.
func placed(text string, d *policy.Document, found []rules.TextFault) []fault {
	var faults []fault
	places, of := map[spot]int{}, -1
	for _, f := range found {
		s := &d.Statements[f.Statement]
		if of != f.Statement && f.Element != "" {
			places, of = placesIn(text[s.Offset:s.End]), f.Statement
		}
		told := faultf(f.Rule, s.Offset+places[spot{f.Element, f.Operator, f.Value}], "%s", f.Message)
		switch {
		case f.Severity != "":
			told.Level = levelOf(f.Severity)
		case f.Refused:
			told.Level = levelError
		default:
			told.Level = levelWarning
		}
		faults = append(faults, told)
	}
	return faults
}

// damaged tells whether a text has problems in a statement, or may have.
func damaged(d *policy.Document, s *policy.Statement) bool {
	return slices.ContainsFunc(d.Problems, func(p policy.Problem) bool {
		return p.Kind == policy.Syntax || p.Kind == policy.TooMany || p.Offset >= s.Offset && p.Offset < s.End
	})
}

// elementFaults misses what every kind of policy needs. Of damaged text nobody knows
// what it lacks.
func elementFaults(d *policy.Document, s *policy.Statement) []fault {
	if s.Resources != nil || s.NotResources != nil || s.Principal != nil || s.NotPrincipal != nil || damaged(d, s) {
		return nil
	}
	return []fault{faultf(malformed, s.Offset, "the statement has neither Resource, which a principal's policies need, nor Principal, which a trust policy needs")}
}

// wideFaults looks at what a statement allows: in an identity's policy everything, in
// that of a resource, where everything is no more than that resource, what it does not
// name. Admin: the document as a whole allows everything.
func wideFaults(d *policy.Document, s *policy.Statement, admin bool) []fault {
	if !s.Allows() {
		return nil
	}
	var faults []fault
	trusts := s.Principal != nil || s.NotPrincipal != nil
	alone := policy.Document{Version: d.Version, Statements: []policy.Statement{*s}}
	switch {
	case !trusts && admin && alone.Admin() != nil:
		faults = append(faults, faultf(allowsAll, s.Offset, "the statement allows every action on every resource"))
	case trusts && s.NotActions != nil:
		faults = append(faults, faultf(allowsAllBut, s.Offset, "the statement allows all actions but some (Allow with NotAction), those of services yet to come too; list in Action what is needed"))
	case trusts && s.NotResources != nil:
		faults = append(faults, faultf(allowsOnMost, s.Offset, "the statement allows on all resources but some (Allow with NotResource), those yet to be made too; list in Resource what is needed"))
	}
	return faults
}

// principalFaults looks at whom a statement allows something.
func principalFaults(s *policy.Statement) []fault {
	switch {
	case !s.Allows():
	case s.NotPrincipal != nil:
		return []fault{faultf(trustsAllBut, s.Offset, "the statement allows everybody but some (Allow with NotPrincipal), of every account; name in Principal whom it is for")}
	case s.Principal.Everyone() && len(s.Conditions) == 0:
		return []fault{faultf(trustsAll, s.Offset, "the statement allows everybody, of every account, under no condition")}
	}
	return nil
}

func versionFault(d *policy.Document) []fault {
	variable := func(value string) bool { return strings.Contains(value, "${") }
	i := slices.IndexFunc(d.Statements, func(s policy.Statement) bool {
		return slices.ContainsFunc(s.Resources, variable) || slices.ContainsFunc(s.NotResources, variable) ||
			slices.ContainsFunc(s.Conditions, func(c policy.Condition) bool { return slices.ContainsFunc(c.Values, variable) })
	})
	if i < 0 || d.Version == policy.Version2012 {
		return nil
	}
	return []fault{faultf(oldVersion, d.Statements[i].Offset, "the statement has a policy variable, which without \"Version\": \"2012-10-17\" is that very text")}
}

// mostSought bounds the distinct patterns of actions that one command looks for among
// those known; each takes up to a tenth of a millisecond.
const mostSought = 1 << 14

// soughtActions are the patterns that were looked for, and whether AWS has such actions.
type soughtActions struct {
	known map[string]bool
	full  bool // and it was told that others are not looked for
}

func newSought() *soughtActions { return &soughtActions{known: map[string]bool{}} }

// faults are of the patterns of a statement that are of no known action, each once.
func (k *soughtActions) faults(text string, s *policy.Statement) []fault {
	var faults []fault
	var places map[spot]int
	for _, pattern := range slices.Concat(s.Actions, s.NotActions) {
		if _, asked := k.known[pattern]; !asked && len(k.known) == mostSought {
			if !k.full {
				faults = append(faults, faultf(notAllShown, s.Offset, "the files name more than %d distinct actions; from here on others were not looked up", mostSought))
			}
			k.full = true
			continue
		}
		if k.any(pattern) {
			continue
		}
		if places == nil {
			places = placesIn(text[s.Offset:s.End])
		}
		at, found := places[spot{"Action", "", pattern}]
		if found && at < 0 {
			continue // told before
		}
		places[spot{"Action", "", pattern}] = -1
		faults = append(faults, faultf(unknownAction, s.Offset+at, "AWS's list of %s has no action %s", actions.Date, likeAction(pattern)))
	}
	return faults
}

func likeAction(pattern string) string {
	quoted := fmt.Sprintf("%q", plain.Short(pattern, 80))
	if wild(pattern) {
		return "that matches " + quoted
	}
	return quoted
}

func (k *soughtActions) any(pattern string) bool {
	known, asked := k.known[pattern]
	if !asked {
		known = anyAction(pattern)
		k.known[pattern] = known
	}
	return known
}

// anyAction reports whether the list has an action like the pattern. What begins with a
// wildcard may be of any service.
func anyAction(pattern string) bool {
	service, _, colon := strings.Cut(pattern, ":")
	if strings.ContainsAny(service, "*?") {
		return true
	}
	if !colon {
		return false
	}
	for range actions.Matching(pattern) {
		return true
	}
	return false
}
