package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// server is the emulated account in a process of its own.
type server struct {
	url   string
	cmd   *exec.Cmd
	input io.Closer
	lines *bufio.Scanner
}

func serve(ctx context.Context, program string, args ...string) (*server, error) {
	s := &server{cmd: exec.CommandContext(ctx, program, args...)}
	s.cmd.Stderr = os.Stderr
	var err error
	if s.input, err = s.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the emulated account: %w", err)
	}
	s.lines = bufio.NewScanner(out)
	if !s.lines.Scan() {
		return nil, fmt.Errorf("start the emulated account: it ended: %w", s.cmd.Wait())
	}
	s.url = strings.TrimSpace(s.lines.Text())
	return s, nil
}

// stop ends the server and tells how many calls it answered.
func (s *server) stop() (calls int, err error) {
	if err := s.input.Close(); err != nil {
		return 0, err
	}
	for s.lines.Scan() {
		var counts map[string]int
		if json.Unmarshal(s.lines.Bytes(), &counts) == nil {
			for _, n := range counts {
				calls += n
			}
		}
	}
	return calls, s.cmd.Wait()
}
