package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// File is a ledger in one JSON file. Nothing in the stack uses it: tests hold it
// and the table to the same contract. Several programs may use it at once.
type File struct {
	// Path is the file. It need not exist yet, its folder must. Beside it a file
	// of the same name with ".lock" at its end is made and left.
	Path string
	// Now is the clock that old entries are forgotten by.
	Now func() time.Time
}

// lockWait is how long a save waits for another to end, which takes milliseconds.
const lockWait = 10 * time.Second

// Load gives all that the file holds of the account.
func (f *File) Load(_ context.Context, accountID string, _ Query) (Known, error) {
	c, err := f.read()
	if err != nil {
		return Known{}, err
	}
	return c.account(accountID).known(f.Now()), nil
}

// Save remembers the changes. The error is [ErrRaced] if someone else has saved
// since what they are based on was loaded.
func (f *File) Save(ctx context.Context, accountID string, c Changes) error {
	return f.change(ctx, accountID, func(b *book) []string { return b.apply(&c, f.Now()) })
}

// Streaks gives those of the keys, as far as there are any.
func (f *File) Streaks(_ context.Context, accountID string, keys []string) ([]StreakRecord, error) {
	c, err := f.read()
	if err != nil {
		return nil, err
	}
	b := c.account(accountID)
	b.forget(f.Now())
	var found []StreakRecord
	for _, key := range keys {
		if s, there := b.Streaks[key]; there {
			found = append(found, s)
		}
	}
	return found, nil
}

// Count keeps streaks. The error is [ErrRaced] if some were not as they were loaded; all
// others are kept.
func (f *File) Count(ctx context.Context, accountID string, streaks []StreakRecord) error {
	return f.change(ctx, accountID, func(b *book) []string { return b.count(streaks, f.Now()) })
}

// change makes changes in an account's part of the file, but for those that are
// raced, which it names.
func (f *File) change(ctx context.Context, accountID string, do func(*book) (raced []string)) error {
	ctx, cancel := context.WithTimeout(ctx, lockWait)
	defer cancel()
	unlock, err := lock(ctx, f.Path+".lock")
	if err != nil {
		return fmt.Errorf("lock ledger %s: %w", f.Path, err)
	}
	defer unlock()
	content, err := f.read()
	if err != nil {
		return err
	}
	book := content.account(accountID)
	before, err := content.encode()
	if err != nil {
		return fmt.Errorf("encode ledger %s: %w", f.Path, err)
	}
	raced := do(book)
	after, err := content.encode()
	if err != nil {
		return fmt.Errorf("encode ledger %s: %w", f.Path, err)
	}
	if !bytes.Equal(after, before) {
		if err := replace(f.Path, after); err != nil {
			return fmt.Errorf("write ledger %s: %w", f.Path, err)
		}
	}
	if len(raced) > 0 {
		return fmt.Errorf("save to ledger %s: %s: %w", f.Path, raced[0], ErrRaced)
	}
	return nil
}

func (f *File) read() (*content, error) {
	text, err := os.ReadFile(f.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return decode(nil)
	case err != nil:
		return nil, fmt.Errorf("read ledger: %w", err)
	}
	c, err := decode(text)
	if err != nil {
		return nil, fmt.Errorf("read ledger %s: %w", f.Path, err)
	}
	return c, nil
}

// replace writes a file so that whatever happens either all of it is there or
// all of what was before.
func replace(path string, text []byte) error {
	folder := filepath.Dir(path)
	temp, err := os.CreateTemp(folder, "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name()) // gone already when all went well
	_, err = temp.Write(text)
	err = errors.Join(err, temp.Sync(), temp.Close())
	if err != nil {
		return err
	}
	if err := os.Rename(temp.Name(), path); err != nil {
		return err
	}
	return syncFolder(folder)
}

// poll tries until it succeeds, fails, or the context ends.
func poll(ctx context.Context, try func() (bool, error)) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		done, err := try()
		if done || err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("another program holds it: %w", ctx.Err())
		}
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
