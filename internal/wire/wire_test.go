package wire_test

import (
	"os"
	"path/filepath"
	"testing"

	"iamvigil/internal/wire"
	"iamvigil/scanner/rules"
)

// The configuration that is built in fits the rules that there are.
func TestTheEmbeddedConfigurationFits(t *testing.T) {
	on, off, err := wire.Rules("")
	if err != nil {
		t.Fatal(err)
	}
	if len(on) == 0 || len(on)+len(off) != len(rules.All()) {
		t.Errorf("%d rules on, %d off, of %d", len(on), len(off), len(rules.All()))
	}
}

func TestAnotherConfiguration(t *testing.T) {
	file := filepath.Join(t.TempDir(), "c.yaml")
	if err := os.WriteFile(file, []byte("version: 1\nrules:\n  key-rotation:\n    limit: 180\n  root-hardware-mfa:\n    enabled: true\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	on, _, err := wire.Rules(file)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]int{}
	for _, r := range on {
		found[r.ID] = r.Limit.Value
	}
	if _, hardware := found["root-hardware-mfa"]; !hardware || found["key-rotation"] != 180 {
		t.Errorf("%v", found)
	}
	if _, _, err := wire.Rules(filepath.Join(t.TempDir(), "none.yaml")); err == nil {
		t.Error("a configuration that is not there is one")
	}
}
