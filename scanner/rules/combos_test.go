package rules_test

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// combo is a line of the list of ways to become more than one is, that package access is
// tested with: all that other tools know are in it.
type combo struct {
	names   []string
	tier    string
	actions []string
}

func combosKnown(t *testing.T) []combo {
	text, err := os.ReadFile("../access/testdata/combos.txt")
	if err != nil {
		t.Fatal(err)
	}
	var all []combo
	for line := range strings.Lines(string(text)) {
		said, actions, ok := strings.Cut(line, ": ")
		names, tier, _ := strings.Cut(said, " ")
		if ok && !strings.HasPrefix(line, "#") {
			all = append(all, combo{strings.Split(names, ","), tier, strings.Fields(actions)})
		}
	}
	return all
}

// crowd is an account in which somebody has each way, held in each manner that leaves it
// open and in each that closes it. Its roles are administrators, which every service of
// the ways trusts, a SAML provider, and the account.
type crowd struct {
	account.Snapshot
	open map[string]combo
}

func newCrowd() *crowd {
	c := &crowd{open: map[string]combo{}}
	trust := func(name, principal, action string) {
		c.Roles = append(c.Roles, account.Role{
			ARN: "arn:aws:iam::111122223333:role/" + name, ID: "AROA" + name, Name: name,
			Trust:            statementsOf(`{"Effect": "Allow", "Principal": ` + principal + `, "Action": "sts:` + action + `"}`),
			Attached:         []account.Attachment{{ARN: "arn:aws:iam::aws:policy/AdministratorAccess", Name: "AdministratorAccess"}},
			InstanceProfiles: []string{"arn:aws:iam::111122223333:instance-profile/" + name},
		})
	}
	for _, service := range []string{"ec2", "lambda", "glue", "cloudformation", "datapipeline", "codestar", "codebuild", "ecs-tasks", "sagemaker",
		"tasks.apprunner", "bedrock-agentcore", "braket", "elasticmapreduce", "emr-serverless", "gamelift", "kinesisanalytics",
		"omics", "scheduler", "ssm", "states.eu-west-1", "rolesanywhere", "pods.eks"} {
		trust("to-"+service, `{"Service": "`+service+`.amazonaws.com"}`, "AssumeRole")
	}
	trust("cognito", `{"Federated": "cognito-identity.amazonaws.com"}`, "AssumeRoleWithWebIdentity")
	trust("corp", `{"Federated": "arn:aws:iam::111122223333:saml-provider/corp"}`, "AssumeRoleWithSAML")
	trust("admin", `{"AWS": "arn:aws:iam::111122223333:root"}`, "AssumeRole")
	return c
}

func statementsOf(statements ...string) policy.Document {
	return policy.Parse(`{"Version": "2012-10-17", "Statement": [` + strings.Join(statements, ",") + `]}`)
}

func says(effect string, actions ...string) string {
	return `{"Effect": "` + effect + `", "Action": ["` + strings.Join(actions, `", "`) + `"], "Resource": "*"}`
}

func under(statement, condition string) string {
	return strings.TrimSuffix(statement, "}") + `, "Condition": {` + condition + `}}`
}

func (c *crowd) policy(statements ...string) account.Attachment {
	name := "p" + strconv.Itoa(len(c.Policies))
	arn := "arn:aws:iam::111122223333:policy/" + name
	c.Policies = append(c.Policies, account.Policy{ARN: arn, ID: "ANPA" + name, Name: name, Attachments: 1,
		Versions: []account.PolicyVersion{{ID: "v1", Default: true, Document: statementsOf(statements...)}}})
	return account.Attachment{ARN: arn, Name: name}
}

func (c *crowd) group(statements ...string) string {
	name := "g" + strconv.Itoa(len(c.Groups))
	c.Groups = append(c.Groups, account.Group{ARN: "arn:aws:iam::111122223333:group/" + name, ID: "AGPA" + name, Name: name, Inline: inlineOf(statements...)})
	return name
}

func inlineOf(statements ...string) []account.InlinePolicy {
	var all []account.InlinePolicy
	for i, s := range statements {
		all = append(all, account.InlinePolicy{Name: "inline" + strconv.Itoa(i), Document: statementsOf(s)})
	}
	return all
}

func (c *crowd) user(name string, u account.User) {
	u.ARN, u.ID, u.Name = "arn:aws:iam::111122223333:user/"+name, "AIDA"+name, name
	c.Users = append(c.Users, u)
}

