package main

import (
	"bytes"
	"context"
	_ "embed" // the evaluator's script and what it needs
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"iamvigil/internal/oracle"
)

//go:embed package.json
var manifest []byte

//go:embed package-lock.json
var lock []byte

//go:embed evaluator.mjs
var script []byte

// evaluator installs the pinned evaluator in a folder of its own and pipes the cases
// through it.
func evaluator(ctx context.Context, cases []oracle.Case) (string, []oracle.Answer, error) {
	dir, err := os.MkdirTemp("", "iamvigil-evaluator-")
	if err != nil {
		return "", nil, fmt.Errorf("make a folder for the evaluator: %w", err)
	}
	defer os.RemoveAll(dir)
	for name, content := range map[string][]byte{"package.json": manifest, "package-lock.json": lock, "evaluator.mjs": script} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			return "", nil, fmt.Errorf("write the evaluator's files: %w", err)
		}
	}
	if _, err := run(ctx, dir, nil, "npm", "ci", "--silent", "--ignore-scripts"); err != nil {
		return "", nil, err
	}
	out, err := run(ctx, dir, lines(cases), "node", "evaluator.mjs")
	if err != nil {
		return "", nil, err
	}
	var given []oracle.Answer
	for line := range strings.Lines(string(out)) {
		given = append(given, oracle.Answer(line[0]))
	}
	name, err := named()
	return name, given, err
}

func lines(cases []oracle.Case) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	for _, c := range cases {
		_ = enc.Encode(map[string]any{"user": oracle.User, "account": oracle.Account, "case": c}) // a Buffer takes all
	}
	return b.Bytes()
}

func run(ctx context.Context, dir string, in []byte, program string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir, cmd.Stdin, cmd.Stderr = dir, bytes.NewReader(in), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", program, err)
	}
	return out, nil
}

// named is the evaluator's name and version, of the manifest.
func named() (string, error) {
	var m struct{ Dependencies map[string]string }
	if err := json.Unmarshal(manifest, &m); err != nil {
		return "", fmt.Errorf("read package.json: %w", err)
	}
	for name, version := range m.Dependencies {
		return name + " " + version, nil
	}
	return "", fmt.Errorf("package.json has no dependency")
}
