package functions_test

import (
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// noValue is what AWS::NoValue leaves, so that it is left out.
type noValue struct{}

// resolve carries out the intrinsic functions of a part of the template.
func (tm template) resolve(t *testing.T, n *yaml.Node) any {
	t.Helper()
	switch {
	case strings.HasPrefix(n.Tag, "!") && !strings.HasPrefix(n.Tag, "!!"):
		return tm.intrinsic(t, n)
	case n.Kind == yaml.MappingNode:
		object := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			if value := tm.resolve(t, n.Content[i+1]); value != (noValue{}) {
				object[n.Content[i].Value] = value
			}
		}
		return object
	case n.Kind == yaml.SequenceNode:
		list := []any{}
		for _, item := range n.Content {
			if value := tm.resolve(t, item); value != (noValue{}) {
				list = append(list, value)
			}
		}
		return list
	}
	return n.Value
}

func (tm template) intrinsic(t *testing.T, n *yaml.Node) any {
	t.Helper()
	switch n.Tag {
	case "!Ref":
		if n.Value == "AWS::NoValue" {
			return noValue{}
		}
		return tm.ref(t, n.Value)
	case "!GetAtt":
		return tm.arn(t, strings.TrimSuffix(n.Value, ".Arn"))
	case "!Sub":
		return tm.sub(t, n.Value)
	case "!If":
		if tm.condition(t, n.Content[0].Value) {
			return tm.resolve(t, n.Content[1])
		}
		return tm.resolve(t, n.Content[2])
	case "!Join":
		var parts []string
		for _, part := range tm.resolve(t, n.Content[1]).([]any) {
			parts = append(parts, part.(string))
		}
		return strings.Join(parts, n.Content[0].Value)
	}
	t.Fatalf("line %d of template.yaml: the tests do not know %s", n.Line, n.Tag)
	return nil
}

var placeholder = regexp.MustCompile(`\$\{([^}]+)\}`)

func (tm template) sub(t *testing.T, text string) string {
	t.Helper()
	return placeholder.ReplaceAllStringFunc(text, func(found string) string {
		name, isARN := strings.CutSuffix(found[2:len(found)-1], ".Arn")
		if isARN {
			return tm.arn(t, name)
		}
		return tm.ref(t, name)
	})
}

// condition judges one of the template's conditions by its name.
func (tm template) condition(t *testing.T, name string) bool {
	t.Helper()
	n := tm.conditions[name]
	if n == nil {
		t.Fatalf("template.yaml has no condition %q", name)
	}
	return tm.holds(t, n)
}

func (tm template) holds(t *testing.T, n *yaml.Node) bool {
	t.Helper()
	switch n.Tag {
	case "!Condition":
		return tm.condition(t, n.Value)
	case "!Equals":
		return tm.resolve(t, n.Content[0]) == tm.resolve(t, n.Content[1])
	case "!Not":
		return !tm.holds(t, n.Content[0])
	case "!And":
		for _, part := range n.Content {
			if !tm.holds(t, part) {
				return false
			}
		}
		return true
	}
	t.Fatalf("line %d of template.yaml: the tests do not know %s", n.Line, n.Tag)
	return false
}

// What the tests of the roles lean on is itself what CloudFormation would do.
func TestIntrinsicFunctions(t *testing.T) {
	tm := readTemplate(t, parameters{"RemediationMode": "enforce", "Quarantine": "true"})
	var n yaml.Node
	err := yaml.Unmarshal([]byte(`
joined: !Join [",", [a, !If [Quarantines, !Ref AWS::Region, no], !If [Remediates, !Ref AWS::NoValue, no], b]]
nothing: !If [DeactivatesKeys, here, !Ref AWS::NoValue]
sub: !Sub "${AWS::AccountId}#x ${LedgerTable} ${LedgerTable.Arn}"
list: [!If [MayQuarantine, yes, no], !If [MayDeactivateKeys, yes, !Ref AWS::NoValue]]
`), &n)
	if err != nil {
		t.Fatal(err)
	}
	got, _ := tm.resolve(t, n.Content[0]).(map[string]any)
	list, _ := got["list"].([]any)
	if got["joined"] != "a,us-east-1,b" || len(got) != 3 || len(list) != 1 || list[0] != "yes" ||
		got["sub"] != "111122223333#x LedgerTable arn:aws:dynamodb:us-east-1:111122223333:table/LedgerTable" {
		t.Errorf("%+v", got)
	}
}
