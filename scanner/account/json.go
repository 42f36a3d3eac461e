package account

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Read decodes a snapshot. It is strict: an unknown version, an unknown field,
// a fact that does not exist or anything after the snapshot is an error that
// names the place.
func Read(r io.Reader) (*Snapshot, error) {
	dec := json.NewDecoder(r)
	dec.DisallowUnknownFields()
	var s Snapshot
	if err := dec.Decode(&s); err != nil {
		return nil, fmt.Errorf("read snapshot at byte %d: %w", dec.InputOffset(), err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read snapshot at byte %d: more follows after the snapshot", dec.InputOffset())
	}
	return &s, s.check()
}

// Write encodes the snapshot so that [Read] gives it back.
func Write(w io.Writer, s *Snapshot) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(s); err != nil {
		return fmt.Errorf("write snapshot: %w", err)
	}
	return nil
}

func (s *Snapshot) check() error {
	if s.Version != Version {
		return fmt.Errorf("read snapshot: version is %d, this program reads version %d", s.Version, Version)
	}
	if s.Account.ID == "" || s.Account.Partition == "" {
		return errors.New("read snapshot: account.id and account.partition are required")
	}
	known := map[Fact]bool{}
	for _, f := range Facts() {
		known[f] = true
	}
	for f := range s.Seen {
		if !known[f] {
			return fmt.Errorf("read snapshot: seen has no fact %q; the facts are %s", f, factNames())
		}
	}
	return nil
}

func factNames() string {
	names := make([]string, 0, len(Facts()))
	for _, f := range Facts() {
		names = append(names, string(f))
	}
	return strings.Join(names, ", ")
}
