package main

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go/logging"

	"iamvigil/internal/pipeline"
	"iamvigil/internal/wire"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/collect"
	"iamvigil/scanner/rules"
)

type scanCommand struct {
	Path    string           `arg:"" optional:"" help:"A snapshot file, or a folder of AWS CLI outputs. Without: the live account."`
	Now     string           `help:"The time to judge ages by, such as 2026-11-23T00:00:00Z. Without: the present." placeholder:"RFC3339"`
	Rules   []string         `help:"Ask only these rules, opt-in ones among them." placeholder:"ID,..."`
	Format  string           `help:"text or json." enum:"text,json" default:"text"`
	FailOn  scanner.Severity `help:"Exit with 3 for findings at least this severe: ${enum}." enum:"critical,high,medium,low,info" default:"low"`
	Config  string           `help:"A configuration in place of the built-in one." env:"CONFIG_FILE" placeholder:"FILE"`
	Timeout time.Duration    `help:"Read the live account for at most this long." default:"10m"`
}

// Run scans.
func (c *scanCommand) Run(ctx context.Context, t terminal) error {
	on, off, err := c.rules()
	if err != nil {
		return err
	}
	now := t.now
	if c.Now != "" {
		at, err := time.Parse(time.RFC3339, c.Now)
		if err != nil {
			return usage{fmt.Errorf("--now: %q is no time such as 2026-11-23T00:00:00Z", c.Now)}
		}
		now = func() time.Time { return at }
	}
	report, err := c.report(ctx, t, on, now)
	if err != nil {
		return err
	}
	report.Off = off
	if err := c.print(t, report); err != nil {
		return err
	}
	return c.verdict(report)
}

// rules are those that the configuration has on, or those asked for by name, as
// they are configured.
func (c *scanCommand) rules() (on []scanner.Rule, off []string, err error) {
	on, rest, err := wire.Rules(c.Config)
	if err != nil {
		return nil, nil, err
	}
	if len(c.Rules) > 0 {
		if err := checkRules(c.Rules); err != nil {
			return nil, nil, err
		}
		all := slices.Concat(on, rest)
		named := func(r scanner.Rule) bool { return slices.Contains(c.Rules, r.ID) }
		rest = slices.DeleteFunc(slices.Clone(all), named)
		on = slices.DeleteFunc(all, func(r scanner.Rule) bool { return !named(r) })
	}
	off = []string{}
	for _, r := range rest {
		off = append(off, r.ID)
	}
	slices.Sort(off)
	return on, off, nil
}

func checkRules(ids []string) error {
	for _, id := range ids {
		if slices.ContainsFunc(rules.Events(), func(r scanner.EventRule) bool { return r.ID == id }) {
			return usage{fmt.Errorf("rule %q is about events, which a scan does not see; the deployed stack asks it", id)}
		}
		if !slices.ContainsFunc(rules.All(), func(r scanner.Rule) bool { return r.ID == id }) {
			return usage{fmt.Errorf("there is no rule %q; `iamvigil rules` lists them", id)}
		}
	}
	return nil
}

func (c *scanCommand) report(ctx context.Context, t terminal, on []scanner.Rule, now func() time.Time) (scanner.Report, error) {
	if c.Path != "" {
		s, err := readPath(c.Path, now)
		if err != nil {
			return scanner.Report{}, err
		}
		return scanner.Evaluate(s, account.Scope{Whole: true}, on, now()), nil
	}
	_, report, err := readLive(ctx, t, c.Timeout, on, now)
	return report, err
}

// readLive reads the live account and asks it the rules. Keys that they find
// fault with have their ids then, which the credential report does not tell.
func readLive(ctx context.Context, t terminal, timeout time.Duration, on []scanner.Rule, now func() time.Time) (*account.Snapshot, scanner.Report, error) {
	stop := progress(ctx, t)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	collector, err := live(ctx, t)
	if err != nil {
		return nil, scanner.Report{}, err
	}
	s, err := collector.Whole(ctx)
	if err != nil {
		return nil, scanner.Report{}, fmt.Errorf("%w; are AWS_PROFILE or other credentials set? A PATH is scanned without any", err)
	}
	return s, pipeline.Evaluate(ctx, collector, s, account.Scope{Whole: true}, on, now()), nil
}

// attempts is how often a call is tried at a terminal, where somebody waits.
const attempts = 4

func live(ctx context.Context, t terminal) (*collect.Collector, error) {
	// Without a Region: where IAM's endpoint and events are.
	cfg, err := awsconfig.LoadDefaultConfig(ctx, awsconfig.WithDefaultRegion("us-east-1"), awsconfig.WithLogger(logging.Nop{}))
	if err != nil {
		return nil, fmt.Errorf("load the AWS configuration: %w", err)
	}
	cfg.RetryMaxAttempts = cmp.Or(cfg.RetryMaxAttempts, attempts)
	wire.Patient(&cfg)
	return collect.New(cfg, account.Identity{}, t.now), nil
}

// readPath reads a snapshot file or a folder of AWS CLI outputs.
func readPath(path string, now func() time.Time) (*account.Snapshot, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read the account: %w", err)
	}
	if info.IsDir() {
		s, err := collect.Folder(os.DirFS(path), now())
		if err != nil {
			return nil, fmt.Errorf("read the folder %s: %w", path, err)
		}
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
	miss(s, now())
	return s, nil
}

// miss makes facts that a snapshot does not hold missing ones: a scan asks for
// all of them, and what it cannot see must not look like what is well.
func miss(s *account.Snapshot, at time.Time) {
	if s.Seen == nil {
		s.Seen = map[account.Fact]account.Seen{}
	}
	for _, f := range account.Facts() {
		if !s.Seen[f].Asked() {
			s.Seen[f] = account.Seen{At: at, Missing: "the snapshot does not hold it"}
		}
	}
}

func (c *scanCommand) print(t terminal, report scanner.Report) error {
	if c.Format == "text" {
		return writeText(t, report)
	}
	w := bufio.NewWriter(t.out)
	err := report.WriteJSON(w)
	if err == nil {
		err = w.Flush()
	}
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

func (c *scanCommand) verdict(report scanner.Report) error {
	if worst := report.Worst(); worst != "" && worst.Rank() <= c.FailOn.Rank() {
		return status(exitFindings)
	}
	if len(report.Gaps) > 0 {
		return status(exitGaps)
	}
	return nil
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
