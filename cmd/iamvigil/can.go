package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"iamvigil/scanner/access"
	"iamvigil/scanner/account"
	"iamvigil/scanner/actions"
	"iamvigil/scanner/policy"
)

type canCommand struct {
	Principal string        `arg:"" help:"A user or role: its name or ARN; or root."`
	Action    string        `arg:"" help:"Such as s3:GetObject. With * or ?: some action that matches."`
	Resource  string        `arg:"" optional:"" default:"*" help:"An ARN. With * or ?: some resource that matches. Without: some resource."`
	Account   string        `help:"A snapshot file, or a folder of AWS CLI outputs. Without: the live account." placeholder:"PATH"`
	Format    string        `help:"text or json." enum:"text,json" default:"text"`
	Timeout   time.Duration `help:"Read the live account for at most this long." default:"10m"`
}

// Run answers.
func (c *canCommand) Run(ctx context.Context, t terminal) error {
	if err := c.check(); err != nil {
		return err
	}
	var s *account.Snapshot
	var err error
	if c.Account == "" {
		s, _, err = readLive(ctx, t, c.Timeout, nil, nil, t.now)
	} else {
		s, err = readPath(c.Account, nil, t.now)
	}
	if err != nil {
		return err
	}
	who, err := principalOf(s, c.Principal)
	if err != nil {
		return usage{err}
	}
	a := c.answer(s, who, t.now())
	if c.Format == "json" {
		err = writeJSON(t.out, a.verdict)
	} else {
		err = writeVerdict(t, a)
	}
	if err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	return nil
}

// check tells apart what nobody can have meant from what is not known.
func (c *canCommand) check() error {
	service, name, colon := strings.Cut(c.Action, ":")
	if !wild(c.Action) && (!colon || service == "" || name == "" || strings.Contains(name, ":")) {
		return usage{fmt.Errorf("%q is no action such as s3:GetObject", c.Action)}
	}
	if !wild(c.Resource) && !strings.HasPrefix(c.Resource, "arn:") {
		return usage{fmt.Errorf("%q is no resource: give its ARN, or * for some resource", c.Resource)}
	}
	return nil
}

func wild(pattern string) bool { return strings.ContainsAny(pattern, "*?") }

// answered is a verdict with what only a person is told.
type answered struct {
	verdict
	who principal
	outcome
}

// verdict is what --format json prints.
type verdict struct {
	Principal string `json:"principal"` // ARN
	Action    string `json:"action"`    // as it was asked, and so is Resource
	Resource  string `json:"resource"`
	// Answer is allowed, conditional or denied.
	Answer   string `json:"answer"`
	Explicit bool   `json:"explicit"` // an explicit deny decided
	// Conditions are those on which it depends, of the statements that allow and
	// of those that deny.
	Conditions []openCondition   `json:"conditions"`
	Statements []decidingSummary `json:"statements"`
	// Unknown is what the answer would have to know and does not.
	Unknown []string `json:"unknown"`
}

type openCondition struct {
	Operator string   `json:"operator"`
	Key      string   `json:"key"`
	Values   []string `json:"values"`
}

// decidingSummary names a statement that decides.
type decidingSummary struct {
	Owner  string        `json:"owner"`  // ARN of the user, role or group that has the policy
	Policy string        `json:"policy"` // ARN, or the name of an inline one
	Sid    string        `json:"sid"`    // empty: it has none
	Effect policy.Effect `json:"effect"`
}

// outcome is what policies come to.
type outcome struct {
	decision policy.Decision
	by       []ground
	lacking  string // of what nothing allows: what does not allow it
	unknown  []string
}

// ground is a statement that decides, and whose it is.
type ground struct {
	policy.Ground
	from  access.Origin
	owner account.Ref
}

