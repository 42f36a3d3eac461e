package policy

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// escaped reads the rest of a string that began at start and has an escape or a
// control character at pos.
func (r *reader) escaped(start int) string {
	b := append(r.decoded[:0], r.text[start:r.pos]...)
	closed := false
	for r.pos < r.end && !closed {
		c := r.text[r.pos]
		if c == '\n' || c == '\r' {
			break
		}
		r.pos++
		switch {
		case c == '"':
			closed = true
		case c == '\\':
			b = r.escape(b)
		default:
			if c < ' ' {
				r.damage(r.pos-1, "control character in a string")
			}
			b = append(b, c)
		}
	}
	if !closed {
		r.damage(start-1, "string is not closed")
	}
	r.decoded = b
	return r.valid(string(b), utf8.RuneSelf, start)
}

// escape appends what the escape sequence after the backslash before pos stands for.
func (r *reader) escape(to []byte) []byte {
	if r.pos >= r.end {
		return to
	}
	c := r.text[r.pos]
	switch c {
	case '"', '\\', '/':
	case 'b':
		c = '\b'
	case 'f':
		c = '\f'
	case 'n':
		c = '\n'
	case 'r':
		c = '\r'
	case 't':
		c = '\t'
	case 'u':
		return utf8.AppendRune(to, r.unicode())
	default:
		r.damage(r.pos-1, "unknown escape in a string")
		return to // the character stands for itself and is read next
	}
	r.pos++
	return append(to, c)
}

// unicode reads the escape whose u is at pos, and the second half of a pair.
func (r *reader) unicode() rune {
	at := r.pos - 1
	first, ok := r.hex(r.pos + 1)
	r.pos++
	if !ok {
		r.damage(at, "unknown escape in a string")
		return utf8.RuneError
	}
	r.pos += 4
	if !utf16.IsSurrogate(first) {
		return first
	}
	if r.pos+1 < r.end && r.text[r.pos:r.pos+2] == `\u` {
		second, _ := r.hex(r.pos + 2)
		if pair := utf16.DecodeRune(first, second); pair != utf8.RuneError {
			r.pos += 6
			return pair
		}
	}
	r.problem(Encoding, at, "half a surrogate pair in a string")
	return utf8.RuneError
}

func (r *reader) hex(at int) (rune, bool) {
	if at+4 > r.end {
		return 0, false
	}
	n, err := strconv.ParseUint(r.text[at:at+4], 16, 16)
	return rune(n), err == nil
}
