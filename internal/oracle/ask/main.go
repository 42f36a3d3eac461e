// Command ask has the cases of package oracle answered anew and keeps the answers.
//
//	ask evaluator   by an independent evaluator, which npm fetches; wants node
//	ask aws         by iam:SimulateCustomPolicy, with the credentials at hand
//
// AWS's answers take one call each, and change nothing in the account.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"iamvigil/internal/oracle"
)

const kept = "internal/oracle/testdata"

// oracles answer cases, each from a seed of its own and so many of them.
var oracles = map[string]struct {
	answer func(context.Context, []oracle.Case) (by string, given []oracle.Answer, err error)
	seed   uint64
	count  int
}{
	"evaluator": {evaluator, 1, 20_000},
	"aws":       {simulator, 2, 1_000},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if len(os.Args) != 2 || oracles[os.Args[1]].answer == nil {
		fmt.Fprintln(os.Stderr, "ask: whom? evaluator or aws")
		os.Exit(2)
	}
	if err := ask(ctx, os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "ask:", err)
		os.Exit(1)
	}
}

func ask(ctx context.Context, whom string) error {
	o := oracles[whom]
	cases := oracle.Cases(o.seed, o.count)
	digest, err := oracle.Digest(cases)
	if err != nil {
		return err
	}
	by, given, err := o.answer(ctx, cases)
	if err != nil {
		return err
	}
	f, err := os.Create(filepath.Join(kept, whom+".txt"))
	if err != nil {
		return fmt.Errorf("keep the answers: %w", err)
	}
	answers := &oracle.Answers{By: by, On: time.Now().UTC().Format(time.DateOnly), Seed: o.seed, Count: o.count, Digest: digest, Given: given}
	if err := answers.Write(f); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("keep the answers: %w", err)
	}
	return nil
}
