// Command iamvigil asks an AWS account's IAM the same questions as the deployed
// stack does, at a terminal.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"iamvigil/internal/pause"
	"iamvigil/internal/wire"
)

func main() {
	wire.Thrift()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Args[1:], terminal{
		out: os.Stdout, err: os.Stderr, colour: wantsColour(os.Stdout), now: time.Now, pause: pause.For,
	})
	stop()
	os.Exit(status)
}

// wantsColour: only on a terminal, and never with NO_COLOR (no-color.org) or on
// a dumb one.
func wantsColour(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}
