package config

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"iamvigil/internal/order"
)

// maxFaults is how many faults of a file are told; a file with more is no
// configuration, and the log of a cold start no place for a thousand lines.
const maxFaults = 50

// fault is what is wrong with a line, counted from 1, and what to do about it.
type fault struct {
	line int
	text string
}

// faults are those of one file, in the order in which they were found.
type faults []fault

func (f *faults) at(line int, format string, args ...any) {
	*f = append(*f, fault{line, fmt.Sprintf(format, args...)})
}

// err joins an error for each fault, in the order of the lines, as fields come
// in none; without any it is nil.
func (f faults) err(file string) error {
	order.By(f, func(a, b fault) int { return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(a.text, b.text)) })
	var errs []error
	for i, fault := range f {
		if i == maxFaults {
			errs = append(errs, fmt.Errorf("read %s: line %d: the first of %d faults more", file, fault.line, len(f)-i))
			break
		}
		errs = append(errs, fmt.Errorf("read %s: line %d: %s", file, fault.line, fault.text))
	}
	return errors.Join(errs...)
}

// maxShown is how many bytes of a text an error shows.
const maxShown = 100

// quoted is a text of the file as an error shows it.
func quoted(s string) string {
	if len(s) <= maxShown {
		return strconv.Quote(s)
	}
	cut := maxShown
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return strconv.Quote(s[:cut]) + "…"
}

// meant suggests the known word that is nearest to an unknown one, if one is
// near: two of its letters may be wrong, or a third of them.
func meant(word string, known []string) string {
	best, least := "", max(2, len(word)/3)+1
	for _, k := range known {
		if d := distance(word, k, least); d < least {
			best, least = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", best)
}

// distance is how many bytes are to be inserted, deleted or replaced to make b
// of a, or any number not below most.
func distance(a, b string, most int) int {
	if max(len(a)-len(b), len(b)-len(a)) >= most {
		return most
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}

// listed is words as a sentence lists them.
func listed(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " and " + words[last]
}
