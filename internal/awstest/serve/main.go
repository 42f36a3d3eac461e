// Command serve serves a large account of the fake AWS from a process of its
// own, so that the time and memory of a program under test can be measured
// apart. It prints its URL, and ends on SIGTERM or when its standard input is
// closed; then it prints the calls it answered. It listens on loopback only.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"iamvigil/internal/awstest"
)

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "serve:", err)
		os.Exit(1)
	}
}

type flags struct {
	port           int
	largest        bool
	users, roles   int
	call, kilobyte time.Duration
	tables, topics string
}

func parse(args []string) (flags, error) {
	var f flags
	set := flag.NewFlagSet("serve", flag.ContinueOnError)
	set.IntVar(&f.port, "port", 0, "loopback port; 0: any free one")
	set.BoolVar(&f.largest, "largest", false, "an account at its quotas")
	set.IntVar(&f.users, "users", 1000, "users of an ordinary account")
	set.IntVar(&f.roles, "roles", 50, "roles of an ordinary account")
	set.DurationVar(&f.call, "call", 30*time.Millisecond, "latency of a call")
	set.DurationVar(&f.kilobyte, "kilobyte", 50*time.Microsecond, "latency of each 1,000 bytes of answer")
	set.StringVar(&f.tables, "tables", "", "DynamoDB tables, separated by commas")
	set.StringVar(&f.topics, "topics", "", "ARNs of SNS topics, separated by commas")
	return f, set.Parse(args)
}

func run(args []string, stdin io.Reader, stdout io.Writer) error {
	f, err := parse(args)
	if err != nil {
		return err
	}
	size := awstest.Ordinary(f.users, f.roles)
	if f.largest {
		size = awstest.Largest()
	}
	aws := awstest.New(awstest.Large(size), awstest.Latency(f.call, f.kilobyte),
		awstest.Tables(split(f.tables)...), awstest.Topics(split(f.topics)...))
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", f.port))
	if err != nil {
		return fmt.Errorf("listen on loopback: %w", err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	server := &http.Server{Handler: aws, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		defer stop()
		_, _ = io.Copy(io.Discard, stdin) // until it is closed
	}()
	go func() {
		<-ctx.Done()
		_ = server.Close()
	}()
	fmt.Fprintf(stdout, "http://%s\n", listener.Addr())
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return json.NewEncoder(stdout).Encode(aws.Calls())
}

func split(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' })
}
