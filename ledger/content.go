package ledger

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// fileVersion is the version of the JSON in a ledger file.
const fileVersion = 1

// content is what a ledger file holds.
type content struct {
	Version  int              `json:"version"`
	Accounts map[string]*book `json:"accounts"`
}

// book is one account's part of the file. Records and gaps are by their keys.
type book struct {
	Name       string               `json:"name,omitempty"`
	Records    map[string]Record    `json:"records"`
	Gaps       map[string]GapRecord `json:"gaps"`
	Live       map[string]time.Time `json:"live"`
	AlertsTold map[string]told      `json:"alerts_told"`
	Rules      map[string]time.Time `json:"rules"`
	Noted      map[string]noted     `json:"noted"`
	// Bursts are by their ids, streaks and exemptions by their keys.
	Bursts     map[string]Burst         `json:"bursts,omitempty"`
	Streaks    map[string]StreakRecord  `json:"streaks,omitempty"`
	Exemptions map[string]ExemptionMark `json:"exemptions,omitempty"`
	Heard      Heard                    `json:"heard,omitzero"`
	AuditedAt  time.Time                `json:"audited_at,omitzero"`
	Unheard    bool                     `json:"unheard,omitempty"`
	// Cases are by finding and cure, the journal by action and number.
	Cases   map[string]Case  `json:"cases,omitempty"`
	Round   Round            `json:"round,omitzero"`
	Journal map[string]Entry `json:"journal,omitempty"`
}

type told struct {
	Rules []string  `json:"rules"`
	At    time.Time `json:"at"`
}

type noted struct {
	Name string    `json:"name"`
	At   time.Time `json:"at"`
}

// decode is strict: what it does not know is an error that names the line. An
// empty text is an empty ledger.
func decode(text []byte) (*content, error) {
	c := &content{Version: fileVersion}
	if len(text) > 0 {
		c.Version = 0
		dec := json.NewDecoder(bytes.NewReader(text))
		dec.DisallowUnknownFields()
		if err := dec.Decode(c); err != nil {
			return nil, located(text, err)
		}
		if _, err := dec.Token(); !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("line %d: more follows after the ledger", line(text, dec.InputOffset()))
		}
	}
	if c.Version != fileVersion {
		return nil, fmt.Errorf("version is %d, this program reads version %d", c.Version, fileVersion)
	}
	if c.Accounts == nil {
		c.Accounts = map[string]*book{}
	}
	return c, nil
}

// located adds the line to an error of decoding. One about an unknown field
// tells no place but the field.
func located(text []byte, err error) error {
	var syntax *json.SyntaxError
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("line %d: %w", line(text, syntax.Offset), err)
	case errors.As(err, &wrong):
		return fmt.Errorf("line %d: %w", line(text, wrong.Offset), err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("line %d: %w", line(text, int64(len(text))), err)
	}
	return err
}

func line(text []byte, offset int64) int {
	return 1 + bytes.Count(text[:min(offset, int64(len(text)))], []byte("\n"))
}

// encode fails for what JSON cannot say, such as a time after the year 9999.
func (c *content) encode() ([]byte, error) {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(c); err != nil {
		return nil, err
	}
	return text.Bytes(), nil
}

func (c *content) account(id string) *book {
	b := c.Accounts[id]
	if b == nil {
		b = &book{}
		c.Accounts[id] = b
	}
	ready(&b.Records)
	ready(&b.Gaps)
	ready(&b.Live)
	ready(&b.AlertsTold)
	ready(&b.Rules)
	ready(&b.Noted)
	ready(&b.Bursts)
	ready(&b.Streaks)
	ready(&b.Exemptions)
	ready(&b.Cases)
	ready(&b.Journal)
	return b
}

// ready makes the map if there is none.
func ready[V any](m *map[string]V) {
	if *m == nil {
		*m = map[string]V{}
	}
}
