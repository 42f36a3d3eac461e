package ledger_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"iamvigil/ledger"
)

func file(t *testing.T) *ledger.File {
	return &ledger.File{Path: filepath.Join(t.TempDir(), "ledger.json"), Now: func() time.Time { return start }}
}

// some are changes worth a file.
func some(t *testing.T) ledger.Changes {
	s := newStory(t)
	s.create("alice", "p")
	return s.audit("new inline alice p")
}

func TestFileIsPrivateAndAlone(t *testing.T) {
	f := file(t)
	if err := f.Save(t.Context(), identity.ID, some(t)); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(filepath.Dir(f.Path))
	if err != nil || len(entries) != 2 {
		t.Errorf("%v, %v; want the ledger and its lock", entries, err)
	}
	info, err := os.Stat(f.Path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v; want it for its owner only", info.Mode(), err)
	}
}

func TestFileIsNotMadeForNothing(t *testing.T) {
	f := file(t)
	if err := f.Save(t.Context(), identity.ID, ledger.Changes{}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(f.Path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want no file", err)
	}
}

// TestFileIsStrict: what the file does not say as this program says it, is an
// error that names the file and the place, and a save leaves the file alone.
func TestFileIsStrict(t *testing.T) {
	for name, row := range map[string]struct{ text, want string }{
		"cut short":        {"{\n \"version\": 1,\n \"accounts\": {", "line 3: unexpected EOF"},
		"no JSON":          {"{\n \"version\": 1,\n oops", "line 3: invalid character 'o'"},
		"unknown field":    {"{\n \"version\": 1,\n \"acounts\": {}\n}", `json: unknown field "acounts"`},
		"wrong type":       {"{\n \"version\": 1,\n \"accounts\": []\n}", "line 3: json: cannot unmarshal array"},
		"version to come":  {`{"version": 2, "accounts": {}}`, "version is 2, this program reads version 1"},
		"no version":       {`{}`, "version is 0, this program reads version 1"},
		"more than one":    {"{\"version\": 1}\n{}", "line 2: more follows after the ledger"},
		"a record's field": {`{"version": 1, "accounts": {"1": {"records": {"k": {"state": "open", "mood": "bad"}}}}}`, `unknown field "mood"`},
	} {
		t.Run(name, func(t *testing.T) {
			f := file(t)
			if err := os.WriteFile(f.Path, []byte(row.text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := f.Load(t.Context(), identity.ID, ledger.Query{Whole: true})
			if err == nil || !strings.HasPrefix(err.Error(), "read ledger "+f.Path+": ") || !strings.Contains(err.Error(), row.want) {
				t.Errorf("load: got %v, want %s", err, row.want)
			}
			if err := f.Save(t.Context(), identity.ID, some(t)); err == nil {
				t.Error("saved over it")
			}
			if left, err := os.ReadFile(f.Path); err != nil || string(left) != row.text {
				t.Errorf("left %q, %v", left, err)
			}
		})
	}
}

// TestFileOfWhatJSONCannotSay: encoding/json refuses times after the year 9999,
// and what was saved before stays.
func TestFileOfWhatJSONCannotSay(t *testing.T) {
	f, c := file(t), some(t)
	if err := f.Save(t.Context(), identity.ID, c); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(f.Path)
	if err != nil {
		t.Fatal(err)
	}
	c.Puts[0].Revision, c.Puts[0].FirstSeen = 1, time.Date(12026, 1, 1, 0, 0, 0, 0, time.UTC)
	if err := f.Save(t.Context(), identity.ID, c); err == nil || !strings.HasPrefix(err.Error(), "encode ledger "+f.Path+": ") {
		t.Errorf("got %v, want an error with the path", err)
	}
	if after, err := os.ReadFile(f.Path); err != nil || string(after) != string(before) {
		t.Errorf("left %q, %v", after, err)
	}
}

func TestFileWithoutItsFolder(t *testing.T) {
	f := file(t)
	f.Path = filepath.Join(f.Path, "missing", "ledger.json")
	if err := f.Save(t.Context(), identity.ID, some(t)); err == nil || !strings.Contains(err.Error(), f.Path) {
		t.Errorf("got %v, want an error with the path", err)
	}
}

// TestFileIsLocked: who saves while another does waits, as long as he may.
func TestFileIsLocked(t *testing.T) {
	slow, f := file(t), file(t)
	f.Path = slow.Path
	within, goOn, done := make(chan struct{}), make(chan struct{}), make(chan error)
	slow.Now = func() time.Time { // called between reading and writing
		close(within)
		<-goOn
		return start
	}
	changes := some(t)
	go func() { done <- slow.Save(context.WithoutCancel(t.Context()), identity.ID, changes) }()
	<-within
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	err := f.Save(ctx, identity.ID, changes)
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "another program holds it") {
		t.Errorf("got %v, want to have waited in vain", err)
	}
	close(goOn)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if err := f.Save(t.Context(), identity.ID, changes); !errors.Is(err, ledger.ErrRaced) {
		t.Errorf("got %v, want what the other saved", err)
	}
}
