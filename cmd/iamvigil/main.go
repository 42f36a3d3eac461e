// Command iamvigil asks an AWS account's IAM the same questions as the deployed
// stack does, at a terminal.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"iamvigil/internal/pause"
	"iamvigil/internal/plain"
	"iamvigil/internal/wire"
)

// enough bytes for the largest account that IAM's quotas allow; 16 MiB of the program
// itself come on top.
const enough = 96 << 20

func main() {
	wire.Thrift(enough)
	now, err := wire.Clock(time.Now)
	if err != nil {
		fmt.Fprintln(os.Stderr, "iamvigil:", plain.Text(err.Error()))
		os.Exit(exitFailed)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Args[1:], terminal{
		out: os.Stdout, err: os.Stderr, in: keyboard(os.Stdin), colour: wantsColour(os.Stdout), now: now, pause: pause.For,
	})
	stop()
	os.Exit(status)
}

// keyboard is the input if somebody types it: a terminal is a character device,
// and so is what stands for nothing.
func keyboard(f *os.File) io.Reader {
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return nil
	}
	if null, err := os.Stat(os.DevNull); err == nil && os.SameFile(info, null) {
		return nil
	}
	return f
}

// wantsColour: only on a terminal, and never with NO_COLOR (no-color.org) or on
// a dumb one.
func wantsColour(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}
