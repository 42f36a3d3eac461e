package collect

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// decode decodes one JSON value of a file into the SDK's type of it. An error
// names the file, the line and the column.
func decode(name string, content []byte, into any) error {
	return decodeStream(name, content, func(dec *json.Decoder) error { return dec.Decode(into) }, true)
}

// decodeEach decodes every JSON value of a file in turn.
func decodeEach[T any](name string, content []byte, each func(T)) error {
	return decodeStream(name, content, func(dec *json.Decoder) error {
		var value T
		if err := dec.Decode(&value); err != nil {
			return err
		}
		each(value)
		return nil
	}, false)
}

func decodeStream(name string, content []byte, next func(*json.Decoder) error, once bool) error {
	if !json.Valid(bytes.TrimSpace(content)) && once {
		return place(name, content, syntaxError(content))
	}
	dec := json.NewDecoder(bytes.NewReader(quoteDocuments(content)))
	for n := 0; ; n++ {
		err := next(dec)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return place(name, content, err)
		case once:
			return nil
		}
	}
}

func syntaxError(content []byte) error {
	var any json.RawMessage
	err := json.Unmarshal(content, &any)
	return err
}

// place adds to a decoding error where it is in the file, as far as it tells.
func place(name string, content []byte, err error) error {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		before := content[:min(int(syntax.Offset), len(content))]
		line := 1 + bytes.Count(before, []byte("\n"))
		column := len(before) - bytes.LastIndexByte(before, '\n') - 1
		return fmt.Errorf("read %s: line %d, column %d: %w", name, line, column, err)
	}
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return fmt.Errorf("read %s: %s is a %s, not what AWS prints there: %w", name, kind.Field, kind.Value, err)
	}
	return fmt.Errorf("read %s: %w", name, err)
}

// quoteDocuments turns policy documents that stand as JSON objects, as the AWS
// CLI prints them, into strings of their text, as the SDK's types have them. The
// text stays to the byte, since decoding it would lose doubled keys.
func quoteDocuments(content []byte) []byte {
	var out bytes.Buffer
	dec := json.NewDecoder(bytes.NewReader(content))
	var expect []bool // per open container: it is an object
	key, done := "", 0
	wantKey := func() bool { return len(expect) > 0 && expect[len(expect)-1] && key == "" }
	for {
		token, err := dec.Token()
		if err != nil {
			out.Write(content[done:])
			return out.Bytes()
		}
		name, isString := token.(string)
		switch {
		case isString && wantKey():
			key = name
			if isDocument(name) {
				done = quoteValue(dec, content, &out, done)
				key = ""
			}
			continue
		case token == json.Delim('{'), token == json.Delim('['):
			expect = append(expect, token == json.Delim('{'))
		case token == json.Delim('}'), token == json.Delim(']'):
			expect = expect[:len(expect)-1]
		}
		key = ""
	}
}

func isDocument(key string) bool {
	return key == "PolicyDocument" || key == "AssumeRolePolicyDocument" || key == "Document"
}

// quoteValue reads the value that follows and, if it is an object, writes all
// before it and then it as a string. It returns how much has been written.
func quoteValue(dec *json.Decoder, content []byte, out *bytes.Buffer, done int) int {
	var raw json.RawMessage
	if err := dec.Decode(&raw); err != nil || len(raw) == 0 || raw[0] != '{' {
		return done
	}
	end := int(dec.InputOffset())
	start := end - len(raw)
	quoted, err := json.Marshal(string(raw))
	if err != nil {
		return done
	}
	out.Write(content[done:start])
	out.Write(quoted)
	return end
}
