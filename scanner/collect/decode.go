package collect

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf16"
)

// decode decodes the one JSON value of a file into the SDK's type of it. An
// error names the file and, as far as it is known, the line and the column.
func decode(name string, content []byte, into any) error {
	var raw json.RawMessage
	if err := json.Unmarshal(content, &raw); err != nil {
		return place(name, content, 0, err)
	}
	return decodeValue(name, content, raw, into)
}

// decodeEach decodes every JSON value of a file in turn.
func decodeEach[T any](name string, content []byte, each func(T)) error {
	return eachValue(name, content, func(raw []byte) error {
		var value T
		if err := decodeValue(name, content, raw, &value); err != nil {
			return err
		}
		each(value)
		return nil
	})
}

// decodePages is decodeEach for values that may be parts, which the AWS CLI does not
// join.
func decodePages[T any](name string, content []byte, each func(T) error) error {
	return eachValue(name, content, func(raw []byte) error {
		var value T
		if err := unmarshal(raw, &value); err != nil {
			return place(name, content, 0, err)
		}
		return each(value)
	})
}

func eachValue(name string, content []byte, each func(raw []byte) error) error {
	dec := json.NewDecoder(bytes.NewReader(content))
	for {
		var raw json.RawMessage
		err := dec.Decode(&raw)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return place(name, content, int(dec.InputOffset()), err)
		}
		if err := each(raw); err != nil {
			return err
		}
	}
}

// decodeValue refuses an answer that is only a part: the API says so with
// IsTruncated, the AWS CLI, which joins pages, with a NextToken.
func decodeValue(name string, content, raw []byte, into any) error {
	var part struct {
		IsTruncated bool
		NextToken   string
	}
	if err := json.Unmarshal(raw, &part); err == nil && (part.IsTruncated || part.NextToken != "") {
		return fmt.Errorf("read %s: it has IsTruncated or NextToken, so it is only a part; save all of it, without --max-items and --no-paginate", name)
	}
	if err := unmarshal(quoteDocuments(raw), into); err != nil {
		return place(name, content, 0, err)
	}
	return nil
}

// place adds to a decoding error where it is in the file, as far as it tells.
// The offset is that of the decoder, or 0.
func place(name string, content []byte, offset int, err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &kind):
		field := cmp.Or(kind.Field, "the value")
		return fmt.Errorf("read %s: %s is a JSON %s, which is not what AWS prints there", name, field, kind.Value)
	case errors.As(err, &syntax):
		offset = int(syntax.Offset)
	case errors.Is(err, io.ErrUnexpectedEOF):
		offset, err = len(content), errors.New("the file ends within a value")
	}
	if offset == 0 {
		return fmt.Errorf("read %s: %w", name, err)
	}
	before := content[:min(offset, len(content))]
	line := 1 + bytes.Count(before, []byte("\n"))
	column := len(before) - bytes.LastIndexByte(before, '\n') - 1
	return fmt.Errorf("read %s: line %d, column %d: %w", name, line, column, err)
}

// utf8Of takes the byte order mark from a text and makes UTF-16, which Windows
// PowerShell's redirection writes, UTF-8.
func utf8Of(content []byte) []byte {
	little, big := bytes.HasPrefix(content, []byte{0xff, 0xfe}), bytes.HasPrefix(content, []byte{0xfe, 0xff})
	if !little && !big {
		return bytes.TrimPrefix(content, []byte("\xef\xbb\xbf"))
	}
	var order binary.ByteOrder = binary.BigEndian
	if little {
		order = binary.LittleEndian
	}
	units := make([]uint16, 0, len(content)/2)
	for rest := content[2:]; len(rest) > 1; rest = rest[2:] {
		units = append(units, order.Uint16(rest))
	}
	return []byte(string(utf16.Decode(units)))
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
