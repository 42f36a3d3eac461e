package functions_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// template is template.yaml, as far as its roles need it.
type template struct{ resources map[string]*yaml.Node }

func readTemplate(t *testing.T) template {
	t.Helper()
	content, err := os.ReadFile("../template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Resources map[string]yaml.Node `yaml:"Resources"`
	}
	if err := yaml.Unmarshal(content, &doc); err != nil {
		t.Fatal(err)
	}
	resources := map[string]*yaml.Node{}
	for name, node := range doc.Resources {
		resources[name] = &node
	}
	return template{resources}
}

// role is the permissions policies of a role, as CloudFormation would resolve
// them in the tests' account.
func (tm template) role(t *testing.T, name string) []policy.Document {
	t.Helper()
	var role struct {
		Properties struct {
			Policies []struct {
				PolicyDocument yaml.Node `yaml:"PolicyDocument"`
			} `yaml:"Policies"`
		} `yaml:"Properties"`
	}
	if err := tm.resources[name].Decode(&role); err != nil {
		t.Fatal(err)
	}
	var documents []policy.Document
	for _, p := range role.Properties.Policies {
		text, err := json.Marshal(tm.resolve(t, &p.PolicyDocument))
		if err != nil {
			t.Fatal(err)
		}
		d := policy.Parse(string(text))
		if len(d.Problems) > 0 || len(d.Statements) == 0 {
			t.Fatalf("%s: %+v", name, d)
		}
		documents = append(documents, d)
	}
	return documents
}

func (tm template) resolve(t *testing.T, n *yaml.Node) any {
	switch {
	case n.Tag == "!Ref", n.Tag == "!GetAtt":
		return tm.arn(t, strings.TrimSuffix(n.Value, ".Arn"))
	case n.Tag == "!Sub":
		return strings.NewReplacer("${AWS::Partition}", "aws", "${AWS::AccountId}", "111122223333", "${AWS::Region}", "us-east-1").Replace(n.Value)
	case n.Kind == yaml.MappingNode:
		object := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			object[n.Content[i].Value] = tm.resolve(t, n.Content[i+1])
		}
		return object
	case n.Kind == yaml.SequenceNode:
		list := []any{}
		for _, item := range n.Content {
			list = append(list, tm.resolve(t, item))
		}
		return list
	}
	return n.Value
}

// arn is that of a resource of the stack, named by its logical id.
func (tm template) arn(t *testing.T, name string) string {
	node := tm.resources[name]
	if node == nil {
		t.Fatalf("template.yaml has no resource %q", name)
	}
	var resource struct {
		Type string `yaml:"Type"`
	}
	if err := node.Decode(&resource); err != nil {
		t.Fatal(err)
	}
	form := map[string]string{
		"AWS::SNS::Topic": "sns:us-east-1:111122223333:%s", "AWS::SQS::Queue": "sqs:us-east-1:111122223333:%s",
		"AWS::DynamoDB::Table": "dynamodb:us-east-1:111122223333:table/%s", "AWS::KMS::Key": "kms:us-east-1:111122223333:key/%s",
		"AWS::Logs::LogGroup": "logs:us-east-1:111122223333:log-group:%s:*", "AWS::Events::Rule": "events:us-east-1:111122223333:rule/%s",
	}[resource.Type]
	if form == "" {
		t.Fatalf("the tests know no ARN of a %s, such as %s", resource.Type, name)
	}
	return "arn:aws:" + fmt.Sprintf(form, name)
}

// onBehalf are permissions that AWS's services use in the role's name: Lambda
// to log, to take the events and to keep what failed.
var onBehalf = []string{
	"logs:CreateLogStream", "logs:PutLogEvents",
	"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:SendMessage",
}

// Each function, held to its role of template.yaml, does all it has to; and it
// needs all that it is granted.
func TestRolesAreExact(t *testing.T) {
	tm := readTemplate(t)
	s := deploy(t, acme())
	for _, c := range []struct {
		function string
		work     func()
	}{
		{"AuditRole", func() {
			s.audit()
			s.aws.Change(func(a *account.Snapshot) {
				a.Users[0].MFA = true
				a.Users[1].Name, a.Users[1].ARN = "benjamin", "arn:aws:iam::111122223333:user/bot/benjamin"
			})
			s.aws.ExpireReport()
			s.audit()
		}},
		{"WatchRole", func() {
			s.aws.Change(func(a *account.Snapshot) {
				a.Users[1].Name, a.Users[1].ARN = "benny", "arn:aws:iam::111122223333:user/bot/benny"
			})
			s.watch(event("e1", "UpdateUser", map[string]any{"userName": "benjamin", "newUserName": "benny"}),
				event("e2", "UpdateAccountPasswordPolicy", nil),
				event("e3", "CreateAccessKey", map[string]any{"userName": "benny"}),
				eventOf(map[string]any{"eventSource": "signin.amazonaws.com", "eventName": "ConsoleLogin", "eventID": "e4", "eventType": "AwsConsoleSignIn",
					"userIdentity": map[string]any{"type": "Root", "accountId": "111122223333"}, "responseElements": map[string]any{"ConsoleLogin": "Success"}}))
		}},
	} {
		t.Run(c.function, func(t *testing.T) {
			s.t = t
			before := s.aws.Exercised()
			role := tm.role(t, c.function)
			s.aws.Become(role...)
			c.work()
			if refused := s.aws.Refused(); len(refused) > 0 {
				t.Errorf("refused: %v", refused)
			}
			after := s.aws.Exercised()
			for _, action := range granted(role) {
				if after[action] == before[action] && !slices.Contains(onBehalf, action) {
					t.Errorf("%s is granted and never needed", action)
				}
			}
		})
	}
}

func granted(role []policy.Document) []string {
	var actions []string
	for _, d := range role {
		for _, s := range d.Statements {
			actions = append(actions, s.Actions...)
		}
	}
	slices.Sort(actions)
	return slices.Compact(actions)
}

// Neither function can write to IAM, whatever is granted some day.
func TestRolesCannotWriteIAM(t *testing.T) {
	for _, name := range []string{"AuditRole", "WatchRole"} {
		for _, action := range granted(readTemplate(t).role(t, name)) {
			verb, isIAM := strings.CutPrefix(action, "iam:")
			reads := strings.HasPrefix(verb, "Get") || strings.HasPrefix(verb, "List") || verb == "GenerateCredentialReport"
			if isIAM && !reads || strings.Contains(action, "*") {
				t.Errorf("%s may %s", name, action)
			}
		}
	}
}
