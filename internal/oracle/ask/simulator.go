package main

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"iamvigil/internal/oracle"
)

// patience is how often a throttled call is made again.
const patience = 10

// simulator asks IAM's policy simulator.
func simulator(ctx context.Context, cases []oracle.Case) (string, []oracle.Answer, error) {
	cfg, err := config.LoadDefaultConfig(ctx, config.WithRetryMode(aws.RetryModeAdaptive), config.WithRetryMaxAttempts(patience))
	if err != nil {
		return "", nil, fmt.Errorf("read the AWS configuration: %w", err)
	}
	client := iam.NewFromConfig(cfg)
	given := make([]oracle.Answer, 0, len(cases))
	for i, c := range cases {
		out, err := client.SimulateCustomPolicy(ctx, simulation(c))
		if err != nil {
			return "", nil, fmt.Errorf("ask IAM's policy simulator about case %d (iam:SimulateCustomPolicy): %w", i, err)
		}
		given = append(given, decided(out.EvaluationResults))
	}
	return "iam:SimulateCustomPolicy", given, nil
}

func simulation(c oracle.Case) *iam.SimulateCustomPolicyInput {
	in := &iam.SimulateCustomPolicyInput{
		ActionNames: []string{c.Action}, ResourceArns: []string{c.Resource}, PolicyInputList: c.Policies, CallerArn: aws.String(oracle.User),
	}
	if c.Boundary != "" {
		in.PermissionsBoundaryPolicyInputList = []string{c.Boundary}
	}
	for name, values := range c.Context {
		in.ContextEntries = append(in.ContextEntries, types.ContextEntry{
			ContextKeyName: aws.String(name), ContextKeyValues: values, ContextKeyType: types.ContextKeyTypeEnum(oracle.KeyType(name)),
		})
	}
	return in
}

func decided(results []types.EvaluationResult) oracle.Answer {
	if len(results) != 1 {
		return oracle.Refused
	}
	switch results[0].EvalDecision {
	case types.PolicyEvaluationDecisionTypeAllowed:
		return oracle.Allowed
	case types.PolicyEvaluationDecisionTypeExplicitDeny:
		return oracle.ExplicitDeny
	case types.PolicyEvaluationDecisionTypeImplicitDeny:
		return oracle.ImplicitDeny
	}
	return oracle.Refused
}
