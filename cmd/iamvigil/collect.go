package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"iamvigil/scanner/account"
	"iamvigil/scanner/rules"
)

type collectCommand struct {
	Also    []string      `help:"Read these facts too, which take calls of their own: ${optional}; or all of them." placeholder:"FACT"`
	Output  string        `short:"o" help:"The file to write. Without: standard output." placeholder:"FILE"`
	Timeout time.Duration `help:"Read for at most this long." default:"10m"`
}

// Run collects.
func (c *collectCommand) Run(ctx context.Context, t terminal) error {
	also, err := optional(c.Also)
	if err != nil {
		return err
	}
	s, _, err := readLive(ctx, t, c.Timeout, rules.All(), also, t.now)
	if err != nil {
		return err
	}
	return c.write(t, s)
}

// optional are the optional facts of those names.
func optional(names []string) ([]account.Fact, error) {
	var facts []account.Fact
	for _, name := range names {
		switch {
		case name == "all":
			facts = account.Optional()
		case slices.Contains(account.Optional(), account.Fact(name)):
			facts = append(facts, account.Fact(name))
		default:
			return nil, usage{fmt.Errorf("there is no optional fact %q; there are %s, and all", name, optionalNames())}
		}
	}
	return facts, nil
}

func optionalNames() string {
	var names []string
	for _, f := range account.Optional() {
		names = append(names, string(f))
	}
	return strings.Join(names, ", ")
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
