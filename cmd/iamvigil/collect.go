package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"iamvigil/scanner/account"
	"iamvigil/scanner/rules"
)

type collectCommand struct {
	Output  string        `short:"o" help:"The file to write. Without: standard output." placeholder:"FILE"`
	Timeout time.Duration `help:"Read for at most this long." default:"10m"`
}

// Run collects.
func (c *collectCommand) Run(ctx context.Context, t terminal) error {
	s, _, err := readLive(ctx, t, c.Timeout, rules.All(), t.now)
	if err != nil {
		return err
	}
	return c.write(t, s)
}

// write keeps an account's IAM from other eyes: only its owner may read the
// file, whatever was there before.
func (c *collectCommand) write(t terminal, s *account.Snapshot) error {
	if c.Output == "" {
		return account.Write(t.out, s)
	}
	f, err := os.CreateTemp(filepath.Dir(c.Output), ".iamvigil-*")
	if err != nil {
		return fmt.Errorf("write the snapshot: %w", err)
	}
	err = account.Write(f, s)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(f.Name(), c.Output)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // of no use; the error tells why
		return fmt.Errorf("write the snapshot: %w", err)
	}
	return nil
}
