package collect

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"time"
)

// unmarshal is json.Unmarshal that also takes times with a space for the T, as Python
// writes them and so some tools that save what AWS answers.
func unmarshal(data []byte, into any) error {
	err := json.Unmarshal(data, into)
	var notTime *time.ParseError
	if !errors.As(err, &notTime) {
		return err
	}
	return json.Unmarshal(withoutSpaces(data), into)
}

// withoutSpaces puts a T for the space of every time. Only values of keys that are
// named for a time are changed, and only those that are one.
func withoutSpaces(content []byte) []byte {
	out := bytes.Clone(content)
	dec := json.NewDecoder(bytes.NewReader(content))
	named := false
	for {
		token, err := dec.Token()
		if err != nil {
			return out
		}
		text, isString := token.(string)
		if _, err := time.Parse("2006-01-02 15:04:05Z07:00", text); named && isString && err == nil {
			// None of a time's characters is ever escaped by those that write it so.
			end := int(dec.InputOffset()) - len(`"`)
			if start := end - len(text); start >= 0 && string(content[start:end]) == text {
				out[start+len(time.DateOnly)] = 'T'
			}
		}
		named = isString && namesTime(text)
	}
}

// namesTime tells whether a key is one of those of times in AWS's answers, such as
// CreateDate, PasswordLastUsed, LastAuthenticated, Expiration and updatedAt.
func namesTime(key string) bool {
	for _, end := range []string{"Date", "Used", "Authenticated", "Expiration", "At", "Time", "Timestamp", "Until"} {
		if strings.HasSuffix(key, end) {
			return true
		}
	}
	return false
}
