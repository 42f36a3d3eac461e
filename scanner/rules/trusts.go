package rules

import (
	"cmp"
	"slices"
	"strings"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

var trusts = []scanner.Rule{
	{
		About: scanner.About{
			ID: "role-trust-any-principal", Title: "A role can be assumed from any AWS account", Severity: scanner.Critical,
			Controls: []string{"CIS 7.0 2.21"},
			Why:      "Anybody with an AWS account, which takes minutes to get, can use the role's permissions. An external id is a password that role and caller share, often through a third party's documentation; a source address or Region says nothing about who is asking.",
			Fix:      "Name the principals in the trust policy (iam update-assume-role-policy), or add a condition on whose they are, such as StringEquals aws:PrincipalOrgID or aws:PrincipalAccount.",
			Causes:   []string{"CreateRole", "UpdateAssumeRolePolicy"},
			Cures:    []string{"UpdateAssumeRolePolicy"},
		},
		Reads: []account.Fact{account.Roles},
		Check: trusting(roleTrustAnyPrincipal),
	},
}

// trustFault is what is wrong with whom a trust policy lets in, whoever's the role is.
type trustFault struct {
	severity scanner.Severity // empty: the rule's
	part     string
	evidence map[string]string
	says     string // how the message goes on after what it is about
}

// trusting asks about every trust policy.
func trusting(find func(trust *policy.Document) []trustFault) scanner.Check {
	return scanner.Roles(func(p *scanner.Pass, r *account.Role) {
		faults := find(&r.Trust)
		for _, f := range faults {
			p.FailAs(cmp.Or(f.severity, p.Rule.Severity), f.part, f.evidence, "role %q %s", r.Name, f.says).
				Mend(iam("get-role", "--role-name", r.Name))
		}
		if len(faults) == 0 {
			cannotTell(p, account.Roles, unread("the trust policy", &r.Trust))
		}
	})
}

// assumeActions let a principal in. sts:TagSession and sts:SetSourceIdentity
// come on top of one of these and do nothing alone.
var assumeActions = []string{"sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"}

func roleTrustAnyPrincipal(trust *policy.Document) []trustFault {
	var open, conditions []string
	sid := ""
	for _, action := range assumeActions {
		if s := opening(trust, action); s != nil {
			open = append(open, action)
			if len(open) == 1 {
				sid, conditions = s.Sid, conditionNames(s)
			}
		}
	}
	if len(open) == 0 {
		return nil
	}
	evidence := map[string]string{"actions": strings.Join(open, " ")}
	if sid != "" {
		evidence["statement"] = sid
	}
	lacking := ""
	if len(conditions) > 0 {
		evidence["conditions"] = strings.Join(conditions, ", ")
		lacking = ": its conditions on " + quoted(conditions) + " do not tell whose principal that must be"
	}
	return []trustFault{{evidence: evidence, says: "trusts every principal of every AWS account" + lacking}}
}

// opening is a statement that lets everybody take the action, or nil.
func opening(trust *policy.Document, action string) *policy.Statement {
	var found *policy.Statement
	for i := range trust.Statements {
		s := &trust.Statements[i]
		switch {
		case !everyone(s):
		case s.Denies(action, "*") && closes(s):
			return nil
		case found == nil && s.Grants(action, "*") && !narrowed(s.Conditions):
			found = s
		}
	}
	return found
}

// everyone reports whether a statement is about everybody. One about everybody
// but those listed is, if it allows.
func everyone(s *policy.Statement) bool {
	return s.Principal.Everyone() || s.Allows() && s.NotPrincipal != nil && !s.NotPrincipal.Everyone()
}

// closes reports whether a Deny for everybody leaves only principals of certain
// owners, and AWS's services: that is all that its conditions spare.
func closes(deny *policy.Statement) bool {
	return !slices.ContainsFunc(deny.Conditions, func(c policy.Condition) bool {
		operator, ok := negated(c.Operator)
		return !(ok && owned(operator, c)) && !sparesServices(c)
	})
}

func sparesServices(c policy.Condition) bool {
	operator := strings.TrimSuffix(strings.ToLower(c.Operator), "ifexists")
	return operator == "bool" && strings.EqualFold(c.Key, "aws:PrincipalIsAWSService") &&
		len(c.Values) == 1 && strings.EqualFold(c.Values[0], "false")
}

// negated gives the operator that a negated one is the opposite of. A key that
// is absent is another owner's, with IfExists and ForAllValues too; but not with
// ForAnyValue.
func negated(operator string) (of string, ok bool) {
	operator = strings.ToLower(operator)
	operator = strings.TrimSuffix(strings.TrimPrefix(operator, "forallvalues:"), "ifexists")
	switch operator {
	case "stringnotequals", "stringnotequalsignorecase", "stringnotlike", "arnnotequals", "arnnotlike":
		return strings.Replace(operator, "not", "", 1), true
	}
	return "", false
}

// narrowed reports whether the conditions of an Allow hold for principals of
// certain owners only: if one of them does, all together do.
func narrowed(conditions []policy.Condition) bool {
	return slices.ContainsFunc(conditions, func(c policy.Condition) bool {
		return narrows(c, slices.ContainsFunc(conditions, func(other policy.Condition) bool { return requires(other, c.Key) }))
	})
}

// requires reports whether a condition holds only where the key is present.
func requires(c policy.Condition, key string) bool {
	return strings.EqualFold(c.Operator, "Null") && strings.EqualFold(c.Key, key) &&
		len(c.Values) == 1 && strings.EqualFold(c.Values[0], "false")
}

// narrows is narrowed for one condition. Negated operators name whom it does not
// hold for, and ForAllValues and IfExists hold where the key is absent, unless
// its presence is required beside.
func narrows(c policy.Condition, present bool) bool {
	operator := strings.TrimPrefix(strings.ToLower(c.Operator), "foranyvalue:")
	if present {
		operator = strings.TrimSuffix(strings.TrimPrefix(operator, "forallvalues:"), "ifexists")
	}
	switch operator {
	case "stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike":
		return owned(operator, c)
	}
	return false
}

// owned reports whether every value of a condition says whose principal it is.
func owned(operator string, c policy.Condition) bool {
	tells := owner(strings.ToLower(c.Key))
	return tells != nil && len(c.Values) > 0 &&
		!slices.ContainsFunc(c.Values, func(v string) bool { return !tells(operator, itself(v)) })
}

// owner gives the test for a key's value, or nil for a key that does not tell
// the principal's owner, such as sts:ExternalId or aws:SourceIp.
func owner(key string) func(operator, value string) bool {
	switch key {
	case "aws:principalorgid", "aws:principalaccount", "aws:sourceorgid", "aws:sourceaccount":
		return func(_, v string) bool { return fixed(v) }
	case "aws:principalorgpaths", "aws:sourceorgpaths":
		return func(_, v string) bool { return fixedUpTo(v, "/") }
	case "aws:userid":
		return func(_, v string) bool { return fixedUpTo(v, ":") }
	case "aws:principalarn", "aws:sourcearn":
		return fixedAccount
	}
	return nil
}

// itself puts a word without wildcards for policy variables that stand for the
// role's own account and organization. Any other may be chosen by the caller. The
// case of keys does not matter, nor does that of what is left.
func itself(value string) string {
	return strings.NewReplacer("${aws:resourceaccount}", "own", "${aws:resourceorgid}", "own").Replace(strings.ToLower(value))
}

// fixed reports whether a value stands for one thing. Wildcards count whatever
// the operator: one that takes them literally makes a statement for nobody,
// which is hardly what was meant.
func fixed(value string) bool { return value != "" && !strings.ContainsAny(value, "*?$") }

func fixedUpTo(value, separator string) bool {
	head, _, _ := strings.Cut(value, separator)
	return fixed(head)
}

// fixedAccount reports whether an ARN is of one account. ARN operators compare
// field by field; a wildcard of a string operator runs on over the colons, so
// that what follows it could as well be in the path of somebody else's role.
func fixedAccount(operator, arn string) bool {
	fields := strings.SplitN(arn, ":", 6)
	if len(fields) != 6 || !fixed(fields[4]) {
		return false
	}
	return strings.HasPrefix(operator, "arn") || !strings.ContainsAny(strings.Join(fields[:4], ":"), "*?$")
}

func conditionNames(s *policy.Statement) []string {
	var names []string
	for _, c := range s.Conditions {
		names = append(names, c.Operator+" "+c.Key)
	}
	return names
}
