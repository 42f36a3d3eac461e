package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"iamvigil/internal/pipeline"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/collect"
)

// readLive reads the live account and asks it the rules. Keys that they find
// fault with have their ids then, which the credential report does not tell. Of the
// facts that are optional those wanted are read. A look that was broken off is an
// error.
func readLive(ctx context.Context, t terminal, timeout time.Duration, on []scanner.Rule, wanted []account.Fact, now func() time.Time) (*account.Snapshot, scanner.Report, error) {
	stop := progress(ctx, t)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	cfg, err := awsSettings(ctx)
	if err != nil {
		return nil, scanner.Report{}, err
	}
	collector := collect.New(cfg, account.Identity{}, t.now)
	collector.Wanted = wanted
	s, err := collector.Whole(ctx)
	var report scanner.Report
	if err == nil {
		report = pipeline.Evaluate(ctx, collector, s, account.Scope{Whole: true}, on, now())
	}
	if broken := brokenOff(ctx, timeout); broken != nil {
		return nil, scanner.Report{}, broken
	}
	if err != nil {
		return nil, scanner.Report{}, fmt.Errorf("%w; are AWS_PROFILE or other credentials set? A PATH is scanned without any", err)
	}
	return s, report, nil
}

// brokenOff is an error where a look was interrupted or has used up its time:
// what was not seen then is no gap of the account's, and what was seen not all.
func brokenOff(ctx context.Context, timeout time.Duration) error {
	switch err := ctx.Err(); {
	case err == nil:
		return nil
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("the look at the account took longer than %s, so nothing is told of it; --timeout allows more", timeout)
	}
	return errors.New("the look at the account was interrupted, so nothing is told of it")
}

// readPath reads a snapshot file or a folder of AWS CLI outputs. What is wanted of
// the optional facts and is not there is missing, as all others are.
func readPath(path string, wanted []account.Fact, now func() time.Time) (*account.Snapshot, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read the account: %w", err)
	}
	if info.IsDir() {
		s, err := collect.Folder(os.DirFS(path), now())
		if err != nil {
			return nil, fmt.Errorf("read the folder %s: %w", path, err)
		}
		miss(s, wanted, now(), "a folder of AWS CLI outputs does not tell of it")
		return s, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the account: %w", err)
	}
	defer f.Close()
	s, err := account.Read(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	miss(s, wanted, now(), "the snapshot does not hold it")
	return s, nil
}

// miss makes facts that a snapshot does not hold missing ones: a scan asks for
// all of them, and for those optional ones that are wanted, and what it cannot see
// must not look like what is well.
func miss(s *account.Snapshot, wanted []account.Fact, at time.Time, why string) {
	if s.Seen == nil {
		s.Seen = map[account.Fact]account.Seen{}
	}
	absent := func(f account.Fact) bool { return !s.Seen[f].Asked() && !ofSome(s, f) }
	for _, f := range account.Facts() {
		if absent(f) {
			s.Seen[f] = account.Seen{At: at, Missing: why}
		}
	}
	for _, f := range account.Optional() {
		if slices.Contains(wanted, f) && absent(f) {
			s.Seen[f] = account.Seen{At: at, Missing: why}
		}
	}
}

// ofSome tells whether a fact is known of some resources by themselves.
func ofSome(s *account.Snapshot, f account.Fact) bool {
	for _, own := range s.Resources() {
		if own[f].Known() {
			return true
		}
	}
	return false
}

// progress says on standard error that a scan goes on, once it takes longer
// than a second. The function that it returns ends that.
func progress(ctx context.Context, t terminal) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		wait := time.Second
		for started := t.now(); ; wait = 5 * time.Second {
			select {
			case <-ctx.Done():
				return
			case <-time.After(wait):
				fmt.Fprintf(t.err, "reading the account, %s so far\n", t.now().Sub(started).Round(time.Second))
			}
		}
	}()
	return func() { cancel(); <-done }
}
