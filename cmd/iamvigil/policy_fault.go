package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
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
// away; a warning what hardly anybody means; a note what to know of the check itself.
type level string

const (
	levelError   level = "error"
	levelWarning level = "warning"
	levelNote    level = "note"
)

var levels = []level{levelError, levelWarning, levelNote}

func (l level) rank() int { return slices.Index(levels, l) }

// The rules of documents. Most are rules about accounts too, by the same id.
const (
	malformed     = "policy-malformed"
	allowsAll     = "policy-admin"
	allowsAllBut  = "policy-not-action"
	allowsOnMost  = "policy-not-resource"
	trustsAll     = "policy-any-principal"
	trustsAllBut  = "policy-not-principal"
	oldVersion    = "policy-old-version"
	unknownAction = "policy-unknown-action"
	badCondition  = "policy-bad-condition"
	unknownKey    = "policy-unknown-key"
	emptyIfAbsent = "policy-single-value-condition"
	mfaPattern    = "policy-mfa-pattern"
	inVain        = "policy-resource-mismatch"
	notAllShown   = "policy-more"
)

type faultKind struct {
	id    string
	level level
	title string
}

type kinds []faultKind

var faultKinds = kinds{
	{malformed, levelError, "The text is not as IAM's grammar wants it"},
	{allowsAll, levelError, "A statement allows every action on every resource"},
	{allowsAllBut, levelWarning, "A statement allows all actions but some"},
	{allowsOnMost, levelWarning, "A statement allows actions on all resources but some"},
	{trustsAll, levelWarning, "A statement allows everybody, under no condition"},
	{trustsAllBut, levelError, "A statement allows everybody but some"},
	{oldVersion, levelWarning, "The document uses variables that its version does not have"},
	{unknownAction, levelWarning, "A statement names an action that no service is known to have"},
	{badCondition, levelWarning, "A statement has a condition that cannot be what was meant"},
	{unknownKey, levelWarning, "A statement has a condition on a global key that AWS is not known to have"},
	{emptyIfAbsent, levelWarning, "A statement allows under a condition that holds where its key is absent"},
	{mfaPattern, levelWarning, "A statement asks for MFA in a way that does without it"},
	{inVain, levelWarning, "A statement names resources that none of its actions can be about"},
	{notAllShown, levelNote, "There is more to say of the file than is shown"},
}

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
	return fault{Rule: rule, Level: faultKinds[faultKinds.index(rule)].level, Message: fmt.Sprintf(format, args...), at: at}
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