// add adds those who have a way, by the line that it is of.
func (c *crowd) add(line int, way combo) {
	every := says("Allow", way.actions...)
	open := map[string]account.User{
		"inline":      {Inline: inlineOf(every)},
		"attached":    {Attached: []account.Attachment{c.policy(every)}},
		"grouped":     {Groups: []string{c.group(every)}},
		"spread":      c.spread(way),
		"unrelated":   {Inline: inlineOf(every, says("Deny", "kms:*"))},
		"conditional": {Inline: inlineOf(every, under(says("Deny", "*"), `"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}`))},
		"bounded":     {Inline: inlineOf(every), Boundary: c.policy(every).ARN},
	}
	closed := map[string]account.User{
		"denied":           {Inline: inlineOf(every, says("Deny", way.actions...))},
		"denied-by-group":  {Inline: inlineOf(every), Groups: []string{c.group(says("Deny", "*"))}},
		"denied-all-but":   {Inline: inlineOf(every, `{"Effect": "Deny", "NotAction": "kms:*", "Resource": "*"}`)},
		"under-a-boundary": {Inline: inlineOf(every), Boundary: c.policy(says("Allow", "s3:ListBucket")).ARN},
		"denied-by-it":     {Inline: inlineOf(every), Boundary: c.policy(says("Allow", "*"), says("Deny", way.actions...)).ARN},
		"over":             {Inline: inlineOf(under(every, `"DateLessThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}`))},
	}
	for _, manner := range slices.Sorted(keysOf(open)) {
		name := manner + "-" + strconv.Itoa(line)
		c.open[name] = way
		c.user(name, open[manner])
	}
	for _, manner := range slices.Sorted(keysOf(closed)) {
		c.user(manner+"-"+strconv.Itoa(line), closed[manner])
	}
	name := "role-" + strconv.Itoa(line)
	c.open[name] = way
	c.Roles = append(c.Roles, account.Role{ARN: "arn:aws:iam::111122223333:role/" + name, ID: "AROA" + name, Name: name,
		Trust: statementsOf(), Inline: inlineOf(every)})
}

func keysOf(m map[string]account.User) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for name := range m {
			if !yield(name) {
				return
			}
		}
	}
}

// spread is a user who has each action from elsewhere.
func (c *crowd) spread(way combo) account.User {
	var u account.User
	for i, action := range way.actions {
		switch i % 3 {
		case 0:
			u.Inline = append(u.Inline, account.InlinePolicy{Name: action, Document: statementsOf(says("Allow", action))})
		case 1:
			u.Groups = append(u.Groups, c.group(says("Allow", action)))
		default:
			u.Attached = append(u.Attached, c.policy(says("Allow", action)))
		}
	}
	return u
}

// TestCombos: each way that is open is told of whoever has it, with what it is called and
// under the rule of its tier, and none of those that are closed.
func TestCombos(t *testing.T) {
	c := newCrowd()
	for line, way := range combosKnown(t) {
		c.add(line, way)
	}
	s := sound(c.Snapshot)
	s.Roles = c.Roles
	s.Account = account.Identity{ID: "111122223333", Partition: "aws"}
	s.Seen = map[account.Fact]account.Seen{}
	for _, fact := range account.Facts() {
		s.Seen[fact] = account.Seen{At: clock}
	}
	asked := []scanner.Rule{mustRule(t, "principal-effective-admin"), mustRule(t, "principal-privilege-escalation")}
	report := scanner.Evaluate(&s, account.Scope{Whole: true}, asked, clock)
	want, got := map[string]string{}, map[string]string{}
	for name, way := range c.open {
		want[name] = ruleOf(way.tier)
	}
	for _, f := range report.Findings {
		got[f.Resource.Name] += f.Rule
		for _, name := range c.open[f.Resource.Name].names {
			if !strings.Contains(f.Evidence["ways"], name) {
				t.Errorf("%s: %s is not among %s", f.Resource.Name, name, f.Evidence["ways"])
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if len(report.Gaps) > 0 {
		t.Errorf("%d gaps, such as %v", len(report.Gaps), report.Gaps[0])
	}
}

func ruleOf(tier string) string {
	if tier == "self" || tier == "pass-role" {
		return "principal-effective-admin"
	}
	return "principal-privilege-escalation"
}
