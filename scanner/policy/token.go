package policy

import (
	"strings"
	"unicode/utf8"
)

// bare passes over characters that are neither JSON's own nor in quotes.
func (r *reader) bare() string {
	start := r.pos
	for r.pos < r.end && strings.IndexByte(" \t\r\n,:{}[]\"", r.text[r.pos]) < 0 {
		r.pos++
	}
	return r.text[start:max(start, r.pos)]
}

// literal reads a number, true, false or null; ok is false when none is there.
func (r *reader) literal() (text string, ok bool) {
	if c := r.peek(); c < 0 || strings.IndexByte(",:}]", byte(c)) >= 0 {
		r.damage(r.pos, "a value is missing")
		return "", false
	}
	at := r.pos
	text = r.bare()
	if text != "true" && text != "false" && text != "null" && !number(text) {
		r.damage(at, "%s is no value", quote(text))
		return "", false
	}
	return text, true
}

func number(text string) bool {
	text = strings.TrimPrefix(text, "-")
	whole := digits(text)
	if whole == 0 || whole > 1 && text[0] == '0' {
		return false
	}
	text = text[whole:]
	if strings.HasPrefix(text, ".") {
		n := digits(text[1:])
		if n == 0 {
			return false
		}
		text = text[1+n:]
	}
	if text != "" && (text[0] == 'e' || text[0] == 'E') {
		text = text[1:]
		if text != "" && (text[0] == '+' || text[0] == '-') {
			text = text[1:]
		}
		return text != "" && digits(text) == len(text)
	}
	return text == ""
}

func digits(text string) int {
	return len(text) - len(strings.TrimLeft(text, "0123456789"))
}

// quoted reads the string at pos, decoded. The result may be part of the text. A line
// break ends it, so that an unclosed quote costs no more than its line.
func (r *reader) quoted() string {
	r.pos++
	start := r.pos
	var all byte
	for ; r.pos < r.end; r.pos++ {
		c := r.text[r.pos]
		if c == '"' {
			r.pos++
			return r.valid(r.text[start:r.pos-1], all, start)
		}
		if c == '\\' || c < ' ' {
			return r.escaped(start)
		}
		all |= c
	}
	r.damage(start-1, "string is not closed")
	return r.valid(r.text[start:max(start, r.pos)], all, start)
}

// valid gives s with what is not UTF-8 replaced; all is the union of its bits.
func (r *reader) valid(s string, all byte, at int) string {
	if all < utf8.RuneSelf || utf8.ValidString(s) {
		return s
	}
	r.problem(Encoding, at, "string is not valid UTF-8")
	return strings.ToValidUTF8(s, "\uFFFD")
}
