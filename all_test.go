// Package iamvigil_test holds the project to its own conventions.
package iamvigil_test

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"iamvigil/scanner/account"
)

// imports is who may import whom of ours. A package that is not in it may not
// be there.
var imports = map[string][]string{
	"scanner/policy":           {},
	"scanner/account":          {"scanner/policy"},
	"scanner/trail":            {"scanner/account"},
	"scanner/actions":          {"scanner/policy"},
	"scanner/actions/generate": {},
	"scanner/access":           {"scanner/account", "scanner/policy"},
	"remediate":                {"internal/order", "internal/pause", "ledger", "scanner", "scanner/access", "scanner/account"},
	"scanner":                  {"internal/order", "internal/plain", "scanner/account", "scanner/policy", "scanner/trail"},
	"scanner/rules":            {"scanner", "scanner/access", "scanner/account", "scanner/actions", "scanner/policy", "scanner/trail"},
	"scanner/collect":          {"internal/order", "internal/awsjson", "internal/pause", "scanner/account", "scanner/policy"},
	"scanner/history":          {"internal/pause", "scanner/account", "scanner/trail"},
	"ledger":                   {"internal/order", "scanner", "scanner/account", "scanner/trail"},
	"ledger/dynamo":            {"internal/awsjson", "internal/order", "internal/pause", "ledger", "scanner/account"},
	"notify":                   {"internal/order", "internal/pause", "internal/plain", "internal/words", "ledger", "scanner", "scanner/account", "scanner/trail"},
	"config":                   {"internal/order", "remediate", "scanner"},
	"internal/awsjson":         {},
	"internal/order":           {},
	"internal/pause":           {},
	"internal/plain":           {},
	"internal/pipeline":        {"ledger", "scanner", "scanner/account", "scanner/trail"},
	"internal/wire":            {"*"},
	"internal/words":           {"scanner", "scanner/account", "scanner/trail"},
	"internal/awstest":         {"scanner/account", "scanner/policy"},
	"internal/awstest/serve":   {"internal/awstest"},
	"internal/bench":           {"internal/awstest", "internal/lambdatest", "scanner", "scanner/account", "scanner/rules"},
	"internal/bench/floor":     {},
	"internal/lambdatest":      {},
	"internal/oracle":          {},
	"internal/oracle/ask":      {"internal/oracle"},
	"functions/audit":          {"internal/pipeline", "internal/wire"},
	"functions/watch":          {"internal/pipeline", "internal/wire"},
	"functions/remediate":      {"internal/wire", "remediate"},
	"cmd/iamvigil":             {"*"},
}

// pure are packages that know no AWS client, log, environment or clock.
var pure = []string{"config", "scanner", "scanner/policy", "scanner/account", "scanner/trail", "scanner/access", "scanner/rules", "scanner/actions"}

var impure = []string{"github.com/aws/", "log", "log/slog", "os", "net/http"}

type listed struct {
	ImportPath string
	Imports    []string
	Deps       []string
	GoFiles    []string
}

func list(t *testing.T, args ...string) []listed {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"list", "-json=ImportPath,Imports,Deps,GoFiles"}, args...)...)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var packages []listed
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			return packages
		}
		if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

func TestImports(t *testing.T) {
	gone := maps.Clone(imports)
	for _, p := range list(t, "./...") {
		name := strings.TrimPrefix(p.ImportPath, "iamvigil/")
		if len(p.GoFiles) == 0 {
			continue
		}
		delete(gone, name)
		allowed, ok := imports[name]
		if !ok {
			t.Errorf("package %s is not in the table of imports", name)
		}
		for _, imported := range p.Imports {
			ours, isOurs := strings.CutPrefix(imported, "iamvigil/")
			if isOurs && !slices.Contains(allowed, ours) && !slices.Contains(allowed, "*") {
				t.Errorf("%s imports %s, which the table does not allow", name, ours)
			}
			if slices.Contains(pure, name) && slices.ContainsFunc(impure, func(bad string) bool {
				return imported == bad || strings.HasSuffix(bad, "/") && strings.HasPrefix(imported, bad)
			}) {
				t.Errorf("%s is pure and imports %s", name, imported)
			}
		}
	}
	for name := range gone {
		t.Errorf("the table of imports has %s, which is no package", name)
	}
}

