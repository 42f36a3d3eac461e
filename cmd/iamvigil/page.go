package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// page writes lines and keeps the first error.
type page struct {
	w      io.Writer
	colour bool
	err    error
}

func (p *page) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

func (p *page) style(code, text string) string {
	if !p.colour {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (p *page) bold(text string) string { return p.style("1", text) }
func (p *page) dim(text string) string  { return p.style("2", text) }

// width is that of a page: a terminal of 80 columns shows it whole.
const width = 79

// block writes a text in lines of the page's width, the first and the others
// each behind their indent.
func (p *page) block(first, others, text string) {
	for _, line := range wrapped(first, others, text) {
		p.line("%s", line)
	}
}

// faint is [page.block] for what is read second.
func (p *page) faint(first, others, text string) {
	for _, line := range wrapped(first, others, text) {
		p.line("%s", p.dim(line))
	}
}

// wrapped breaks a text between words into lines of the page's width, the first
// and the others each behind their indent. A longer word stays whole.
func wrapped(first, others, text string) []string {
	line, empty := first, true
	var lines []string
	for _, word := range strings.Fields(text) {
		switch {
		case empty:
			line += word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width:
			lines = append(lines, line)
			line = others + word
		default:
			line += " " + word
		}
		empty = false
	}
	return append(lines, line)
}

// runs yields the items in runs of one key; they are sorted by it.
func runs[T any](items []T, key func(T) string) func(func([]T) bool) {
	return func(yield func([]T) bool) {
		for len(items) > 0 {
			n := slices.IndexFunc(items, func(item T) bool { return key(item) != key(items[0]) })
			if n < 0 {
				n = len(items)
			}
			if !yield(items[:n]) {
				return
			}
			items = items[n:]
		}
	}
}

func plural(n int, of string) string {
	if n == 1 {
		return "1 " + of
	}
	return fmt.Sprintf("%d %ss", n, of)
}
