package rules

import (
	"slices"
	"strconv"
	"strings"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// These rules ask who has which policies, whatever those say.
var attachments = []scanner.Rule{
	{
		About: scanner.About{
			ID: "policy-cloudshell-full", Title: "AWSCloudShellFullAccess is attached", Severity: scanner.Medium,
			Controls: []string{"CIS 3.0 1.22", "CIS 5.0 1.21", "FSBP IAM.27", "AWS Config iam-policy-blacklisted-check"},
			Why:      "CloudShell is a machine with a way to the internet that nobody looks after: whoever has it can move files in and out of the account, and copies of credentials with them.",
			Fix:      "Detach it, and attach a policy that allows what is needed without cloudshell:GetFileDownloadUrls and cloudshell:GetFileUploadUrls.",
			Causes:   attaches, Cures: detaches,
		},
		Reads: bearers,
		Check: scanner.Identities(awsManaged("AWSCloudShellFullAccess")),
	},
	{
		About: scanner.About{
			ID: "policy-bedrock-full", Title: "AmazonBedrockFullAccess is attached", Severity: scanner.High, OptIn: true,
			Why:    "It calls every model at the account's cost, and changes or deletes guardrails, custom models and the record of what was asked.",
			Fix:    "Detach it, and attach a policy that names the models which are called (bedrock:InvokeModel).",
			Causes: attaches, Cures: detaches,
		},
		Reads: bearers,
		Check: scanner.Identities(awsManaged("AmazonBedrockFullAccess")),
	},
	{
		About: scanner.About{
			ID: "policy-denied-attached", Title: "A policy is attached that nobody is to have", Severity: scanner.Medium, OptIn: true,
			Controls: []string{"AWS Config iam-policy-blacklisted-check"},
			Why:      "Somebody has decided that nobody needs what it allows.",
			Fix:      "Detach it after attaching what is needed. A role named AWSReservedSSO_* is changed by its permission set in IAM Identity Center only.",
			List:     scanner.List{Of: "policies that nobody is to have, by name or ARN; * and ? stand for any text", Needed: true},
			Causes:   attaches, Cures: detaches,
		},
		Reads: bearers,
		Check: scanner.Identities(policyDenied),
	},
	{
		About: scanner.About{
			ID: "policy-required-missing", Title: "A required policy is attached to nobody", Severity: scanner.Low, OptIn: true,
			Controls: []string{"AWS Config iam-policy-in-use"},
			Why:      "Somebody has decided that the account must have one who has it, such as auditors or those who answer incidents.",
			Fix:      "Attach it to the role that is meant to have it (iam attach-role-policy).",
			List:     scanner.List{Of: "policies that somebody must have, by name or ARN; * and ? stand for any text", Needed: true},
		},
		Reads: bearers,
		Check: scanner.Account(policyRequired),
	},
	{
		About: scanner.About{
			ID: "inline-policy", Title: "A group or role has an inline policy", Severity: scanner.Low, OptIn: true,
			Controls:  []string{"AWS Config iam-no-inline-policy-check"},
			Why:       "No list of policies shows it, it has no versions to go back to, and the same permissions cannot be given to another. What is deployed from a template, as by AWS SAM, often has some, which is why this has to be named. Those of users are told by user-direct-policy.",
			Fix:       "Make a managed policy of it and attach that (iam create-policy, iam attach-role-policy), then delete it. Keep its text: it is gone with it.",
			CoveredBy: []string{"inline-policy-admin"},
			Causes:    []string{"PutGroupPolicy", "PutRolePolicy"},
			Cures:     []string{"DeleteGroupPolicy", "DeleteRolePolicy"},
		},
		Reads: []account.Fact{account.Groups, account.Roles},
		Check: scanner.Several(
			scanner.Part{Reads: []account.Fact{account.Groups}, Check: scanner.Groups(func(p *scanner.Pass, g *account.Group) { inlinePolicies(p, g.Inline) })},
			scanner.Part{Reads: []account.Fact{account.Roles}, Check: scanner.Roles(func(p *scanner.Pass, r *account.Role) { inlinePolicies(p, r.Inline) })},
		),
	},
	{
		About: scanner.About{
			ID: "policy-non-sts-action", Title: "A user or group may do more than assume roles", Severity: scanner.Info, OptIn: true,
			Why:       "In an account that only holds identities, permissions are those of the roles that its users assume in other accounts. What they may do by themselves goes with their keys. What is about the user's own credentials (${aws:username}) is left out.",
			Fix:       "Allow sts:AssumeRole on the roles alone, and move the rest into a role.",
			CoveredBy: administering,
			Causes:    but(written, "AttachRolePolicy", "PutRolePolicy"),
			Cures:     but(rewritten, "DetachRolePolicy", "PutRolePolicy", "DeleteRolePolicy"),
		},
		Reads: []account.Fact{account.Users, account.Groups, account.Policies},
		Check: scanner.Several(
			scanner.Part{Reads: []account.Fact{account.Users, account.Policies}, Check: scanner.Users(func(p *scanner.Pass, u *account.User) {
				beyondTokens(p, account.Users, u.Attached, u.Inline)
			})},
			scanner.Part{Reads: []account.Fact{account.Groups, account.Policies}, Check: scanner.Groups(func(p *scanner.Pass, g *account.Group) {
				beyondTokens(p, account.Groups, g.Attached, g.Inline)
			})},
		),
	},
}

// The calls by which identities get and lose managed policies.
var (
	attaches = []string{"AttachUserPolicy", "AttachGroupPolicy", "AttachRolePolicy"}
	detaches = []string{"DetachUserPolicy", "DetachGroupPolicy", "DetachRolePolicy"}
)

// bearers are the facts from which it is known who has which policies.
var bearers = []account.Fact{account.Users, account.Groups, account.Roles}

// awsManaged finds one of AWS's own policies, in whatever partition.
func awsManaged(name string) func(*scanner.Pass, scanner.Identity) {
	return func(p *scanner.Pass, i scanner.Identity) {
		for _, a := range i.Attached {
			if ofAWS(a.ARN, name) {
				p.Fail("", map[string]string{"policy": a.ARN}, "%s %q has the AWS-managed policy %q attached", p.Resource.Kind, p.Resource.Name, name).
					Mend(detached(p, a.ARN)...)
			}
		}
	}
}

// policyDenied leaves to the rules that are about one policy what they say.
func policyDenied(p *scanner.Pass, i scanner.Identity) {
	for _, a := range p.Snapshot.Stack.Denies.Without(i.Attached) {
		denied := listedPolicy(p.List(), a.ARN)
		if denied == "" {
			continue
		}
		told := p.Fail(a.ARN, map[string]string{"policy": a.ARN, "listed": denied},
			"%s %q has the policy %q attached, which nobody is to have", p.Resource.Kind, p.Resource.Name, account.NameOf(a.ARN))
		if rule := aboutPolicy(a.ARN); rule != "" {
			told.SaidBy(rule)
		}
		told.Mend(detached(p, a.ARN)...)
	}
}

// aboutPolicy is the rule that is about one of AWS's policies alone, or empty.
func aboutPolicy(arn string) string {
	switch {
	case administratorAccess(arn):
		return "administrator-attached"
	case ofAWS(arn, "AWSCloudShellFullAccess"):
		return "policy-cloudshell-full"
	case ofAWS(arn, "AmazonBedrockFullAccess"):
		return "policy-bedrock-full"
	}
	return ""
}

// listedPolicy is the first of the patterns, of names or ARNs, that a policy matches,
// or empty. To IAM names are the same in whatever case.
func listedPolicy(patterns []string, arn string) string {
	for _, pattern := range patterns {
		text := account.NameOf(arn)
		if strings.Contains(pattern, ":") {
			text = arn
		}
		if policy.MatchAction(pattern, text) {
			return pattern
		}
	}
	return ""
}

func policyRequired(p *scanner.Pass, s *account.Snapshot) {
	for _, required := range p.List() {
		if !attachedSomewhere(s, required) {
			p.Fail(required, map[string]string{"policy": required}, "account %s has no user, group or role with the policy %q attached", s.Account.ID, required)
		}
	}
}

func attachedSomewhere(s *account.Snapshot, pattern string) bool {
	is := func(a account.Attachment) bool { return listedPolicy([]string{pattern}, a.ARN) != "" }
	return slices.ContainsFunc(s.Users, func(u account.User) bool { return slices.ContainsFunc(u.Attached, is) }) ||
		slices.ContainsFunc(s.Groups, func(g account.Group) bool { return slices.ContainsFunc(g.Attached, is) }) ||
		slices.ContainsFunc(s.Roles, func(r account.Role) bool { return !r.ServiceLinked() && slices.ContainsFunc(r.Attached, is) })
}

func inlinePolicies(p *scanner.Pass, inline []account.InlinePolicy) {
	if len(inline) == 0 || ofIdentityCenter(p.Resource.ARN) {
		return
	}
	var names, commands []string
	for i := range inline {
		names = append(names, inline[i].Name)
		commands = append(commands, shown(p.Resource, inline[i].Name))
	}
	p.Fail("", map[string]string{"inline": strconv.Itoa(len(names))},
		"%s %q has inline policies: %s", p.Resource.Kind, p.Resource.Name, quoted(names)).
		Mend(commands[:min(len(commands), scanner.MostCommands)]...)
}

// beyondTokens looks at what an identity has of its own: a user's groups are asked
// themselves.
func beyondTokens(p *scanner.Pass, own account.Fact, attached []account.Attachment, inline []account.InlinePolicy) {
	var through, names []string
	documentsOf(p, source{fact: own}, attached, inline, func(from source, document *policy.Document) bool {
		found := p.Once(tokensKey{document}, func() any { return distinct(beyondSTS(document)) }).([]string)
		if len(found) == 0 {
			cannotTell(p, from.fact, from.doubt)
			return true
		}
		through = append(through, from.name)
		if len(names) < most {
			names = append(names, found...)
		}
		return true
	})
	if len(through) > 0 {
		p.Fail("", map[string]string{"policies": quoted(through)},
			"%s %q is allowed more than to assume roles, by %s: %s", p.Resource.Kind, p.Resource.Name, quoted(through), quoted(distinct(names)))
	}
}

// tokensKey is for what a document allows beyond STS: thousands may have it attached.
type tokensKey struct{ *policy.Document }

// beyondSTS are the patterns of actions by which a document allows more than those of
// STS, and than what is about the user's own credentials.
func beyondSTS(d *policy.Document) []string {
	var found []string
	for i := range d.Statements {
		s := &d.Statements[i]
		if !s.Allows() || ofOneself(s) {
			continue
		}
		if s.NotActions != nil {
			found = append(found, "all but "+strings.Join(s.NotActions, " "))
		}
		for _, pattern := range s.Actions {
			if service, _, _ := strings.Cut(pattern, ":"); !strings.EqualFold(service, "sts") {
				found = append(found, pattern)
			}
		}
	}
	return found
}

func ofOneself(s *policy.Statement) bool {
	another := func(resource string) bool { return !strings.Contains(strings.ToLower(resource), "${aws:username}") }
	return len(s.Resources) > 0 && !slices.ContainsFunc(s.Resources, another)
}
