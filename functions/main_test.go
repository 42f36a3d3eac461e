package functions_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// dir holds the bootstraps.
var dir string

// atOnce is how many tests run at a time, whatever the cores: the functions keep to
// AWS's pace, and mostly wait.
const atOnce = "6"

func TestMain(m *testing.M) {
	flag.Parse()
	code := 1
	made, err := os.MkdirTemp("", "iamvigil-functions-")
	if err := errors.Join(err, flag.Set("test.parallel", atOnce)); err != nil {
		fmt.Fprintln(os.Stderr, err)
	} else {
		dir = made
		code = m.Run()
	}
	_ = os.RemoveAll(made)
	os.Exit(code)
}

// build builds the bootstraps once, with the flags of a deployment: what make build
// has compiled is only linked.
var build = sync.OnceValue(func() error {
	const makefile = "../Makefile"
	if _, err := os.Stat(makefile); err != nil { // so that a change of the flags runs these tests
		return err
	}
	args := []string{"-C", filepath.Dir(makefile), "BIN=" + dir}
	for _, name := range []string{"audit", "watch", "remediate"} {
		args = append(args, path(name))
	}
	cmd := exec.Command("make", args...)
	// A make that runs the tests has a number of jobs that is not this one's.
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "MAKE") || strings.HasPrefix(v, "MFLAGS=") })
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build the bootstraps: %w\n%s", err, out)
	}
	return nil
})

func path(name string) string { return filepath.Join(dir, "lambda", name, "bootstrap") }

func bootstrap(t *testing.T, name string) string {
	t.Helper()
	if err := build(); err != nil {
		t.Fatal(err)
	}
	return path(name)
}
