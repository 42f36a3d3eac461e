package account

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Read decodes a snapshot. It is strict: an unknown version, an unknown field,
// a fact that does not exist or anything after the snapshot is an error that
// names the place.
func Read(r io.Reader) (*Snapshot, error) {
	content, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read snapshot: %w", err)
	}
	if err := checkVersion(content); err != nil {
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(content))
	dec.DisallowUnknownFields()
	var s Snapshot
	if err := dec.Decode(&s); err != nil {
		return nil, fmt.Errorf("read snapshot at byte %d: %w", dec.InputOffset(), err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read snapshot at byte %d: more follows after the snapshot", dec.InputOffset())
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	return &s, nil
}

// checkVersion looks at the version before all else, since fields that are
// unknown may be of a later one.
func checkVersion(content []byte) error {
	var of struct {
		Version *int `json:"version"`
	}
	err := json.NewDecoder(bytes.NewReader(content)).Decode(&of)
	switch {
	case errors.Is(err, io.EOF):
		return errors.New("read snapshot: it is empty")
	case err != nil:
		return fmt.Errorf("read snapshot: %w", err)
	case of.Version == nil:
		return errors.New("read snapshot: it has no version, so it is no snapshot; iamvigil collect writes one")
	case *of.Version != Version:
		return fmt.Errorf("read snapshot: version is %d, this program reads version %d", *of.Version, Version)
	}
	return nil
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
	if s.Account.ID == "" || s.Account.Partition == "" {
		return errors.New("read snapshot: account.id and account.partition are required")
	}
	if err := checkFacts("the account", s.Seen); err != nil {
		return err
	}
	for i := range s.Users {
		if err := checkFacts("user "+strconv.Quote(s.Users[i].Name), s.Users[i].Seen); err != nil {
			return err
		}
	}
	for i := range s.Roles {
		if err := checkFacts("role "+strconv.Quote(s.Roles[i].Name), s.Roles[i].Seen); err != nil {
			return err
		}
	}
	for i := range s.OIDCProviders {
		if err := checkFacts("provider "+strconv.Quote(s.OIDCProviders[i].ARN), s.OIDCProviders[i].Seen); err != nil {
			return err
		}
	}
	for i := range s.Analyzers {
		if err := checkFacts("analyzer "+strconv.Quote(s.Analyzers[i].ARN), s.Analyzers[i].Seen); err != nil {
			return err
		}
	}
	for i := range s.Trails {
		if err := checkFacts("trail "+strconv.Quote(s.Trails[i].Name), s.Trails[i].Seen); err != nil {
			return err
		}
	}
	return nil
}

func checkFacts(of string, seen map[Fact]Seen) error {
	for f := range seen {
		if !slices.Contains(Facts(), f) && !slices.Contains(Optional(), f) && !slices.Contains(StackFacts(), f) {
			return fmt.Errorf("read snapshot: seen of %s has no fact %q; the facts are %s", of, f, factNames())
		}
	}
	return nil
}

func factNames() string {
	names := make([]string, 0, len(Facts()))
	for _, f := range slices.Concat(Facts(), Optional()) {
		names = append(names, string(f))
	}
	return strings.Join(names, ", ")
}
