package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/smithy-go"

	"iamvigil/ledger"
	"iamvigil/ledger/dynamo"
	"iamvigil/notify"
	"iamvigil/remediate"
)

// stackFlags name a deployed stack.
type stackFlags struct {
	Stack string `help:"The stack's name." default:"iamvigil"`
}

// ledgerFlags name a ledger: that of a stack, or a table.
type ledgerFlags struct {
	stackFlags
	Table string `help:"The ledger's table, in place of the stack's." env:"LEDGER_TABLE" placeholder:"NAME"`
}

// What the stack tells of itself: names of its outputs.
const (
	outAudit        = "AuditFunctionName"
	outEmail        = "EmailTopicArn"
	outChat         = "ChatTopicArn"
	outFindings     = "FindingsTopicArn"
	outTable        = "LedgerTableName"
	outEvents       = "EventsQueueUrl"
	outEventsFailed = "EventsFailuresUrl"
	outAuditFailed  = "AuditFailuresUrl"
	outUndelivered  = "UndeliveredUrl"
	outRules        = "EventRuleNames" // comma-separated
	outSchedule     = "AuditScheduleName"
	outSmokeRole    = "SmokeRoleName"
	outRunAudit     = "RunAuditNow" // a command
	outMode         = "RemediationMode"

	outDenyConsole    = "DenyConsolePolicyArn"
	outDenyWithoutMFA = "DenyWithoutMFAPolicyArn"
	outDenyAll        = "DenyAllPolicyArn"
	outProtectedPath  = "ProtectedPath"

	outCures = "RemediationCures" // comma-separated; may be empty

	// Only where the mode is not off.
	outSwitch            = "RemediationSwitchName"
	outRemediateSchedule = "RemediateScheduleName"
	outRemediateFailed   = "RemediateFailuresUrl"
)

// lacks are the outputs that this version's stack has, and this one has not.
func (s *stack) lacks() []string {
	all := []string{outAudit, outEmail, outChat, outFindings, outTable, outEvents, outEventsFailed, outAuditFailed,
		outUndelivered, outRules, outSchedule, outSmokeRole, outRunAudit, outMode, outDenyConsole, outDenyWithoutMFA, outDenyAll, outProtectedPath}
	if mode := s.outputs[outMode]; mode != "" && mode != string(remediate.Off) {
		all = append(all, outSwitch, outRemediateSchedule, outRemediateFailed)
	}
	return slices.DeleteFunc(all, func(output string) bool { return s.outputs[output] != "" })
}

// stack is a deployed stack.
type stack struct {
	name    string
	status  string // CloudFormation's
	outputs map[string]string
}

// stack asks CloudFormation what the stack is made of.
func (s *session) stack(ctx context.Context, name string) (stack, error) {
	out, err := cloudformation.NewFromConfig(s.aws).DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: &name})
	// CloudFormation has no code of its own for a stack that is not there.
	var api smithy.APIError
	if errors.As(err, &api) && api.ErrorCode() == "ValidationError" && strings.Contains(api.ErrorMessage(), "does not exist") {
		return stack{}, fmt.Errorf("account %s has no stack %q in %s; --stack names another", s.account.ID, name, s.aws.Region)
	}
	if err != nil {
		return stack{}, fmt.Errorf("describe the stack %q: %w", name, err)
	}
	if len(out.Stacks) == 0 {
		return stack{}, fmt.Errorf("describe the stack %q: AWS answered with none", name)
	}
	found := stack{name: name, status: string(out.Stacks[0].StackStatus), outputs: map[string]string{}}
	for _, o := range out.Stacks[0].Outputs {
		found.outputs[aws.ToString(o.OutputKey)] = aws.ToString(o.OutputValue)
	}
	return found, nil
}

// need is an output, which only another version's stack lacks.
func (s *stack) need(output string) (string, error) {
	if value := s.outputs[output]; value != "" {
		return value, nil
	}
	return "", fmt.Errorf("the stack %q has no output %s; deploy it anew with this version", s.name, output)
}

// publisher tells all who are told of findings.
func (s *session) publisher(st *stack) *notify.Publisher {
	return &notify.Publisher{
		SNS:        sns.NewFromConfig(s.aws),
		EmailTopic: st.outputs[outEmail], ChatTopic: st.outputs[outChat], FindingsTopic: st.outputs[outFindings],
	}
}

// ledgerOf is the ledger of a table.
func (s *session) ledgerOf(table string, now func() time.Time) *dynamo.Store {
	return dynamo.New(dynamo.NewClient(s.aws, now), table, now)
}

// recall reads all that the ledger knows of the session's account, whose name
// it then has.
func (s *session) recall(ctx context.Context, store *dynamo.Store) (ledger.Known, error) {
	known, err := store.Load(ctx, s.account.ID, ledger.Query{Whole: true})
	if err == nil && known.Name != "" {
		s.account.Name = known.Name
	}
	return known, err
}

// table is the ledger's: the one named, or the stack's.
func (f *ledgerFlags) table(ctx context.Context, s *session) (string, error) {
	if f.Table != "" {
		return f.Table, nil
	}
	st, err := s.stack(ctx, f.Stack)
	if err != nil {
		return "", err
	}
	return st.need(outTable)
}

// list are the parts of an output that holds several.
func (s *stack) list(output string) []string {
	return slices.DeleteFunc(strings.Split(s.outputs[output], ","), func(name string) bool { return name == "" })
}