// A Lambda that links one of these keeps methods that it never calls: the
// binary grows from 9 to 15 MiB (golang/go#62024).
func TestLambdasLinkNoReflection(t *testing.T) {
	for _, p := range list(t, "-tags", "lambda.norpc,nethttpomithttp2", "./functions/...") {
		for _, bad := range []string{"text/template", "html/template", "github.com/alecthomas/kong", "net/rpc"} {
			if slices.Contains(p.Deps, bad) {
				t.Errorf("%s links %s", p.ImportPath, bad)
			}
		}
	}
}

// Time enters at main, so that every rule can be tested at a fixed one.
func TestNoStrayClock(t *testing.T) {
	each(t, func(file string, tree *ast.File, set *token.FileSet) {
		for _, free := range []string{"functions/", "cmd/", "test/", "internal/lambdatest/", "internal/bench/", "internal/oracle/ask/"} {
			if strings.HasPrefix(file, free) {
				return
			}
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			s, ok := n.(*ast.SelectorExpr)
			if !ok || !slices.Contains([]string{"Now", "Since", "Until"}, s.Sel.Name) {
				return true
			}
			if x, ok := s.X.(*ast.Ident); ok && x.Name == "time" {
				t.Errorf("%s: time.%s", set.Position(n.Pos()), s.Sel.Name)
			}
			return true
		})
	})
}

func TestNoInit(t *testing.T) {
	each(t, func(_ string, tree *ast.File, set *token.FileSet) {
		for _, d := range tree.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				t.Errorf("%s: init", set.Position(f.Pos()))
			}
		}
	})
}

func each(t *testing.T, visit func(file string, tree *ast.File, set *token.FileSet)) {
	t.Helper()
	set := token.NewFileSet()
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && name != "." && strings.HasPrefix(path.Base(name), ".") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		tree, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			return err
		}
		visit(filepath.ToSlash(name), tree, set)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A stack can be deployed where the program knows IAM's events to be, and nowhere
// else.
func TestTemplateKnowsTheRegions(t *testing.T) {
	content, err := os.ReadFile("template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var template struct {
		Rules struct {
			RegionOfIamEvents struct {
				Assertions []struct {
					Assert yaml.Node `yaml:"Assert"`
				} `yaml:"Assertions"`
			} `yaml:"RegionOfIamEvents"`
		} `yaml:"Rules"`
	}
	if err := yaml.Unmarshal(content, &template); err != nil {
		t.Fatal(err)
	}
	assertions := template.Rules.RegionOfIamEvents.Assertions
	if len(assertions) != 1 || assertions[0].Assert.Tag != "!Contains" {
		t.Fatalf("%d assertions of where a stack may be, want one that a list has the Region", len(assertions))
	}
	var allowed []string
	if err := assertions[0].Assert.Content[0].Decode(&allowed); err != nil {
		t.Fatal(err)
	}
	var known []string
	for _, partition := range []string{"aws", "aws-cn", "aws-us-gov", "aws-eusc", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f"} {
		if region := account.GlobalRegion(partition); region != "" {
			known = append(known, region)
		}
	}
	slices.Sort(allowed)
	slices.Sort(known)
	if !slices.Equal(allowed, known) {
		t.Errorf("template.yaml allows %v, the events of IAM are known to be in %v", allowed, known)
	}
}

func TestModulesAreTidy(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "go", "mod", "tidy", "-diff")
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("go mod tidy -diff: %v\n%s", err, out)
	}
}
