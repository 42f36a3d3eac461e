package rules

import (
	"slices"
	"strconv"
	"strings"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

var roles = []scanner.Rule{
	{
		About: scanner.About{
			ID: "role-unused", Title: "A role has not been used for a long time", Severity: scanner.Low,
			Why: "A forgotten role keeps permissions that nobody reviews, for whoever its trust policy still lets in.",
			Fix: "Ask its owner, take its policies away first, which can be undone, and delete it once nobody has missed it (iam delete-role). A role named AWSReservedSSO_* goes with its permission set in IAM Identity Center only.",
			// IAM tells of the last 400 days only.
			Limit: scanner.Limit{Value: 90, Unit: "days", Min: 1, Max: 400},
			Cures: []string{"AttachRolePolicy", "UpdateAssumeRolePolicy"},
		},
		Reads: []account.Fact{account.Roles},
		Check: scanner.Roles(roleUnused),
	},
	{
		About: scanner.About{
			ID: "role-confused-deputy", Title: "A service can be made to use a role for somebody else's account", Severity: scanner.Low,
			Why:    "The service assumes the role for whoever tells it the ARN. Services say on whose behalf they act, and the trust policy does not ask. Only services that are known to say so are looked at: to ask the others shuts them out.",
			Fix:    "Add StringEquals aws:SourceAccount with the account's id, and ArnLike aws:SourceArn with what the role is for, to the trust policy (iam update-assume-role-policy).",
			Causes: []string{"CreateRole", "UpdateAssumeRolePolicy"},
			Cures:  []string{"UpdateAssumeRolePolicy"},
		},
		Reads: []account.Fact{account.Roles},
		Check: trusting(roleConfusedDeputy),
	},
}

// roleUnused counts a role that was never used from its creation.
func roleUnused(p *scanner.Pass, r *account.Role) {
	since := latest(r.LastUsed, r.Created)
	switch {
	case since.IsZero():
		p.Gap(account.Roles, account.Seen{Missing: "nothing tells when the role was created or used"})
	case p.Old(since):
		p.Fail("", map[string]string{"created": when(r.Created), "last_used": when(r.LastUsed), "limit": strconv.Itoa(p.Limit())},
			"role %q %s, the limit is %d", r.Name, idle(p, r.LastUsed, since), p.Limit()).
			Mend(iam("get-role", "--role-name", r.Name))
	}
}

// deputies are services whose documentation was seen to have aws:SourceAccount or
// aws:SourceArn in the trust policies of the roles that they assume: names before
// .amazonaws.com, without a Region. A service that does not send them would be
// shut out by the fix.
var deputies = []string{"autoscaling", "greengrass", "personalize", "scheduler", "ssm", "states", "vpc-flow-logs"}

func roleConfusedDeputy(trust *policy.Document) []trustFault {
	var fooled []string
	for i := range trust.Statements {
		s := &trust.Statements[i]
		if s.Principal == nil || !s.Grants(assume, "*") {
			continue
		}
		for _, service := range s.Principal.Service {
			if slices.Contains(deputies, serviceName(service)) && !slices.Contains(fooled, service) && admitsStranger(trust, s, service) {
				fooled = append(fooled, service)
			}
		}
	}
	if len(fooled) == 0 {
		return nil
	}
	slices.Sort(fooled)
	return []trustFault{{
		evidence: map[string]string{"services": strings.Join(fooled, " ")},
		says:     "trusts services on whoever's behalf they ask: " + quoted(fooled),
	}}
}

// serviceName is a service's principal without its domain and Region.
func serviceName(principal string) string {
	name, _, _ := strings.Cut(strings.ToLower(principal), ".amazonaws.com")
	labels := strings.Split(name, ".")
	return strings.Join(slices.DeleteFunc(labels, func(label string) bool {
		return strings.Count(label, "-") >= 2 && label[len(label)-1] >= '0' && label[len(label)-1] <= '9'
	}), ".")
}

// stranger is an account that nobody has.
const stranger = "000000000000"

// admitsStranger reports whether the service is let in on behalf of an account
// that nobody has. What it says of that holds for conditions that do with its
// saying nothing too.
func admitsStranger(trust *policy.Document, s *policy.Statement, service string) bool {
	about := func(deny *policy.Statement) bool {
		return deny.NotPrincipal == nil && deny.Principal != nil && (deny.Principal.Any || slices.Contains(deny.Principal.Service, service))
	}
	return slices.ContainsFunc(strangersARNs(s), func(arn string) bool {
		return admits(trust, s, about, map[string][]string{
			"aws:SourceAccount": {stranger}, "aws:SourceArn": {arn},
			"aws:SourceOrgID": {"o-stranger"}, "aws:SourceOrgPaths": {"o-stranger/r-root/"},
		})
	})
}

// strangersARNs are ARNs of the stranger's: one of any kind, and what each pattern
// on aws:SourceArn that names no account comes to.
func strangersARNs(s *policy.Statement) []string {
	arns := []string{"arn:aws:service:us-east-1:" + stranger + ":thing"}
	for _, c := range s.Conditions {
		if !strings.EqualFold(c.Key, "aws:SourceArn") {
			continue
		}
		for _, v := range c.Values {
			arn := account.ParseARN(v)
			if strings.ContainsAny(arn.Account, "*?") {
				v = strings.Replace(v, ":"+arn.Account+":"+arn.Resource, ":"+stranger+":"+arn.Resource, 1)
			}
			if strings.ContainsAny(arn.Account, "*?") || arn.Account == "" && strings.HasPrefix(arn.Resource, "*") {
				arns = append(arns, strings.NewReplacer("*", "x", "?", "x").Replace(v))
			}
		}
	}
	return arns
}
