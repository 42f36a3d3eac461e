// Package lambdatest runs a Lambda function's bootstrap as the service does: it
// speaks the runtime API to it, hands it events and takes its answers.
package lambdatest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// Function is a running bootstrap.
type Function struct {
	cmd     *exec.Cmd
	server  *http.Server
	events  chan []byte
	answers chan answer
	exited  chan struct{}
	output  strings.Builder
	timeout time.Duration
}

type answer struct {
	body   []byte
	failed bool
}

// Start runs a bootstrap with this environment and nothing else of the
// caller's. The timeout is the deadline of each of its invocations.
func Start(ctx context.Context, bootstrap string, env []string, timeout time.Duration) (*Function, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the function: %w", err)
	}
	f := &Function{
		events:  make(chan []byte),
		answers: make(chan answer, 1),
		exited:  make(chan struct{}),
		timeout: timeout,
	}
	f.server = &http.Server{Handler: f.api(), ReadHeaderTimeout: time.Minute}
	go func() { _ = f.server.Serve(listener) }()
	f.cmd = exec.CommandContext(ctx, bootstrap)
	f.cmd.Env = append([]string{"AWS_LAMBDA_RUNTIME_API=" + listener.Addr().String()}, env...)
	f.cmd.Stdout, f.cmd.Stderr = &f.output, &f.output
	if err := f.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", bootstrap, err)
	}
	go func() { _ = f.cmd.Wait(); close(f.exited) }()
	return f, nil
}

// Invoke hands the function an event and returns its answer. An answer that is
// an error is one.
func (f *Function) Invoke(ctx context.Context, event []byte) ([]byte, error) {
	select {
	case f.events <- event:
	case <-f.exited:
		return nil, f.died()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	select {
	case a := <-f.answers:
		if a.failed {
			return nil, fmt.Errorf("the function answered with an error: %s", a.body)
		}
		return a.body, nil
	case <-f.exited:
		return nil, f.died()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Stop ends the function and returns the state it ended in.
func (f *Function) Stop() (*os.ProcessState, error) {
	killed := f.cmd.Process.Kill()
	<-f.exited
	if errors.Is(killed, os.ErrProcessDone) {
		killed = nil
	}
	return f.cmd.ProcessState, errors.Join(killed, f.server.Close())
}

func (f *Function) died() error {
	return fmt.Errorf("the function ended: %s: %s", f.cmd.ProcessState, f.output.String())
}

// api is the runtime API, version 2018-06-01.
func (f *Function) api() http.Handler {
	const prefix = "/2018-06-01/runtime/"
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+prefix+"invocation/next", func(w http.ResponseWriter, r *http.Request) {
		select {
		case event := <-f.events:
			h := w.Header()
			h.Set("Lambda-Runtime-Aws-Request-Id", "00000000-0000-4000-8000-000000000000")
			h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(time.Now().Add(f.timeout).UnixMilli(), 10))
			h.Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:111122223333:function:test")
			_, _ = w.Write(event)
		case <-r.Context().Done():
		}
	})
	take := func(failed bool) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			w.WriteHeader(http.StatusAccepted)
			f.answers <- answer{body, failed}
		}
	}
	mux.HandleFunc("POST "+prefix+"invocation/{id}/response", take(false))
	mux.HandleFunc("POST "+prefix+"invocation/{id}/error", take(true))
	mux.HandleFunc("POST "+prefix+"init/error", take(true))
	return mux
}
