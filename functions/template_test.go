package functions_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"

	"go.yaml.in/yaml/v3"

	"iamvigil/scanner/policy"
)

// parameters are those that a stack is created with, by name.
type parameters map[string]string

// template is template.yaml as CloudFormation would resolve it in the tests'
// account.
type template struct {
	resources, conditions map[string]*yaml.Node
	globals               yaml.Node // the environment of all functions
	values                parameters
}

// readTemplate reads the template for a stack with these parameters, the others
// at their defaults.
func readTemplate(t *testing.T, given parameters) template {
	t.Helper()
	content, err := os.ReadFile("../template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Parameters map[string]struct {
			Default string `yaml:"Default"`
		} `yaml:"Parameters"`
		Conditions map[string]yaml.Node `yaml:"Conditions"`
		Globals    struct {
			Function struct {
				Environment struct {
					Variables yaml.Node `yaml:"Variables"`
				} `yaml:"Environment"`
			} `yaml:"Function"`
		} `yaml:"Globals"`
		Resources map[string]yaml.Node `yaml:"Resources"`
	}
	if err := yaml.Unmarshal(content, &doc); err != nil {
		t.Fatal(err)
	}
	tm := template{pointers(doc.Resources), pointers(doc.Conditions), doc.Globals.Function.Environment.Variables,
		parameters{"AWS::AccountId": "111122223333", "AWS::Partition": "aws", "AWS::Region": "us-east-1", "AWS::StackName": "iamvigil", "AWS::StackId": "arn:aws:cloudformation:us-east-1:111122223333:stack/iamvigil/0"}}
	for name, p := range doc.Parameters {
		tm.values[name] = p.Default
	}
	for name, value := range given {
		if _, ok := tm.values[name]; !ok {
			t.Fatalf("template.yaml has no parameter %q", name)
		}
		tm.values[name] = value
	}
	return tm
}

func pointers(nodes map[string]yaml.Node) map[string]*yaml.Node {
	all := map[string]*yaml.Node{}
	for name, node := range nodes {
		all[name] = &node
	}
	return all
}

// resource is a resource of the stack, named by its logical id.
type resource struct {
	Type       string    `yaml:"Type"`
	Condition  string    `yaml:"Condition"`
	Properties yaml.Node `yaml:"Properties"`
}

func (tm template) resource(t *testing.T, name string) resource {
	t.Helper()
	node := tm.resources[name]
	if node == nil {
		t.Fatalf("template.yaml has no resource %q", name)
	}
	var r resource
	if err := node.Decode(&r); err != nil {
		t.Fatal(err)
	}
	return r
}

// has reports whether the stack has the resource.
func (tm template) has(t *testing.T, name string) bool {
	t.Helper()
	r := tm.resource(t, name)
	return r.Condition == "" || tm.condition(t, r.Condition)
}

// names are the resources of a type that the stack has.
func (tm template) names(t *testing.T, kind string) []string {
	t.Helper()
	var all []string
	for _, name := range slices.Sorted(maps.Keys(tm.resources)) {
		if tm.resource(t, name).Type == kind && tm.has(t, name) {
			all = append(all, name)
		}
	}
	return all
}

// properties are those of a resource that the stack must have.
func (tm template) properties(t *testing.T, name string) map[string]any {
	t.Helper()
	if !tm.has(t, name) {
		t.Fatalf("with %v the stack has no %s", tm.values, name)
	}
	r := tm.resource(t, name)
	properties, _ := tm.resolve(t, &r.Properties).(map[string]any)
	return properties
}

// role is the permissions policies of a role.
func (tm template) role(t *testing.T, name string) []policy.Document {
	t.Helper()
	var documents []policy.Document
	policies, _ := tm.properties(t, name)["Policies"].([]any)
	for _, p := range policies {
		documents = append(documents, document(t, p.(map[string]any)["PolicyDocument"]))
	}
	return documents
}

// document is a policy that has no fault.
func document(t *testing.T, resolved any) policy.Document {
	t.Helper()
	text, err := json.Marshal(resolved)
	if err != nil {
		t.Fatal(err)
	}
	d := policy.Parse(string(text))
	if len(d.Problems) > 0 || len(d.Statements) == 0 {
		t.Fatalf("%s: %+v", text, d.Problems)
	}
	return d
}

// environment is what a function's process is given.
func (tm template) environment(t *testing.T, function string) []string {
	t.Helper()
	variables, _ := tm.resolve(t, &tm.globals).(map[string]any)
	if of, ok := tm.properties(t, function)["Environment"].(map[string]any); ok {
		maps.Copy(variables, of["Variables"].(map[string]any))
	}
	var all []string
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		all = append(all, fmt.Sprintf("%s=%v", name, variables[name]))
	}
	return all
}

// forms are the types of resources that the tests know, with what follows "arn:aws:"
// in their ARNs, and what Ref gives: the ARN if empty.
var forms = map[string]struct{ arn, ref string }{
	"AWS::SNS::Topic":           {"sns:us-east-1:111122223333:%s", ""},
	"AWS::SQS::Queue":           {"sqs:us-east-1:111122223333:%s", "https://sqs.us-east-1.amazonaws.com/111122223333/%s"},
	"AWS::DynamoDB::Table":      {"dynamodb:us-east-1:111122223333:table/%s", "%s"},
	"AWS::KMS::Key":             {"kms:us-east-1:111122223333:key/%s", "%s"},
	"AWS::Logs::LogGroup":       {"logs:us-east-1:111122223333:log-group:%s:*", "%s"},
	"AWS::Events::Rule":         {"events:us-east-1:111122223333:rule/%s", "%s"},
	"AWS::Serverless::Function": {"lambda:us-east-1:111122223333:function:%s", "%s"},
	"AWS::IAM::ManagedPolicy":   {"iam::111122223333:policy/%s", ""},
	"AWS::IAM::Role":            {"iam::111122223333:role/%s", "%s"},
	"AWS::SSM::Parameter":       {"ssm:us-east-1:111122223333:parameter/%s", "%s"},
}

// ref is what Ref gives for a parameter or a resource, which is physically named
// as it is logically.
func (tm template) ref(t *testing.T, name string) string {
	t.Helper()
	if value, ok := tm.values[name]; ok {
		return value
	}
	form, ok := forms[tm.resource(t, name).Type]
	switch {
	case !ok || !tm.has(t, name):
		t.Fatalf("with %v the stack has no %s that the tests know how to refer to", tm.values, name)
	case form.ref == "":
		return tm.arn(t, name)
	}
	return fmt.Sprintf(form.ref, name)
}

// arn is that of a resource that the stack must have.
func (tm template) arn(t *testing.T, name string) string {
	t.Helper()
	form, ok := forms[tm.resource(t, name).Type]
	if !ok || !tm.has(t, name) {
		t.Fatalf("with %v the stack has no %s whose ARN the tests know", tm.values, name)
	}
	return "arn:aws:" + fmt.Sprintf(form.arn, name)
}