func (c *canCommand) answer(s *account.Snapshot, who principal, now time.Time) answered {
	remarks, unresourced := c.remarks()
	var o outcome
	switch role := c.assumed(s); {
	case who.root:
		o = c.ofRoot()
	case role != nil:
		o = assuming(s, who, role, now)
	default:
		v := access.New(s)
		grants := v.Of(who.Ref).At(now)
		found := grants.May(c.Action, c.Resource)
		if unresourced {
			found, remarks = onNone(grants.May(c.Action, "${*}"), found, c.Action, remarks)
		}
		o = outcomeOf(v, who, found)
		o.unknown = append(o.unknown, "policies of resources, such as a bucket's or a role's trust: they were not looked at, and can allow and deny by themselves")
	}
	return answered{who: who, outcome: o, verdict: verdict{
		Principal: who.ARN, Action: c.Action, Resource: c.Resource,
		Answer: o.answer(), Explicit: o.decision == policy.ExplicitDeny,
		Conditions: o.conditions(), Statements: o.statements(), Unknown: append(append([]string{}, remarks...), o.unknown...),
	}}
}

func (c *canCommand) ofRoot() outcome {
	if strings.EqualFold(c.Action, assumeRole) {
		return outcome{decision: policy.ImplicitDeny, lacking: "AWS lets no root user assume a role"}
	}
	return outcome{decision: policy.Allowed, unknown: []string{
		"service control policies: they were not read, and limit root too, unless this is the organisation's management account",
	}}
}

func outcomeOf(v *access.View, who principal, found policy.Answer) outcome {
	return outcome{found.Decision, groundsOf(v, who, found.By), lacks(found.Lacking), gapsOf(v, who, found.Unknown)}
}

func groundsOf(v *access.View, who principal, by []policy.Ground) []ground {
	var grounds []ground
	for _, g := range by {
		from, owner := v.Source(who.Ref, g.Source), who.Ref
		if from.Group != "" {
			owner = groupOf(v.Snapshot(), from.Group)
		}
		grounds = append(grounds, ground{g, from, owner})
	}
	return grounds
}

func (o *outcome) answer() string {
	switch o.decision {
	case policy.Allowed:
		return "allowed"
	case policy.ExplicitDeny, policy.ImplicitDeny:
		return "denied"
	}
	return "conditional"
}

func (o *outcome) statements() []decidingSummary {
	all := []decidingSummary{}
	for _, g := range o.by {
		all = append(all, decidingSummary{ownerName(g.owner), policyName(g.from), g.Sid, g.Effect})
	}
	return all
}

func (o *outcome) conditions() []openCondition {
	var a policy.Answer
	for _, g := range o.by {
		a.By = append(a.By, g.Ground)
	}
	all := []openCondition{}
	for _, open := range a.Conditions() {
		all = append(all, openCondition{open.Operator, open.Key, open.Values})
	}
	return all
}

// remarks tell how the action was understood, and whether AWS names no resources for it.
func (c *canCommand) remarks() (remarks []string, unresourced bool) {
	if wild(c.Action) {
		if !anyAction(c.Action) {
			remarks = append(remarks, unlisted(c.Action))
		}
		return remarks, false
	}
	onResources, known := actions.OnResources(c.Action)
	if !known {
		remarks = append(remarks, unlisted(c.Action))
	}
	return remarks, known && !onResources
}

func unlisted(action string) string {
	return fmt.Sprintf("AWS's list of %s has no action %s; the answer is what the policies say of the name", actions.Date, likeAction(action))
}

// onNone chooses between the answers for a call on no resource in particular and for
// what was asked. AWS names no resources for some actions that it checks with one all
// the same, such as iam:ListUsers, so that what is allowed on resources alone is in doubt.
func onNone(none, asked policy.Answer, action string, remarks []string) (policy.Answer, []string) {
	if !none.Denied() || asked.Denied() {
		return none, remarks
	}
	asked.Decision = policy.Conditional
	return asked, append(remarks, fmt.Sprintf("AWS names no resources for %s; whether a statement that is not on %q allows it is not known", action, "*"))
}
