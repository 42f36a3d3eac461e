package policy

import (
	"fmt"
	"net/url"
	"strings"
)

// byteOrderMark may open a file saved by an editor; it carries no meaning.
const byteOrderMark = "\uFEFF"

// Decode turns a document as IAM returns it, percent-encoded after RFC 3986, into
// its text. A plus sign stays one, and decoding happens once. Text that already
// begins with a brace or a bracket is returned untouched; so is text with a broken
// escape, with an error.
func Decode(text string) (string, error) {
	if plain(text) {
		return text, nil
	}
	decoded, err := url.PathUnescape(text)
	if err != nil {
		return text, fmt.Errorf("decode policy document: %w", err)
	}
	return decoded, nil
}

// plain tells whether text is JSON as it stands.
func plain(text string) bool {
	text = strings.TrimLeft(strings.TrimPrefix(text, byteOrderMark), " \t\r\n")
	return strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[")
}
