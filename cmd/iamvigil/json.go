package main

import (
	"bytes"
	"encoding/json"
	"io"

	"iamvigil/internal/plain"
)

// writeJSON writes a value on lines of its own for each of its parts. What a
// terminal obeys is escaped.
func writeJSON(w io.Writer, v any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return err
	}
	_, err := w.Write(plain.JSON(b.Bytes()))
	return err
}
