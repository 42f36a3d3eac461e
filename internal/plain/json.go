package plain

import (
	"fmt"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// JSON returns encoded JSON in which all that a terminal obeys, and all that shows
// as nothing, is written as an escape: what decodes it gets the same. Only strings
// can hold such characters.
func JSON(encoded []byte) []byte {
	var escaped []byte
	done := 0
	for i := 0; i < len(encoded); {
		r, size := utf8.DecodeRune(encoded[i:])
		if r > '~' && (!unicode.IsPrint(r) || invisible(r)) {
			escaped = append(escaped, encoded[done:i]...)
			for _, unit := range utf16.Encode([]rune{r}) {
				escaped = fmt.Appendf(escaped, `\u%04x`, unit)
			}
			done = i + size
		}
		i += size
	}
	if done == 0 {
		return encoded
	}
	return append(escaped, encoded[done:]...)
}
