package trail_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"iamvigil/scanner/account"
	"iamvigil/scanner/trail"
)

// consoleOnly are calls that IAM records but that no API offers: the service
// authorization reference lists their actions, or the user guide their events.
var consoleOnly = []string{
	"UpdateAccountName", "UpdateAccountEmailAddress", "SetSTSRegionalEndpointStatus",
	"UploadCloudFrontPublicKey", "UpdateCloudFrontPublicKey", "DeleteCloudFrontPublicKey",
}

// Every operation of the pinned SDK has its place in the tables, and the tables
// hold no name that is not an operation. A new SDK is read in with -update.
func TestEveryOperationIsKnown(t *testing.T) {
	for _, service := range []string{"iam", "sts", "cloudtrail", "signin"} {
		t.Run(service, func(t *testing.T) {
			ops := operations(t, service)
			for _, op := range ops {
				e := parse(t, event{Source: service, Name: op.name})
				if !e.Known {
					t.Errorf("%s is in no table: what does it touch?", op.name)
				}
				if op.read() && (len(e.Touched) > 0 || e.Unnamed) {
					t.Errorf("%s reads, yet touches %v", op.name, e.Touched)
				}
			}
			for _, name := range trail.Calls(service) {
				is := func(op operation) bool { return op.name == name }
				if service != "signin" && !slices.ContainsFunc(ops, is) && !slices.Contains(consoleOnly, name) {
					t.Errorf("%s is in the table, but is no operation", name)
				}
			}
		})
	}
}

func TestUnknownWrites(t *testing.T) {
	tests := []struct {
		source string
		known  bool
	}{
		{"iam", false}, {"sts", false}, {"signin", false}, {"cloudtrail", false},
		{"access-analyzer", true}, {"organizations", true}, {"sso", true}, {"s3", true}, {"events", true},
	}
	for _, test := range tests {
		if e := parse(t, event{Source: test.source, Name: "ReplaceEverything"}); e.Known != test.known {
			t.Errorf("%s: known is %v", test.source, e.Known)
		}
		if e := parse(t, event{Source: test.source, Name: "ReplaceEverything", ReadOnly: true}); !e.Known {
			t.Errorf("%s: a read is not known", test.source)
		}
	}
}

// An IAM write touches whom its request names. Where UserName may be left out,
// IAM takes it from the signing key; where it may not, but the record has none,
// something unnamed was touched.
func TestEveryNameIsTouched(t *testing.T) {
	members := []struct {
		member string
		kind   account.Kind
		value  string
		// but these change no answer by it, or name no principal.
		but []string
	}{
		{"UserName", account.KindUser, "alice", nil},
		{"NewUserName", account.KindUser, "alice", nil},
		{"GroupName", account.KindGroup, "ops", nil},
		{"NewGroupName", account.KindGroup, "ops", nil},
		{"RoleName", account.KindRole, "deploy", []string{"UpdateRoleDescription", "DeleteServiceLinkedRole"}},
		{"PolicyArn", account.KindPolicy, "arn:aws:iam::111122223333:policy/deploy", nil},
	}
	for _, op := range operations(t, "iam") {
		for _, m := range members {
			required, has := op.inputs[m.member]
			if !has || op.read() || slices.Contains(m.but, op.name) {
				continue
			}
			field := strings.ToLower(m.member[:1]) + m.member[1:]
			e := parse(t, event{Name: op.name, Request: map[string]any{field: m.value}})
			want := account.Ref{Kind: m.kind, Name: m.value[strings.LastIndex(m.value, "/")+1:]}
			if !slices.ContainsFunc(e.Touched, want.Same) {
				t.Errorf("%s of %s %q touches %v", op.name, m.member, m.value, e.Touched)
			}
			if m.member == "UserName" {
				absentUser(t, op, required)
			}
		}
	}
}

func absentUser(t *testing.T, op operation, required bool) {
	e := parse(t, event{Name: op.name, Request: map[string]any{"groupName": "ops"}})
	self := slices.ContainsFunc(e.Touched, account.Ref{Kind: account.KindUser, Name: "mallory"}.Same)
	if self == required || e.Unnamed != required {
		t.Errorf("%s without UserName, required %v: touches %v, unnamed %v", op.name, required, e.Touched, e.Unnamed)
	}
}

type operation struct {
	name   string
	inputs map[string]bool // member: required
}

func (o operation) read() bool {
	return slices.ContainsFunc([]string{"Get", "List", "Describe", "Lookup", "Search", "Simulate"},
		func(verb string) bool { return strings.HasPrefix(o.name, verb) })
}

// operations reads the checked-in list of a service's operations, one a line
// with the members of its input, "?" after the optional ones. Its first line is
// the module that it was made from, which must be the one in use.
func operations(t *testing.T, service string) []operation {
	t.Helper()
	file := filepath.Join("testdata", "operations", service+".txt")
	module := "github.com/aws/aws-sdk-go-v2/service/" + service
	if *update {
		compare(t, file, listOperations(t, module))
	}
	head, body, _ := strings.Cut(strings.TrimSpace(string(read(t, file))), "\n")
	if !strings.Contains(string(read(t, "../../go.mod")), "\t"+head) {
		t.Fatalf("%s is of %s, which is not the version in go.mod: run with -update", file, head)
	}
	var ops []operation
	for line := range strings.SplitSeq(body, "\n") {
		words := strings.Fields(line)
		op := operation{name: words[0], inputs: map[string]bool{}}
		for _, word := range words[1:] {
			member, optional := strings.CutSuffix(word, "?")
			op.inputs[member] = !optional
		}
		ops = append(ops, op)
	}
	return ops
}

// listOperations reads the operations out of the module's source.
func listOperations(t *testing.T, module string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Path}} {{.Version}}\n{{.Dir}}", module).Output()
	if err != nil {
		t.Fatal(err)
	}
	head, dir, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	files, err := filepath.Glob(filepath.Join(dir, "api_op_*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var list strings.Builder
	fmt.Fprintln(&list, head)
	for _, file := range files {
		name := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "api_op_"), ".go")
		if !strings.HasSuffix(name, "_test") {
			fmt.Fprintln(&list, strings.Join(append([]string{name}, inputMembers(t, file, name)...), " "))
		}
	}
	return list.String()
}

func inputMembers(t *testing.T, file, name string) []string {
	t.Helper()
	source, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	var members []string
	ast.Inspect(source, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok || spec.Name.Name != name+"Input" {
			return true
		}
		for _, field := range spec.Type.(*ast.StructType).Fields.List {
			for _, ident := range field.Names {
				if !strings.Contains(field.Doc.Text(), "This member is required.") {
					ident.Name += "?"
				}
				members = append(members, ident.Name)
			}
		}
		return false
	})
	return slices.DeleteFunc(members, func(m string) bool { return strings.HasPrefix(m, "noSmithy") })
}
