// Command generate makes the table of package actions: the newest published release
// of the list it is made from is downloaded with npm into a temporary directory,
// checked and written down as testdata/actions.txt, for people and for tests, and as
// table.go. From the same release it writes the same bytes.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

func main() {
	dir := flag.String("dir", "scanner/actions", "the package's directory")
	again := flag.Bool("again", false, "take the release that the list in the directory is of, and no other bytes than it was made from")
	flag.Parse()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	if err := refresh(ctx, os.Stdout, *dir, *again, download); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// refresh makes the files in dir anew and tells w what has changed. Nothing is written
// of a release that cannot be used.
func refresh(ctx context.Context, w io.Writer, dir string, again bool, fetch func(ctx context.Context, version string) ([]byte, error)) error {
	held, err := os.ReadFile(filepath.Join(dir, listFile))
	if err != nil {
		return err
	}
	was, err := parse(string(held))
	if err != nil {
		return fmt.Errorf("read %s: %w", listFile, err)
	}
	var version string
	if again {
		version = was.Version
	}
	archive, err := fetch(ctx, version)
	if err != nil {
		return err
	}
	now, err := read(archive)
	if err != nil {
		return err
	}
	if again && now.Integrity != was.Integrity {
		return fmt.Errorf("%s %s has %s, and had %s: find out why before any of it is used", source, version, now.Integrity, was.Integrity)
	}
	table, err := now.table()
	if err != nil {
		return err
	}
	fmt.Fprintln(w, difference(was, now))
	for name, data := range map[string][]byte{
		listFile:    []byte(now.String()),
		licenceFile: now.Licence,
		tableFile:   table,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}
