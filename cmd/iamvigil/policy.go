package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"iamvigil/internal/plain"
)

type policyCommand struct {
	Files  []string `arg:"" name:"file" help:"A policy document in JSON; a folder, for all *.json below it; or - for standard input."`
	Format string   `help:"text, json or sarif (2.1.0)." enum:"text,json,sarif" default:"text"`
	FailOn string   `help:"Exit with 3 for findings at least this bad: ${enum}." enum:"error,warning,note" default:"warning"`
	Skip   []string `help:"Leave findings of these rules out." placeholder:"ID"`
}

// Run checks policy documents.
func (c *policyCommand) Run(ctx context.Context, t terminal) error {
	kinds := faultKinds()
	for _, id := range c.Skip {
		if kinds.index(id) < 0 {
			return usage{fmt.Errorf("--skip: there is no rule %q of documents; there are %s", id, strings.Join(kinds.ids(), ", "))}
		}
	}
	files, err := policyFiles(c.Files)
	if err != nil {
		return err
	}
	looks, found := newLookups(t.now()), []fault{}
	for _, file := range files {
		text, err := readPolicy(ctx, file)
		if err != nil {
			return err
		}
		found = append(found, kept(file.shown, text, faultsOf(text, looks), c.Skip)...)
	}
	if err := c.print(t, len(files), found); err != nil {
		return fmt.Errorf("write the findings: %w", err)
	}
	if slices.ContainsFunc(found, func(f fault) bool { return f.Level.rank() <= level(c.FailOn).rank() }) {
		return status(exitFindings)
	}
	return nil
}

func (c *policyCommand) print(t terminal, files int, found []fault) error {
	w := bufio.NewWriter(t.out)
	var err error
	switch c.Format {
	case "json":
		err = writeJSON(w, checkedPolicies{Version: 1, Files: files, Findings: found})
	case "sarif":
		err = writeJSON(w, sarifOf(found))
	default:
		err = writeFaults(w, files, found)
	}
	if err != nil {
		return err
	}
	return w.Flush()
}

// checkedPolicies is what --format json prints. Version is that of its shape.
type checkedPolicies struct {
	Version  int     `json:"version"`
	Files    int     `json:"files"` // read
	Findings []fault `json:"findings"`
}

// writeFaults shows a line for each, as compilers do, and their number.
func writeFaults(to io.Writer, files int, found []fault) error {
	w := &page{w: to}
	counts := map[level]int{}
	for _, f := range found {
		counts[f.Level]++
		w.line("%s:%d:%d: %s: %s (%s)", plain.Text(f.File), f.Line, f.Column, f.Level, plain.Text(f.Message), f.Rule)
	}
	text := "no findings"
	if len(found) > 0 {
		var parts []string
		for _, l := range levels {
			if counts[l] > 0 {
				parts = append(parts, plural(counts[l], string(l)))
			}
		}
		text = strings.Join(parts, ", ")
	}
	w.line("%s: %s", plural(files, "file"), text)
	return w.err
}
