package notify

import (
	"strings"
	"unicode/utf8"
)

// The layout of a mail. Only our own words stand in the first columns: a
// heading in the first, an item's star, a label in the third, a command in the
// fifth. Where a text runs over the line it goes on further in, so that a
// hostile one cannot begin a line that looks like ours.
const (
	columns       = 78
	commandIndent = 4
	itemIndent    = 6
	fieldIndent   = 9
)

// page is a mail's text as it grows.
type page struct{ b strings.Builder }

// heading begins a section, with a blank line before and after. The text fits
// into a line.
func (p *page) heading(text string) {
	p.b.WriteString("\n" + text + "\n\n")
}

// paragraph is text of our own from the first column on.
func (p *page) paragraph(text string) { p.wrap("", 0, text) }

// opening is text that begins with our own words.
func (p *page) opening(text string) { p.wrap("", itemIndent, text) }

// item begins an item of a section.
func (p *page) item(text string) { p.wrap("* ", itemIndent, text) }

// field is one line of an item, under a label of at most six letters.
func (p *page) field(label, text string) {
	p.wrap(labelled(label), fieldIndent, text)
}

func labelled(label string) string {
	return "  " + label + ":" + strings.Repeat(" ", fieldIndent-len(label)-len("  :"))
}

// link is an address of ours, whole and on one line, since a client makes a link
// of no more than that. One that is too long for a line leads to the list that
// the resource is in.
func (p *page) link(label, address string) {
	if address == "" || strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return
	}
	if commandIndent+len(address) > columns {
		address, _, _ = strings.Cut(address, "/details/")
	}
	before := labelled(label)
	if len(before)+len(address) > columns {
		before = "  " + label + ":\n" + strings.Repeat(" ", commandIndent)
	}
	p.b.WriteString(before + address + "\n")
}

// blank is a blank line between items.
func (p *page) blank() { p.b.WriteString("\n") }

// wrap writes text after a prefix, and lines after the first at an indent. A
// word that is longer than a line is broken.
func (p *page) wrap(prefix string, indent int, text string) {
	p.b.WriteString(prefix)
	at, begun := utf8.RuneCountInString(prefix), false
	for _, word := range strings.Fields(text) {
		width := columnsOf(word)
		switch {
		case begun && at+1+width <= columns:
			p.b.WriteByte(' ')
			at++
		case begun || at+width > columns && width <= columns-indent:
			at = p.newLine(indent)
		}
		at = p.word(word, at, indent)
		begun = true
	}
	p.b.WriteByte('\n')
}

func (p *page) word(word string, at, indent int) int {
	for _, r := range word {
		width := columnOf(r)
		if at+width > columns {
			at = p.newLine(indent)
		}
		p.b.WriteRune(r)
		at += width
	}
	return at
}

func (p *page) newLine(indent int) int {
	p.b.WriteString("\n" + strings.Repeat(" ", indent))
	return indent
}

func columnsOf(s string) int {
	n := 0
	for _, r := range s {
		n += columnOf(r)
	}
	return n
}

// columnOf is how many columns a character takes at most. Beyond the alphabets
// it is taken for wide, as Chinese is.
func columnOf(r rune) int {
	if r < 0x1100 {
		return 1
	}
	return 2
}
