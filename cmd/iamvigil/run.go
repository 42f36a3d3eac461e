package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"time"

	"github.com/alecthomas/kong"

	"iamvigil/internal/plain"
)

// terminal is where a command reads the time and writes to.
type terminal struct {
	out, err io.Writer
	// in is what somebody types; nil: nobody does.
	in     io.Reader
	colour bool
	now    func() time.Time
	// pause lets time pass, less only where the context ends, whose error it
	// returns.
	pause func(ctx context.Context, d time.Duration) error
}

// Exit statuses.
const (
	exitComplete = 0 // and nothing open at or above --fail-on
	exitFailed   = 1 // could not run
	exitUsage    = 2
	exitFindings = 3
	exitGaps     = 4 // no findings, but not everything could be seen
)

type commands struct {
	Scan      scanCommand      `cmd:"" help:"Ask every rule about an account and show what it finds."`
	Collect   collectCommand   `cmd:"" help:"Read the live account and write it as a snapshot, for an offline scan."`
	Findings  findingsCommand  `cmd:"" help:"List what a deployed stack has found, and what has become of it."`
	Ack       ackCommand       `cmd:"" help:"Silence one finding for a few days, and tell everybody so."`
	Remediate remediateCommand `cmd:"" help:"Take credentials away that must go: plan, apply, list and undo."`
	Doctor    doctorCommand    `cmd:"" help:"Look at all that a deployed stack needs to hear and to tell. Exits with 1 unless all is well."`
	Smoke     smokeCommand     `cmd:"" help:"Change a role of the stack's own, wait until the stack has heard of it, and send a test message to every channel."`
	Can       canCommand       `cmd:"" help:"Tell whether a user or role may do something, by which statements and under which conditions."`
	Policy    policyCommand    `cmd:"" help:"Check policy documents in files, for a repository's CI. Exits with 3 for findings."`
	Config    configCommand    `cmd:"" help:"Configurations."`
	Rules     rulesCommand     `cmd:"" help:"List the rules."`
	Explain   explainCommand   `cmd:"" help:"Tell what a rule asks, why, and what to do about it."`
	Version   kong.VersionFlag `help:"Print the version."`
}

// status is an exit status that a command ends with although it ran well.
type status int

func (s status) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// usage is an error in what was typed.
type usage struct{ error }

// run runs one command line and returns its exit status.
func run(ctx context.Context, args []string, t terminal) int {
	var exited *int
	parser, err := kong.New(&commands{},
		kong.Name("iamvigil"),
		kong.Description("Watches an AWS account's IAM. Without a deployed stack: scan it once, live or offline."),
		kong.Writers(t.out, t.err),
		kong.Exit(func(code int) { exited = &code }),
		kong.Vars{"version": version(), "optional": optionalNames()},
		kong.UsageOnError(),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(t),
	)
	if err != nil {
		return fail(t, err, exitFailed)
	}
	parsed, err := parser.Parse(args)
	if exited != nil {
		return *exited
	}
	if err != nil {
		return fail(t, fmt.Errorf("%w; see iamvigil --help", err), exitUsage)
	}
	return exitOf(t, parsed.Run())
}

func exitOf(t terminal, err error) int {
	var s status
	var u usage
	switch {
	case err == nil:
		return exitComplete
	case errors.As(err, &s):
		return int(s)
	case errors.As(err, &u):
		return fail(t, err, exitUsage)
	}
	return fail(t, err, exitFailed)
}

func fail(t terminal, err error, code int) int {
	for _, e := range parts(err) {
		fmt.Fprintf(t.err, "iamvigil: %s\n", plain.Text(e.Error()))
	}
	return code
}

// parts are the errors that one was joined of, which are a line each.
func parts(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok || errors.Join(joined.Unwrap()...).Error() != err.Error() {
		return []error{err}
	}
	var all []error
	for _, e := range joined.Unwrap() {
		all = append(all, parts(e)...)
	}
	return all
}

func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	return info.Main.Version
}
