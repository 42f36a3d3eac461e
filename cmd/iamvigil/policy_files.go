package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// mostPolicy is the length in bytes up to which a file is read: fifty times what IAM
// accepts of a policy of any kind.
const mostPolicy = 1 << 20

// policyFile is a file to check. Path is empty for standard input.
type policyFile struct{ path, shown string }

// policyFiles are the files that somebody named, each once, and the *.json below the
// folders, in the order of their names. Below a folder symbolic links are not followed,
// and what is no file is passed over: to open it could wait for ever.
func policyFiles(named []string) ([]policyFile, error) {
	var files []policyFile
	for _, name := range named {
		if name == "-" {
			files = append(files, policyFile{"", "stdin"})
			continue
		}
		info, err := os.Stat(name)
		if err != nil {
			return nil, fmt.Errorf("read the policy: %w", err)
		}
		if !info.IsDir() {
			files = append(files, policyFile{name, name})
			continue
		}
		below, err := policiesBelow(name)
		if err != nil {
			return nil, err
		}
		files = append(files, below...)
	}
	seen := map[string]bool{}
	return slices.DeleteFunc(files, func(f policyFile) bool {
		clean := filepath.Clean(f.shown)
		again := seen[clean]
		seen[clean] = true
		return again
	}), nil
}

func policiesBelow(folder string) ([]policyFile, error) {
	var files []policyFile
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() && strings.EqualFold(filepath.Ext(path), ".json") {
			files = append(files, policyFile{path, path})
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the folder %s: %w", folder, err)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("read the folder %s: there is no *.json below it", folder)
	}
	return files, nil
}

// readPolicy reads a file, and of one that is too long no more than shows that it is.
func readPolicy(ctx context.Context, file policyFile) (string, error) {
	from := os.Stdin
	if file.path != "" {
		f, err := os.Open(file.path)
		if err != nil {
			return "", fmt.Errorf("read the policy: %w", err)
		}
		defer f.Close()
		from = f
	}
	type result struct {
		text []byte
		err  error
	}
	// Somebody may have to type it, or a pipe never end.
	read := make(chan result, 1)
	go func() {
		text, err := io.ReadAll(io.LimitReader(from, mostPolicy+1))
		read <- result{text, err}
	}()
	select {
	case <-ctx.Done():
		return "", errors.New("reading the policies was interrupted, so nothing is told of them")
	case r := <-read:
		if r.err != nil {
			return "", fmt.Errorf("read the policy %s: %w", file.shown, r.err)
		}
		return string(r.text), nil
	}
}
