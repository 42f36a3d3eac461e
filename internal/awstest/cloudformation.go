package awstest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
)

// stack is a CloudFormation stack.
type stack struct {
	outputs   map[string]string
	resources []stackResource
}

type stackResource struct {
	LogicalResourceID    string `xml:"LogicalResourceId"`
	PhysicalResourceID   string `xml:"PhysicalResourceId"`
	ResourceType         string
	ResourceStatus       string
	LastUpdatedTimestamp string
}

// StackOutputs creates a CloudFormation stack with these outputs.
func StackOutputs(name string, outputs map[string]string) Option {
	return func(a *AWS) { a.makeStack(name).outputs = maps.Clone(outputs) }
}

// StackResource gives a CloudFormation stack a resource of a type, such as
// AWS::SNS::Topic.
func StackResource(name, logicalID, kind, physicalID string) Option {
	return func(a *AWS) {
		s := a.makeStack(name)
		s.resources = append(s.resources, stackResource{logicalID, physicalID, kind, "CREATE_COMPLETE", stamp(Epoch())})
	}
}

func (a *AWS) makeStack(name string) *stack {
	if a.stacks[name] == nil {
		a.stacks[name] = &stack{}
	}
	return a.stacks[name]
}

func (a *AWS) stackID(c *call, name string) string {
	return a.arn(c, "cloudformation", "stack/"+name+"/00000000-0000-4000-8000-000000000000")
}

// theStack demands the action's permission on the stack that the call names.
func theStack(a *AWS, c *call) []demand {
	return []demand{on(c.action(), a.stackID(c, c.form.Get("StackName")))}
}

func (a *AWS) stackOf(c *call) (*stack, *failure) {
	if s := a.stacks[c.form.Get("StackName")]; s != nil {
		return s, nil
	}
	return nil, &failure{status: http.StatusBadRequest, code: "ValidationError",
		message: fmt.Sprintf("Stack with id %s does not exist", c.form.Get("StackName"))}
}

type stacksAnswer struct {
	Stacks []stackDescription `xml:"Stacks>member"`
}

type stackDescription struct {
	StackName    string
	StackID      string `xml:"StackId"`
	StackStatus  string
	CreationTime string
	Outputs      []stackOutput `xml:"Outputs>member"`
}

type stackOutput struct{ OutputKey, OutputValue string }

func (a *AWS) describeStacks(c *call) (any, *failure) {
	s, fail := a.stackOf(c)
	if fail != nil {
		return nil, fail
	}
	name := c.form.Get("StackName")
	out := stackDescription{StackName: name, StackID: a.stackID(c, name), StackStatus: "CREATE_COMPLETE", CreationTime: stamp(Epoch())}
	for _, key := range slices.Sorted(maps.Keys(s.outputs)) {
		out.Outputs = append(out.Outputs, stackOutput{key, s.outputs[key]})
	}
	return stacksAnswer{[]stackDescription{out}}, nil
}

type stackResourcesAnswer struct {
	Summaries []stackResource `xml:"StackResourceSummaries>member"`
}

func (a *AWS) listStackResources(c *call) (any, *failure) {
	s, fail := a.stackOf(c)
	if fail != nil {
		return nil, fail
	}
	return stackResourcesAnswer{s.resources}, nil
}
