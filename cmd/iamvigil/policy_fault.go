package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"iamvigil/scanner"
	"iamvigil/scanner/rules"
)

// fault is what is wrong at one place of a policy document.
type fault struct {
	File string `json:"file"`
	// Line and Column are of the text, from 1. The column counts characters, a byte that
	// is not UTF-8 as one; a byte order mark is none.
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Level   level  `json:"level"`
	Rule    string `json:"rule"`
	Message string `json:"message"`

	at int // offset in bytes
}

// level is how bad a fault is: an error is what IAM refuses, or what gives everything
// away, at once or in a step; a warning what hardly anybody means; a note what many mean,
// and what to know of the check itself.
type level string

const (
	levelError   level = "error"
	levelWarning level = "warning"
	levelNote    level = "note"
)

var levels = []level{levelError, levelWarning, levelNote}

func (l level) rank() int { return slices.Index(levels, l) }

func levelOf(s scanner.Severity) level {
	switch s {
	case scanner.Critical, scanner.High:
		return levelError
	case scanner.Medium:
		return levelWarning
	}
	return levelNote
}

// The rules of documents that are looked for here, or whose level is not their severity.
// Most are rules about accounts too, by the same id.
const (
	malformed     = "policy-malformed"
	allowsAll     = "policy-admin"
	allowsAllBut  = "policy-not-action"
	allowsOnMost  = "policy-not-resource"
	trustsAll     = "policy-any-principal"
	trustsAllBut  = "policy-not-principal"
	trustsAnybody = "role-trust-any-principal"
	oldVersion    = "policy-old-version"
	unknownAction = "policy-unknown-action"
	badCondition  = "policy-bad-condition"
	unknownKey    = "policy-unknown-key"
	emptyIfAbsent = "policy-single-value-condition"
	mfaPattern    = "policy-mfa-pattern"
	inVain        = "policy-resource-mismatch"
	notAllShown   = "policy-more"
)

// faultKind is a rule of documents. Why and fix are empty where it is none of accounts.
type faultKind struct {
	id              string
	level           level
	title, why, fix string
}

type kinds []faultKind

// faultKinds are all of them.
var faultKinds = sync.OnceValue(func() kinds {
	all := kinds{
		{id: malformed, level: levelError, title: "The text is not as IAM's grammar wants it"},
		{id: allowsAll, level: levelError, title: "A statement allows every action on every resource"},
		{id: allowsAllBut, level: levelWarning, title: "A statement allows all actions but some"},
		{id: allowsOnMost, level: levelWarning, title: "A statement allows actions on all resources but some"},
		{id: trustsAll, level: levelWarning, title: "A statement allows everybody, under no condition"},
		{id: trustsAllBut, level: levelError, title: "A statement allows everybody but some"},
		{id: oldVersion, level: levelWarning, title: "The document uses variables that its version does not have"},
		{id: unknownAction, level: levelWarning, title: "A statement names an action that no service is known to have"},
		{id: badCondition, level: levelWarning, title: "A statement has a condition that cannot be what was meant"},
		{id: unknownKey, level: levelWarning, title: "A statement has a condition on a global key that AWS is not known to have"},
		{id: emptyIfAbsent, level: levelWarning, title: "A statement allows under a condition that holds where its key is absent"},
		{id: mfaPattern, level: levelWarning, title: "A statement asks for MFA in a way that does without it"},
		{id: inVain, level: levelWarning, title: "A statement names resources that none of its actions can be about"},
		{id: notAllShown, level: levelNote, title: "There is more to say of the file than is shown"},
	}
	for _, a := range rules.Alone() {
		if all.index(a.ID) < 0 {
			all = append(all, faultKind{id: a.ID, level: levelOf(a.Severity), title: a.Title})
		}
	}
	for _, a := range rules.Abouts() {
		if i := all.index(a.ID); i >= 0 {
			all[i].why, all[i].fix = a.Why, a.Fix
		}
	}
	return all
})

func (k kinds) index(id string) int {
	return slices.IndexFunc(k, func(kind faultKind) bool { return kind.id == id })
}

func (k kinds) ids() []string {
	var ids []string
	for _, kind := range k {
		ids = append(ids, kind.id)
	}
	return ids
}

// faultf is a fault of a rule, as bad as the rule is.
func faultf(rule string, at int, format string, args ...any) fault {
	kinds := faultKinds()
	return fault{Rule: rule, Level: kinds[kinds.index(rule)].level, Message: fmt.Sprintf(format, args...), at: at}
}

// mostFaults is how many faults are told of one file.
const mostFaults = 100

// kept are the faults to tell of a file, in the order of its text, with their lines.
func kept(file, text string, faults []fault, skip []string) []fault {
	faults = slices.DeleteFunc(faults, func(f fault) bool { return slices.Contains(skip, f.Rule) })
	slices.SortStableFunc(faults, func(a, b fault) int { return cmp.Compare(a.at, b.at) })
	if rest := len(faults) - mostFaults; rest > 0 {
		worst := slices.MinFunc(faults[mostFaults:], func(a, b fault) int { return cmp.Compare(a.Level.rank(), b.Level.rank()) })
		more := faultf(notAllShown, worst.at, "%s not shown, of which this is the place of the first of the worst", plural(rest, "more finding"))
		more.Level = worst.Level
		faults = append(faults[:mostFaults], more)
	}
	lines := linesOf(text)
	for i := range faults {
		faults[i].File = file
		faults[i].Line, faults[i].Column = lines.place(faults[i].at)
	}
	return faults
}

// lines finds lines and columns in a text.
type lines struct {
	text   string
	starts []int
}

const byteOrderMark = "\ufeff"

func linesOf(text string) lines {
	l := lines{text, []int{0}}
	if strings.HasPrefix(text, byteOrderMark) {
		l.starts[0] = len(byteOrderMark)
	}
	for i := range len(text) {
		if text[i] == '\n' {
			l.starts = append(l.starts, i+1)
		}
	}
	return l
}

func (l lines) place(at int) (line, column int) {
	at = min(max(at, l.starts[0]), len(l.text))
	line, found := slices.BinarySearch(l.starts, at)
	if found {
		line++
	}
	return line, utf8.RuneCountInString(l.text[l.starts[line-1]:at]) + 1
}
