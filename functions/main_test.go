package functions_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

var built = map[string]string{}

// TestMain builds the bootstraps once.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "iamvigil-functions-")
	if err == nil {
		for _, name := range []string{"audit", "watch", "remediate"} {
			built[name] = filepath.Join(dir, name)
			cmd := exec.Command("go", "build", "-tags", "lambda.norpc,nethttpomithttp2", "-o", built[name], "./"+name)
			var out []byte
			if out, err = cmd.CombinedOutput(); err != nil {
				fmt.Fprintln(os.Stderr, string(out))
				break
			}
		}
	}
	code := 1
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	} else {
		code = m.Run()
	}
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

func bootstrap(t *testing.T, name string) string {
	t.Helper()
	return built[name]
}
